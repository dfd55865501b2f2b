package dev.skerry.execution.x86.interpreter;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.semantics.Exceptions;
import dev.skerry.execution.x86.state.Breakpoints;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.GuestFault;

/**
 * What happens between instructions: requests, interrupts, halting, single steps. Priorities: Intel
 * SDM 3A, section 6.9.
 */
final class Events {
    /** DR6: a single step was reported. */
    private static final long DR6_BS = 1 << 14;

    private final Core core;
    private final CpuState s;

    Events(Core core) {
        this.core = core;
        s = core.state;
    }

    /**
     * Does what was requested, waits while the CPU is halted.
     *
     * @return null to go on
     */
    Exit handle() {
        while (true) {
            if (core.take(Core.STOP) != 0) {
                return Exit.STOPPED;
            }
            memory();
            if (core.take(Core.INIT) != 0) {
                core.platform.initialize(core);
            }
            if (core.take(Core.STARTUP) != 0) {
                core.platform.startUp(core);
            }
            if (!s.waitingForStartup && !interrupts()) {
                return Exit.SHUTDOWN;
            }
            if (!s.halted && !s.waitingForStartup) {
                return null;
            }
            core.platform.waitForRequest(core);
        }
    }

    private void memory() {
        if (core.take(Core.FLUSH) != 0) {
            core.mmu.flush();
            core.mmu.acknowledgeProtection();
        }
        if (core.take(Core.EPOCH) != 0) {
            core.mmu.dropCode();
        }
    }

    private boolean interrupts() {
        if (!s.interruptShadow && !s.nmiBlocked && core.take(Core.NMI) != 0) {
            s.halted = false;
            s.nmiBlocked = true;
            return Exceptions.interrupt(core, GuestFault.NMI);
        }
        if (s.interruptShadow || (s.systemFlags & Eflags.IF) == 0) {
            return true;
        }
        if (core.take(Core.INTERRUPT) == 0) {
            return true;
        }
        int vector = core.platform.acknowledgeInterrupt();
        if (vector < 0) {
            return true;
        }
        // There may be another one, for when this one's handler lets it in.
        core.repeat(Core.INTERRUPT);
        s.halted = false;
        return Exceptions.interrupt(core, vector);
    }

    /**
     * Runs one instruction: after STI, with the trap or the resume flag set, or with breakpoints
     * armed.
     *
     * @return false at a shutdown
     * @throws GuestFault #DB for a breakpoint at the instruction, besides what it raises itself
     */
    boolean step(Block block, BlockRunner runner) {
        boolean trap = (s.systemFlags & Eflags.TF) != 0;
        if (s.debugArmed && (s.systemFlags & Eflags.RF) == 0) {
            int here = Breakpoints.atInstruction(s, s.codeBase + s.rip);
            if (here != 0) {
                s.dr[6] |= here;
                throw s.fault(GuestFault.DB);
            }
        }
        s.interruptShadow = false;
        s.debugHits = 0;
        runner.run(block, 1);
        Op op = block.instructions[0].op;
        if (op != Op.IRET) {
            s.systemFlags &= ~Eflags.RF;
        }
        long hits = s.debugHits;
        if (trap && !hasLeftTrap(op)) {
            hits |= DR6_BS;
        }
        if (hits == 0) {
            return true;
        }
        s.dr[6] |= hits;
        s.fault(GuestFault.DB);
        return Exceptions.deliver(core);
    }

    /** Calls of a handler that cleared the trap flag on the way: Intel SDM 3A, section 18.3.1.4. */
    private boolean hasLeftTrap(Op op) {
        return (s.systemFlags & Eflags.TF) == 0
                && switch (op) {
                    case INT, INT1, INT3, INTO, SYSCALL -> true;
                    default -> false;
                };
    }
}
