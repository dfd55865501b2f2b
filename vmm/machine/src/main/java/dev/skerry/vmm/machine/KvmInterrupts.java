package dev.skerry.vmm.machine;

import dev.skerry.execution.kvm.InterruptChips;
import dev.skerry.isolation.proxy.IrqRoute;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.log.Log;

/** The interrupt controllers in the kernel. */
final class KvmInterrupts implements InterruptFabric {
    private final InterruptChips chips;

    KvmInterrupts(InterruptChips chips) {
        this.chips = chips;
    }

    @Override
    public void set(int gsi, boolean up) {
        chips.setLine(gsi, up);
    }

    /** The end of an interrupt is the kernel's: it looks at the level itself. */
    @Override
    public void addEndListener(EndListener listener) {
        return;
    }

    /** See {@link #addEndListener}. */
    @Override
    public void removeEndListener(EndListener listener) {
        return;
    }

    @Override
    public IrqRoute connect(EventFd irq, EventFd resample, Log log) {
        return new KvmIrqRoute(chips, irq, resample, log);
    }
}
