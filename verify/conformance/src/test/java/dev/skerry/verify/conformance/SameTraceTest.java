package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.conformance.ProxyRig.Way;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * The bus cannot tell where a device is: a script leaves the same trace whether the device is inside
 * the machine, behind a loopback, or in a process, and in stock QEMU's where that has the device.
 */
class SameTraceTest {
    private static final int ENABLED = 7;

    @TempDir private Path folder;

    /** Something a guest does. */
    private interface Script {
        void run(DeviceTrace trace) throws IOException;
    }

    private static void requirePeer(Way way) {
        Peer peer =
                way == Way.STOCK_PROCESS
                        ? Peer.STOCK_QEMU
                        : way == Way.PROCESS ? Peer.DEVICE_PROCESS : null;
        assumeTrue(
                peer == null || peer.missing() == null, () -> peer == null ? "" : peer.missing());
    }

    private static List<String> trace(Way way, String driver, Path image, Script script)
            throws Exception {
        try (ProxyRig rig = new ProxyRig(way, driver, image)) {
            if (way == Way.STOCK_PROCESS) {
                awaitLateReset(rig);
            }
            DeviceTrace trace = new DeviceTrace(rig);
            script.run(trace);
            assertFalse(rig.logText().contains("lost"), rig.logText());
            return trace.lines();
        }
    }

    /**
     * Stock QEMU resets its devices some time after it has begun to answer. A mark in a register that
     * a reset clears tells, unless the reset came before it: then nothing but waiting does.
     */
    private static void awaitLateReset(ProxyRig rig) {
        var function = rig.device().function();
        function.writeConfig(0x3c, 1, 0x5a);
        long endNs = System.nanoTime() + 3_000_000_000L;
        while (function.readConfig(0x3c, 1) == 0x5a && System.nanoTime() - endNs < 0) {
            rig.pass();
        }
        function.writeConfig(0x3c, 1, 0);
    }

    private void requireSame(Way way, String driver, Path image, Script script) throws Exception {
        requirePeer(way);
        List<String> inside = trace(Way.INSIDE, driver, image, script);
        assertFalse(inside.isEmpty());
        List<String> elsewhere = trace(way, driver, image, script);
        for (int i = 0; i < inside.size(); i++) {
            String line = i < elsewhere.size() ? elsewhere.get(i) : "nothing more";
            int at = i;
            assertEquals(inside.get(i), line, () -> "line " + at + before(inside, at));
        }
        assertEquals(inside.size(), elsewhere.size());
    }

    private static String before(List<String> lines, int at) {
        return ", after " + lines.subList(Math.max(0, at - 8), at);
    }

    private static void identity(DeviceTrace trace) {
        for (int offset : new int[] {0x00, 0x02, 0x08, 0x09, 0x0b, 0x2c, 0x2e, 0x3d}) {
            trace.config(offset, offset == 0x3d || offset == 0x0b ? 1 : 2);
        }
        for (int bar = 0x10; bar <= 0x30; bar += bar == 0x24 ? 0x0c : 4) {
            trace.setConfig(bar, 4, 0xffff_ffffL);
            trace.config(bar, 4);
            trace.setConfig(bar, 4, 0);
            trace.config(bar, 4);
        }
        trace.setConfig(0xfc, 4, 0x4433_2211L);
        for (int offset = 0xf8; offset <= 0xff; offset++) {
            trace.config(offset, 1);
        }
        trace.config(0xfe, 2);
        trace.setConfig(0xfe, 1, 0xaa);
        trace.setConfig(0xfd, 2, 0xbbcc);
        trace.config(0xfc, 4);
    }

    private static void edu(DeviceTrace trace) {
        long base = DeviceTrace.REGISTERS;
        identity(trace);
        trace.read(base, 4);
        trace.setConfig(0x10, 4, base);
        trace.setConfig(0x04, 2, ENABLED);
        trace.read(base, 4);
        trace.write(base + EduDriver.LIVENESS, 4, 0x1234_5678);
        trace.read(base + EduDriver.LIVENESS, 4);
        trace.write(base + EduDriver.STATUS, 4, EduDriver.INTERRUPT_WHEN_COMPUTED);
        trace.write(base + EduDriver.FACTORIAL, 4, 10);
        trace.awaitInterrupt();
        trace.read(base + EduDriver.INTERRUPTS, 4);
        trace.read(base + EduDriver.FACTORIAL, 4);
        trace.endOfInterruptTooEarly();
        trace.write(base + EduDriver.ACKNOWLEDGE, 4, 1);
        trace.endOfInterrupt();
        trace.write(0x1000, 8, 0x1122_3344_5566_7788L);
        transfer(trace, 0x1000, EduDriver.BUFFER, EduDriver.START);
        transfer(
                trace,
                EduDriver.BUFFER,
                0x2004,
                EduDriver.START | EduDriver.TO_MEMORY | EduDriver.INTERRUPT_WHEN_DONE);
        trace.awaitInterrupt();
        trace.ram(0x2000, 16);
        trace.write(base + EduDriver.ACKNOWLEDGE, 4, 0x100);
        trace.endOfInterrupt();
        trace.write(base + EduDriver.RAISE, 4, 0x80);
        trace.awaitInterrupt();
        trace.write(base + EduDriver.ACKNOWLEDGE, 4, 0x80);
        trace.endOfInterrupt();
        trace.setConfig(0x04, 2, 0);
        trace.read(base, 4);
    }

    private static void transfer(DeviceTrace trace, long from, long to, int flags) {
        long base = DeviceTrace.REGISTERS;
        trace.write(base + EduDriver.DMA_SOURCE, 4, from);
        trace.write(base + EduDriver.DMA_DESTINATION, 4, to);
        trace.write(base + EduDriver.DMA_COUNT, 4, 8);
        trace.write(base + EduDriver.DMA_COMMAND, 4, flags);
        trace.await("transferred", () -> (trace.peek(base + EduDriver.DMA_COMMAND, 4) & 1) == 0);
    }

    /** Stock QEMU 7.2 has no edu elsewhere: "MSI is not supported by interrupt controller". */
    @ParameterizedTest
    @EnumSource(
            value = Way.class,
            names = {"LOOPBACK", "PROCESS"})
    void edu_computes_moves_memory_and_interrupts(Way way) throws Exception {
        requireSame(way, "edu", null, SameTraceTest::edu);
    }

    private static void testDevice(DeviceTrace trace) {
        identity(trace);
        trace.setConfig(0x10, 4, DeviceTrace.REGISTERS);
        trace.setConfig(0x14, 4, DeviceTrace.PORTS);
        trace.setConfig(0x04, 2, ENABLED);
        for (int test = 0; test < 3; test++) {
            trace.write(DeviceTrace.REGISTERS, 1, test);
            trace.out(DeviceTrace.PORTS, 1, test);
            for (int i = 0; i < 48; i++) {
                trace.read(DeviceTrace.REGISTERS + i, 1);
                trace.in(DeviceTrace.PORTS + i, 1);
            }
            long offset = trace.read(DeviceTrace.REGISTERS + 4, 1);
            trace.write(DeviceTrace.REGISTERS + 0x800 + offset % 4, 1, 0xfa);
            trace.out(DeviceTrace.PORTS + 0x83, 1, 0xfa);
            trace.read(DeviceTrace.REGISTERS + 12, 1);
            trace.in(DeviceTrace.PORTS + 12, 1);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Way.class, mode = EnumSource.Mode.EXCLUDE, names = "INSIDE")
    void pci_testdev_counts_accesses(Way way) throws Exception {
        requireSame(way, "pci-testdev", null, SameTraceTest::testDevice);
    }

    @ParameterizedTest
    @CsvSource({"LOOPBACK,pci-testdev", "PROCESS,'pci-testdev,membar=64K'", "LOOPBACK,edu"})
    void whatever_a_guest_tries_is_answered_alike(Way way, String driver) throws Exception {
        long seed = new Random().nextLong();
        try {
            requireSame(way, driver, null, trace -> anything(trace, new Random(seed), driver));
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    /** Accesses of every size at every alignment; edu, whose work takes time, is only read from. */
    private static void anything(DeviceTrace trace, Random random, String driver) {
        boolean write = driver.startsWith("pci-testdev");
        trace.setConfig(0x10, 4, DeviceTrace.REGISTERS);
        trace.setConfig(0x14, 4, DeviceTrace.PORTS);
        trace.setConfig(0x18, 4, 0x1000_0000L);
        trace.setConfig(0x1c, 4, 0x10);
        trace.setConfig(0x04, 2, ENABLED);
        for (int i = 0; i < 2000; i++) {
            int size = 1 << random.nextInt(4);
            int offset = random.nextInt(random.nextBoolean() ? 0x20 : 0x1010);
            long gpa = (random.nextInt(4) == 0 ? 0x10_1000_0000L : DeviceTrace.REGISTERS) + offset;
            long value = random.nextLong() & random.nextLong();
            switch (random.nextInt(write ? 6 : 3)) {
                case 0, 1 -> trace.read(gpa, size);
                case 2 -> trace.config(random.nextInt(0xfd), Math.min(size, 4));
                case 3 -> trace.write(gpa, size, value);
                case 4 -> trace.out(DeviceTrace.PORTS + offset % 0x100, Math.min(size, 4), value);
                default -> trace.in(DeviceTrace.PORTS + offset % 0x100, Math.min(size, 4));
            }
            if (write && random.nextInt(20) == 0) {
                trace.setConfig(0x40 + random.nextInt(0xbd), 1 << random.nextInt(2), value);
            }
        }
    }

    private static void lsi(DeviceTrace trace, boolean commands) {
        long base = DeviceTrace.REGISTERS;
        identity(trace);
        trace.setConfig(0x10, 4, DeviceTrace.PORTS);
        trace.setConfig(0x14, 4, base);
        trace.setConfig(0x18, 4, base + 0x2000);
        trace.setConfig(0x04, 2, ENABLED);
        for (int i = 0; i < 0x40; i++) {
            // Reading these takes what they say; time is another's. Behind 0x40 stock reads ones
            // where the manual has registers.
            if (i != 0x0c && i != 0x42 && i != 0x43 && i != 0x18) {
                trace.read(base + i, 1);
                trace.in(DeviceTrace.PORTS + i, 1);
            }
        }
        trace.write(base + 0x2010, 4, 0xcafe_f00dL);
        trace.read(base + 0x2010, 4);
        trace.write(base + 0x39, 1, 0x7f);
        trace.write(base + 0x40, 1, 0x8f);
        if (!commands) {
            return;
        }
        run(trace, "000000000000", 0);
        run(trace, "120000002400", 36);
        trace.ram(0x10_0000, 36);
        run(trace, "28000000000300000200", 1024);
        trace.ram(0x10_0000, 1024);
    }

    /** A command of the disk, by SCRIPTS; its end is an interrupt. */
    private static void run(DeviceTrace trace, String cdb, int dataBytes) {
        byte[] bytes = java.util.HexFormat.of().parseHex(cdb);
        trace.write(0x1000, 1, 0x80);
        for (int i = 0; i < bytes.length; i++) {
            trace.write(0x1010 + i, 1, bytes[i] & 0xff);
        }
        int[] script = {
            0x4100_0000,
            0x2068,
            0x0e00_0001,
            0x1000,
            0x0a00_0000 | bytes.length,
            0x1010,
            0x830b_0000,
            0x2038,
            0x0900_0000 | Math.max(1, dataBytes),
            0x10_0000,
            0x830b_0000,
            0x2038,
            0x9808_0000,
            0xbad,
            0x0b00_0001,
            0x1040,
            0x0f00_0001,
            0x1048,
            0x6000_0040,
            0,
            0x7c02_7f00,
            0,
            0x4800_0000,
            0,
            0x9808_0000,
            0x600d,
            0x9808_0000,
            0xdead
        };
        for (int i = 0; i < script.length; i++) {
            trace.write(0x2000 + 4L * i, 4, script[i] & 0xffff_ffffL);
        }
        trace.write(DeviceTrace.REGISTERS + 0x2c, 4, 0x2000);
        trace.awaitInterrupt();
        trace.read(DeviceTrace.REGISTERS + 0x14, 1);
        trace.read(DeviceTrace.REGISTERS + 0x0c, 1);
        trace.read(DeviceTrace.REGISTERS + 0x30, 4);
        trace.endOfInterrupt();
        trace.ram(0x1040, 1);
    }

    @ParameterizedTest
    @EnumSource(value = Way.class, mode = EnumSource.Mode.EXCLUDE, names = "INSIDE")
    void lsi53c895a_with_a_disk_runs_scripts(Way way) throws Exception {
        Path image = folder.resolve("disk.img");
        byte[] contents = new byte[1 << 20];
        new Random(1).nextBytes(contents);
        Files.write(image, contents);
        // Stock changes phases at another time, so that a command's way is not the same.
        boolean commands = way != Way.STOCK_PROCESS;
        requireSame(way, "lsi53c895a", image, trace -> lsi(trace, commands));
        assertTrue(Files.size(image) == contents.length);
    }
}
