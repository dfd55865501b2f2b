package dev.skerry.device.pci;

import dev.skerry.device.api.DeviceLock;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.options.OptionException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A machine's bus 0: 32 slots of 8 functions, and the way of their interrupt pins to the chipset.
 *
 * <p>Configuration accesses may come from any thread and take the lock of the function they reach;
 * functions drive their pins from whatever thread is inside them. Devices are plugged and unplugged
 * by one thread at a time. Source: PCI Local Bus Specification 3.0, 3.2.2.3 and 2.2.6.
 */
public final class PciRootBus {
    private static final int DEVFNS = PciAddress.SLOTS * PciAddress.FUNCTIONS;

    private final PciBus bus;
    private final IntxPins pins;
    private final List<Runnable> routeListeners = new CopyOnWriteArrayList<>();
    private final AtomicReferenceArray<Plugged> functions = new AtomicReferenceArray<>(DEVFNS);

    private record Plugged(PciDevice device, PciFunction function, DeviceLock lock, String name) {}

    /**
     * @param bus where functions' BARs appear and what they reach
     */
    public PciRootBus(PciBus bus, IntxRouter router) {
        this.bus = bus;
        pins = new IntxPins(router);
    }

    public PciBus bus() {
        return bus;
    }

    /**
     * Plugs a device in.
     *
     * @param name of its kind and id, for messages
     * @param wanted its place, or null for the first free slot
     * @param lock what every access to the device takes from now on
     * @return its place
     * @throws OptionException if there is no place
     */
    public PciAddress plug(String name, PciDevice device, PciAddress wanted, DeviceLock lock)
            throws OptionException {
        PciAddress at = wanted == null ? freeSlot(name) : wanted;
        PciFunction function = device.function();
        requireFree(name, at, function);
        InterruptLine line = pins.line(at.slot(), function.interruptPin());
        function.attach(bus, line, lock);
        functions.set(at.devfn(), new Plugged(device, function, lock, name));
        return at;
    }

    private PciAddress freeSlot(String name) throws OptionException {
        for (int slot = 0; slot < PciAddress.SLOTS; slot++) {
            if (functions.get(slot << 3) == null) {
                return new PciAddress(slot, 0);
            }
        }
        throw new OptionException(
                "PCI: no slot/function available for " + name + ", all in use or reserved");
    }

    private void requireFree(String name, PciAddress at, PciFunction function)
            throws OptionException {
        Plugged there = functions.get(at.devfn());
        if (there != null) {
            throw new OptionException(
                    String.format(
                            "PCI: slot %d function %d not available for %s, in use by %s",
                            at.slot(), at.function(), name, there.name()));
        }
        Plugged first = functions.get(at.slot() << 3);
        if (at.function() != 0 && first != null && !first.function().isMultifunction()) {
            throw new OptionException(
                    String.format(
                            "PCI: single function device can't be populated in function %s"
                                    + " (%s at %02x.0 has no multifunction=on)",
                            at, first.name(), at.slot()));
        }
        if (at.function() == 0 && !function.isMultifunction()) {
            for (int other = 1; other < PciAddress.FUNCTIONS; other++) {
                if (functions.get(at.devfn() | other) != null) {
                    throw new OptionException(
                            String.format(
                                    "PCI: %s indicates single function, but %02x.%d is already"
                                            + " populated",
                                    at, at.slot(), other));
                }
            }
        }
    }

    /** Takes a device out: its BARs and its interrupt go, its place is free. */
    public void unplug(PciDevice device) {
        for (int devfn = 0; devfn < DEVFNS; devfn++) {
            Plugged there = functions.get(devfn);
            if (there != null && there.device() == device) {
                functions.set(devfn, null);
                there.lock().run(there.function()::detach);
            }
        }
    }

    /** The devices that are plugged in, in the order of their places. */
    public List<PciDevice> devices() {
        List<PciDevice> all = new ArrayList<>();
        for (int devfn = 0; devfn < DEVFNS; devfn++) {
            Plugged there = functions.get(devfn);
            if (there != null) {
                all.add(there.device());
            }
        }
        return all;
    }

    /** Where a device is plugged in, or null. */
    public PciAddress addressOf(PciDevice device) {
        for (int devfn = 0; devfn < DEVFNS; devfn++) {
            Plugged there = functions.get(devfn);
            if (there != null && there.device() == device) {
                return PciAddress.ofDevfn(devfn);
            }
        }
        return null;
    }

    /** Whether there is a function at a place: slot times 8 plus function. */
    public boolean isPresent(int devfn) {
        return functions.get(devfn) != null;
    }

    /**
     * Reads a function's configuration space, by whatever mechanism. Nobody there, an access that
     * leaves the function's 256 bytes, a function that is busy with a peer: all ones.
     *
     * @param devfn 0 to 255
     */
    public long readConfig(int devfn, int offset, int size) {
        Plugged there = functions.get(devfn);
        if (there == null || !PciFunction.isConfigAccess(offset, size) || !there.lock().enter()) {
            return AccessSizes.ones(size);
        }
        try {
            return there.function().readConfig(offset, size);
        } finally {
            there.lock().exit();
        }
    }

    /** See {@link #readConfig}. */
    public void writeConfig(int devfn, int offset, int size, long value) {
        Plugged there = functions.get(devfn);
        if (there == null || !PciFunction.isConfigAccess(offset, size) || !there.lock().enter()) {
            return;
        }
        try {
            there.function().writeConfig(offset, size, value);
        } finally {
            there.lock().exit();
        }
    }

    /**
     * The GSI that a device's interrupt pin reaches now, or -1 if it reaches none or there is no
     * pin.
     */
    public int gsiOf(PciDevice device) {
        PciAddress at = addressOf(device);
        int pin = device.function().interruptPin();
        return at == null || pin == 0 ? -1 : pins.gsi(at.slot(), pin);
    }

    /**
     * Adds somebody who wants to hear that {@link #gsiOf} may have changed. Called inside the
     * chipset's device; must take no device's lock.
     */
    public void addRouteListener(Runnable listener) {
        routeListeners.add(listener);
    }

    public void removeRouteListener(Runnable listener) {
        routeListeners.remove(listener);
    }

    /** For the chipset: its router's answers have changed. */
    public void routesChanged() {
        pins.routesChanged();
        for (Runnable listener : routeListeners) {
            listener.run();
        }
    }
}
