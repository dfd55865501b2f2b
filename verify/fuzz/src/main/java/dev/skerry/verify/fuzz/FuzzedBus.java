package dev.skerry.verify.fuzz;

import static dev.skerry.verify.fuzz.Promise.require;

import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciBus;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Alias;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.DmaSlice;
import dev.skerry.platform.memory.FlatView;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.platform.memory.Region;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** A function, the bus it is on, the guest's memory around it, and a naive model of that memory. */
final class FuzzedBus implements AutoCloseable {
    static final long[] BASES = {
        0x1000,
        0x2000,
        0x1800,
        0xfe000000L,
        0xfffff000L,
        0x7ff000,
        0x1_0000_0000L,
        0,
        0x7fff_ffff_ffff_c000L,
        0xfe000800L,
        0x1ff8
    };
    private static final int RAM_BYTES = 0x1000;
    private static final int MOST_PLACED = 8;
    private static final int MOST_LENT = 4;

    private final Choices choices;
    private final Container system = new Container("system", Long.MAX_VALUE);
    private final Container pciMemory = new Container("pci", Long.MAX_VALUE);
    private final AddressSpace space;
    private final PciFunction function;
    private final Map<Region, StorageHandler> handlers = new IdentityHashMap<>();
    private final ExpectedMemory expected = new ExpectedMemory(handlers);
    private final List<Region> placed = new ArrayList<>();
    private final Map<Region, NaiveMap.Entry> entries = new IdentityHashMap<>();
    private final List<DmaSlice> lent = new ArrayList<>();
    private boolean lineUp;
    private FlatView heard;
    private int changes;

    /** Where the device's own program reads from and writes to, once, at its next register write. */
    private long[] script;

    FuzzedBus(Choices choices) {
        this.choices = choices;
        system.add(pciMemory, 0, -1);
        space = new AddressSpace("dma", system);
        function =
                new PciFunction(
                        new PciIdentity(0x1234, 0x5678, 1, 0xff0000),
                        new ManualHost(Level.TRACE, 0).log());
        bar(0, Bar.Kind.MEMORY_32, 0x1000, AccessSizes.ANY);
        bar(1, Bar.Kind.IO, 4, AccessSizes.ANY);
        bar(2, Bar.Kind.MEMORY_64_PREFETCHABLE, 0x2000, AccessSizes.handled(1, 4));
        bar(4, Bar.Kind.MEMORY_32, 16, AccessSizes.handled(4, 4));
        bar(5, Bar.Kind.MEMORY_32_PREFETCHABLE, 0x100, AccessSizes.between(4, 8));
        bar(Bar.ROM_INDEX, Bar.Kind.ROM, 0x800, AccessSizes.handled(2, 8));
        function.attach(
                new PciBus(pciMemory, new Container("io", 0x10000), space),
                level -> {
                    require(level != lineUp, "the line was set to what it is");
                    lineUp = level;
                });
        heard = space.view();
        space.addListener(
                (before, after) -> {
                    require(changes++ == 0 || before == heard, "a change was not told");
                    heard = after;
                });
    }

    private void bar(int index, Bar.Kind kind, int sizeBytes, AccessSizes sizes) {
        StorageHandler handler = new StorageHandler(sizeBytes, sizes, this::runScript);
        Region region = handler.region("bar" + index);
        handlers.put(region, handler);
        function.addBar(index, kind, (dev.skerry.platform.memory.IoRegion) region);
    }

    PciFunction function() {
        return function;
    }

    ExpectedMemory expected() {
        return expected;
    }

    /** Whether writes to registers do nothing but store. */
    boolean isQuiet() {
        return script == null;
    }

    boolean isLineUp() {
        return lineUp;
    }

    /** The device's next register write makes it read at one address and write at another. */
    void armScript(long from, long to) {
        script = new long[] {from, to};
    }

    /** Nested as deep as it may get: a write to an own register starts the same again. */
    private void runScript() {
        if (script != null) {
            long[] running = script;
            long value = function.dma().read(running[0], 8);
            function.dma().write(running[1], 4, value);
            script = null;
        }
    }

    int registerOf(Bar bar) {
        return bar.index() == Bar.ROM_INDEX ? 0x30 : 0x10 + 4 * bar.index();
    }

    /** Bits of a BAR's register that never change. */
    long fixedBits(Bar bar) {
        return bar.kind().isIo() ? 0x3 : bar.region().sizeBytes() - 1;
    }

    long lowBits(Bar bar) {
        return switch (bar.kind()) {
            case MEMORY_32, ROM -> 0;
            case MEMORY_32_PREFETCHABLE -> 8;
            case MEMORY_64 -> 4;
            case MEMORY_64_PREFETCHABLE -> 0xc;
            case IO -> 1;
        };
    }

    /** Puts RAM, ROM or a window onto RAM somewhere, or takes one away, or replaces one. */
    void changeMap() throws IOException {
        boolean full = placed.size() == MOST_PLACED;
        int how = choices.u8();
        Region leaving =
                !placed.isEmpty() && (full || (how & 1) != 0)
                        ? placed.get(choices.below(placed.size()))
                        : null;
        List<Container.Placement> coming = new ArrayList<>();
        if (leaving == null || (how & 2) != 0) {
            long start = BASES[choices.below(BASES.length)];
            int priority = choices.below(4) - 2;
            NaiveMap.Entry entry = newEntry(how, start, priority);
            coming.add(new Container.Placement(placed.getLast(), start, priority));
            forget(leaving);
            expected.ram().put(entry);
        } else {
            forget(leaving);
        }
        system.replace(leaving == null ? List.of() : List.of(leaving), coming);
        if (leaving instanceof RamRegion gone) {
            gone.block().release();
        }
    }

    private void forget(Region leaving) {
        if (leaving != null) {
            placed.remove(leaving);
            expected.ram().remove(entries.remove(leaving));
        }
    }

    private NaiveMap.Entry newEntry(int how, long start, int priority) throws IOException {
        NaiveMap.Entry entry;
        Region region;
        Bar bar = function.bars().get(choices.below(6));
        if ((how & 4) != 0 && bar.region().sizeBytes() >= 16) {
            // A window onto registers, wherever those are themselves.
            long size = bar.region().sizeBytes();
            region = new Alias("window", bar.region(), size / 4, size / 2);
            entry = new NaiveMap.Entry(bar.region(), size / 4, size / 2, start, priority);
        } else {
            RamRegion made =
                    new RamRegion("ram", RamBlock.allocate("fuzz", RAM_BYTES), (how & 8) != 0);
            made.block().segment().fill((byte) (how | 1));
            region = made;
            entry = new NaiveMap.Entry(made, 0, RAM_BYTES, start, priority);
        }
        placed.add(region);
        entries.put(region, entry);
        return entry;
    }

    /** To be called after every step: the map is what the model says, and was told as it is. */
    void check() {
        expected.followBars(function);
        require(heard == space.view(), "the present view was not told");
        expected.requireSame(heard);
    }

    /** Lends memory, or ends the oldest loan; what is lent can be used whatever became of the map. */
    void lendOrTakeBack(long gpa, long length, boolean forWriting) {
        if (lent.size() == MOST_LENT) {
            lent.removeFirst().close();
        }
        DmaSlice slice = new DmaSlice();
        NaiveMap.Place place = gpa < 0 ? null : expected.at(gpa);
        boolean master = (function.readConfig(4, 2) & 4) != 0;
        boolean wanted =
                master
                        && length > 0
                        && place != null
                        && place.region() instanceof RamRegion made
                        && !(forWriting && made.isReadOnly());
        boolean got = function.dma().acquire(gpa, length, forWriting, slice);
        require(got == wanted, "memory at 0x%x was lent: %s", gpa, got);
        if (got) {
            require(slice.segment().byteSize() <= length, "more was lent than asked for");
            lent.add(slice);
        }
        for (DmaSlice held : lent) {
            held.segment().get(ValueLayout.JAVA_BYTE, held.segment().byteSize() - 1);
        }
    }

    @Override
    public void close() {
        for (Region region : placed) {
            if (region instanceof RamRegion made) {
                made.block().release();
            }
        }
        lent.forEach(DmaSlice::close);
    }
}
