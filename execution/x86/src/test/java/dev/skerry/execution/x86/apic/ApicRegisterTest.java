package dev.skerry.execution.x86.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values typed from the manual: Intel SDM 3A, tables 12-1 and 12-6, figures 12-4 to 12-24. */
final class ApicRegisterTest {
    private final Apics.Cpu cpu = new Apics(4).cpu(3);

    private static int number(String hex) {
        return Integer.parseUnsignedInt(hex, 16);
    }

    @ParameterizedTest
    @CsvSource({
        // offset, after reset, after a write of ones with the APIC on
        "020, 03000000, 03000000",
        "030, 00050014, 00050014",
        "080, 0, ff",
        "0a0, 0, 0",
        "0d0, 0, ff000000",
        "0e0, ffffffff, ffffffff",
        "0f0, ff, 3ff",
        "300, 0, 000ccfff",
        "310, 0, ff000000",
        "320, 00010000, 000100ff",
        "330, 00010000, 000107ff",
        "340, 00010000, 000107ff",
        "350, 00010000, 0001a7ff",
        "360, 00010000, 0001a7ff",
        "370, 00010000, 000100ff",
        "380, 0, ffffffff",
        "390, 0, 0",
        "3e0, 0, b",
    })
    void each_register_has_its_reset_value_and_takes_its_bits(
            String offset, String reset, String ones) {
        int at = number(offset);
        assertEquals(number(reset), cpu.apic.read(at));
        cpu.on();
        cpu.apic.write(at, -1);
        assertEquals(number(ones), cpu.apic.read(at));
    }

    @ParameterizedTest
    @CsvSource({
        "000", "010", "040", "070", "090", "0c0", "290", "2e0", "2f0", "3a0", "3d0", "3f0", "400",
        "ff0", "0b0"
    })
    void a_reserved_offset_reads_zero_and_is_an_error(String offset) {
        cpu.on();
        assertEquals(0, cpu.apic.read(number(offset)));
        cpu.apic.write(0x280, 0);
        assertEquals(1 << 7, cpu.apic.read(0x280));
        cpu.apic.write(0x280, 0);
        assertEquals(0, cpu.apic.read(0x280), "errors are shown once");
    }

    @Test
    void the_bytes_between_registers_are_empty() {
        cpu.apic.write(0x84, 0x55);
        assertEquals(0, cpu.apic.read(0x84));
        assertEquals(0, cpu.apic.read(0x80));
    }

    @Test
    void a_disabled_apic_keeps_its_local_vectors_masked() {
        cpu.on();
        for (int offset = 0x320; offset <= 0x370; offset += 0x10) {
            cpu.apic.write(offset, 0x40);
            assertEquals(0x40, cpu.apic.read(offset));
        }
        cpu.apic.write(0xf0, 0xff);
        for (int offset = 0x320; offset <= 0x370; offset += 0x10) {
            assertEquals(0x1_0040, cpu.apic.read(offset));
            cpu.apic.write(offset, 0x41);
            assertEquals(0x1_0041, cpu.apic.read(offset));
        }
    }

    @Test
    void vectors_show_in_their_bits_of_irr_isr_and_tmr() {
        cpu.on();
        for (int vector : new int[] {16, 31, 32, 100, 255}) {
            cpu.interrupt(vector);
            int at = vector / 32 * 16;
            int bit = 1 << vector % 32;
            assertEquals(bit, cpu.apic.read(0x200 + at) & bit, "IRR of " + vector);
            assertEquals(vector, cpu.apic.acknowledge());
            assertEquals(0, cpu.apic.read(0x200 + at) & bit);
            assertEquals(bit, cpu.apic.read(0x100 + at) & bit, "ISR of " + vector);
            cpu.eoi();
            assertEquals(0, cpu.apic.read(0x100 + at));
        }
        cpu.apic.receive(0x8000 | 0x45);
        assertEquals(1 << 5, cpu.apic.read(0x180 + 0x20));
        assertEquals(0x45, cpu.apic.acknowledge());
        cpu.interrupt(0x45);
        assertEquals(0, cpu.apic.read(0x180 + 0x20));
    }

    @ParameterizedTest
    @CsvSource({
        // MSR, readable, a value that is taken ("-": none), one with a reserved bit
        "802, true, -, 3",
        "803, true, -, 0",
        "808, true, ff, 100",
        "80a, true, -, 0",
        "80b, false, 0, 1",
        "80d, true, -, 1",
        "80e, false, -, 0",
        "80f, true, 1ff, 1000",
        "810, true, -, 0",
        "817, true, -, 0",
        "818, true, -, 0",
        "820, true, -, 0",
        "827, true, -, 0",
        "828, true, 0, 1",
        "82f, false, -, 0",
        "830, true, 4500, 100000",
        "831, false, -, 0",
        "832, true, 20030, 80000",
        "833, true, 10030, 20000",
        "834, true, 10030, 20000",
        "835, true, 18030, 20000",
        "836, true, 10400, 20000",
        "837, true, 10030, 100",
        "838, true, ffffffff, 100000000",
        "839, true, -, 0",
        "83e, true, b, 4",
        "83f, false, 30, 100",
        "840, false, -, 0",
        "8ff, false, -, 0",
    })
    void each_msr_has_its_access_rights_and_reserved_bits(
            String msr, boolean readable, String good, String bad) {
        cpu.onX2();
        int number = number(msr);
        assertEquals(readable, cpu.apic.isReadable(number));
        if (!good.equals("-")) {
            assertTrue(cpu.apic.writeMsr(number, Long.parseLong(good, 16)));
        }
        assertFalse(cpu.apic.writeMsr(number, Long.parseLong(bad, 16)));
        if (!msr.equals("830")) {
            assertFalse(cpu.apic.writeMsr(number, 1L << 32));
        }
    }

    @Test
    void there_are_no_msrs_in_xapic_mode() {
        cpu.on();
        assertFalse(cpu.apic.isReadable(0x802));
        assertFalse(cpu.apic.writeMsr(0x808, 0));
    }
}
