package dev.skerry.device.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.memory.AccessSizes;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

import java.util.Random;

/** Whatever software does to a function, it stays a function. */
class RandomAccessTest {
    private static final int STEPS = 20_000;
    private static final int[] SIZES = {1, 2, 4, 8};

    @RepeatedTest(4)
    void function_survives_any_sequence_of_accesses(RepetitionInfo repetition) throws Exception {
        long seed =
                Long.getLong(
                        "skerry.test.seed",
                        System.nanoTime() ^ (long) repetition.getCurrentRepetition() << 56);
        System.out.println("RandomAccessTest: -Dskerry.test.seed=" + seed);
        Random random = new Random(seed);
        try (TestBus bus = new TestBus()) {
            PciFunction function = TestBus.newFunction();
            function.addBar(0, Bar.Kind.MEMORY_64, TestBus.region("bar0", 0x1000));
            function.addBar(2, Bar.Kind.IO, TestBus.region("bar2", 0x20));
            function.addBar(3, Bar.Kind.MEMORY_32_PREFETCHABLE, TestBus.region("bar3", 0x10));
            function.addBar(4, Bar.Kind.MEMORY_64_PREFETCHABLE, TestBus.region("b4", 1L << 33));
            function.addBar(Bar.ROM_INDEX, Bar.Kind.ROM, TestBus.region("rom", 0x800));
            function.addCapability(0x09, 0x40, 0x20);
            function.setInterruptPin(2);
            bus.attach(function);
            boolean pin = false;
            for (int step = 0; step < STEPS; step++) {
                String where = "seed " + seed + " step " + step;
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> {
                        writeConfig(function, random, where);
                        assertConsistent(bus, function, where);
                    }
                    case 3 -> {
                        pin = random.nextBoolean();
                        function.setInterrupt(pin);
                    }
                    case 4, 5, 6 -> access(bus, function, random, where);
                    default -> {
                        if (random.nextInt(100) == 0) {
                            function.reset();
                            pin = false;
                            assertConsistent(bus, function, where);
                        }
                    }
                }
                assertLine(bus, function, pin, where);
            }
        }
    }

    private static void writeConfig(PciFunction function, Random random, String where) {
        // Mostly the header, where things have effects.
        int offset = random.nextInt(random.nextInt(4) == 0 ? 0x104 : 0x40) - 1;
        int size = SIZES[random.nextInt(4)];
        if (!PciFunction.isConfigAccess(offset, size)) {
            return;
        }
        function.writeConfig(offset, size, interesting(random));
        long whole = function.readConfig(offset, size);
        for (int i = 0; i < size; i++) {
            assertEquals(whole >>> (8 * i) & 0xff, function.readConfig(offset + i, 1), where);
        }
        assertEquals(TestBus.IDENTITY.vendor(), function.readConfig(0, 2), where);
        assertEquals(0x0009, function.readConfig(0x40, 2), where);
    }

    private static long interesting(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> 0x7;
            case 1 -> -1L;
            case 2 -> 1L << random.nextInt(64);
            default -> random.nextLong();
        };
    }

    private static void assertConsistent(TestBus bus, PciFunction function, String where) {
        for (Bar bar : function.bars()) {
            boolean io = bar.kind().isIo();
            boolean decoded = bar.address() != Bar.NOT_DECODED;
            boolean placed = (io ? bus.bus.io() : bus.bus.memory()).contains(bar.region());
            assertEquals(decoded, placed, where + ": " + bar);
            if (decoded) {
                long enabled = function.readConfig(TestBus.COMMAND, 2) & (io ? 1 : 2);
                assertTrue(enabled != 0, where + ": " + bar);
                assertTrue(bar.address() > 0, where + ": " + bar);
                assertEquals(0, bar.address() % bar.region().sizeBytes(), where + ": " + bar);
                assertTrue(function.barAt(io, bar.address()) != null, where + ": " + bar);
            }
        }
    }

    private static void access(TestBus bus, PciFunction function, Random random, String where) {
        Bar bar = function.bars().get(random.nextInt(function.bars().size()));
        int size = SIZES[random.nextInt(4)];
        long near = bar.address() + random.nextInt(0x1010) - 8;
        long at = random.nextBoolean() ? near : random.nextLong();
        var space = bar.kind().isIo() ? bus.io : bus.memory;
        long value = space.read(at, size);
        assertEquals(0, value & ~AccessSizes.ones(size), where);
        space.write(at, size, random.nextLong());
        function.dma().write(random.nextLong(), size, random.nextLong());
        assertEquals(0, function.dma().read(at, size) & ~AccessSizes.ones(size), where);
    }

    private static void assertLine(TestBus bus, PciFunction function, boolean pin, String where) {
        boolean masked = (function.readConfig(TestBus.COMMAND, 2) & 0x400) != 0;
        boolean told = !bus.line.isEmpty() && bus.line.getLast();
        assertEquals(pin && !masked, told, where);
        assertEquals(pin ? 8 : 0, function.readConfig(0x06, 2) & 8, where);
    }
}
