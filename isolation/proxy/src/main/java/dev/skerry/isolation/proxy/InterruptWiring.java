package dev.skerry.isolation.proxy;

import dev.skerry.platform.linux.EventFd;

import java.io.IOException;

/**
 * The interrupt of a proxy's present process: two event counters and their route. Each process gets
 * counters of its own, so that one that was given up can raise nothing. Safe for use by many threads.
 */
final class InterruptWiring {
    private final ProxyHost host;
    private EventFd irq;
    private EventFd resample;
    private IrqRoute route;
    private int gsi = IrqRoute.NO_GSI;

    InterruptWiring(ProxyHost host) {
        this.host = host;
    }

    synchronized void connect(DeviceLink to) throws LinkException {
        try {
            irq = EventFd.create();
            resample = EventFd.create();
            route = host.connectIrq(irq, resample);
            route.toGsi(gsi);
        } catch (IOException e) {
            disconnect();
            throw new LinkException("its interrupt cannot be wired: " + e.getMessage(), e);
        }
        to.setInterrupt(irq.fd(), resample.fd());
    }

    synchronized void toGsi(int to) {
        gsi = to;
        if (route != null) {
            route.toGsi(to);
        }
    }

    /** The input falls; the counters are gone. */
    synchronized void disconnect() {
        if (route != null) {
            route.close();
            route = null;
        }
        if (irq != null) {
            irq.close();
            irq = null;
        }
        if (resample != null) {
            resample.close();
            resample = null;
        }
    }
}
