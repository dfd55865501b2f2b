package dev.skerry.isolation.remote;

import dev.skerry.device.api.InterruptLine;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;

/**
 * One device's interrupt line on its way to the machine: a level line over two event counters. A
 * rising line is signalled once; when the guest has acknowledged (the machine signals the resample
 * counter) and the line is still up, it is signalled again.
 *
 * <p>Used on the device thread.
 */
final class IoHub implements InterruptLine, AutoCloseable {
    private static final int LOG_SIGNAL_REFUSED = 16;

    private final Log log;
    private EventFd irq;
    private EventFd resample;
    private boolean asserted;
    private Runnable whenDisconnecting = () -> {};

    IoHub(Log log) {
        this.log = log;
    }

    /**
     * Takes over the machine's counters in place of earlier ones. A line that is up already is
     * signalled at once: the counters may come late.
     */
    void connect(Fd irqFd, Fd resampleFd) throws LinuxException {
        EventFd newIrq;
        try {
            newIrq = EventFd.adopt(irqFd);
        } catch (LinuxException e) {
            resampleFd.close();
            throw e;
        }
        EventFd newResample;
        try {
            newResample = EventFd.adopt(resampleFd);
        } catch (LinuxException e) {
            newIrq.close();
            throw e;
        }
        close();
        irq = newIrq;
        resample = newResample;
        if (asserted) {
            signal();
        }
    }

    @Override
    public void set(boolean level) {
        if (level && !asserted) {
            // A resample from before the line rose must not make it signal twice.
            if (resample != null) {
                resample.drain();
            }
            asserted = true;
            signal();
        } else if (!level) {
            asserted = false;
        }
    }

    /** What to run before counters are closed: somebody may be watching one. */
    void whenDisconnecting(Runnable action) {
        whenDisconnecting = action;
    }

    /** What to watch for acknowledgements; there must be one. */
    Fd resampleFd() {
        return resample.fd();
    }

    /** Whether an acknowledgement may come and would have an effect. */
    boolean awaitsAcknowledgement() {
        return asserted && resample != null;
    }

    /** The resample counter is readable. */
    void acknowledged() {
        if (resample.drain() > 0 && asserted) {
            signal();
        }
    }

    private void signal() {
        if (irq != null && !irq.signal() && log.isDue(Level.WARNING, LOG_SIGNAL_REFUSED)) {
            log.limited(
                    Level.WARNING,
                    LOG_SIGNAL_REFUSED,
                    "the interrupt's event counter takes no signal");
        }
    }

    @Override
    public void close() {
        if (irq != null) {
            whenDisconnecting.run();
            irq.close();
            resample.close();
            irq = null;
            resample = null;
        }
    }
}
