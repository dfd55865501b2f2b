package dev.skerry.verify.silicon.random;

import dev.skerry.verify.silicon.Fault;
import dev.skerry.verify.silicon.Flags;
import dev.skerry.verify.silicon.FxState;
import dev.skerry.verify.silicon.NativeResult;
import dev.skerry.verify.silicon.NativeResult.Ending;
import dev.skerry.verify.silicon.random.Step.Looseness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Whether two CPUs agree on a program. What the manual leaves open does not count: undefined flags,
 * the last places of approximate results, where on a page a long operand was missed, and the x87's instruction and operand pointers with the
 * last opcode, which CPUs keep each in their own way (SDM 1, 8.1.8).
 */
public final class Comparison {
    private static final String[] NAMES = {
        "RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI", "R8", "R9", "R10", "R11", "R12",
        "R13", "R14", "R15"
    };

    /** Of RCPPS and RSQRTPS, twice the allowed error since two results are compared. */
    private static final double RELATIVE_ERROR = 3.0 / 4096;

    private static final int MOST_ULPS = 2;
    private static final int PAGE_FAULT = 14;
    private static final long PAGE_BYTES = 4096;
    private static final int C1_AND_PE = 0x220;

    private final Program program;
    private final NativeResult expected;
    private final NativeResult actual;
    private final List<String> differences = new ArrayList<>();

    private Comparison(Program program, NativeResult expected, NativeResult actual) {
        this.program = program;
        this.expected = expected;
        this.actual = actual;
    }

    /**
     * What differs, a line each; empty if they agree or {@code expected} cannot say (it died, or ran
     * away and was stopped anywhere).
     */
    public static List<String> differences(
            Program program, NativeResult expected, NativeResult actual) {
        if (expected.ending() == Ending.DIED || expected.ending() == Ending.RUNAWAY) {
            return List.of();
        }
        Comparison comparison = new Comparison(program, expected, actual);
        comparison.compare();
        return comparison.differences;
    }

    private void differ(String what, Object wanted, Object got) {
        if (!Objects.equals(wanted, got)) {
            differences.add(what + ": expected " + wanted + ", got " + got);
        }
    }

    /**
     * A fault as far as Linux tells it: at addresses of its own half it shows a program every page as
     * present, so that the error code says nothing of the map.
     */
    private static Fault told(Fault fault) {
        return fault != null && fault.vector() == PAGE_FAULT && fault.address() < 0
                ? Fault.of(PAGE_FAULT, fault.errorCode() | 1, fault.address())
                : fault;
    }

    /** A fault of the program's, with no more of its address than CPUs agree on. */
    private Fault told(NativeResult result) {
        Fault fault = told(result.fault());
        return fault != null
                        && fault.vector() == PAGE_FAULT
                        && program.accessesInParts(result.rip())
                ? Fault.of(PAGE_FAULT, fault.errorCode(), fault.address() & -PAGE_BYTES)
                : fault;
    }

    private void compare() {
        differ("ending", expected.ending(), actual.ending());
        differ("fault", told(expected), told(actual));
        differ("RIP", Long.toHexString(expected.rip()), Long.toHexString(actual.rip()));
        int registers = program.nativeCase().bits() == 64 ? 16 : 8;
        for (int i = 0; i < registers; i++) {
            String wanted = Long.toHexString(expected.gpr()[i]);
            differ(NAMES[i], wanted, Long.toHexString(actual.gpr()[i]));
        }
        int open = program.undefinedFlags(expected.rip());
        String wanted = Flags.text(expected.rflags() & ~open);
        differ("RFLAGS", wanted, Flags.text(actual.rflags() & ~open));
        // A program that faulted did not come to its last instruction, or not through it.
        Looseness loose = expected.ending() == Ending.DONE ? program.looseness() : Looseness.NONE;
        compareX87(loose);
        compareSse(loose);
        compareData(loose);
    }

    private void field(String name, int offset, int bytes, int mask) {
        long wanted = FxState.get(expected.fxsave(), offset, bytes) & mask;
        long got = FxState.get(actual.fxsave(), offset, bytes) & mask;
        differ(name, Long.toHexString(wanted), Long.toHexString(got));
    }

    private void compareX87(Looseness loose) {
        boolean approximate = loose.kind() == Looseness.Kind.X87;
        field("FCW", FxState.FCW, 2, -1);
        field("FSW", FxState.FSW, 2, approximate ? ~C1_AND_PE : -1);
        field("FTW", FxState.FTW, 1, -1);
        for (int n = 0; n < 8; n++) {
            int at = FxState.ST + 16 * n;
            if (approximate && n < 2 && near(at)) {
                continue;
            }
            field("ST" + n + " sign and exponent", at + 8, 2, -1);
            long wanted = FxState.get(expected.fxsave(), at, 8);
            long got = FxState.get(actual.fxsave(), at, 8);
            differ("ST" + n, Long.toHexString(wanted), Long.toHexString(got));
        }
    }

    /** Whether two extended numbers are at most a few last places apart. */
    private boolean near(int at) {
        long wanted = FxState.get(expected.fxsave(), at, 8);
        long got = FxState.get(actual.fxsave(), at, 8);
        long exponents =
                FxState.get(expected.fxsave(), at + 8, 2) - FxState.get(actual.fxsave(), at + 8, 2);
        // Across a power of two the significand wraps: 0xff..ff and 0x80..00 of the next are one
        // apart.
        long apart =
                exponents == 0
                        ? wanted - got
                        : exponents == 1 ? (wanted << 1) - got : wanted - (got << 1);
        return Math.abs(exponents) <= 1 && Math.abs(apart) <= MOST_ULPS * (exponents == 0 ? 1 : 2);
    }

    private void compareSse(Looseness loose) {
        field("MXCSR", FxState.MXCSR, 4, -1);
        int registers = program.nativeCase().bits() == 64 ? 16 : 8;
        for (int n = 0; n < registers; n++) {
            if (loose.kind() == Looseness.Kind.RELATIVE && loose.from() == n) {
                compareRelative(n);
                continue;
            }
            differ("XMM" + n, xmm(expected, n), xmm(actual, n));
        }
    }

    private static String xmm(NativeResult result, int n) {
        return "%016x_%016x".formatted(result.xmm(n, 1), result.xmm(n, 0));
    }

    private void compareRelative(int n) {
        for (int i = 0; i < 4; i++) {
            int at = FxState.XMM + 16 * n + 4 * i;
            int wantedBits = (int) FxState.get(expected.fxsave(), at, 4);
            int gotBits = (int) FxState.get(actual.fxsave(), at, 4);
            double wanted = Float.intBitsToFloat(wantedBits);
            double got = Float.intBitsToFloat(gotBits);
            boolean near = Math.abs(wanted - got) <= Math.abs(wanted) * RELATIVE_ERROR;
            if (!near) {
                String name = "XMM" + n + " element " + i;
                differ(name, Integer.toHexString(wantedBits), Integer.toHexString(gotBits));
            }
        }
    }

    private void compareData(Looseness loose) {
        byte[] wanted = expected.data().clone();
        byte[] got = actual.data().clone();
        if (loose.kind() == Looseness.Kind.POINTERS) {
            Arrays.fill(wanted, loose.from(), loose.from() + loose.bytes(), (byte) 0);
            Arrays.fill(got, loose.from(), loose.from() + loose.bytes(), (byte) 0);
        }
        int at = Arrays.mismatch(wanted, got);
        if (at >= 0) {
            int from = Math.min(at & ~7, wanted.length - 8);
            differ(
                    "data at 0x%x".formatted(from),
                    Long.toHexString(FxState.get(wanted, from, 8)),
                    Long.toHexString(FxState.get(got, from, 8)));
        }
    }
}
