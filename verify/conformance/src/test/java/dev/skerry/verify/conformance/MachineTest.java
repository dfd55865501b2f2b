package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.verify.testkit.StockMachine;
import dev.skerry.vmm.qtest.QtestClient;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A machine, stock QEMU or ours ({@code our pc}), with devices in a process of ours plugged in. */
class MachineTest {
    private static final int EDU_SLOT = 4;
    private static final int TESTDEV_SLOT = 5;
    private static final long EDU_AT = 0xe000_0000L;
    private static final long TESTDEV_AT = 0xe020_0000L;
    private static final int PORTS = 0xc000;
    private static final long EDU_BUFFER = EduDriver.BUFFER;

    private final Fd chatter = chatter();
    private DeviceProcess devices;
    private StockMachine machine;
    private QtestClient qtest;
    private GuestDevice edu;
    private GuestDevice testdev;

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    /** For what a machine has to say when a device dies. */
    private static Fd chatter() {
        try {
            return MemFd.resizable("stderr", 0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** One process with both devices, each behind a proxy of the machine. */
    private void start(String type) throws IOException {
        List<String> command = new ArrayList<>(DeviceProcess.ours());
        command.addAll(
                List.of(
                        "-machine",
                        "x-remote",
                        "-device",
                        "edu,id=edu0",
                        "-device",
                        "pci-testdev,id=test0",
                        "-object",
                        "x-remote-object,id=r0,devid=edu0,fd=3",
                        "-object",
                        "x-remote-object,id=r1,devid=test0,fd=4"));
        devices = DeviceProcess.start(command, 2, null);
        machine =
                new StockMachine.Setup(type.substring(type.indexOf(' ') + 1))
                        .program(
                                type.startsWith("our ")
                                        ? DeviceProcess.ours()
                                        : DeviceProcess.stock())
                        .proxy("edu0", devices.link(0), EDU_SLOT)
                        .proxy("test0", devices.link(1), TESTDEV_SLOT)
                        .errors(chatter)
                        .start();
        qtest = machine.qtest();
        edu = new GuestDevice(qtest, EDU_SLOT);
        testdev = new GuestDevice(qtest, TESTDEV_SLOT);
    }

    @AfterEach
    void stop() throws IOException {
        try {
            if (machine != null) {
                machine.close();
            }
        } finally {
            devices.close();
            chatter.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35", "our pc", "our q35"})
    void the_machine_enumerates_both_devices(String type) throws IOException {
        start(type);
        assertEquals(0x11e8_1234L, edu.config(0, 4));
        assertEquals(0x00ff_0010L, edu.config(8, 4));
        assertEquals(0x1100_1af4L, edu.config(0x2c, 4));
        assertEquals(1, edu.config(0x3d, 1), "interrupt pin");
        assertEquals(0xfff0_0000L, edu.sizingPattern(0));
        for (int bar = 1; bar < 6; bar++) {
            assertEquals(0, edu.sizingPattern(bar), "BAR " + bar);
        }
        assertEquals(0x0005_1b36L, testdev.config(0, 4));
        assertEquals(0x00ff_0000L, testdev.config(8, 4));
        assertEquals(0xffff_f000L, testdev.sizingPattern(0));
        assertEquals(0xffff_ff01L, testdev.sizingPattern(1));
        assertEquals(0, testdev.sizingPattern(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35", "our pc", "our q35"})
    void every_byte_of_configuration_space_is_reached(String type) throws IOException {
        start(type);
        for (GuestDevice device : List.of(edu, testdev)) {
            for (int offset = 0; offset < 0x100; offset += 4) {
                long bytes = 0;
                for (int i = 0; i < 4; i++) {
                    bytes |= device.config(offset + i, 1) << 8 * i;
                }
                long words = device.config(offset, 2) | device.config(offset + 2, 2) << 16;
                long whole = device.config(offset, 4);
                assertEquals(whole, bytes, "bytes at 0x" + Integer.toHexString(offset));
                assertEquals(whole, words, "words at 0x" + Integer.toHexString(offset));
            }
            for (int offset = 0x40; offset < 0x100; offset++) {
                device.setConfig(offset, 1, offset ^ 0x5a);
                assertEquals(offset ^ 0x5a, device.config(offset, 1));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35", "our pc", "our q35"})
    void registers_are_reached_wherever_the_bar_is(String type) throws IOException {
        start(type);
        for (long at : new long[] {EDU_AT, 0xe400_0000L, 0xd000_0000L, EDU_AT}) {
            edu.place(at);
            assertEquals(0x0100_00edL, edu.read(EduDriver.IDENTIFICATION, 4));
            edu.write(EduDriver.LIVENESS, 4, at >> 8);
            assertEquals(~(at >> 8) & 0xffff_ffffL, edu.read(EduDriver.LIVENESS, 4));
            edu.write(EduDriver.DMA_SOURCE, 4, at | 0xabc);
            assertEquals(at | 0xabc, edu.read(EduDriver.DMA_SOURCE, 4));
        }
        assertEquals(3628800, EduDriver.factorial(edu, 10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35", "our pc", "our q35"})
    void ports_are_reached_wherever_the_bar_is(String type) throws IOException {
        start(type);
        testdev.place(TESTDEV_AT);
        for (int at : new int[] {PORTS, 0xd100, PORTS}) {
            testdev.setConfig(0x14, 4, at);
            qtest.out(at, 1, 0);
            assertEquals(3, qtest.in(at, 1), "the number of the test");
            assertEquals(0x83, qtest.in(at + 4, 4), "where it wants its accesses");
            for (int i = 1; i <= 5; i++) {
                qtest.out(at + 0x83, 1, 0xfa);
                assertEquals(i, qtest.in(at + 12, 4), "accesses counted");
            }
        }
        testdev.write(0, 1, 0);
        assertEquals(0x800, testdev.read(4, 4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35", "our pc", "our q35"})
    void dma_carries_guest_memory_into_the_device_and_out(String type) throws IOException {
        start(type);
        edu.place(EDU_AT);
        byte[] sent = new byte[4096];
        new Random(42).nextBytes(sent);
        // Below the holes of a PC's first megabyte, above them, and at the end of memory.
        carry(sent, 0x1000, StockMachine.RAM_BYTES - 4096);
        carry(sent, 0x123_4560, 0x9f000);
        carry(sent, StockMachine.RAM_BYTES - 4096, 0x10_0000);
    }

    /** Stock QEMU's proxy cuts an access of 8 bytes in two, and edu's upper halves do not answer. */
    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void an_access_of_8_bytes_arrives_as_two_of_4(String type) throws IOException {
        start(type);
        edu.place(EDU_AT);
        edu.write(EduDriver.DMA_SOURCE, 8, 0x1234_5678_9abc_def0L);
        assertEquals(0xffff_ffff_9abc_def0L, edu.read(EduDriver.DMA_SOURCE, 8));
    }

    private void carry(byte[] sent, long from, long to) throws IOException {
        sent[0]++;
        qtest.writeBytes(from, sent);
        EduDriver.transfer(edu, from, EDU_BUFFER, sent.length, 0);
        qtest.writeBytes(to, new byte[sent.length]);
        EduDriver.transfer(edu, EDU_BUFFER, to, sent.length, EduDriver.TO_MEMORY);
        String what = String.format("from 0x%x to 0x%x", from, to);
        assertArrayEquals(sent, qtest.readBytes(to, sent.length), what);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35", "our pc", "our q35"})
    void no_dma_happens_while_bus_mastering_is_off(String type) throws IOException {
        start(type);
        edu.place(EDU_AT);
        byte[] before = {1, 2, 3, 4, 5, 6, 7, 8};
        qtest.writeBytes(0x10_0000, before);
        edu.setConfig(GuestDevice.COMMAND, 2, 3);
        EduDriver.transfer(edu, EDU_BUFFER, 0x10_0000, 8, EduDriver.TO_MEMORY);
        assertArrayEquals(before, qtest.readBytes(0x10_0000, 8));
        edu.setConfig(GuestDevice.COMMAND, 2, 7);
        EduDriver.transfer(edu, EDU_BUFFER, 0x10_0000, 8, EduDriver.TO_MEMORY);
        assertArrayEquals(new byte[8], qtest.readBytes(0x10_0000, 8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35", "our pc", "our q35"})
    void a_machine_reset_resets_the_device(String type) throws IOException {
        start(type);
        for (int round = 0; round < 3; round++) {
            edu.place(EDU_AT);
            edu.write(EduDriver.RAISE, 4, 0x2);
            edu.write(EduDriver.DMA_SOURCE, 4, 0x1234);
            assertEquals(0x8, edu.config(GuestDevice.STATUS, 2) & 0x8, "interrupt pending");
            edu.resetMachine();
            assertEquals(0, edu.config(GuestDevice.COMMAND, 4));
            assertEquals(0, edu.config(GuestDevice.BAR0, 4));
            edu.place(EDU_AT);
            assertEquals(0, edu.read(EduDriver.INTERRUPTS, 4));
            assertEquals(0, edu.read(EduDriver.DMA_SOURCE, 4));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35", "our pc", "our q35"})
    void devices_of_one_process_serve_one_machine_side_by_side(String type) throws IOException {
        start(type);
        edu.place(EDU_AT);
        testdev.place(TESTDEV_AT);
        testdev.write(0, 1, 0);
        for (int i = 1; i <= 100; i++) {
            edu.write(EduDriver.LIVENESS, 4, i);
            testdev.write(0x800, 1, 0xfa);
            assertEquals(~i & 0xffff_ffffL, edu.read(EduDriver.LIVENESS, 4));
            assertEquals(i, testdev.read(12, 4));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35", "our pc", "our q35"})
    void our_process_ends_well_when_the_machine_ends(String type) throws IOException {
        start(type);
        edu.place(EDU_AT);
        assertEquals(new Child.Exit(0, -1), machine.quit());
        assertEquals(new Child.Exit(0, -1), devices.child().await(DeviceProcess.TIMEOUT_NS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35", "our pc", "our q35"})
    void the_machine_survives_the_death_of_our_process(String type) throws IOException {
        start(type);
        edu.place(EDU_AT);
        devices.child().kill();
        assertEquals(new Child.Exit(-1, 9), devices.child().await(DeviceProcess.TIMEOUT_NS));
        edu.write(EduDriver.LIVENESS, 4, 1);
        edu.read(EduDriver.LIVENESS, 4);
        edu.config(0, 4);
        qtest.writeBytes(0x1000, new byte[] {1, 2, 3});
        assertArrayEquals(new byte[] {1, 2, 3}, qtest.readBytes(0x1000, 3));
        assertTrue(machine.child().isAlive());
        assertEquals(new Child.Exit(0, -1), machine.quit());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void a_dead_process_costs_a_machine_of_ours_its_own_device_alone(String type)
            throws IOException {
        List<String> command = DeviceProcess.oneDevice(DeviceProcess.ours(), "edu");
        devices = DeviceProcess.start(command, 1, null);
        try (DeviceProcess others = DeviceProcess.start(command, 1, null)) {
            machine =
                    new StockMachine.Setup(type)
                            .program(DeviceProcess.ours())
                            .proxy("edu0", devices.link(0), EDU_SLOT)
                            .proxy("edu1", others.link(0), TESTDEV_SLOT)
                            .with("-device", "edu,id=edu2,addr=6")
                            .errors(chatter)
                            .start();
            qtest = machine.qtest();
            edu = new GuestDevice(qtest, EDU_SLOT).place(EDU_AT);
            GuestDevice other = new GuestDevice(qtest, TESTDEV_SLOT).place(TESTDEV_AT);
            GuestDevice local = new GuestDevice(qtest, 6).place(0xe040_0000L);
            assertEquals(3628800, EduDriver.factorial(edu, 10));
            devices.child().kill();
            assertEquals(new Child.Exit(-1, 9), devices.child().await(DeviceProcess.TIMEOUT_NS));
            assertEquals(0xffff_ffffL, edu.read(EduDriver.IDENTIFICATION, 4));
            assertEquals(0xffff_ffffL, edu.config(0, 4));
            edu.write(EduDriver.RAISE, 4, 1);
            assertEquals(3628800, EduDriver.factorial(other, 10));
            assertEquals(3628800, EduDriver.factorial(local, 10));
            other.resetMachine();
            other.place(TESTDEV_AT);
            assertEquals(120, EduDriver.factorial(other, 5));
            assertEquals(new Child.Exit(0, -1), machine.quit());
            assertEquals(new Child.Exit(0, -1), others.child().await(DeviceProcess.TIMEOUT_NS));
        }
    }
}
