package dev.skerry.execution.x86.decode;

import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Mode;
import dev.skerry.execution.x86.state.Segment;

/**
 * Bytes to {@link Insn}. Intel SDM 2A, chapter 2. Not safe for use by several threads; each CPU has
 * its own.
 */
public final class Decoder {
    /** No instruction is longer. A longer one is #GP(0). */
    public static final int MOST = 15;

    /** More bytes are needed than there are; thrown again and again, so without a stack. */
    private static final class Short extends RuntimeException {
        private static final long serialVersionUID = 1;

        Short() {
            super(null, null, false, false);
        }
    }

    private static final Short SHORT = new Short();

    /** In 64-bit mode it takes ARPL's place. */
    private static final Entry MOVSXD = Entry.of(Op.MOVSX, Operands.GV_ED);

    private byte[] bytes;
    private int begin;
    private int at;
    private int end;
    private boolean is64;
    private int prefixes;
    private int rex;
    private int override;
    private int operandSize;
    private int addressSize;
    private Insn in;
    private final OperandDecoder operands = new OperandDecoder();

    public Decoder() {}

    /**
     * Decodes one instruction.
     *
     * @param from where it begins in the bytes
     * @param to where the bytes end
     * @param mode see {@link Mode}
     * @return the instruction, its operation {@link Op#UD} if there is none such, {@link
     *     Op#FETCH_FAULT} if it is too long; or null if the bytes end before it does
     */
    public Insn decode(byte[] code, int from, int to, int mode) {
        bytes = code;
        begin = from;
        at = from;
        end = Math.min(to, from + MOST);
        is64 = mode == Mode.LONG;
        in = new Insn();
        try {
            decodePrefixes(mode);
            decodeOpcode();
        } catch (Short out) {
            if (to - from < MOST) {
                return null;
            }
            in = new Insn();
            in.op = Op.FETCH_FAULT;
            at = begin + 1;
        }
        in.length = at - begin;
        in.prefixes = prefixes;
        in.addressSize = addressSize;
        in.flat = mode == Mode.LONG && addressSize == 8 && in.segment < Segment.FS;
        if (in.op == Op.SSE) {
            in.vector = VectorTable.find(in);
            in.op = in.vector == null ? Op.UD : Op.SSE;
        }
        in.endsBlock = endsBlock(in);
        in.code = Code.of(in);
        return in;
    }

    private int next() {
        if (at == end) {
            throw SHORT;
        }
        return bytes[at++] & 0xff;
    }

    private long next(int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) next() << (8 * i);
        }
        int unused = 64 - 8 * size;
        return value << unused >> unused;
    }

    private void decodePrefixes(int mode) {
        prefixes = 0;
        rex = 0;
        override = -1;
        while (true) {
            int b = next();
            if (isLegacyPrefix(b)) {
                // Only a REX prefix directly before the opcode counts.
                rex = 0;
            } else if (is64 && (b & 0xf0) == 0x40) {
                rex = b;
            } else {
                break;
            }
        }
        at--;
        prefixes |= rex == 0 ? 0 : (rex & 8) == 0 ? Insn.REX : Insn.REX | Insn.REX_W;
        sizes(mode);
    }

    private void sizes(int mode) {
        boolean wide = is64 || (mode & Mode.CODE32) != 0;
        boolean other = (prefixes & Insn.OPERAND_SIZE) != 0;
        operandSize = (rex & 8) != 0 ? 8 : wide != other ? 4 : 2;
        boolean otherAddress = (prefixes & Insn.ADDRESS_SIZE) != 0;
        addressSize = is64 ? (otherAddress ? 4 : 8) : wide != otherAddress ? 4 : 2;
    }

    private boolean isLegacyPrefix(int b) {
        switch (b) {
            case 0xf0 -> prefixes |= Insn.LOCK;
            // Of F2 and F3 the last counts.
            case 0xf2 -> prefixes = prefixes & ~Insn.REP | Insn.REPNE;
            case 0xf3 -> prefixes = prefixes & ~Insn.REPNE | Insn.REP;
            case 0x66 -> prefixes |= Insn.OPERAND_SIZE;
            case 0x67 -> prefixes |= Insn.ADDRESS_SIZE;
            case 0x26 -> overrideLegacy(Segment.ES);
            case 0x2e -> overrideLegacy(Segment.CS);
            case 0x36 -> overrideLegacy(Segment.SS);
            case 0x3e -> overrideLegacy(Segment.DS);
            case 0x64 -> override = Segment.FS;
            case 0x65 -> override = Segment.GS;
            default -> {
                return false;
            }
        }
        return true;
    }

    /** In 64-bit mode these four have no meaning. */
    private void overrideLegacy(int segment) {
        if (!is64) {
            override = segment;
        }
    }

    private void decodeOpcode() {
        int opcode = next();
        Entry entry;
        if (opcode == 0x0f) {
            opcode = Insn.MAP_0F | next();
            if (opcode == (Insn.MAP_0F | 0x38)) {
                opcode = Insn.MAP_0F38 | next();
            } else if (opcode == (Insn.MAP_0F | 0x3a)) {
                opcode = Insn.MAP_0F3A | next();
            }
            entry = TwoByteMap.find(opcode, peek(), prefixes);
        } else if (is64 && opcode == 0x63) {
            entry = MOVSXD;
        } else {
            entry = OneByteMap.find(opcode, peek() >>> 3 & 7);
        }
        in.opcode = opcode;
        decodeEntry(entry, opcode);
    }

    /** The byte that would be ModRM, or 0 at the end; nothing is decided by it if there is none. */
    private int peek() {
        return at < end ? bytes[at] & 0xff : 0;
    }

    private void decodeEntry(Entry entry, int opcode) {
        in.op = entry.op();
        if (is64 && entry.has(Entry.F64)) {
            operandSize = 8;
        } else if (is64 && entry.has(Entry.D64) && operandSize == 4) {
            operandSize = 8;
        }
        in.size = operandSize;
        in.condition = opcode & 15;
        operands.decode(entry, opcode);
        boolean memory = in.form.hasMemory();
        boolean lockable =
                entry.has(Entry.LOCK)
                        && (in.form == Form.M || in.form == Form.MR || in.form == Form.MI);
        if (entry.has(is64 ? Entry.NO64 : Entry.ONLY64)
                || entry.has(Entry.MEMORY) && !memory
                || entry.has(Entry.REGISTER) && memory
                || (prefixes & Insn.LOCK) != 0 && !lockable) {
            in.op = Op.UD;
        }
        refine(opcode);
    }

    /** The few whose operation depends on something besides the opcode. */
    private void refine(int opcode) {
        switch (in.op) {
            case CMPXCHG8B -> {
                in.op = (rex & 8) != 0 ? Op.CMPXCHG16B : Op.CMPXCHG8B;
                in.size = 8;
            }
            case XCHG -> {
                if (opcode == 0x90 && (rex & 1) == 0) {
                    in.op = (prefixes & Insn.REP) != 0 ? Op.PAUSE : Op.NOP;
                    in.form = Form.NONE;
                }
            }
            case IN, OUT -> in.size = (opcode & 1) == 0 ? 1 : Math.min(operandSize, 4);
            case INS, OUTS -> in.size = Math.min(in.size, 4);
            case SGDT, SIDT, LGDT, LIDT -> in.size = is64 ? 8 : operandSize;
            default -> {}
        }
    }

    /**
     * Whether the CPU must look up after it: control, mode, memory map or interrupts may differ. CPUID
     * is what programs serialize with: what comes after it may have been changed by another CPU (Intel
     * SDM 3A, section 9.1.3).
     */
    private static boolean endsBlock(Insn in) {
        return switch (in.op.family) {
            case CONTROL, FAR, NONE -> true;
            case SYSTEM ->
                    switch (in.op) {
                        case CLI,
                                RDTSC,
                                RDTSCP,
                                SWAPGS,
                                RDFSBASE,
                                RDGSBASE,
                                WRFSBASE,
                                WRGSBASE,
                                RDRAND,
                                CLFLUSH,
                                MOV_FROM_CR,
                                MOV_FROM_DR ->
                                false;
                        default -> true;
                    };
            case STRING ->
                    (in.prefixes & (Insn.REP | Insn.REPNE)) != 0
                            || in.op == Op.INS
                            || in.op == Op.OUTS;
            default -> in.op == Op.POPF;
        };
    }

    /** The operands of the instruction being decoded. */
    private final class OperandDecoder {
        void decode(Entry entry, int opcode) {
            switch (entry.operands()) {
                case NONE, IMPLIED_V -> implied(entry, in.size);
                case IMPLIED_B -> implied(entry, 1);
                case EB_GB -> modrm(1, Form.RR, Form.MR, false);
                case EV_GV -> modrm(in.size, Form.RR, Form.MR, false);
                case GB_EB -> modrm(1, Form.RR, Form.RM, true);
                case GV_EV -> modrm(in.size, Form.RR, Form.RM, true);
                case GV_M -> {
                    modrm(in.size, Form.RR, Form.RM, true);
                    if (in.op == Op.LOAD_FAR_POINTER) {
                        in.b = entry.parameter();
                    }
                }
                case M, MP -> single(in.size);
                case EB -> single(1);
                case EV -> single(in.size);
                case EW -> single16();
                case ED -> single(4);
                case AL_IB -> accumulator(1, 1);
                case AX_IZ -> accumulator(in.size, Math.min(in.size, 4));
                case EB_IB -> withImmediate(1, 1);
                case EV_IZ -> withImmediate(in.size, Math.min(in.size, 4));
                case EV_IB -> withImmediate(in.size, 1);
                case EB_1 -> withOne(1);
                case EV_1 -> withOne(in.size);
                case ZV -> inOpcode(opcode, in.size, Form.R);
                case ZB_IB -> {
                    inOpcode(opcode, 1, Form.RI);
                    in.immediate = next(1);
                }
                case ZV_IV -> {
                    inOpcode(opcode, in.size, Form.RI);
                    in.immediate = next(in.size);
                }
                case AX_ZV -> {
                    inOpcode(opcode, in.size, Form.RR);
                    in.b = CpuState.RAX;
                }
                case IB -> immediate(next(1));
                case IZ -> immediate(next(Math.min(in.size, 4)));
                case IW -> immediate(next(2) & 0xffff);
                case UB -> immediate(next(1) & 0xff);
                case IW_IB -> {
                    immediate(next(2) & 0xffff);
                    in.immediate2 = (int) next(1) & 0xff;
                }
                case JB -> immediate(next(1));
                case JZ -> immediate(next(is64 ? 4 : in.size));
                case GV_EV_IZ -> threeOperands(Math.min(in.size, 4));
                case GV_EV_IB -> threeOperands(1);
                case EV_GV_IB -> {
                    modrm(in.size, Form.RRI, Form.MRI, false);
                    in.immediate = next(1);
                }
                case AL_O -> offset(1, Form.RM);
                case AX_O -> offset(in.size, Form.RM);
                case O_AL -> offset(1, Form.MR);
                case O_AX -> offset(in.size, Form.MR);
                case GV_EB -> extended(1);
                case GV_EW -> extended(2);
                case GV_ED -> extended(4);
                case AP -> {
                    immediate(next(in.size) & (in.size == 2 ? 0xffff : 0xffff_ffffL));
                    in.immediate2 = (int) next(2) & 0xffff;
                }
                case EV_SW -> segmentMove(in.size);
                case SW_EW -> segmentMove(2);
                case CONTROL -> control(opcode);
                case X87, SSE -> vector();
                case SSE_IB -> {
                    vector();
                    in.immediate = next(1) & 0xff;
                }
            }
        }

        private void implied(Entry entry, int size) {
            in.size = size;
            in.a = entry.parameter();
            in.segment = override < 0 ? Segment.DS : override;
        }

        private int reg() {
            return in.modrm >>> 3 & 7 | (rex & 4) << 1;
        }

        private int rm() {
            return in.modrm & 7 | (rex & 1) << 3;
        }

        /** A general register's number; without REX, 4 to 7 of byte size are AH to BH. */
        private int general(int number, int size) {
            return size == 1 && rex == 0 && number >= 4 ? Insn.HIGH + number - 4 : number;
        }

        /** Two operands; {@code load}: the reg field is the destination. */
        private void modrm(int size, Form registers, Form memory, boolean load) {
            in.size = size;
            in.modrm = next();
            int reg = general(reg(), size);
            if (in.modrm >= 0xc0) {
                int rm = general(rm(), size);
                in.form = registers;
                in.a = load ? reg : rm;
                in.b = load ? rm : reg;
            } else {
                in.form = memory;
                in.a = load ? reg : 0;
                in.b = load ? 0 : reg;
                memory();
            }
        }

        private void extended(int sourceSize) {
            in.sourceSize = sourceSize;
            in.modrm = next();
            in.a = reg();
            if (in.modrm >= 0xc0) {
                in.form = Form.RR;
                in.b = general(rm(), sourceSize);
            } else {
                in.form = Form.RM;
                memory();
            }
        }

        private void single(int size) {
            in.size = size;
            in.modrm = next();
            if (in.modrm >= 0xc0) {
                in.form = Form.R;
                in.a = general(rm(), size);
            } else {
                in.form = Form.M;
                memory();
            }
        }

        /** Operands of 16 bits; the reg field is a register too. */
        private void single16() {
            single(2);
            in.b = reg();
        }

        private void accumulator(int size, int immediateSize) {
            in.size = size;
            in.form = Form.RI;
            in.a = CpuState.RAX;
            in.immediate = next(immediateSize);
        }

        private void withImmediate(int size, int immediateSize) {
            single(size);
            in.form = in.form == Form.R ? Form.RI : Form.MI;
            in.immediate = next(immediateSize);
        }

        private void withOne(int size) {
            single(size);
            in.form = in.form == Form.R ? Form.RI : Form.MI;
            in.immediate = 1;
        }

        private void threeOperands(int immediateSize) {
            modrm(in.size, Form.RRI, Form.RMI, true);
            in.immediate = next(immediateSize);
        }

        private void inOpcode(int opcode, int size, Form form) {
            in.size = size;
            in.form = form;
            in.a = general(opcode & 7 | (rex & 1) << 3, size);
        }

        private void immediate(long value) {
            in.form = Form.I;
            in.immediate = value;
        }

        private void offset(int size, Form form) {
            in.size = size;
            in.form = form;
            in.displacement = next(addressSize);
            in.segment = override < 0 ? Segment.DS : override;
        }

        private void segmentMove(int memorySize) {
            in.modrm = next();
            int segment = in.modrm >>> 3 & 7;
            boolean load = in.op == Op.MOV_TO_SEGMENT;
            if (in.modrm >= 0xc0) {
                in.form = Form.R;
                in.a = load ? segment : rm();
                in.b = load ? rm() : segment;
            } else {
                in.form = Form.M;
                in.size = 2;
                in.a = segment;
                in.b = segment;
                memory();
            }
            if (segment > Segment.GS || load && segment == Segment.CS) {
                in.op = Op.UD;
            }
        }

        private void control(int opcode) {
            in.modrm = next() | 0xc0;
            in.form = Form.RR;
            in.size = is64 ? 8 : 4;
            boolean load = (opcode & 2) != 0;
            // LOCK before MOV CR0 as another name of CR8 is AMD's alone.
            in.a = load ? reg() : rm();
            in.b = load ? rm() : reg();
        }

        private void vector() {
            in.modrm = next();
            in.size = (rex & 8) != 0 ? 8 : 4;
            in.a = reg();
            in.b = rm();
            if (in.modrm < 0xc0) {
                in.form = Form.M;
                memory();
            }
        }

        private void memory() {
            if (addressSize == 2) {
                memory16();
            } else {
                memory32();
            }
        }

        private void memory32() {
            int mod = in.modrm >>> 6;
            int low = in.modrm & 7;
            int segment = Segment.DS;
            if (low == 4) {
                int sib = next();
                in.scale = sib >>> 6;
                int index = sib >>> 3 & 7 | (rex & 2) << 2;
                in.index = index == 4 ? CpuState.ZERO : index;
                low = sib & 7;
                if (low != 5 || mod != 0) {
                    in.base = low | (rex & 1) << 3;
                }
            } else if (low == 5 && mod == 0) {
                in.ripRelative = is64;
            } else {
                in.base = low | (rex & 1) << 3;
            }
            if (in.base == CpuState.RSP || in.base == CpuState.RBP) {
                segment = Segment.SS;
            }
            if (mod == 1) {
                in.displacement = next(1);
            } else if (mod == 2 || in.base == CpuState.ZERO) {
                in.displacement = next(4);
            }
            in.segment = override < 0 ? segment : override;
        }

        private void memory16() {
            int mod = in.modrm >>> 6;
            int low = in.modrm & 7;
            int segment = Segment.DS;
            if (low == 6 && mod == 0) {
                in.displacement = next(2);
            } else {
                int[] bases = {
                    CpuState.RBX, CpuState.RBX, CpuState.RBP, CpuState.RBP,
                    CpuState.RSI, CpuState.RDI, CpuState.RBP, CpuState.RBX
                };
                in.base = bases[low];
                in.index = low >= 4 ? CpuState.ZERO : (low & 1) == 0 ? CpuState.RSI : CpuState.RDI;
                segment = in.base == CpuState.RBP ? Segment.SS : Segment.DS;
                in.displacement = mod == 1 ? next(1) : mod == 2 ? next(2) : 0;
            }
            in.segment = override < 0 ? segment : override;
        }
    }
}
