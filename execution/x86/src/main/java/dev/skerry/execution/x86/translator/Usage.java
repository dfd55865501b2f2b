package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.decode.Family;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.decode.VectorOp;
import dev.skerry.execution.x86.semantics.SseSemantics;
import dev.skerry.execution.x86.state.CpuState;

/**
 * What instructions read, write and may do, as far as a translator must know. Register sets are
 * masks by number; too large a set costs time, too small a one is a bug that {@code check} finds.
 */
final class Usage {
    static final int ALL = 0xffff;

    /** How far a transfer may go, so that distances in a region are ints. */
    private static final long FARTHEST = 1 << 30;

    private static final int RAX = 1 << CpuState.RAX;
    private static final int RCX = 1 << CpuState.RCX;
    private static final int RDX = 1 << CpuState.RDX;
    private static final int RBX = 1 << CpuState.RBX;
    private static final int RSP = 1 << CpuState.RSP;
    private static final int RBP = 1 << CpuState.RBP;
    private static final int RSI = 1 << CpuState.RSI;
    private static final int RDI = 1 << CpuState.RDI;

    private Usage() {}

    /** How an instruction is translated. */
    enum Way {
        /** To bytecode of its own. */
        INLINE,
        /** To a call of its semantics. */
        CALL,
        /** A transfer with bytecode of its own, at the end of a block. */
        TRANSFER,
        /** To a call of its semantics, after which the region is left: anything may be different. */
        LAST,
        /** Not: the interpreter runs it. */
        NONE
    }

    static Way way(Insn in) {
        if (isTransfer(in)) {
            return Way.TRANSFER;
        }
        if (isRepeatedString(in)) {
            return Way.CALL;
        }
        if (in.op == Op.UD || in.op == Op.FETCH_FAULT) {
            return Way.NONE;
        }
        if (in.endsBlock) {
            return Way.LAST;
        }
        return isInline(in) ? Way.INLINE : Way.CALL;
    }

    /** Whether it may stop before its end, to be gone on with later. */
    static boolean isRepeatedString(Insn in) {
        return in.op.family == Family.STRING
                && (in.prefixes & (Insn.REP | Insn.REPNE)) != 0
                && in.op != Op.INS
                && in.op != Op.OUTS;
    }

    private static boolean isTransfer(Insn in) {
        if (in.form == Form.I && Math.abs(in.immediate) > FARTHEST) {
            return false;
        }
        return switch (in.op) {
            case JCC -> in.size == 8;
            case JMP, CALL -> in.size == 8 && (in.form != Form.M || isPlain(in));
            case RET -> in.size == 8;
            default -> false;
        };
    }

    private static boolean isInline(Insn in) {
        if (in.isLocked() || in.form.hasMemory() && !isPlain(in)) {
            return false;
        }
        return switch (in.op) {
            case ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, INC, DEC, NOT, NEG -> true;
            case MOV, MOVZX, MOVSX, CMOV, SETCC, NOP, BSWAP -> in.op != Op.BSWAP || in.size >= 4;
            case LEA -> in.addressSize >= 4;
            case IMUL -> in.size >= 4;
            case SHL, SHR, SAR -> in.size >= 4 || hasImmediateCount(in);
            case ROL, ROR -> in.form == Form.RI && in.size >= 4 && count(in) != 0;
            case BT -> true;
            case PUSH -> in.size == 8;
            case POP -> in.size == 8 && in.form == Form.R;
            case LEAVE -> in.size == 8;
            case XCHG -> in.form == Form.RR;
            case CBW, CWD -> true;
            case SSE -> isInline(in.vector) && !SseSemantics.usesMmx(in);
            default -> false;
        };
    }

    private static boolean isInline(VectorOp op) {
        return switch (op) {
            case LOAD_UNALIGNED, LOAD_ALIGNED, STORE_UNALIGNED, STORE_ALIGNED -> true;
            case MOVSS, MOVSS_STORE, MOVSD, MOVSD_STORE, MOVD, MOVD_STORE, MOVQ, MOVQ_STORE -> true;
            case PAND, PANDN, POR, PXOR, PADDQ, PSUBQ, PCMPEQB, PMOVMSKB -> true;
            case ADDSD, SUBSD, MULSD, DIVSD, SQRTSD, ADDSS, SUBSS, MULSS, DIVSS, SQRTSS -> true;
            case UCOMISS, UCOMISD, COMISS, COMISD, CVTSI2SD, CVTTSD2SI, CVTSS2SD -> true;
            default -> false;
        };
    }

    /** Whether it has nothing to do with general registers but for an address. */
    private static boolean isVectorAlone(VectorOp op) {
        return op.ordinal() <= VectorOp.MOVDDUP.ordinal()
                || op.isLanewise()
                || op.isShift()
                || op.isShuffle()
                || op.isExtension()
                || op.isFloat();
    }

    /** Whether it gives the same when it is done once more. */
    static boolean isRepeatable(Insn in) {
        return switch (in.op) {
            case RDTSC, RDTSCP, RDRAND, CPUID -> false;
            default -> !isRepeatedString(in) && way(in) != Way.LAST;
        };
    }

    /** Whether a memory operand's address has at least 32 bits. */
    private static boolean isPlain(Insn in) {
        return in.addressSize >= 4;
    }

    static boolean hasImmediateCount(Insn in) {
        return switch (in.form) {
            case RI, MI, RRI, MRI -> true;
            default -> false;
        };
    }

    /** The immediate count of a shift. */
    static int count(Insn in) {
        return (int) in.immediate & (in.size == 8 ? 63 : 31);
    }

    private static int bit(int register) {
        if (register >= Insn.HIGH) {
            return 1 << register - Insn.HIGH;
        }
        return register < CpuState.ZERO ? 1 << register : 0;
    }

    private static int operands(Insn in) {
        return first(in) | second(in) | address(in);
    }

    private static int address(Insn in) {
        return bit(in.base) | bit(in.index);
    }

    /** Register {@code a}, if the form has it. */
    private static int first(Insn in) {
        return switch (in.form) {
            case R, RR, RM, RI, RRI, RMI -> bit(in.a);
            default -> 0;
        };
    }

    private static int second(Insn in) {
        return switch (in.form) {
            case RR, MR, RRI, MRI -> bit(in.b);
            default -> 0;
        };
    }

    /** What SSE and x87 instructions may name, whatever their form says. */
    private static int named(Insn in) {
        return bit(in.a) | bit(in.b) | address(in);
    }

    /** The general registers an instruction may read. */
    static int reads(Insn in) {
        int some = operands(in);
        return switch (in.op.family) {
            case SSE ->
                    (isVectorAlone(in.vector) ? address(in) : named(in))
                            | (isString(in.vector)
                                    ? RAX | RDX
                                    : in.vector == VectorOp.MASKMOV ? RDI : 0)
                            | (in.vector.isState() ? RAX | RDX : 0);
            case X87 -> named(in);
            case INTEGER -> some | implied(in);
            case SHIFT, BIT -> some | RCX;
            case CONTROL -> in.op == Op.JCC || in.op == Op.JMP ? some : some | RSP;
            case DATA -> some | data(in);
            case SYSTEM -> system(in);
            default -> ALL;
        };
    }

    /** The general registers an instruction may write. */
    static int writes(Insn in) {
        int some = first(in) | (writesSecond(in) ? second(in) : 0);
        return switch (in.op.family) {
            case SSE ->
                    isVectorAlone(in.vector)
                            ? 0
                            : bit(in.a) | bit(in.b) | (isString(in.vector) ? RCX : 0);
            case X87 -> RAX;
            case INTEGER ->
                    in.op == Op.CMP || in.op == Op.TEST ? 0 : some | (implied(in) & (RAX | RDX));
            case SHIFT, BIT -> some;
            case CONTROL -> in.op == Op.CALL || in.op == Op.RET ? RSP : 0;
            case DATA -> some | data(in);
            case SYSTEM -> system(in);
            default -> ALL;
        };
    }

    private static boolean writesSecond(Insn in) {
        return in.op == Op.XCHG || in.op == Op.XADD;
    }

    private static int system(Insn in) {
        return switch (in.op) {
            case CLI, SWAPGS -> 0;
            case RDTSC -> RAX | RDX;
            default -> ALL;
        };
    }

    private static int implied(Insn in) {
        return switch (in.op) {
            case MUL, IMUL_ACC, DIV, IDIV, CMPXCHG -> RAX | RDX;
            case CMPXCHG8B, CMPXCHG16B -> RAX | RDX | RCX | RBX;
            default -> 0;
        };
    }

    private static int data(Insn in) {
        return switch (in.op) {
            case PUSH, POP, PUSHF -> RSP;
            case LEAVE, ENTER -> RSP | RBP;
            case PUSHA, POPA -> ALL;
            case XLAT -> RAX | RBX;
            case CBW, LAHF, SAHF -> RAX;
            case CWD -> RAX | RDX;
            default -> 0;
        };
    }

    private static boolean isString(VectorOp op) {
        return op.ordinal() >= VectorOp.PCMPESTRM.ordinal();
    }

    /** Whether it looks at flags, or leaves some of them as they are. */
    static boolean needsFlags(Insn in, Way way) {
        return switch (in.op.family) {
            case INTEGER ->
                    switch (in.op) {
                        case ADC, SBB, INC, DEC -> true;
                        // A locked one saves them, and CMPXCHG8B sets ZF alone.
                        default -> way == Way.CALL;
                    };
            case SHIFT ->
                    way == Way.CALL
                            || in.op == Op.ROL
                            || in.op == Op.ROR
                            || !hasImmediateCount(in)
                            || count(in) == 0;
            case BIT -> in.op != Op.BSWAP && in.op != Op.CRC32;
            case DATA ->
                    switch (in.op) {
                        case CMOV, SETCC, PUSHF, LAHF, SAHF, CLC, STC, CMC -> true;
                        default -> false;
                    };
            case CONTROL -> in.op == Op.JCC;
            case SSE, SYSTEM -> false;
            default -> true;
        };
    }

    /** Whether it looks at flags only to make the ones it sets. */
    static boolean needsFlagsForFlags(Insn in, Way way) {
        if (way != Way.INLINE) {
            return false;
        }
        return switch (in.op) {
            case INC, DEC, ROL, ROR, BT, SHL, SHR, SAR -> true;
            default -> false;
        };
    }

    static boolean writesFlags(Insn in) {
        return switch (in.op.family) {
            case INTEGER -> in.op != Op.NOT;
            case SHIFT -> !hasImmediateCount(in) || count(in) != 0;
            case BIT -> in.op != Op.BSWAP && in.op != Op.CRC32;
            case DATA ->
                    switch (in.op) {
                        case SAHF, CLC, STC, CMC -> true;
                        default -> false;
                    };
            case CONTROL -> false;
            case SSE ->
                    switch (in.vector) {
                        case UCOMISS, UCOMISD, COMISS, COMISD, PTEST -> true;
                        default -> isString(in.vector);
                    };
            case SYSTEM -> in.op == Op.RDRAND;
            default -> true;
        };
    }

    /** Whether it may throw something other than that an address is not in the TLB. */
    static boolean mayThrow(Insn in, Way way) {
        return switch (in.op) {
            case SSE, RET -> true;
            case JMP, CALL -> in.form != Form.I;
            default -> way == Way.CALL || way == Way.LAST;
        };
    }

    /** Whether it may throw, so that what came before must be there. */
    static boolean mayFault(Insn in, Way way) {
        if (way == Way.CALL || way == Way.LAST) {
            return true;
        }
        return switch (in.op) {
            case LEA, NOP -> false;
            case SSE -> true;
            case PUSH, POP, LEAVE, CALL, RET -> true;
            case JMP -> in.form != Form.I;
            default -> in.form.hasMemory();
        };
    }

    private static boolean stores(VectorOp op) {
        return switch (op) {
            case STORE_UNALIGNED, STORE_ALIGNED, MOVSS_STORE, MOVSD_STORE, MOVD_STORE, MOVQ_STORE ->
                    true;
            default -> false;
        };
    }

    /** Whether it may change code, after which a region is left. */
    static boolean mayStore(Insn in, Way way) {
        if (way == Way.CALL) {
            return in.form.hasMemory()
                    || in.op.family == Family.STRING
                    || in.op == Op.PUSHF
                    || in.op == Op.PUSHA
                    || in.op == Op.ENTER
                    || in.op == Op.PUSH;
        }
        return switch (in.op) {
            case PUSH, CALL -> true;
            case CMP, TEST, BT -> false;
            case SSE -> in.form == Form.M && stores(in.vector);
            default ->
                    switch (in.form) {
                        case M, MR, MI, MRI -> true;
                        default -> false;
                    };
        };
    }
}
