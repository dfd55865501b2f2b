package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap.Entry;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;

/**
 * Where our device process means to differ from stock QEMU's, each with what both do. Every script
 * ends with a configuration read, which shows whether the device is still there.
 */
class StockDifferencesTest {
    private static final String DEVICE = "pci-testdev";
    private static final long MEMORY = 0xfeb0_0000L;
    private static final int PORTS = 0xc000;

    private static final String ONES = "0xffffffffffffffff";

    /** The link is open and the process ends well: the ids, and how it ended. */
    private static final String ALIVE = ", 0x51b36, exit status 0";

    /** The link was closed, by stock QEMU without saying so in its exit status. */
    private static final String STOPPED = ", closed, exit status 0";

    private static final String REFUSED = "closed, closed, exit status 1";

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    /** Answers to a script with the BARs in place, and how the process ended. */
    private static String answers(List<String> program, String device, Recorder.Script script)
            throws IOException {
        List<String> lines =
                Recorder.record(
                        program,
                        device,
                        recorder -> {
                            recorder.setConfig(0x10, 4, MEMORY);
                            recorder.setConfig(0x14, 4, PORTS);
                            recorder.setConfig(4, 2, 7);
                            script.run(recorder);
                            recorder.config(0, 4);
                        });
        return String.join(
                ", ",
                lines.subList(3, lines.size()).stream()
                        .filter(line -> line.contains(" -> "))
                        .map(line -> line.substring(line.indexOf(" -> ") + 4))
                        .toList());
    }

    private static void expect(String stock, String ours, Recorder.Script script)
            throws IOException {
        expectOf(DEVICE, stock, ours, script);
    }

    private static void expectOf(String device, String stock, String ours, Recorder.Script script)
            throws IOException {
        assertEquals(stock, answers(DeviceProcess.stock(), device, script), "stock QEMU");
        assertEquals(ours, answers(DeviceProcess.ours(), device, script), "ours");
    }

    /** The sender may fill all eight places of the message; stock's receiver stops at eight. */
    @Test
    void eight_regions_are_taken_where_stock_stops() throws IOException {
        Entry[] map = new Entry[8];
        for (int i = 0; i < map.length; i++) {
            map[i] = new Entry(0x10_0000L * i, 0x4000, 0x8000L * i);
        }
        expect("closed, exit status 0", "0x51b36, exit status 0", device -> device.share(map));
    }

    /** A machine without shared memory says so; the device loses what it had. */
    @Test
    void no_region_at_all_is_taken_where_stock_stops() throws IOException {
        expect("closed, exit status 0", "0x51b36, exit status 0", Recorder::share);
    }

    /** Legal accesses; stock takes every one for four bytes wide. */
    @ParameterizedTest
    @CsvSource({"0xfd, 1", "0xfe, 1", "0xff, 1", "0xfd, 2", "0xfe, 2"})
    void the_last_bytes_of_configuration_space_can_be_reached_where_stock_stops(
            int offset, int length) throws IOException {
        expect(ONES + STOPPED, "0x0" + ALIVE, device -> device.config(offset, length));
        expect(ONES + STOPPED, "0x0" + ALIVE, device -> device.setConfig(offset, length, 0x55));
    }

    /** A guest's odd access must not end its device. */
    @ParameterizedTest
    @CsvSource({"0xff, 2", "0xfd, 4", "0x100, 1", "0x100, 4", "0xffffffff, 1", "0x80000000, 4"})
    void a_configuration_access_outside_is_answered_where_stock_stops(String offset, int length)
            throws IOException {
        int at = Long.decode(offset).intValue();
        expect(ONES + STOPPED, ONES + ALIVE, device -> device.config(at, length));
        expect(ONES + STOPPED, ONES + ALIVE, device -> device.setConfig(at, length, 0));
    }

    /** Stock believes the length: from a harmless answer over an overflow to a failed assertion. */
    @ParameterizedTest
    @CsvSource({
        "0, '0x0, 0x51b36, exit status 0'",
        "3, '0x51b36, 0x51b36, exit status 0'",
        "5, 'closed, closed, signal 6'",
        "8, 'closed, closed, signal 6'",
        "-1, 'closed, closed, signal 6'",
        "2147483647, 'closed, closed, signal 6'"
    })
    void a_configuration_read_of_a_bad_length_is_refused_where_stock_believes_it(
            int length, String stock) throws IOException {
        expect(stock, ONES + ALIVE, device -> device.config(0, length));
    }

    /** As for reads; what stock writes past four bytes is zeros. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3, 5, 8, -1})
    void a_configuration_write_of_a_bad_length_is_refused_where_stock_believes_it(int length)
            throws IOException {
        expect("0x0" + ALIVE, ONES + ALIVE, device -> device.setConfig(0x40, length, 0));
    }

    /** A guest can aim an access past a BAR's end, or at a BAR it just moved away. */
    @Test
    void a_memory_access_outside_any_bar_is_answered_where_stock_stops() throws IOException {
        expect(ONES + STOPPED, ONES + ALIVE, device -> device.memory(MEMORY + 4096, 4));
        expect(ONES + STOPPED, ONES + ALIVE, device -> device.setMemory(MEMORY - 4, 4, 0));
        expect(ONES + STOPPED, ONES + ALIVE, device -> device.memory(0, 1));
        expect(ONES + STOPPED, ONES + ALIVE, device -> device.memory(-8, 8));
    }

    @Test
    void a_memory_access_across_a_bars_end_is_answered_where_stock_stops() throws IOException {
        expect(ONES + STOPPED, ONES + ALIVE, device -> device.memory(MEMORY + 4094, 4));
        expect(ONES + STOPPED, ONES + ALIVE, device -> device.setMemory(MEMORY + 4095, 2, 0));
    }

    @Test
    void a_memory_access_to_a_bar_that_is_off_is_answered_where_stock_stops() throws IOException {
        expect(
                "0x0, " + ONES + STOPPED,
                "0x0, " + ONES + ALIVE,
                device -> {
                    device.setConfig(4, 2, 5);
                    device.memory(MEMORY, 4);
                });
    }

    /**
     * Stock has a whole I/O space and answers ports nobody decodes with as many ones as were asked
     * for; ours answers as for memory, with an error. A proxy keeps the low bytes either way.
     */
    @Test
    void a_port_outside_any_bar_is_an_error_where_stock_floats() throws IOException {
        expect("0xff" + ALIVE, ONES + ALIVE, device -> device.port(PORTS + 256, 1));
        expect("0xffffffff" + ALIVE, ONES + ALIVE, device -> device.port(PORTS + 256, 4));
        expect("0x0" + ALIVE, ONES + ALIVE, device -> device.setPort(PORTS + 256, 4, 0));
    }

    /** As above, for the part of the access behind the end. */
    @Test
    void a_port_access_across_a_bars_end_is_an_error_where_stock_floats() throws IOException {
        expect("0xffff0000" + ALIVE, ONES + ALIVE, device -> device.port(PORTS + 254, 4));
        expect("0x0" + ALIVE, ONES + ALIVE, device -> device.setPort(PORTS + 254, 4, 0));
    }

    @Test
    void a_port_beyond_64_ki_is_answered_where_stock_stops() throws IOException {
        expect(ONES + STOPPED, ONES + ALIVE, device -> device.port(0x1_0000, 4));
        expect(ONES + STOPPED, ONES + ALIVE, device -> device.port(0x1_0000_c000L, 4));
    }

    /** BAR messages are for BARs; stock lets the peer reach all the guest memory it shared. */
    @Test
    void memory_behind_a_bar_message_is_refused_where_stock_reads_and_writes_it()
            throws IOException {
        expect(
                "0x0, 0x12345678" + ALIVE,
                ONES + ", " + ONES + ALIVE,
                device -> {
                    device.share(new Entry(0, 0x10_0000, 0));
                    device.setMemory(0x1000, 4, 0x1234_5678);
                    device.memory(0x1000, 4);
                });
    }

    /** The machine routed the access to the BAR, so the BAR answers; in stock memory covers it. */
    @Test
    void a_bar_under_memory_still_answers_where_in_stock_memory_does() throws IOException {
        expect(
                "0x0, 0x0" + ALIVE,
                "0x0, 0x80000000100" + ALIVE,
                device -> {
                    device.setMemory(MEMORY, 1, 0);
                    device.share(new Entry(MEMORY, 0x10_0000, 0));
                    device.memory(MEMORY, 8);
                });
    }

    /** The membar has nothing behind it; meeting it is no reason to end. */
    @Test
    void the_empty_membar_reads_as_zeros_where_stock_stops() throws IOException {
        expectOf(
                "pci-testdev,membar=1M",
                "0x0, 0x0, 0x0, " + ONES + STOPPED,
                "0x0, 0x0, 0x0, 0x0" + ALIVE,
                device -> {
                    device.setConfig(0x18, 4, 0xe000_0000L);
                    device.setConfig(0x1c, 4, 0);
                    device.setConfig(4, 2, 7);
                    device.memory(0xe000_0000L, 4);
                });
    }

    /** A bus reset clears the command register and the BARs (PCI 3.0, 6.2.2). */
    @Test
    void a_reset_resets_configuration_space_where_stock_leaves_it() throws IOException {
        expect(
                "empty, 0x7, 0xfeb00000" + ALIVE,
                "empty, 0x0, 0x0" + ALIVE,
                device -> {
                    device.reset();
                    device.config(4, 2);
                    device.config(0x10, 4);
                });
    }

    /** What only a broken machine sends ends the link in both; ours also says so at the end. */
    @ParameterizedTest
    @CsvSource({"8, 0", "8, 8", "-1, 0", "1, 0", "1, 8", "5, 0x1000000", "4, 11", "3, 11", "6, 11"})
    void a_broken_message_ends_ours_with_status_1_and_stock_with_0(int command, String size)
            throws IOException {
        int bytes = Integer.decode(size);
        expect(
                "closed" + STOPPED,
                REFUSED,
                device -> device.sendOdd(command, bytes, Math.min(bytes, 64)));
    }

    @Test
    void a_reset_with_a_payload_is_refused_where_stock_takes_it() throws IOException {
        expect("empty" + ALIVE, REFUSED, device -> device.sendOdd(Command.DEVICE_RESET, 11, 11));
    }

    /** Descriptors nobody asked for are a way to fill a process' table. */
    @ParameterizedTest
    @CsvSource({"3, 12, 0x0", "2, 12, 0x0", "7, 0, empty"})
    void unwanted_descriptors_are_refused_where_stock_takes_them(
            int command, int size, String stock) throws IOException {
        expect(
                stock + ALIVE,
                REFUSED,
                device -> {
                    try (EventFd counter = EventFd.create()) {
                        device.sendOdd(command, size, size, counter.fd());
                    }
                });
    }

    /** Stock answers its first messages, then resets its devices; ours begins after its reset. */
    @Test
    void the_first_message_has_a_lasting_effect_where_stock_forgets_it() throws IOException {
        assertEquals(0, Recorder.firstMark(DeviceProcess.stock()), "stock QEMU");
        assertEquals(0x5a, Recorder.firstMark(DeviceProcess.ours()), "ours");
    }
}
