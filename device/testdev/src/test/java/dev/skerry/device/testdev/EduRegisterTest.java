package dev.skerry.device.testdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.api.Register;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** Numbers are those of QEMU's manual, "EDU device", and were seen on QEMU 7.2. */
class EduRegisterTest {
    private final ManualHost host = new ManualHost();
    private final Edu device = new Edu(host, 0xfff_ffff);
    private final Workbench edu = new Workbench(device);

    @AfterEach
    void close() {
        edu.close();
    }

    @ParameterizedTest(name = "{0} at {1}")
    @CsvSource({
        "IDENTIFICATION, 0x00, 4, READ_ONLY",
        "LIVENESS, 0x04, 4, READ_WRITE",
        "FACTORIAL, 0x08, 4, READ_WRITE",
        "STATUS, 0x20, 4, READ_WRITE",
        "INTERRUPT_STATUS, 0x24, 4, READ_ONLY",
        "INTERRUPT_RAISE, 0x60, 4, WRITE_ONLY",
        "INTERRUPT_ACKNOWLEDGE, 0x64, 4, WRITE_ONLY",
        "DMA_SOURCE, 0x80, 8, READ_WRITE",
        "DMA_DESTINATION, 0x88, 8, READ_WRITE",
        "DMA_COUNT, 0x90, 8, READ_WRITE",
        "DMA_COMMAND, 0x98, 8, READ_WRITE"
    })
    void register_is_where_the_manual_says(
            EduRegister register, int offset, int size, Register.Access access) {
        assertEquals(offset, register.offset());
        assertEquals(size, register.sizeBytes());
        assertEquals(access, register.access());
    }

    @Test
    void function_says_who_it_is() {
        assertEquals(0x11e8_1234L, edu.function.readConfig(0x00, 4));
        assertEquals(0x00ff_0010L, edu.function.readConfig(0x08, 4));
        assertEquals(0x1100_1af4L, edu.function.readConfig(0x2c, 4));
        assertEquals(0x0100, edu.function.readConfig(0x3c, 4));
        edu.function.writeConfig(0x10, 4, 0xffff_ffffL);
        assertEquals(0xfff0_0000L, edu.function.readConfig(0x10, 4));
    }

    @ParameterizedTest
    @EnumSource(EduRegister.class)
    void register_has_its_reset_value(EduRegister register) {
        long expected =
                register.access() == Register.Access.WRITE_ONLY
                        ? 0xffff_ffffL
                        : register.resetValue();
        assertEquals(expected, edu.read(register.offset(), register.sizeBytes()));
    }

    @Test
    void region_and_address_space_reach_the_same_registers() {
        IoRegion region = edu.function.barAt(false, Workbench.BAR0 + 0x24).region();
        region.write(0x60, 4, 0x5);
        assertEquals(0x5, edu.read(0x24, 4));
        edu.write(0x64, 4, 0x1);
        assertEquals(0x4, region.read(0x24, 4));
    }

    @ParameterizedTest
    @CsvSource({
        "0x12345678, 0xedcba987",
        "0, 0xffffffff",
        "0xffffffff, 0",
        "0x80000000, 0x7fffffff"
    })
    void liveness_reads_as_the_complement(String written, String read) {
        edu.write(0x04, 4, Long.decode(written));
        assertEquals(Long.decode(read), edu.read(0x04, 4));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x00, 0x24})
    void read_only_register_ignores_writes(int offset) {
        long before = edu.read(offset, 4);
        edu.write(offset, 4, ~before);
        assertEquals(before, edu.read(offset, 4));
        assertFalse(edu.lineIsUp());
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0c, 0x1c, 0x28, 0x5c, 0x68, 0x7c, 0xa0, 0x1000, 0x40000, 0xffffc})
    void hole_reads_as_ones_and_ignores_writes(int offset) {
        edu.write(offset, 4, 0);
        assertEquals(0xffff_ffffL, edu.read(offset, 4));
        assertRegistersUntouched();
    }

    @ParameterizedTest(name = "{1} bytes at {0}")
    @CsvSource({
        // Too small for the device.
        "0x00, 1",
        "0x04, 2",
        "0x60, 1",
        "0x80, 2",
        // Not at a register's begin.
        "0x01, 4",
        "0x02, 4",
        "0x06, 4",
        "0x62, 4",
        "0x84, 4",
        "0x9c, 4",
        "0x82, 4",
        // Wider than the register.
        "0x00, 8",
        "0x20, 8",
        "0x60, 8"
    })
    void misfit_reads_as_ones_and_ignores_writes(int offset, int size) {
        long ones = size == 8 ? -1 : (1L << (8 * size)) - 1;
        assertEquals(ones, edu.read(offset, size));
        edu.write(offset, size, 0x1234_5678_9abc_def1L);
        assertEquals(ones, edu.read(offset, size));
        assertRegistersUntouched();
    }

    private void assertRegistersUntouched() {
        assertEquals(0x0100_00edL, edu.read(0x00, 4));
        for (EduRegister register : EduRegister.values()) {
            if (register.access() == Register.Access.READ_WRITE) {
                assertEquals(
                        register.resetValue(),
                        edu.read(register.offset(), register.sizeBytes()),
                        register.name());
            }
        }
        assertEquals(0, edu.read(0x24, 4));
    }

    @Test
    void wide_access_between_two_registers_is_two_accesses() {
        edu.write(0x04, 8, 0x0000_0005_2222_2222L);
        assertEquals(0xdddd_ddddL, edu.read(0x04, 4));
        assertTrue(host.runOffloaded());
        assertEquals(120, edu.read(0x08, 4));
        assertEquals(120L << 32 | 0xdddd_ddddL, edu.read(0x04, 8));
    }

    @Test
    void four_byte_write_of_a_wide_register_clears_its_upper_half() {
        edu.write(0x80, 8, 0x1111_1111_2222_2222L);
        assertEquals(0x1111_1111_2222_2222L, edu.read(0x80, 8));
        assertEquals(0x2222_2222L, edu.read(0x80, 4));
        edu.write(0x80, 4, 5);
        assertEquals(5, edu.read(0x80, 8));
    }

    @Test
    void interrupt_is_raised_and_acknowledged_bit_by_bit() {
        edu.write(0x60, 4, 0x70);
        assertEquals(0x70, edu.read(0x24, 4));
        assertTrue(edu.lineIsUp());
        edu.write(0x60, 4, 0x8000_0001L);
        assertEquals(0x8000_0071L, edu.read(0x24, 4));
        edu.write(0x64, 4, 0x8000_0010L);
        assertEquals(0x61, edu.read(0x24, 4));
        assertTrue(edu.lineIsUp());
        edu.write(0x64, 4, 0xffff_ffffL);
        assertEquals(0, edu.read(0x24, 4));
        assertEquals(List.of(true, false), edu.line);
    }

    @Test
    void raising_nothing_raises_nothing() {
        edu.write(0x60, 4, 0);
        assertEquals(List.of(), edu.line);
    }

    @Test
    void status_lets_only_its_interrupt_bit_be_written() {
        edu.write(0x20, 4, 0xffff_ffffL);
        assertEquals(0x80, edu.read(0x20, 4));
        edu.write(0x20, 4, 0x7f);
        assertEquals(0, edu.read(0x20, 4));
    }

    @Test
    void reset_brings_every_register_back() {
        edu.write(0x04, 4, 0x1234_5678);
        edu.write(0x08, 4, 7);
        host.runOffloaded();
        edu.write(0x20, 4, 0x80);
        edu.write(0x60, 4, 1);
        for (int offset = 0x80; offset < 0x98; offset += 8) {
            edu.write(offset, 8, 0x4321);
        }
        edu.write(0x98, 8, 7);
        device.reset();
        edu.setUp();
        assertRegistersUntouched();
        assertFalse(edu.lineIsUp());
    }
}
