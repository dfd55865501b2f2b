package dev.skerry.execution.x86.fp;

/** Outcomes of a comparison, and what instructions make of them (Intel SDM volume 2, CMPPD, COMISD, FCOM). */
public final class Comparison {
    /** The first operand is less. */
    public static final int LESS = -1;

    /** They are equal; zeros are whatever their signs. */
    public static final int EQUAL = 0;

    /** The first operand is greater. */
    public static final int GREATER = 1;

    /** One is a NaN. */
    public static final int UNORDERED = 2;

    private static final int CARRY = 0x1;
    private static final int PARITY = 0x4;
    private static final int ZERO = 0x40;
    private static final int X87_C0 = 0x100;
    private static final int X87_C2 = 0x400;
    private static final int X87_C3 = 0x4000;

    private Comparison() {}

    /** ZF, PF and CF in the flags register's places, as COMISx, UCOMISx, FCOMI and FUCOMI set them. */
    public static int flags(int outcome) {
        return switch (outcome) {
            case LESS -> CARRY;
            case EQUAL -> ZERO;
            case GREATER -> 0;
            default -> ZERO | PARITY | CARRY;
        };
    }

    /** C3, C2 and C0 in the x87 status word's places, as FCOM, FUCOM and FTST set them. */
    public static int conditions(int outcome) {
        return switch (outcome) {
            case LESS -> X87_C0;
            case EQUAL -> X87_C3;
            case GREATER -> 0;
            default -> X87_C3 | X87_C2 | X87_C0;
        };
    }

    /** Whether one of CMPxx's eight predicates (bits 0 to 2 of the immediate) holds. */
    public static boolean holds(int predicate, int outcome) {
        boolean positive =
                switch (predicate & 3) {
                    case 0 -> outcome == EQUAL;
                    case 1 -> outcome == LESS;
                    case 2 -> outcome == LESS || outcome == EQUAL;
                    default -> outcome == UNORDERED;
                };
        return positive != ((predicate & 4) != 0);
    }

    /** Whether a predicate finds quiet NaNs invalid: the ones with an order in them (LT, LE, NLT, NLE). */
    public static boolean isSignaling(int predicate) {
        return (predicate & 3) == 1 || (predicate & 3) == 2;
    }
}
