package dev.skerry.vmm.machine;

import dev.skerry.execution.kvm.InterruptChips;
import dev.skerry.isolation.proxy.IrqRoute;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Log;

/**
 * The way of a remote device's interrupt from its event counter to the interrupt controllers in the
 * kernel, and from the end of the interrupt back: no thread of this process takes part.
 */
final class KvmIrqRoute implements IrqRoute {
    private final InterruptChips chips;
    private final EventFd irq;
    private final EventFd resample;
    private final Log log;
    private int gsi = NO_GSI;
    private boolean closed;
    private InterruptChips.Connection connection;

    KvmIrqRoute(InterruptChips chips, EventFd irq, EventFd resample, Log log) {
        this.chips = chips;
        this.irq = irq;
        this.resample = resample;
        this.log = log;
    }

    @Override
    public synchronized void toGsi(int to) {
        if (closed || to == gsi) {
            return;
        }
        disconnect();
        gsi = to;
        if (to != NO_GSI) {
            try {
                connection = chips.connect(to, irq, resample);
                // What was up at the other input was lowered there: a device that still has its
                // line up raises it here.
                resample.signal();
            } catch (LinuxException e) {
                log.error("its interrupt cannot be led to input " + to + ": " + e.getMessage());
            }
        }
    }

    private void disconnect() {
        if (connection != null) {
            try {
                connection.close();
            } catch (LinuxException e) {
                log.error("its interrupt stays at input " + gsi + ": " + e.getMessage());
            }
            connection = null;
        }
    }

    @Override
    public synchronized void close() {
        disconnect();
        closed = true;
    }
}
