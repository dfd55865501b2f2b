package dev.skerry.vmm.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.options.OptionException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;

/** What is where, seen through qtest's machine, which has no CPUs. */
class MemoryMapTest {
    private static final long PATTERN = 0x1122_3344_5566_7788L;

    @TempDir private Path folder;
    private Bench bench;

    @BeforeEach
    void make() {
        bench = new Bench(folder);
        bench.accelerator = "qtest";
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /** As stock QEMU has it: the last RAM below 4 GiB, and how much is above. */
    @ParameterizedTest
    @CsvSource({
        "pc, 0x08000000, 0x08000000",
        "pc, 0xdff00000, 0xdff00000",
        "pc, 0xe0000000, 0xc0000000",
        "pc, 0x100000000, 0xc0000000",
        "q35, 0xaff00000, 0xaff00000",
        "q35, 0xb0000000, 0x80000000",
        "q35, 0x100000000, 0x80000000"
    })
    void ram_has_a_hole_below_4_gib(String type, String size, String below) throws Exception {
        bench.type = type;
        bench.ramBytes = Long.decode(size);
        AddressSpace memory = bench.start().memory();
        long end = Long.decode(below);
        long above = bench.ramBytes - end;
        memory.write(end - 8, 8, PATTERN);
        assertEquals(PATTERN, memory.read(end - 8, 8));
        memory.write(end, 8, PATTERN);
        assertEquals(-1, memory.read(end, 8));
        long high = (1L << 32) + above;
        memory.write(high - 8, 8, PATTERN);
        assertEquals(above == 0 ? memory.read(high - 8, 8) : PATTERN, memory.read(high - 8, 8));
        assertEquals(-1, memory.read(high, 8));
    }

    @ParameterizedTest
    @CsvSource({"pc, 0x12378086", "q35, 0x29c08086"})
    void host_bridge_answers_at_the_configuration_ports(String type, String id) throws Exception {
        bench.type = type;
        AddressSpace ports = bench.start().ports();
        ports.write(0xcf8, 4, 0x8000_0000L);
        assertEquals(Long.decode(id), ports.read(0xcfc, 4));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ram_in_a_file_is_written_there_only_if_shared(boolean share) throws Exception {
        byte[] contents = new byte[(1 << 20) + 8192];
        contents[8192] = 42;
        Path file = Files.write(folder.resolve("ram"), contents);
        bench.ram = new MemoryBackend("m", file, 1 << 20, 8192, share, true);
        AddressSpace memory = bench.start().memory();
        assertEquals(42, memory.read(0, 1), "its first byte is at the offset");
        memory.write(1, 1, 43);
        bench.close();
        byte[] after = Files.readAllBytes(file);
        assertEquals(contents.length, after.length);
        assertEquals(share ? 43 : 0, after[8193]);
    }

    @Test
    void ram_file_that_is_too_short_is_refused() throws Exception {
        Path file = Files.write(folder.resolve("ram"), new byte[4096]);
        bench.ram = new MemoryBackend("m", file, 1 << 20, 0, true, false);
        OptionException refusal = assertThrows(OptionException.class, bench::make);
        assertTrue(refusal.getMessage().contains("shorter"), refusal.getMessage());
        bench.ram = new MemoryBackend("m", folder, 1 << 20, 0, true, false);
        bench.make();
        try (var left = Files.list(folder)) {
            assertEquals(1, left.count(), "a nameless file leaves nothing behind");
        }
    }

    @Test
    void time_is_the_tests() throws Exception {
        Machine machine = bench.start();
        AddressSpace ports = machine.ports();
        // Counter 0, mode 2, 1193 ticks: about a millisecond; its interrupt is GSI 0.
        java.util.List<Integer> seen = new java.util.ArrayList<>();
        assertTrue(machine.interceptInterrupts("ioapic", seen::add));
        ports.write(0x43, 1, 0x34);
        ports.write(0x40, 1, 1193 & 0xff);
        ports.write(0x40, 1, 1193 >> 8);
        seen.clear();
        machine.testClock().advanceTo(10_500_000);
        assertEquals(10, seen.stream().filter(gsi -> gsi == 0).count(), seen.toString());
        assertEquals(10_500_000, machine.testClock().nowNs());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nonsense|-device nonsense: 'nonsense' is not a valid device model name",
                "isa-debug-exit,x=1|-device isa-debug-exit,x=1: Property 'isa-debug-exit.x' not found",
                "scsi-hd,drive=d|-device scsi-hd,drive=d: No 'SCSI' bus found for device 'scsi-hd'"
            })
    void impossible_devices_are_refused_in_one_line(String device, String message)
            throws Exception {
        bench.device(device);
        OptionException refusal = assertThrows(OptionException.class, bench::make);
        assertEquals(message, refusal.getMessage());
    }
}
