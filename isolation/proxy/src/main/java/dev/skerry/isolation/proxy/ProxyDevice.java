package dev.skerry.isolation.proxy;

import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.ConfigEffects;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * A PCI device that is another process'. Its bus sees a function like any other: what decides where
 * it is decoded is kept here as well, every access goes there.
 *
 * <p>A device process that answers late, wrongly or not at all has lost its device: reads give all
 * ones and writes go nowhere, at no cost, until {@link #replaceLink} brings another process. The
 * machine goes on.
 *
 * <p>Accesses, {@link #reset}, {@link #replaceLink} and {@link #close} are made under the device's
 * lock, which nothing else here waits for: memory changes and interrupt routes come from any thread.
 */
public final class ProxyDevice implements PciDevice {
    private static final int HEADER_TYPE = 0x0e;
    private static final int MULTIFUNCTION_BIT = 7;

    /** Whether there is a device behind it. */
    public enum State {
        CONNECTED,
        /** Its process has failed; see {@link #lossReason}. */
        LOST,
        CLOSED
    }

    private final ProxyHost host;
    private final LinkOpener opener;
    private final RemoteShape shape;
    private final PciFunction function;
    private final MemorySharing sharing;
    private final InterruptWiring wiring;

    private final RoundTrips roundTrips = new RoundTrips();

    private final Object linkLock = new Object();

    /** Null while there is nobody to ask. */
    private volatile DeviceLink link;

    /** The link as it must be closed once nobody is in it. */
    private DeviceLink open;

    private volatile State state = State.CONNECTED;
    private volatile String lossReason;

    /** How a socket becomes a link. */
    @FunctionalInterface
    public interface LinkOpener {
        /**
         * @param socket belongs to the link, and is closed if there is none
         */
        DeviceLink open(UnixStream socket) throws LinkException;
    }

    /**
     * Gives a device process memory and interrupt, and finds out what it is.
     *
     * @param first to a process fresh from its start; closed with this object, and here on failure
     * @param opener makes the links of later processes
     * @throws LinkException if the device process does not answer as it must
     */
    public ProxyDevice(ProxyHost host, DeviceLink first, LinkOpener opener) throws LinkException {
        this.host = host;
        this.opener = opener;
        open = first;
        link = first;
        wiring = new InterruptWiring(host);
        sharing = new MemorySharing(host.guestMemory(), this::lose, host.log());
        try {
            shape = introduce(first);
        } catch (LinkException e) {
            close();
            throw e;
        }
        function = newFunction();
    }

    private PciFunction newFunction() {
        PciFunction made = new PciFunction(shape.identity(), host.log());
        if (shape.interruptPin() != 0) {
            made.setInterruptPin(shape.interruptPin());
        }
        for (RemoteShape.Window window : shape.windows()) {
            Forwarding handler = new Forwarding();
            String name = host.id() + "-bar" + window.index();
            made.addBar(
                    window.index(),
                    window.kind(),
                    IoRegion.uncut(name, window.sizeBytes(), handler));
            handler.bar = made.bars().getLast();
        }
        made.setConfigEffects(new ForwardingConfig());
        return made;
    }

    /** What a new process is told and asked first, in the order stock QEMU's proxy has. */
    private RemoteShape introduce(DeviceLink to) throws LinkException {
        to.countIn(roundTrips);
        sharing.connect(to);
        wiring.connect(to);
        RemoteShape found = RemoteShape.of(to);
        if (link != to) {
            throw new LinkException(lossReason);
        }
        return found;
    }

    @Override
    public PciFunction function() {
        return function;
    }

    public State state() {
        return state;
    }

    /** What it has been asked since it was made. From any thread. */
    public RoundTrips roundTrips() {
        return roundTrips;
    }

    /** Why it was lost the last time, in one line; null if it never was. */
    public String lossReason() {
        return lossReason;
    }

    /**
     * Says which of the machine's interrupt inputs the function's pin reaches now; to be called at
     * the begin and whenever it changes. From any thread.
     *
     * @param gsi or {@link IrqRoute#NO_GSI}
     */
    public void routeInterrupt(int gsi) {
        wiring.toGsi(gsi);
    }

    @Override
    public void reset() {
        function.reset();
        DeviceLink to = link;
        if (to == null) {
            return;
        }
        try {
            to.reset();
            replay(to);
        } catch (LinkException e) {
            lose(to, e);
        }
        host.memoryMayHaveChanged();
    }

    /**
     * Puts another process in the place of one that was lost, or that is to be given up: it gets the
     * memory map, interrupt counters of its own, and the addresses and the command register the guest
     * last wrote. The device is as after a reset otherwise. Waits for replies.
     *
     * @param socket to a process fresh from its start; closed here on failure
     * @throws LinkException if the process does not answer as it must, or has another device than the
     *     one before; the device is lost then
     */
    public void replaceLink(UnixStream socket) throws LinkException {
        replaceLink(opener.open(socket));
    }

    /** See {@link #replaceLink(UnixStream)}. */
    public void replaceLink(DeviceLink to) throws LinkException {
        if (state == State.CLOSED) {
            to.close();
            throw new LinkException("the device has been unplugged");
        }
        disconnect();
        state = State.CONNECTED;
        open = to;
        link = to;
        try {
            RemoteShape now = introduce(to);
            if (!now.equals(shape)) {
                throw new LinkException("it has another device: " + now + ", wanted " + shape);
            }
            replay(to);
        } catch (LinkException e) {
            lossReason = e.getMessage();
            state = State.LOST;
            disconnect();
            throw e;
        }
    }

    /** Writes what the kept copy has of the registers that the machine decodes by. */
    private void replay(DeviceLink to) throws LinkException {
        replay(to, 0x04, 2, 0);
        for (Bar bar : function.bars()) {
            int offset = bar.index() == Bar.ROM_INDEX ? 0x30 : 0x10 + 4 * bar.index();
            replay(to, offset, 4, function.config(offset, 4));
            if (bar.kind().is64Bit()) {
                replay(to, offset + 4, 4, function.config(offset + 4, 4));
            }
        }
        replay(to, 0x0c, 1, function.config(0x0c, 1));
        replay(to, 0x3c, 1, function.config(0x3c, 1));
        replay(to, 0x04, 2, function.config(0x04, 2));
    }

    private static void replay(DeviceLink to, int offset, int size, int value)
            throws LinkException {
        to.writeConfig(offset, size, value & 0xffff_ffffL);
    }

    /** Gives a link up; who else finds it broken is too late. */
    private void lose(DeviceLink from, LinkException reason) {
        synchronized (linkLock) {
            if (link != from) {
                return;
            }
            link = null;
            state = State.LOST;
            lossReason = reason.getMessage();
        }
        from.shutdown();
        sharing.disconnect(from);
        wiring.disconnect();
        host.log().error("the device is lost: " + reason.getMessage());
        host.linkLost(reason.getMessage());
    }

    /** Lets go of the present link and its interrupt. */
    private void disconnect() {
        synchronized (linkLock) {
            link = null;
        }
        sharing.disconnect(open);
        wiring.disconnect();
        if (open != null) {
            open.close();
            open = null;
        }
    }

    @Override
    public void close() {
        state = State.CLOSED;
        sharing.close();
        disconnect();
    }

    /** A BAR's registers; accesses come as the guest made them. */
    private final class Forwarding implements IoHandler {
        private Bar bar;

        @Override
        public long read(long offset, int size) {
            DeviceLink to = link;
            // A BAR that was moved while the access was on its way is not there any more.
            if (to == null || bar.address() == Bar.NOT_DECODED) {
                return AccessSizes.ones(size);
            }
            try {
                return to.readBar(bar, offset, size);
            } catch (LinkException e) {
                lose(to, e);
                return AccessSizes.ones(size);
            } finally {
                host.memoryMayHaveChanged();
            }
        }

        @Override
        public void write(long offset, int size, long value) {
            DeviceLink to = link;
            if (to == null || bar.address() == Bar.NOT_DECODED) {
                return;
            }
            try {
                to.writeBar(bar, offset, size, value);
            } catch (LinkException e) {
                lose(to, e);
            } finally {
                host.memoryMayHaveChanged();
            }
        }
    }

    /** Configuration space: the device's answers count, but where it is plugged in is not its business. */
    private final class ForwardingConfig implements ConfigEffects {
        @Override
        public long read(int offset, int size, long kept) {
            DeviceLink to = link;
            if (to == null) {
                return AccessSizes.ones(size);
            }
            try {
                return withOwnHeaderType(to.readConfig(offset, size), offset, size, kept);
            } catch (LinkException e) {
                lose(to, e);
                return AccessSizes.ones(size);
            } finally {
                host.memoryMayHaveChanged();
            }
        }

        private long withOwnHeaderType(long value, int offset, int size, long kept) {
            if (HEADER_TYPE < offset || HEADER_TYPE >= offset + size) {
                return value;
            }
            long bit = 1L << (8 * (HEADER_TYPE - offset) + MULTIFUNCTION_BIT);
            return value & ~bit | kept & bit;
        }

        @Override
        public void written(int offset, int size, long value) {
            DeviceLink to = link;
            if (to == null) {
                return;
            }
            try {
                to.writeConfig(offset, size, value);
            } catch (LinkException e) {
                lose(to, e);
            } finally {
                host.memoryMayHaveChanged();
            }
        }
    }
}
