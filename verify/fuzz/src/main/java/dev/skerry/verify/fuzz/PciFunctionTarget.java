package dev.skerry.verify.fuzz;

import static dev.skerry.verify.fuzz.Promise.require;

import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciFunction;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * A function with BARs of every kind in a guest's memory that changes under it: configuration
 * writes, RAM and windows that come and go, DMA by value, in bulk and by slice, into RAM, into its
 * own BARs, and from its own registers. Every address is answered by the region a naive search
 * finds; a handler is called as promised; what is lent stays mapped; configuration space keeps to
 * its masks.
 */
public final class PciFunctionTarget {
    private static final int MOST_STEPS = 128;
    private static final int LARGEST_BULK = 0x300;
    private static final int COMMAND_MASTER = 4;
    private static final int IDENTITY = 0x56781234;
    private static final int[] COMMANDS = {7, 3, 6, 4, 0, 0x407};

    private final Choices choices;
    private final FuzzedBus bus;
    private final ExpectedMemory expected;
    private final PciFunction function;
    private final MemorySegment bulk;

    private PciFunctionTarget(Choices choices, Arena arena) throws IOException {
        this.choices = choices;
        bus = new FuzzedBus(choices);
        expected = bus.expected();
        function = bus.function();
        bulk = arena.allocate(LARGEST_BULK);
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            PciFunctionTarget target = new PciFunctionTarget(new Choices(input), arena);
            try {
                target.run();
            } finally {
                target.bus.close();
            }
        }
    }

    private void run() throws IOException {
        for (int step = 0; step < MOST_STEPS && !choices.isEmpty(); step++) {
            switch (choices.below(16)) {
                case 0 -> configWrite(choices.u8(), choices.number(4));
                case 1 -> configWrite(0x10 + 4 * choices.below(9), choices.pick(-1, 0, 1, 0xc001));
                case 2, 3 -> placeBar();
                case 4 -> writeConfig(4, 2, COMMANDS[choices.below(COMMANDS.length)]);
                case 5, 6 -> bus.changeMap();
                case 7, 8 -> readValue();
                case 9, 10 -> writeValue();
                case 11, 12 -> readBulk();
                case 13 -> writeBulk();
                case 14 -> bus.lendOrTakeBack(address(), choices.u8() * 97, choices.flag());
                default -> other();
            }
            bus.check();
        }
    }

    private void other() {
        switch (choices.below(4)) {
            case 0 -> bus.armScript(address(), address());
            case 1 -> function.setInterrupt(choices.flag());
            case 2 -> function.reset();
            default -> barAccess();
        }
        requireLine();
    }

    private void requireLine() {
        boolean disabled = (function.readConfig(4, 2) & 0x400) != 0;
        boolean pin = (function.readConfig(6, 2) & 0x8) != 0;
        require(bus.isLineUp() == (pin && !disabled), "the line is %s", bus.isLineUp());
    }

    private void configWrite(int offset, long value) {
        int size = 1 << choices.below(3);
        if (PciFunction.isConfigAccess(offset, size)) {
            writeConfig(offset, size, value);
        }
    }

    private void writeConfig(int offset, int size, long value) {
        function.writeConfig(offset, size, value);
        require(function.readConfig(0, 4) == IDENTITY, "the identity was written to");
        for (Bar bar : function.bars()) {
            long low = function.readConfig(bus.registerOf(bar), 4);
            require(
                    bar.index() == Bar.ROM_INDEX || (low & bus.fixedBits(bar)) == bus.lowBits(bar),
                    "%s: its register is 0x%x",
                    bar,
                    low);
            require(
                    bar.address() == Bar.NOT_DECODED
                            || bar.address() % bar.region().sizeBytes() == 0 && bar.address() > 0,
                    "%s",
                    bar);
        }
        requireLine();
    }

    private void placeBar() {
        List<Bar> bars = function.bars();
        Bar bar = bars.get(choices.below(bars.size()));
        long address = bar.kind().isIo() ? choices.pick(0xc000, 0xff00, 0xfffc, 0) : base();
        int register = bus.registerOf(bar);
        writeConfig(register, 4, address | (bar.index() == Bar.ROM_INDEX ? 1 : 0));
        if (bar.kind().is64Bit()) {
            writeConfig(register + 4, 4, address >>> 32);
        }
    }

    private long base() {
        return FuzzedBus.BASES[choices.below(FuzzedBus.BASES.length)];
    }

    private long address() {
        return base() + choices.pick(0, 1, 4, 6, 0xc, 0xfe, 0xffc, 0xfff, 0x7fe, -1, -7);
    }

    private void readValue() {
        long gpa = address();
        int size = 1 << choices.below(4);
        long naive = expected.expectedValue(gpa, size);
        boolean known = expected.isKnown(gpa, size, false, bus.isQuiet());
        long value = function.dma().read(gpa, size);
        if (!isMaster()) {
            require(value == (size == 8 ? -1 : (1L << 8 * size) - 1), "read without mastering");
        } else if (known) {
            require(
                    value == naive,
                    "read of %d at 0x%x gave 0x%x, wanted 0x%x",
                    size,
                    gpa,
                    value,
                    naive);
        }
    }

    private void writeValue() {
        long gpa = address();
        int size = 1 << choices.below(4);
        long value = choices.u8() * 0x0102030405060708L;
        boolean known = expected.isKnown(gpa, size, true, bus.isQuiet());
        byte[] before = expected.expectedBytes(gpa, size);
        function.dma().write(gpa, size, value);
        if (known) {
            byte[] after = expected.expectedBytes(gpa, size);
            for (int i = 0; i < size; i++) {
                boolean written = isMaster() && expected.isWritable(gpa, i);
                byte wanted = written ? (byte) (value >>> (8 * i)) : before[i];
                require(
                        after[i] == wanted || expected.isShownTwice(gpa, size),
                        "write of %d at 0x%x: byte %d is %d, wanted %d",
                        size,
                        gpa,
                        i,
                        after[i],
                        wanted);
            }
        }
    }

    private void readBulk() {
        long gpa = address();
        int length = choices.below(LARGEST_BULK);
        byte[] wanted = expected.expectedBytes(gpa, length);
        boolean known = expected.isKnown(gpa, length, false, bus.isQuiet());
        boolean answered = expected.isAnswered(gpa, length);
        boolean whole = function.dma().read(gpa, bulk, 0, length);
        if (!isMaster()) {
            Arrays.fill(wanted, (byte) 0xff);
        } else if (!known) {
            return;
        }
        require(whole == (isMaster() && answered), "a read of 0x%x bytes at 0x%x", length, gpa);
        byte[] there = bulk.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        int at = Arrays.mismatch(there, wanted);
        require(at < 0, "a read of 0x%x bytes at 0x%x differs at 0x%x", length, gpa, at);
    }

    private void writeBulk() {
        long gpa = address();
        int length = choices.below(LARGEST_BULK);
        bulk.fill((byte) choices.u8());
        boolean known = expected.isKnown(gpa, length, true, bus.isQuiet());
        boolean answered = expected.isAnswered(gpa, length) && expected.isAllWritable(gpa, length);
        byte[] wanted = expected.expectedBytes(gpa, length);
        boolean master = isMaster();
        boolean whole = function.dma().write(gpa, bulk, 0, length);
        if (known) {
            require(whole == (master && answered), "a write of 0x%x bytes at 0x%x", length, gpa);
            for (int i = 0; master && i < length; i++) {
                if (expected.isWritable(gpa, i)) {
                    wanted[i] = bulk.get(ValueLayout.JAVA_BYTE, i);
                }
            }
            int at = Arrays.mismatch(expected.expectedBytes(gpa, length), wanted);
            require(
                    at < 0 || expected.isShownTwice(gpa, length),
                    "a write of 0x%x bytes at 0x%x differs at 0x%x",
                    length,
                    gpa,
                    at);
        }
    }

    /** A CPU's access, the way a machine makes it. */
    private void barAccess() {
        List<Bar> bars = function.bars();
        Bar bar = bars.get(choices.below(bars.size()));
        long offset = choices.u8() - 4;
        int size = 1 << choices.below(4);
        if (bar.region().accepts(offset, size)) {
            if (choices.flag()) {
                bar.region().write(offset, size, choices.u64());
            } else {
                bar.region().read(offset, size);
            }
        }
    }

    private boolean isMaster() {
        return (function.readConfig(4, 2) & COMMAND_MASTER) != 0;
    }
}
