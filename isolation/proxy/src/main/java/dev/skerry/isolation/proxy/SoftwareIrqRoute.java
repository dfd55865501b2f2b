package dev.skerry.isolation.proxy;

import dev.skerry.device.api.InterruptLine;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.LinuxException;

import java.util.function.IntFunction;

/**
 * A route to interrupt controllers that are models in this process. A signal raises the input, which
 * stays up until the guest has ended the interrupt; then it falls, and the device hears by its
 * resample counter, to signal again if its line is still up. This is what KVM's irqfd with a resample
 * descriptor does (Linux, virt/kvm/api, KVM_IRQFD).
 *
 * <p>The machine calls {@link #signalled} when the counter is readable and {@link #ended} at the end
 * of every level-triggered interrupt; both from any thread.
 */
public final class SoftwareIrqRoute implements IrqRoute {
    private final EventFd irq;
    private final EventFd resample;
    private final IntFunction<? extends InterruptLine> inputs;
    private final Runnable memoryMayHaveChanged;
    private int gsi = NO_GSI;
    private InterruptLine line;
    private boolean raised;
    private boolean closed;

    /**
     * @param inputs a new source of an interrupt input, by its GSI; setting one calls nobody back
     * @param memoryMayHaveChanged runs before the guest can see an interrupt: what it announces has
     *     been written to memory
     */
    public SoftwareIrqRoute(
            EventFd irq,
            EventFd resample,
            IntFunction<? extends InterruptLine> inputs,
            Runnable memoryMayHaveChanged) {
        this.irq = irq;
        this.resample = resample;
        this.inputs = inputs;
        this.memoryMayHaveChanged = memoryMayHaveChanged;
    }

    /** The interrupt's counter may be readable. */
    public synchronized void signalled() {
        if (closed || irq.drain() == 0) {
            return;
        }
        memoryMayHaveChanged.run();
        raised = true;
        setLine(true);
    }

    /** The guest has ended an interrupt of an input. */
    public synchronized void ended(int endedGsi) {
        if (raised && endedGsi == gsi) {
            raised = false;
            setLine(false);
            acknowledge();
        }
    }

    private void acknowledge() {
        try {
            resample.signalShared();
        } catch (LinuxException e) {
            throw new AssertionError("an event counter cannot be looked at", e);
        }
    }

    @Override
    public synchronized void toGsi(int to) {
        if (closed || to == gsi) {
            return;
        }
        setLine(false);
        gsi = to;
        line = to == NO_GSI ? null : inputs.apply(to);
        setLine(raised);
    }

    @Override
    public synchronized void close() {
        setLine(false);
        raised = false;
        closed = true;
    }

    private void setLine(boolean up) {
        if (line != null) {
            line.set(up);
        }
    }
}
