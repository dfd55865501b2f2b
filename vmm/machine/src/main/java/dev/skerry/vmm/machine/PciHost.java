package dev.skerry.vmm.machine;

import dev.skerry.device.api.DeviceLock;
import dev.skerry.device.api.Workers;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.isolation.proxy.IrqRoute;
import dev.skerry.isolation.proxy.ProxyHost;
import dev.skerry.isolation.proxy.SoftwareIrqRoute;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AddressSpace;

import java.io.IOException;

/** The host of a PCI device inside the machine, one of which may stand for a device elsewhere. */
final class PciHost extends LockedHost implements ProxyHost {
    private static final int COMMAND = 4;
    private static final int BUS_MASTER = 4;

    private final Parts parts;
    private final Occupant occupant;

    /** What all of a machine's PCI hosts share. */
    record Parts(
            AddressSpace memory,
            Accelerator accelerator,
            Gsis gsis,
            EventLoop events,
            Workers workers,
            Losses losses,
            Log log) {}

    /** Who wants to know that a device in another process is lost. */
    @FunctionalInterface
    interface Losses {
        void lost(String id, String reason);
    }

    /** The device, once there is one. */
    private static final class Occupant {
        private final Accelerator accelerator;
        private volatile PciDevice device;

        Occupant(Accelerator accelerator) {
            this.accelerator = accelerator;
        }

        /** A bus master may have written to memory, and CPUs do not see such writes. */
        void left() {
            PciDevice there = device;
            if (there != null && (there.function().config(COMMAND, 2) & BUS_MASTER) != 0) {
                accelerator.memoryMayHaveChanged();
            }
        }
    }

    PciHost(String id, Parts parts) {
        this(id, parts, new Occupant(parts.accelerator));
    }

    private PciHost(String id, Parts parts, Occupant occupant) {
        super(
                id,
                parts.accelerator.clock(),
                parts.workers,
                parts.log,
                new DeviceLock(occupant::left));
        this.parts = parts;
        this.occupant = occupant;
    }

    /** From now on what the device writes to memory is looked for after each access. */
    void occupy(PciDevice device) {
        occupant.device = device;
    }

    @Override
    public AddressSpace guestMemory() {
        return parts.memory;
    }

    @Override
    public void memoryMayHaveChanged() {
        parts.accelerator.memoryMayHaveChanged();
    }

    @Override
    public void linkLost(String reason) {
        parts.losses.lost(id(), reason);
    }

    @Override
    public IrqRoute connectIrq(EventFd irq, EventFd resample) throws IOException {
        IrqRoute direct = parts.accelerator.interrupts().connect(irq, resample, log());
        if (direct != null) {
            return direct;
        }
        SoftwareIrqRoute route =
                new SoftwareIrqRoute(
                        irq, resample, parts.gsis::source, parts.accelerator::memoryMayHaveChanged);
        InterruptFabric.EndListener listener = route::ended;
        EventLoop.Watch watch = parts.events.watch(irq.fd(), (input, output) -> route.signalled());
        parts.accelerator.interrupts().addEndListener(listener);
        return new IrqRoute() {
            @Override
            public void toGsi(int gsi) {
                route.toGsi(gsi);
            }

            @Override
            public void close() {
                watch.close();
                parts.accelerator.interrupts().removeEndListener(listener);
                route.close();
            }
        };
    }
}
