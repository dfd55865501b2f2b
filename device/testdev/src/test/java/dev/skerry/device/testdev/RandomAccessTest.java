package dev.skerry.device.testdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.skerry.device.api.Register;
import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

import java.util.Random;

/** Whatever a guest does to them, the devices stay devices. */
class RandomAccessTest {
    private static final int STEPS = 20_000;
    private static final int[] SIZES = {1, 2, 4, 8};

    private static long seed(RepetitionInfo repetition) {
        long fresh = System.nanoTime() ^ (long) repetition.getCurrentRepetition() << 56;
        long seed = Long.getLong("skerry.test.seed", fresh);
        System.out.println("RandomAccessTest: -Dskerry.test.seed=" + seed);
        return seed;
    }

    private static long value(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextInt(8);
            case 1 -> 0x40000 + random.nextInt(4100);
            case 2 -> Workbench.BAR0 + random.nextInt(0xa0);
            case 3 -> random.nextInt((int) Workbench.RAM_BYTES);
            case 4 -> -1L << random.nextInt(64);
            default -> random.nextLong();
        };
    }

    /** One access, mostly to a place where something answers. */
    private static void access(Workbench bench, Random random, String where) {
        PciFunction function = bench.function;
        int size = SIZES[random.nextInt(4)];
        switch (random.nextInt(12)) {
            case 0 -> {
                int offset = random.nextInt(256);
                if (PciFunction.isConfigAccess(offset, size)) {
                    function.writeConfig(offset, size, value(random));
                    long read = function.readConfig(offset, size);
                    assertEquals(0, read & ~AccessSizes.ones(size), where);
                }
            }
            case 1 -> bench.setUp();
            default -> {
                Bar bar = function.bars().get(random.nextInt(function.bars().size()));
                AddressSpace space = bar.kind().isIo() ? bench.io : bench.memory;
                int range = random.nextInt(4) == 0 ? 0x1010 : 0xa8;
                long offset = random.nextInt(range) & (random.nextBoolean() ? -4 : -1);
                if (random.nextBoolean()) {
                    space.write(bar.address() + offset, size, value(random));
                } else {
                    long read = space.read(bar.address() + offset, size);
                    assertEquals(0, read & ~AccessSizes.ones(size), where);
                }
                bar.region().write(offset - 4, size, value(random));
                long direct = bar.region().read(offset - 4, size);
                assertEquals(0, direct & ~AccessSizes.ones(size), where);
            }
        }
    }

    private static void run(PciDevice device, ManualHost host, Workbench bench, long seed) {
        Random random = new Random(seed);
        for (int step = 0; step < STEPS; step++) {
            String where = "seed " + seed + " step " + step;
            access(bench, random, where);
            switch (random.nextInt(20)) {
                case 0 -> host.runOffloaded();
                case 1 -> host.advance(random.nextInt(150_000_000));
                case 2 -> {
                    if (random.nextInt(20) == 0) {
                        device.reset();
                        assertFalse(bench.lineIsUp(), where);
                    }
                }
                default -> {}
            }
            assertLine(bench, where);
        }
        device.reset();
        while (host.runOffloaded()) {
            assertLine(bench, "seed " + seed + " at the end");
        }
        bench.setUp();
    }

    private static void assertLine(Workbench bench, String where) {
        boolean pin = (bench.function.readConfig(0x06, 2) & 0x8) != 0;
        boolean masked = (bench.function.readConfig(0x04, 2) & 0x400) != 0;
        assertEquals(pin && !masked, bench.lineIsUp(), where);
    }

    @RepeatedTest(4)
    void edu_survives_any_sequence_of_accesses(RepetitionInfo repetition) {
        long seed = seed(repetition);
        ManualHost host = new ManualHost();
        Edu device = new Edu(host, repetition.getCurrentRepetition() % 2 == 0 ? -1 : 0xfff_ffff);
        try (Workbench bench = new Workbench(device)) {
            run(device, host, bench, seed);
            for (EduRegister register : EduRegister.values()) {
                if (register.access() != Register.Access.WRITE_ONLY) {
                    assertEquals(
                            register.resetValue(),
                            bench.read(register.offset(), register.sizeBytes()),
                            register + ", seed " + seed);
                }
            }
        }
    }

    @RepeatedTest(4)
    void pci_testdev_survives_any_sequence_of_accesses(RepetitionInfo repetition) {
        long seed = seed(repetition);
        ManualHost host = new ManualHost();
        PciTestDevice device = new PciTestDevice(host.log(), 1 << 20);
        try (Workbench bench = new Workbench(device)) {
            run(device, host, bench, seed);
            assertEquals(0, bench.read(0, 8), "seed " + seed);
            bench.write(0, 1, 2);
            assertEquals(0x0000_0802_0000_0102L, bench.read(0, 8), "seed " + seed);
            assertEquals(0xfa, bench.read(8, 8), "seed " + seed);
        }
    }
}
