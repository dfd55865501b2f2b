package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap.Entry;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.Random;

/**
 * The same messages to stock QEMU's remote machine and to ours, mostly with a pci-testdev: the answers
 * are the same, number by number. What is meant to differ is in {@link StockDifferencesTest}.
 */
class StockConformanceTest {
    private static final String DEVICE = "pci-testdev";
    private static final String WITH_MEMBAR = "pci-testdev,membar=1M";
    private static final String SCSI = "lsi53c895a";
    private static final long MEMORY = 0xfeb0_0000L;
    private static final int PORTS = 0xc000;
    private static final int COUNT = 12;
    private static final int[] SIZES = {1, 2, 4, 8};
    private static final int[] CONFIG_SIZES = {1, 2, 4};

    /** Stock QEMU refuses accesses that begin after this byte; see {@link StockDifferencesTest}. */
    private static final int LAST_CONFIG = 0xfc;

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    private static void readAllConfig(Recorder device) throws IOException {
        for (int size : CONFIG_SIZES) {
            for (int offset = 0; offset <= LAST_CONFIG; offset += size) {
                device.config(offset, size);
            }
        }
    }

    private static void placeBars(Recorder device) throws IOException {
        device.setConfig(0x10, 4, MEMORY);
        device.setConfig(0x14, 4, PORTS);
        device.setConfig(4, 2, 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {DEVICE, WITH_MEMBAR, SCSI})
    void configuration_space_reads_the_same_after_start(String device) throws IOException {
        Recorder.assertSame(device, StockConformanceTest::readAllConfig);
    }

    @ParameterizedTest
    @ValueSource(strings = {DEVICE, WITH_MEMBAR, SCSI})
    void the_same_bits_can_be_written(String name) throws IOException {
        Recorder.assertSame(
                name,
                device -> {
                    for (int size : CONFIG_SIZES) {
                        for (int offset = 0; offset <= LAST_CONFIG; offset += size) {
                            long before = device.config(offset, size);
                            device.setConfig(offset, size, -1);
                            device.config(offset, size);
                            device.config(4, 4);
                            device.setConfig(offset, size, 0);
                            device.config(offset, size);
                            device.setConfig(offset, size, before);
                            device.config(offset, size);
                        }
                    }
                    readAllConfig(device);
                });
    }

    @Test
    void unaligned_configuration_accesses_give_the_same() throws IOException {
        Recorder.assertSame(
                DEVICE,
                device -> {
                    for (int offset = 0; offset <= 0xf8; offset++) {
                        device.config(offset, 2);
                        device.config(offset, 4);
                        device.setConfig(offset, 4, 0x0102_0304L * (offset & 7));
                        device.setConfig(offset, 2, 0x0506L);
                        device.config(offset & 0xfc, 4);
                    }
                    readAllConfig(device);
                });
    }

    @Test
    void the_command_register_switches_the_same_things() throws IOException {
        Recorder.assertSame(
                DEVICE,
                device -> {
                    placeBars(device);
                    for (int command = 0; command < 0x800; command = 2 * command + 1) {
                        device.setConfig(4, 2, command | 3);
                        device.config(4, 4);
                        device.memory(MEMORY, 4);
                        device.port(PORTS, 4);
                    }
                });
    }

    @Test
    void bars_follow_their_registers() throws IOException {
        Recorder.assertSame(
                WITH_MEMBAR,
                device -> {
                    placeBars(device);
                    for (int i = 0; i < 8; i++) {
                        long memory = 0x1000L << 2 * i | 0x8000_0000L;
                        long ports = 0x100L << i;
                        device.setConfig(0x10, 4, memory | 0xff0);
                        device.config(0x10, 4);
                        device.setConfig(0x14, 2, ports | 0xfe);
                        device.config(0x14, 4);
                        device.setMemory(memory, 1, 1);
                        device.memory(memory, 8);
                        device.setPort(ports, 1, 2);
                        device.port(ports, 4);
                        device.memory(memory, 4);
                    }
                    device.setConfig(0x18, 4, 0xe010_0000L);
                    device.setConfig(0x1c, 4, 0x12);
                    device.config(0x18, 4);
                    device.config(0x1c, 4);
                });
    }

    @Test
    void a_bar_written_byte_by_byte_is_where_its_bytes_say() throws IOException {
        Recorder.assertSame(
                DEVICE,
                device -> {
                    placeBars(device);
                    device.setConfig(0x13, 1, 0xd0);
                    device.memory(0xd0b0_0000L, 4);
                    device.setConfig(0x12, 1, 0x12);
                    device.memory(0xd012_0000L, 4);
                    device.setConfig(0x15, 1, 0x33);
                    device.port(0x3300, 4);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 255})
    void the_memory_bar_answers_every_test_and_size_the_same(int test) throws IOException {
        Recorder.assertSame(
                DEVICE,
                device -> {
                    placeBars(device);
                    for (int size : SIZES) {
                        device.setMemory(MEMORY, size, test);
                        for (int other : SIZES) {
                            readHeader(device, other, false);
                            for (int offset :
                                    new int[] {0x7f9, 0x7ff, 0x800, 0x801, 0x802, 0x808}) {
                                countAccesses(device, offset, other, false);
                            }
                        }
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 255})
    void the_io_bar_answers_every_test_and_size_the_same(int test) throws IOException {
        Recorder.assertSame(
                DEVICE,
                device -> {
                    placeBars(device);
                    for (int size : SIZES) {
                        device.setPort(PORTS, size, test);
                        for (int other : SIZES) {
                            readHeader(device, other, true);
                            for (int offset : new int[] {0x7d, 0x80, 0x83, 0x84, 0x85, 0x88}) {
                                countAccesses(device, offset, other, true);
                            }
                        }
                    }
                });
    }

    /** The whole header, aligned and unaligned. */
    private static void readHeader(Recorder device, int size, boolean io) throws IOException {
        for (int offset = 0; offset < 48; offset++) {
            read(device, offset, size, io);
        }
    }

    /** Writes with and without the data that is counted, each with the count after it. */
    private static void countAccesses(Recorder device, int offset, int size, boolean io)
            throws IOException {
        for (long data :
                new long[] {0xfa, 0xce, 0, 0xfafa_fafa_fafa_fafaL, 0xcece_cece_cece_ceceL}) {
            write(device, offset, size, data, io);
            read(device, COUNT, 4, io);
        }
        read(device, offset, size, io);
    }

    private static void read(Recorder device, int offset, int size, boolean io) throws IOException {
        if (io) {
            device.port(PORTS + offset, size);
        } else {
            device.memory(MEMORY + offset, size);
        }
    }

    private static void write(Recorder device, int offset, int size, long value, boolean io)
            throws IOException {
        if (io) {
            device.setPort(PORTS + offset, size, value);
        } else {
            device.setMemory(MEMORY + offset, size, value);
        }
    }

    @Test
    void a_reset_is_answered_empty_and_resets_the_same_registers() throws IOException {
        Recorder.assertSame(
                WITH_MEMBAR,
                device -> {
                    for (int round = 0; round < 5; round++) {
                        placeBars(device);
                        device.setMemory(MEMORY, 1, round % 3);
                        device.setMemory(MEMORY + 0x800, 1, 0xfa);
                        device.memory(MEMORY, 8);
                        assertEquals("empty", device.reset().toString());
                        placeBars(device);
                        readAllConfig(device);
                        device.memory(MEMORY, 8);
                        device.memory(MEMORY + COUNT, 4);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    void shared_memory_is_mapped_as_it_is_sent(int regions) throws IOException {
        Recorder.assertSame(
                DEVICE,
                device -> {
                    Entry[] map = new Entry[regions];
                    for (int i = 0; i < regions; i++) {
                        // Apart from each other in the file, so that the kernel joins none.
                        map[i] = new Entry(0x10_0000L * i, 0x4000L + 0x1000 * i, 0x2_0000L * i);
                    }
                    for (int round = 0; round < 3; round++) {
                        device.share(map);
                        device.config(0, 4);
                        device.noteMappings(regions);
                        device.share(new Entry(0, 0x8000, 0x1000));
                        device.config(0, 4);
                        device.noteMappings(1);
                    }
                });
    }

    @Test
    void interrupt_counters_can_be_given_again_and_stay_silent() throws IOException {
        Recorder.assertSame(
                DEVICE,
                device -> {
                    for (int round = 0; round < 5; round++) {
                        device.giveCounters();
                        device.config(0, 4);
                        device.noteInterrupts();
                        device.signalResample();
                        device.config(0, 4);
                        device.noteInterrupts();
                    }
                });
    }

    @Test
    void a_random_script_is_answered_the_same() throws IOException {
        long seed = new Random().nextLong();
        System.out.println("StockConformanceTest: random script, seed " + seed);
        assertScriptOfSeedIsAnsweredTheSame(seed);
    }

    private static void assertScriptOfSeedIsAnsweredTheSame(long seed) throws IOException {
        try {
            Recorder.assertSame(DEVICE, new RandomScript(seed, 4000));
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
    }
}
