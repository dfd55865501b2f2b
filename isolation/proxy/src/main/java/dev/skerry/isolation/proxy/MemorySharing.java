package dev.skerry.isolation.proxy;

import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.FlatView;
import dev.skerry.platform.memory.MemoryListener;

import java.util.function.BiConsumer;

/**
 * Keeps a device informed of the guest's RAM: once at the begin and at every change that concerns it.
 * Changes arrive with the memory trees locked; the monitor here is a leaf below that, and a send is
 * all that is done in it.
 */
final class MemorySharing implements MemoryListener, AutoCloseable {
    private static final int LOG_LEFT_OUT = 0;

    private final AddressSpace memory;
    private final BiConsumer<DeviceLink, LinkException> whenFailed;
    private final Log log;
    private DeviceLink link;
    private FlatView view;
    private RamMap sent = RamMap.EMPTY;

    /**
     * @param whenFailed hears that a link took no map; called in the monitor
     */
    MemorySharing(AddressSpace memory, BiConsumer<DeviceLink, LinkException> whenFailed, Log log) {
        this.memory = memory;
        this.whenFailed = whenFailed;
        this.log = log;
        memory.addListener(this);
    }

    @Override
    public synchronized void viewChanged(FlatView before, FlatView after) {
        view = after;
        if (link == null) {
            return;
        }
        try {
            sendIfChanged();
        } catch (LinkException e) {
            DeviceLink failed = link;
            link = null;
            whenFailed.accept(failed, e);
        }
    }

    /** From now on a link is told; it knows of nothing yet. */
    synchronized void connect(DeviceLink to) throws LinkException {
        link = to;
        sent = RamMap.EMPTY;
        sendIfChanged();
    }

    /** A link is told nothing any more and can be closed. */
    synchronized void disconnect(DeviceLink from) {
        if (link == from) {
            link = null;
        }
    }

    private void sendIfChanged() throws LinkException {
        RamMap map = RamMap.of(view, link.safeRamPieces(), link.mostRamPieces());
        if (map.equals(sent)) {
            return;
        }
        sent = map;
        if (map.leftOut() > 0 && log.isDue(Level.WARNING, LOG_LEFT_OUT)) {
            log.limited(
                    Level.WARNING,
                    LOG_LEFT_OUT,
                    String.format(
                            "guest memory is in %d pieces, the protocol has room for %d: the device"
                                    + " does not reach the %d smallest, 0x%x bytes",
                            map.pieces().size() + map.leftOut(),
                            map.pieces().size(),
                            map.leftOut(),
                            map.leftOutBytes()));
        }
        link.setMemory(map.pieces());
    }

    @Override
    public void close() {
        memory.removeListener(this);
        synchronized (this) {
            link = null;
        }
    }
}
