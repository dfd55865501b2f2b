package dev.skerry.verify.fuzz;

import static dev.skerry.verify.fuzz.Promise.require;

import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.platform.memory.FlatView;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.platform.memory.Region;

import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a function's DMA should find: guest memory, and behind it the function's own BARs, each
 * address looked up by itself.
 */
final class ExpectedMemory {
    private final NaiveMap ram = new NaiveMap();
    private final NaiveMap bars = new NaiveMap();
    private final Map<Region, StorageHandler> handlers;
    private final Map<Bar, Long> barsWere = new HashMap<>();

    /**
     * @param handlers what is behind each BAR
     */
    ExpectedMemory(Map<Region, StorageHandler> handlers) {
        this.handlers = handlers;
    }

    /** Guest memory, and windows in it. */
    NaiveMap ram() {
        return ram;
    }

    /** Tells the model where BARs are now; the one that moved last is on top. */
    void followBars(PciFunction function) {
        for (Bar bar : function.bars()) {
            long was = barsWere.getOrDefault(bar, Bar.NOT_DECODED);
            if (bar.kind().isIo() || bar.address() == was) {
                continue;
            }
            barsWere.put(bar, bar.address());
            bars.remove(bar.region());
            if (bar.address() != Bar.NOT_DECODED) {
                long size = bar.region().sizeBytes();
                bars.put(new NaiveMap.Entry(bar.region(), 0, size, bar.address(), 1));
            }
        }
    }

    /** Addresses do not wrap around. */
    private NaiveMap.Place at(long gpa, int offset) {
        return gpa < 0 || gpa + offset < 0 ? null : at(gpa + offset);
    }

    NaiveMap.Place at(long gpa) {
        NaiveMap.Place found = null;
        int best = Integer.MIN_VALUE;
        for (NaiveMap.Entry entry : ram.entries()) {
            boolean here = gpa >= entry.start() && gpa - entry.start() < entry.sizeBytes();
            if (here && found == null) {
                found = ram.at(gpa);
                best = entry.priority();
            }
        }
        // The PCI memory behind it has priority -1 and was there first.
        NaiveMap.Place pci = best >= -1 ? null : bars.at(gpa);
        return gpa == Long.MAX_VALUE ? null : pci != null ? pci : found;
    }

    /** The view in use shows what a search finds, at every edge; its ranges are in order. */
    void requireSame(FlatView view) {
        long end = 0;
        for (FlatView.Range range : view.ranges()) {
            require(range.start() >= end && range.sizeBytes() > 0, "%s after 0x%x", range, end);
            end = range.end();
            for (long gpa : new long[] {range.start(), end - 1}) {
                requirePlace(gpa, range, at(gpa));
            }
        }
        for (NaiveMap map : List.of(ram, bars)) {
            for (NaiveMap.Entry entry : map.entries()) {
                requireFound(view, entry.start());
                requireFound(view, entry.start() + entry.sizeBytes() - 1);
            }
        }
    }

    private void requireFound(FlatView view, long gpa) {
        if (at(gpa) != null) {
            boolean found =
                    view.ranges().stream()
                            .anyMatch(range -> gpa >= range.start() && gpa < range.end());
            require(found, "nobody is shown at 0x%x", gpa);
        }
    }

    private static void requirePlace(long gpa, FlatView.Range range, NaiveMap.Place place) {
        require(
                place != null
                        && place.region() == range.region()
                        && place.offset() == range.regionOffset() + (gpa - range.start()),
                "at 0x%x is %s, wanted %s",
                gpa,
                range,
                place);
    }

    byte[] expectedBytes(long gpa, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            NaiveMap.Place place = at(gpa, i);
            bytes[i] = place == null ? (byte) 0xff : byteAt(place);
        }
        return bytes;
    }

    private byte byteAt(NaiveMap.Place place) {
        return place.region() instanceof RamRegion made
                ? made.block().segment().get(ValueLayout.JAVA_BYTE, place.offset())
                : handlers.get(place.region()).bytes()[(int) place.offset()];
    }

    long expectedValue(long gpa, int size) {
        byte[] bytes = expectedBytes(gpa, size);
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | bytes[i] & 0xff;
        }
        return value;
    }

    /**
     * Whether the model knows what an access does: nothing with sizes or effects is in it.
     *
     * @param quiet whether writes to registers do nothing but store
     */
    boolean isKnown(long gpa, int length, boolean write, boolean quiet) {
        for (int i = 0; i < length; i++) {
            NaiveMap.Place place = at(gpa, i);
            StorageHandler handler = place == null ? null : handlers.get(place.region());
            boolean odd = handler != null && !(write ? handler.isPlain() : handler.isReadable());
            if (odd || write && handler != null && !quiet) {
                return false;
            }
        }
        return true;
    }

    boolean isAnswered(long gpa, int length) {
        for (int i = 0; i < length; i++) {
            if (at(gpa, i) == null) {
                return false;
            }
        }
        return true;
    }

    boolean isWritable(long gpa, int offset) {
        NaiveMap.Place place = at(gpa, offset);
        return place != null && !(place.region() instanceof RamRegion made && made.isReadOnly());
    }

    boolean isAllWritable(long gpa, int length) {
        for (int i = 0; i < length; i++) {
            if (!isWritable(gpa, i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether an access reaches the same byte by two addresses. */
    boolean isShownTwice(long gpa, int length) {
        Map<NaiveMap.Place, Long> seen = new HashMap<>();
        for (int i = 0; i < length; i++) {
            NaiveMap.Place place = at(gpa, i);
            if (place != null && seen.put(place, gpa + i) != null) {
                return true;
            }
        }
        return false;
    }
}
