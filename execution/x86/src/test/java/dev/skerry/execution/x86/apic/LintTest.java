package dev.skerry.execution.x86.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;

/** The two pins. Intel SDM 3A, sections 12.5.1 and 12.4.3. */
final class LintTest {
    private static final int LINT0 = 0x350;
    private static final int LINT1 = 0x360;

    private final Apics apics = new Apics(1);
    private final Apics.Cpu cpu = apics.cpu(0);

    @Test
    void after_a_reset_the_controller_is_not_heard() {
        cpu.apic.setLint0(true);
        assertEquals(List.of(), cpu.events);
        assertEquals(-1, cpu.apic.acknowledge());
    }

    @Test
    void in_virtual_wire_mode_the_controller_is_asked_while_its_line_is_up() {
        cpu.apic.useVirtualWire();
        apics.controllerVector = 0x08;
        assertEquals(-1, cpu.apic.acknowledge());
        cpu.apic.setLint0(true);
        assertEquals(List.of("interrupt"), cpu.events);
        assertEquals(8, cpu.apic.acknowledge());
        assertEquals(8, cpu.apic.acknowledge(), "the line is still up");
        cpu.apic.setLint0(false);
        assertEquals(-1, cpu.apic.acknowledge());
    }

    @Test
    void the_task_priority_does_not_hold_the_controller() {
        cpu.apic.useVirtualWire();
        cpu.apic.setTaskPriority(15);
        apics.controllerVector = 0x30;
        cpu.apic.setLint0(true);
        assertEquals(0x30, cpu.apic.acknowledge());
    }

    @Test
    void a_line_that_is_up_is_heard_when_it_is_unmasked() {
        cpu.on();
        cpu.apic.setLint0(true);
        assertEquals(List.of(), cpu.events);
        cpu.apic.write(LINT0, 0x700);
        assertEquals(List.of("interrupt"), cpu.events);
    }

    @Test
    void a_controller_with_nothing_to_say_leaves_the_apics_interrupt() {
        cpu.apic.useVirtualWire();
        cpu.apic.setLint0(true);
        cpu.interrupt(0x44);
        assertEquals(0x44, cpu.apic.acknowledge());
    }

    @Test
    void an_apic_that_is_off_leaves_the_pins_to_the_cpu() {
        assertTrue(cpu.apic.setBase(LocalApic.DEFAULT_BASE));
        apics.controllerVector = 0x09;
        cpu.apic.setLint0(true);
        assertEquals(9, cpu.apic.acknowledge());
        cpu.events.clear();
        cpu.apic.setLint1(true);
        assertEquals(List.of("nmi"), cpu.events);
    }

    @Test
    void lint1_is_an_nmi_at_each_rise() {
        cpu.apic.useVirtualWire();
        cpu.apic.setLint1(true);
        cpu.apic.setLint1(true);
        cpu.apic.setLint1(false);
        cpu.apic.setLint1(true);
        assertEquals(List.of("nmi", "nmi"), cpu.events);
    }

    @Test
    void a_fixed_edge_is_one_interrupt_a_rise() {
        cpu.on();
        cpu.apic.write(LINT0, 0x45);
        cpu.apic.write(LINT1, 0x46);
        cpu.apic.setLint0(true);
        cpu.apic.setLint1(true);
        assertEquals(List.of(0x46, 0x45), cpu.drain());
        cpu.apic.setLint0(true);
        assertEquals(List.of(), cpu.drain());
    }

    @Test
    void a_fixed_level_comes_again_at_the_end_while_it_is_up() {
        cpu.on();
        cpu.apic.write(LINT0, 0x8045);
        cpu.apic.setLint0(true);
        assertEquals(0x45, cpu.apic.acknowledge());
        assertEquals(0xc045, cpu.apic.read(LINT0), "remote IRR");
        cpu.eoi();
        assertEquals(0x45, cpu.apic.acknowledge());
        cpu.apic.setLint0(false);
        cpu.eoi();
        assertEquals(-1, cpu.apic.acknowledge());
        assertEquals(0x8045, cpu.apic.read(LINT0));
    }
}
