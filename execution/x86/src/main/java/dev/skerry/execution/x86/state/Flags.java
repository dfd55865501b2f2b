package dev.skerry.execution.x86.state;

/**
 * The six status flags, computed when somebody looks. An arithmetic instruction leaves its operands
 * and result, all sign-extended from its operand size to 64 bits; sign extension keeps unsigned
 * order, signs and overflow, so that the size itself need not be known. Meanings: Intel SDM 1,
 * section 3.4.3.1.
 */
public final class Flags {
    /** The flags are in {@link CpuState#status}. */
    public static final int EXPLICIT = 0;

    /** {@code result = a + b}. */
    public static final int ADD = 1;

    /** {@code result = a - b}. */
    public static final int SUB = 2;

    /** CF, OF and AF are clear. */
    public static final int LOGIC = 3;

    /** {@code result = a + 1}; CF as in {@link CpuState#status}. */
    public static final int INC = 4;

    /** {@code result = a - 1}; CF as in {@link CpuState#status}. */
    public static final int DEC = 5;

    /** SF, ZF and PF from the result, the others from {@link CpuState#status}. */
    public static final int RESULT = 6;

    private Flags() {}

    public static void add(CpuState s, long a, long b, long result) {
        s.flagsKind = ADD;
        s.flagsA = a;
        s.flagsB = b;
        s.flagsResult = result;
    }

    public static void sub(CpuState s, long a, long b, long result) {
        s.flagsKind = SUB;
        s.flagsA = a;
        s.flagsB = b;
        s.flagsResult = result;
    }

    public static void logic(CpuState s, long result) {
        s.flagsKind = LOGIC;
        s.flagsResult = result;
    }

    public static void inc(CpuState s, long a, long result) {
        s.status = carry(s) ? Eflags.CF : 0;
        s.flagsKind = INC;
        s.flagsA = a;
        s.flagsB = 1;
        s.flagsResult = result;
    }

    public static void dec(CpuState s, long a, long result) {
        s.status = carry(s) ? Eflags.CF : 0;
        s.flagsKind = DEC;
        s.flagsA = a;
        s.flagsB = 1;
        s.flagsResult = result;
    }

    /** SF, ZF and PF by a result, CF, OF and AF given. */
    public static void result(CpuState s, long result, int others) {
        s.flagsKind = RESULT;
        s.flagsResult = result;
        s.status = others;
    }

    /** Sets all six at once. */
    public static void set(CpuState s, int status) {
        s.flagsKind = EXPLICIT;
        s.status = status;
    }

    /** Sets some and leaves the others. */
    public static void set(CpuState s, int status, int which) {
        int before = get(s);
        set(s, before & ~which | status & which);
    }

    /** All six, as bits of {@link Eflags}. */
    public static int get(CpuState s) {
        return get(s.flagsKind, s.flagsA, s.flagsB, s.flagsResult, s.status);
    }

    public static boolean carry(CpuState s) {
        return carry(s.flagsKind, s.flagsA, s.flagsB, s.flagsResult, s.status);
    }

    public static boolean zero(CpuState s) {
        return zero(s.flagsKind, s.flagsResult, s.status);
    }

    public static boolean sign(CpuState s) {
        return sign(s.flagsKind, s.flagsResult, s.status);
    }

    public static boolean parity(CpuState s) {
        return parity(s.flagsKind, s.flagsResult, s.status);
    }

    public static boolean overflow(CpuState s) {
        return overflow(s.flagsKind, s.flagsA, s.flagsB, s.flagsResult, s.status);
    }

    /**
     * Whether one of the sixteen conditions holds.
     *
     * @param condition as in the low four bits of Jcc, SETcc and CMOVcc (Intel SDM 1, appendix B)
     */
    public static boolean condition(CpuState s, int condition) {
        return condition(s.flagsKind, s.flagsA, s.flagsB, s.flagsResult, s.status, condition);
    }

    // The same of flags that are not in a CpuState: translated code has them in variables.

    public static int get(int kind, long a, long b, long r, int status) {
        if (kind == EXPLICIT) {
            return status;
        }
        return (carry(kind, a, b, r, status) ? Eflags.CF : 0)
                | (overflow(kind, a, b, r, status) ? Eflags.OF : 0)
                | adjust(kind, a, b, r, status)
                | ofResult(r);
    }

    private static int adjust(int kind, long a, long b, long r, int status) {
        return switch (kind) {
            case LOGIC -> 0;
            case RESULT -> status & Eflags.AF;
            default -> (int) (a ^ b ^ r) & Eflags.AF;
        };
    }

    /** SF, ZF and PF of a sign-extended result. */
    public static int ofResult(long r) {
        return (r == 0 ? Eflags.ZF : 0) | (r < 0 ? Eflags.SF : 0) | parityBit(r);
    }

    private static int parityBit(long r) {
        return (Integer.bitCount((int) r & 0xff) & 1) == 0 ? Eflags.PF : 0;
    }

    public static boolean carry(int kind, long a, long b, long r, int status) {
        return switch (kind) {
            case ADD -> Long.compareUnsigned(r, a) < 0;
            case SUB -> Long.compareUnsigned(a, b) < 0;
            case LOGIC -> false;
            default -> (status & Eflags.CF) != 0;
        };
    }

    /** CF as 0 or 1. Without branches, once the kind is known. */
    public static int carryBit(int kind, long a, long b, long r, int status) {
        return switch (kind) {
            case ADD -> below(r, a);
            case SUB -> below(a, b);
            case LOGIC -> 0;
            default -> status & Eflags.CF;
        };
    }

    /** 1 if a number is less than another, unsigned: the borrow of their difference. */
    public static int below(long a, long b) {
        return (int) ((~a & b | (~a | b) & a - b) >>> 63);
    }

    public static boolean zero(int kind, long r, int status) {
        return kind == EXPLICIT ? (status & Eflags.ZF) != 0 : r == 0;
    }

    public static boolean sign(int kind, long r, int status) {
        return kind == EXPLICIT ? (status & Eflags.SF) != 0 : r < 0;
    }

    public static boolean parity(int kind, long r, int status) {
        return ((kind == EXPLICIT ? status : parityBit(r)) & Eflags.PF) != 0;
    }

    public static boolean overflow(int kind, long a, long b, long r, int status) {
        return switch (kind) {
            case ADD, INC -> ((a ^ r) & (b ^ r)) < 0;
            case SUB, DEC -> ((a ^ b) & (a ^ r)) < 0;
            case LOGIC -> false;
            default -> (status & Eflags.OF) != 0;
        };
    }

    /** As {@link #condition(CpuState, int)}. */
    public static boolean condition(int kind, long a, long b, long r, int status, int condition) {
        boolean holds =
                switch (condition >>> 1) {
                    case 0 -> overflow(kind, a, b, r, status);
                    case 1 -> carry(kind, a, b, r, status);
                    case 2 -> zero(kind, r, status);
                    case 3 -> carry(kind, a, b, r, status) || zero(kind, r, status);
                    case 4 -> sign(kind, r, status);
                    case 5 -> parity(kind, r, status);
                    case 6 -> less(kind, a, b, r, status);
                    default -> zero(kind, r, status) || less(kind, a, b, r, status);
                };
        return holds ^ (condition & 1) != 0;
    }

    private static boolean less(int kind, long a, long b, long r, int status) {
        return kind == SUB ? a < b : sign(kind, r, status) != overflow(kind, a, b, r, status);
    }
}
