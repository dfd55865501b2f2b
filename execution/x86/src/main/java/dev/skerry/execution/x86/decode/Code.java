package dev.skerry.execution.x86.decode;

/**
 * The numbers that the interpreter switches on. Instructions that programs are mostly made of have
 * numbers by operation, operand form and size; all others have {@link #OTHER} and are found by
 * their {@link Op}. The numbers are dense, so that the switch is a table.
 */
public final class Code {
    public static final int OTHER = 0;

    // To be added to one of ADD to TEST.
    public static final int RR4 = 0;
    public static final int RR8 = 1;
    public static final int RI4 = 2;
    public static final int RI8 = 3;
    public static final int RM4 = 4;
    public static final int RM8 = 5;
    private static final int FORMS = 6;

    public static final int ADD = 1;
    public static final int SUB = ADD + FORMS;
    public static final int AND = SUB + FORMS;
    public static final int OR = AND + FORMS;
    public static final int XOR = OR + FORMS;
    public static final int CMP = XOR + FORMS;
    public static final int TEST = CMP + FORMS;
    public static final int MOV = TEST + FORMS;

    public static final int CMP_MR4 = MOV + FORMS;
    public static final int CMP_MR8 = CMP_MR4 + 1;
    public static final int CMP_MI1 = CMP_MR4 + 2;
    public static final int CMP_MI4 = CMP_MR4 + 3;
    public static final int CMP_MI8 = CMP_MR4 + 4;
    public static final int TEST_MI1 = CMP_MR4 + 5;
    public static final int TEST_MI4 = CMP_MR4 + 6;
    public static final int TEST_RR1 = CMP_MR4 + 7;
    public static final int MOV_MR1 = CMP_MR4 + 8;
    public static final int MOV_MR2 = CMP_MR4 + 9;
    public static final int MOV_MR4 = CMP_MR4 + 10;
    public static final int MOV_MR8 = CMP_MR4 + 11;
    public static final int MOV_MI1 = CMP_MR4 + 12;
    public static final int MOV_MI4 = CMP_MR4 + 13;
    public static final int MOV_MI8 = CMP_MR4 + 14;
    public static final int MOVZX_RR1 = CMP_MR4 + 15;
    public static final int MOVZX_RR2 = CMP_MR4 + 16;
    public static final int MOVZX_RM1 = CMP_MR4 + 17;
    public static final int MOVZX_RM2 = CMP_MR4 + 18;
    public static final int MOVSXD_RR = CMP_MR4 + 19;
    public static final int MOVSXD_RM = CMP_MR4 + 20;
    public static final int LEA4 = CMP_MR4 + 21;
    public static final int LEA8 = CMP_MR4 + 22;
    public static final int PUSH_R8 = CMP_MR4 + 23;
    public static final int POP_R8 = CMP_MR4 + 24;
    public static final int INC_R4 = CMP_MR4 + 25;
    public static final int INC_R8 = CMP_MR4 + 26;
    public static final int DEC_R4 = CMP_MR4 + 27;
    public static final int DEC_R8 = CMP_MR4 + 28;
    public static final int SHL_RI4 = CMP_MR4 + 29;
    public static final int SHL_RI8 = CMP_MR4 + 30;
    public static final int SHR_RI4 = CMP_MR4 + 31;
    public static final int SHR_RI8 = CMP_MR4 + 32;
    public static final int SAR_RI4 = CMP_MR4 + 33;
    public static final int SAR_RI8 = CMP_MR4 + 34;
    public static final int CMOV_RR4 = CMP_MR4 + 35;
    public static final int CMOV_RR8 = CMP_MR4 + 36;
    public static final int SETCC_R = CMP_MR4 + 37;
    public static final int NOP = CMP_MR4 + 38;
    public static final int JCC8 = CMP_MR4 + 39;
    public static final int JMP_I8 = CMP_MR4 + 40;
    public static final int JMP_R8 = CMP_MR4 + 41;
    public static final int CALL_I8 = CMP_MR4 + 42;
    public static final int CALL_R8 = CMP_MR4 + 43;
    public static final int RET8 = CMP_MR4 + 44;
    public static final int IMUL_RR8 = CMP_MR4 + 45;
    public static final int IMUL_RR4 = CMP_MR4 + 46;

    private Code() {}

    static int of(Insn in) {
        boolean four = in.size == 4;
        boolean eight = in.size == 8;
        return switch (in.op) {
            case ADD -> two(ADD, in);
            case SUB -> two(SUB, in);
            case AND -> two(AND, in);
            case OR -> two(OR, in);
            case XOR -> two(XOR, in);
            case CMP -> compare(in);
            case TEST -> test(in);
            case MOV -> move(in);
            case MOVZX -> zeroExtended(in);
            case MOVSX ->
                    in.sourceSize == 4 && eight
                            ? in.form == Form.RR ? MOVSXD_RR : MOVSXD_RM
                            : OTHER;
            case LEA -> eight && in.addressSize == 8 ? LEA8 : four ? LEA4 : OTHER;
            case PUSH -> eight && in.form == Form.R ? PUSH_R8 : OTHER;
            case POP -> eight && in.form == Form.R ? POP_R8 : OTHER;
            case INC -> in.form == Form.R ? four ? INC_R4 : eight ? INC_R8 : OTHER : OTHER;
            case DEC -> in.form == Form.R ? four ? DEC_R4 : eight ? DEC_R8 : OTHER : OTHER;
            case SHL -> shift(SHL_RI4, in);
            case SHR -> shift(SHR_RI4, in);
            case SAR -> shift(SAR_RI4, in);
            case CMOV -> in.form == Form.RR ? four ? CMOV_RR4 : eight ? CMOV_RR8 : OTHER : OTHER;
            case SETCC -> in.form == Form.R && in.a < Insn.HIGH ? SETCC_R : OTHER;
            case IMUL -> in.form == Form.RR ? four ? IMUL_RR4 : eight ? IMUL_RR8 : OTHER : OTHER;
            case NOP -> NOP;
            case JCC -> eight ? JCC8 : OTHER;
            case JMP -> eight ? in.form == Form.I ? JMP_I8 : in.form == Form.R ? JMP_R8 : 0 : 0;
            case CALL -> eight ? in.form == Form.I ? CALL_I8 : in.form == Form.R ? CALL_R8 : 0 : 0;
            case RET -> eight && in.form == Form.NONE ? RET8 : OTHER;
            default -> OTHER;
        };
    }

    private static int two(int base, Insn in) {
        if (in.size < 4) {
            return OTHER;
        }
        int size = in.size == 8 ? 1 : 0;
        return switch (in.form) {
            case RR -> base + RR4 + size;
            case RI -> base + RI4 + size;
            case RM -> base + RM4 + size;
            default -> OTHER;
        };
    }

    private static int compare(Insn in) {
        int found = two(CMP, in);
        if (found != OTHER) {
            return found;
        }
        return switch (in.form) {
            case MR -> in.size == 4 ? CMP_MR4 : in.size == 8 ? CMP_MR8 : OTHER;
            case MI ->
                    switch (in.size) {
                        case 1 -> CMP_MI1;
                        case 4 -> CMP_MI4;
                        case 8 -> CMP_MI8;
                        default -> OTHER;
                    };
            default -> OTHER;
        };
    }

    private static int test(Insn in) {
        int found = two(TEST, in);
        if (found != OTHER) {
            return found;
        }
        return switch (in.form) {
            case MI -> in.size == 1 ? TEST_MI1 : in.size == 4 ? TEST_MI4 : OTHER;
            case RR -> in.size == 1 && in.a < Insn.HIGH && in.b < Insn.HIGH ? TEST_RR1 : OTHER;
            default -> OTHER;
        };
    }

    private static int move(Insn in) {
        int found = two(MOV, in);
        if (found != OTHER) {
            return found;
        }
        return switch (in.form) {
            case MR ->
                    switch (in.size) {
                        case 1 -> in.b < Insn.HIGH ? MOV_MR1 : OTHER;
                        case 2 -> MOV_MR2;
                        case 4 -> MOV_MR4;
                        default -> MOV_MR8;
                    };
            case MI ->
                    switch (in.size) {
                        case 1 -> MOV_MI1;
                        case 4 -> MOV_MI4;
                        case 8 -> MOV_MI8;
                        default -> OTHER;
                    };
            default -> OTHER;
        };
    }

    private static int zeroExtended(Insn in) {
        if (in.size < 4) {
            return OTHER;
        }
        boolean one = in.sourceSize == 1;
        return in.form == Form.RM
                ? one ? MOVZX_RM1 : MOVZX_RM2
                : one ? in.b < Insn.HIGH ? MOVZX_RR1 : OTHER : MOVZX_RR2;
    }

    private static int shift(int base, Insn in) {
        boolean counts = in.form == Form.RI && (in.immediate & (in.size == 8 ? 63 : 31)) != 0;
        return !counts || in.size < 4 ? OTHER : in.size == 8 ? base + 1 : base;
    }
}
