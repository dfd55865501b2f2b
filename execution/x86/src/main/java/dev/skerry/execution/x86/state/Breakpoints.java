package dev.skerry.execution.x86.state;

/**
 * What DR0 to DR3 watch for, as DR7 says. Intel SDM 3A, sections 18.2.4 and 18.2.5. Breakpoints on
 * ports are not there. Pages with data breakpoints are kept out of the TLB, so that accesses to them
 * come by.
 */
public final class Breakpoints {
    private static final int EXECUTION = 0;
    private static final int WRITES = 1;
    private static final int ACCESSES = 3;

    private static final int[] LENGTHS = {1, 2, 8, 4};

    private Breakpoints() {}

    private static boolean isOn(long dr7, int n) {
        return (dr7 >>> 2 * n & 3) != 0;
    }

    private static int kind(long dr7, int n) {
        return (int) (dr7 >>> 16 + 4 * n) & 3;
    }

    private static int length(long dr7, int n) {
        return LENGTHS[(int) (dr7 >>> 18 + 4 * n) & 3];
    }

    /** Which of the four are at an instruction, as the low bits of DR6. */
    public static int atInstruction(CpuState s, long gva) {
        int hits = 0;
        long dr7 = s.dr[7];
        for (int n = 0; n < 4; n++) {
            if (isOn(dr7, n) && kind(dr7, n) == EXECUTION && s.dr[n] == gva) {
                hits |= 1 << n;
            }
        }
        return hits;
    }

    /** Which of the four an access touches, as the low bits of DR6. */
    public static int atData(CpuState s, long gva, int size, boolean isWrite) {
        int hits = 0;
        long dr7 = s.dr[7];
        for (int n = 0; n < 4; n++) {
            int kind = kind(dr7, n);
            if (isOn(dr7, n) && (kind == ACCESSES || kind == WRITES && isWrite)) {
                int length = length(dr7, n);
                long start = s.dr[n] & -(long) length;
                if (gva < start + length && start < gva + size) {
                    hits |= 1 << n;
                }
            }
        }
        return hits;
    }

    /** Whether a data breakpoint is on a page of 4 KiB. */
    public static boolean areOnPage(CpuState s, long gva) {
        return atData(s, gva & -4096, 4096, true) != 0;
    }
}
