package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.mmu.Journal;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;

/**
 * Runs regions and has the interpreter do the same once more: what comes out must be equal in
 * registers, flags, stores, device accesses and faults. Owned by the vCPU's thread. Memory that
 * others write to at the same time makes it see differences that are none.
 */
public final class Checker {
    /** Runs some instructions without translations. */
    public interface Referee {
        /**
         * @throws GuestFault as the last of them does
         */
        void interpret(long instructions);
    }

    private final Core core;
    private final CpuState s;
    private final Mmu mmu;
    private final Referee referee;
    private final Journal journal = new Journal();

    Checker(Core core, Referee referee) {
        this.core = core;
        s = core.state;
        mmu = core.mmu;
        this.referee = referee;
    }

    /**
     * As {@link Region#run}.
     *
     * @throws AssertionError if the two differ
     */
    void run(Region region) {
        Snapshot before = Snapshot.of(s);
        long counted = s.translated;
        mmu.beginJournal(journal);
        String translated = outcome(() -> region.run(core, s, mmu));
        long instructions = s.translated - counted;
        boolean faulted = !translated.isEmpty();
        Snapshot after = Snapshot.of(s);
        boolean changed = mmu.codeChanged;
        s.translated = counted;
        mmu.codeChanged = false;
        before.restore(s);
        mmu.rewindJournal();
        String interpreted =
                outcome(() -> referee.interpret(faulted ? instructions + 1 : instructions));
        String difference = mmu.endJournal();
        mmu.codeChanged |= changed;
        if (difference == null && !interpreted.equals(translated)) {
            difference = "ends by '" + interpreted + "', not '" + translated + "'";
        }
        if (difference == null) {
            difference = after.difference(Snapshot.of(s));
        }
        if (difference != null) {
            throw new AssertionError(
                    "after %d instructions from 0x%x on the interpreter %s"
                            .formatted(instructions, before.rip(), difference));
        }
        if (faulted) {
            throw s.fault;
        }
    }

    /** How a piece of code ended: empty, or the fault as text. */
    private String outcome(Runnable code) {
        try {
            code.run();
            return "";
        } catch (GuestFault fault) {
            return "vector %d error 0x%x cr2 0x%x"
                    .formatted(fault.vector(), fault.errorCode(), s.cr2);
        }
    }
}
