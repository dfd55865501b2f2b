package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.GuestFault;

/** Delivery of exceptions and interrupts. Intel SDM 3A, chapter 6. */
public final class Exceptions {
    /** Bit 0 of an error code: the event was not caused by the program. */
    private static final int EXTERNAL = 1;

    private Exceptions() {}

    /**
     * Delivers {@code c.state.fault}, with {@code rip} at the instruction that raised it (for traps:
     * behind it). A fault during delivery becomes a double fault, and one during that a shutdown.
     *
     * @return false at a triple fault: the CPU is to be reset
     */
    public static boolean deliver(Core c) {
        GuestFault fault = c.state.fault;
        if (fault.isNonCanonical() && StackAccess.isNonCanonical(c)) {
            fault.of(GuestFault.SS, 0);
        }
        int vector = fault.vector();
        int error = fault.errorCode();
        while (true) {
            try {
                prepare(c.state, vector);
                InterruptGate.enter(c, vector, Kind.EXCEPTION, error);
                return true;
            } catch (GuestFault second) {
                if (vector == GuestFault.DF) {
                    return false;
                }
                boolean nested = doubles(vector, second.vector());
                vector = nested ? GuestFault.DF : second.vector();
                error = nested ? 0 : second.errorCode() | external(second.vector());
            }
        }
    }

    private static int external(int vector) {
        return vector == GuestFault.PF ? 0 : EXTERNAL;
    }

    /** How an event came about: what is checked and pushed depends on it. */
    enum Kind {
        EXCEPTION,
        /** From outside, or an NMI. */
        INTERRUPT,
        /** INT n, INT3, INTO. */
        SOFTWARE,
        /** INT1: as INT n, but the gate's privilege is not checked. */
        PRIVILEGED_SOFTWARE
    }

    /** Faults push RF set, so that an instruction breakpoint is not reported again. */
    private static void prepare(CpuState s, int vector) {
        if (vector != GuestFault.DB && vector != GuestFault.BP && vector != GuestFault.OF) {
            s.systemFlags |= Eflags.RF;
        }
    }

    /** Intel SDM 3A, table 6-5. */
    private static boolean doubles(int first, int second) {
        boolean secondContributes = contributes(second);
        return contributes(first) && secondContributes
                || first == GuestFault.PF && (secondContributes || second == GuestFault.PF);
    }

    private static boolean contributes(int vector) {
        return switch (vector) {
            case GuestFault.DE, GuestFault.TS, GuestFault.NP, GuestFault.SS, GuestFault.GP -> true;
            default -> false;
        };
    }

    /** Delivers an external interrupt or NMI, whose errors are delivered as exceptions. */
    public static boolean interrupt(Core c, int vector) {
        try {
            InterruptGate.enter(c, vector, Kind.INTERRUPT, 0);
            return true;
        } catch (GuestFault fault) {
            if (fault.vector() != GuestFault.PF) {
                c.state.fault(fault.vector(), fault.errorCode() | EXTERNAL);
            }
            return deliver(c);
        }
    }
}
