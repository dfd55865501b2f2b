package dev.skerry.execution.x86.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** IA32_APIC_BASE. Intel SDM 3A, sections 12.4.4 and 12.12.5. */
final class ModeTest {
    private static final long BASE = 0xfee0_0000L;

    private final Apics apics = new Apics(2);

    @Test
    void the_first_cpu_says_that_it_is_the_first() {
        assertEquals(BASE | 0x900, apics.cpu(0).apic.base());
        assertEquals(BASE | 0x800, apics.cpu(1).apic.base());
    }

    @ParameterizedTest
    @CsvSource({
        // from, to (bits 11 and 10), allowed
        "0, 2, true",
        "0, 3, false",
        "0, 1, false",
        "0, 0, true",
        "2, 3, true",
        "2, 1, false",
        "2, 0, true",
        "2, 2, true",
        "3, 2, false",
        "3, 1, false",
        "3, 0, true",
        "3, 3, true",
    })
    void changes_of_mode_are_those_the_manual_allows(int from, int to, boolean allowed) {
        LocalApic apic = apics.cpu(1).apic;
        if (from == 0) {
            assertTrue(apic.setBase(BASE));
        } else if (from == 3) {
            assertTrue(apic.setBase(BASE | 0xc00));
        }
        assertEquals(allowed, apic.setBase(BASE | to << 10));
        assertEquals(BASE | (allowed ? to : from) << 10, apic.base());
    }

    @ParameterizedTest
    @CsvSource({"1", "0x80", "0x200", "0x10000000000", "0x8000000000000000"})
    void reserved_bits_are_refused(String bit) {
        LocalApic apic = apics.cpu(1).apic;
        assertFalse(apic.setBase(BASE | 0x800 | Long.parseUnsignedLong(bit.replace("0x", ""), 16)));
        assertEquals(BASE | 0x800, apic.base());
    }

    @Test
    void without_the_feature_the_x2apic_bit_is_reserved() {
        LocalApic apic =
                new LocalApic(
                        9,
                        false,
                        new LocalApic.Features(false, false, 40),
                        apics.bus,
                        apics.cpu(0),
                        InterruptController.NONE,
                        apics.clock,
                        apics.cpu(0).timeStamp);
        assertFalse(apic.setBase(BASE | 0xc00));
    }

    @Test
    void switching_off_loses_the_state_and_takes_no_messages() {
        Apics.Cpu cpu = apics.cpu(1).on();
        cpu.interrupt(0x50);
        assertTrue(cpu.apic.setBase(BASE));
        cpu.events.clear();
        cpu.interrupt(0x51);
        apics.bus.deliver(1, false, ApicBus.NMI, 0, false);
        assertEquals(0, cpu.events.size());
        assertTrue(cpu.apic.setBase(BASE | 0x800));
        assertEquals(-1, cpu.apic.acknowledge());
        assertEquals(0xff, cpu.apic.read(0xf0));
    }

    @Test
    void x2apic_mode_keeps_the_state_and_makes_the_logical_id() {
        Apics many = new Apics(19);
        Apics.Cpu cpu = many.cpu(18).on();
        cpu.apic.write(0x80, 0x30);
        cpu.apic.write(0x310, 0x0500_0000);
        cpu.onX2();
        assertEquals(18, cpu.apic.readMsr(0x802));
        assertEquals(0x0001_0004, cpu.apic.readMsr(0x80d));
        assertEquals(0x30, cpu.apic.readMsr(0x808));
        assertEquals(0x1ff, cpu.apic.readMsr(0x80f));
        assertEquals(0, cpu.apic.readMsr(0x830));
    }

    @Test
    void init_clears_all_but_the_base() {
        Apics.Cpu cpu = apics.cpu(1).onX2();
        cpu.interrupt(0x50);
        cpu.apic.initialize();
        assertTrue(cpu.apic.isX2apic());
        assertEquals(0xff, cpu.apic.readMsr(0x80f));
        assertEquals(-1, cpu.apic.acknowledge());
    }

    @Test
    void a_reset_is_back_in_xapic_mode_at_the_usual_place() {
        Apics.Cpu cpu = apics.cpu(0).onX2();
        cpu.apic.reset();
        assertEquals(BASE | 0x900, cpu.apic.base());
    }
}
