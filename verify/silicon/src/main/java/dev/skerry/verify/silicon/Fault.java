package dev.skerry.verify.silicon;

/**
 * Why a case ended before its end.
 *
 * @param vector the exception's number (0 #DE, 6 #UD, 13 #GP, 14 #PF, ...), or {@link #NONE}
 * @param errorCode what the exception pushed, 0 if it pushes none
 * @param address CR2 of a #PF, else 0
 * @param signal Linux's signal: 4 SIGILL, 5 SIGTRAP, 7 SIGBUS, 8 SIGFPE, 11 SIGSEGV, 31 SIGSYS
 */
public record Fault(int vector, long errorCode, long address, int signal) {
    /** No exception: the operating system stopped a system call. */
    public static final int NONE = -1;

    private static final int SIGILL = 4;
    private static final int SIGTRAP = 5;
    private static final int SIGBUS = 7;
    private static final int SIGFPE = 8;
    private static final int SIGSEGV = 11;

    /** An exception, with the signal Linux sends for it. */
    public static Fault of(int vector, long errorCode, long address) {
        int signal =
                switch (vector) {
                    case 0, 16, 19 -> SIGFPE;
                    case 1, 3 -> SIGTRAP;
                    case 6 -> SIGILL;
                    case 11, 12, 17 -> SIGBUS;
                    default -> SIGSEGV;
                };
        return new Fault(vector, errorCode, vector == 14 ? address : 0, signal);
    }

    @Override
    public String toString() {
        String name =
                switch (vector) {
                    case 0 -> "#DE";
                    case 1 -> "#DB";
                    case 3 -> "#BP";
                    case 4 -> "#OF";
                    case 5 -> "#BR";
                    case 6 -> "#UD";
                    case 11 -> "#NP";
                    case 12 -> "#SS";
                    case 13 -> "#GP";
                    case 14 -> "#PF";
                    case 16 -> "#MF";
                    case 17 -> "#AC";
                    case 19 -> "#XM";
                    default -> "vector " + vector;
                };
        String at = vector == 14 ? " at 0x" + Long.toHexString(address) : "";
        return "%s(0x%x)%s, signal %d".formatted(name, errorCode, at, signal);
    }
}
