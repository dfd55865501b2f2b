package dev.skerry.execution.x86.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

/** Interrupts between CPUs, and from I/O APICs and devices. Intel SDM 3A, sections 12.6, 12.11. */
final class MessageTest {
    private static final int LOGICAL = 1 << 11;

    private final Apics apics = new Apics(4);

    MessageTest() {
        apics.cpus.forEach(Apics.Cpu::on);
    }

    /** Which CPUs have got something since they were asked last. */
    private String receivers(Apics among) {
        StringBuilder who = new StringBuilder();
        for (Apics.Cpu cpu : among.cpus) {
            if (!cpu.drain().isEmpty()) {
                who.append(cpu.apic.id()).append(' ');
            }
        }
        return who.toString().trim();
    }

    private void send(int from, int destination, int command) {
        apics.cpu(from).apic.write(0x310, destination << 24);
        apics.cpu(from).apic.write(0x300, command);
    }

    @ParameterizedTest
    @CsvSource({
        // destination, command, who gets it when CPU 1 sends it
        "2, 0x40, 2",
        "1, 0x40, 1",
        "7, 0x40, ''",
        "255, 0x40, 0 1 2 3",
        "0, 0x40040, 1",
        "0, 0x80040, 0 1 2 3",
        "0, 0xc0040, 0 2 3",
        "2, 0x100, ''",
    })
    void a_physical_destination_or_a_shorthand_names_cpus(
            int destination, String command, String who) {
        send(1, destination, Integer.decode(command));
        assertEquals(who, receivers(apics));
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 1", "4, 2", "8, 3", "5, 0 2", "15, 0 1 2 3", "255, 0 1 2 3", "16, ''"})
    void a_flat_logical_destination_is_a_set(int destination, String who) {
        for (int i = 0; i < 4; i++) {
            apics.cpu(i).apic.write(0xd0, 1 << 24 + i);
        }
        send(0, destination, LOGICAL | 0x40);
        assertEquals(who, receivers(apics));
    }

    @ParameterizedTest
    @CsvSource({
        "0x11, 0",
        "0x12, 1",
        "0x13, 0 1",
        "0x21, 2",
        "0x2f, 2 3",
        "0xff, 0 1 2 3",
        "0x31, ''"
    })
    void a_clustered_logical_destination_is_a_set_in_a_cluster(String destination, String who) {
        int[] ids = {0x11, 0x12, 0x21, 0x22};
        for (int i = 0; i < 4; i++) {
            apics.cpu(i).apic.write(0xe0, 0x0fff_ffff);
            apics.cpu(i).apic.write(0xd0, ids[i] << 24);
        }
        send(0, Integer.decode(destination), LOGICAL | 0x40);
        assertEquals(who, receivers(apics));
    }

    @ParameterizedTest
    @CsvSource({
        // destination, mode bits, who: of 20 CPUs
        "18, 0, 18",
        "0xffffffff, 0, all",
        "255, 0, ''",
        "0x00010004, 0x800, 18",
        "0x0001000c, 0x800, 18 19",
        "0x00000003, 0x800, 0 1",
        "0x00020004, 0x800, ''",
    })
    void an_x2apic_destination_has_32_bits(String destination, String mode, String who) {
        Apics many = new Apics(20);
        many.cpus.forEach(Apics.Cpu::onX2);
        long command = Long.decode(destination) << 32 | Integer.decode(mode) | 0x40;
        assertTrue(many.cpu(0).apic.writeMsr(0x830, command));
        assertEquals(command, many.cpu(0).apic.readMsr(0x830));
        String all = "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19";
        assertEquals(who.equals("all") ? all : who, receivers(many));
    }

    @Test
    void self_ipi_is_an_interrupt_to_oneself() {
        Apics.Cpu cpu = apics.cpu(2).onX2();
        assertTrue(cpu.apic.writeMsr(0x83f, 0x77));
        assertEquals(List.of(0x77), cpu.drain());
        assertEquals(0, cpu.apic.readMsr(0x830), "the command register is left alone");
    }

    @Test
    void the_lowest_priority_is_chosen_and_equals_take_turns() {
        apics.cpu(0).apic.write(0x80, 0x50);
        apics.cpu(1).apic.write(0x80, 0x30);
        apics.cpu(2).apic.write(0x80, 0x30);
        apics.cpu(3).apic.write(0x80, 0x40);
        List<String> who = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            apics.bus.deliver(0xff, false, ApicBus.LOWEST_PRIORITY, 0x90, false);
            who.add(receivers(apics));
        }
        assertEquals(List.of("1", "2"), who.stream().distinct().sorted().toList());
    }

    @Test
    void a_cpu_switched_off_by_software_is_not_chosen_and_takes_none() {
        apics.cpu(0).apic.write(0xf0, 0xff);
        apics.cpu(1).apic.write(0x80, 0xe0);
        apics.cpu(2).apic.write(0x80, 0xf0);
        apics.cpu(3).apic.write(0x80, 0xf0);
        apics.bus.deliver(0xff, false, ApicBus.LOWEST_PRIORITY, 0xf5, false);
        assertEquals("1", receivers(apics));
        apics.cpu(0).interrupt(0x40);
        assertEquals("", receivers(apics));
    }

    @ParameterizedTest
    @CsvSource({
        // command, what the CPU is told, even while its APIC is off by software
        "0x400, nmi",
        "0x500, init",
        "0xc500, init",
        "0x4500, init",
        "0x8500, ''",
        "0x600, startup 0",
        "0x69a, startup 154",
        "0x200, ''",
        "0x300, ''",
    })
    void messages_that_are_no_interrupts_arrive_always(String command, String told) {
        apics.cpu(1).apic.write(0xf0, 0xff);
        send(0, 1, Integer.decode(command));
        assertEquals(told.isEmpty() ? List.of() : List.of(told), apics.cpu(1).events);
        assertEquals(List.of(), apics.cpu(0).events);
    }

    @Test
    void init_to_all_others_spares_the_sender() {
        send(0, 0, 0xc_4500);
        assertEquals(List.of(), apics.cpu(0).events);
        for (int i = 1; i < 4; i++) {
            assertEquals(List.of("init"), apics.cpu(i).events);
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "15"})
    void sending_a_vector_below_16_is_the_senders_error(int vector) {
        apics.cpu(0).apic.write(0x370, 0xfe);
        send(0, 1, vector);
        apics.cpu(0).apic.write(0x280, 0);
        assertEquals(1 << 5, apics.cpu(0).apic.read(0x280));
        assertEquals(List.of(0xfe), apics.cpu(0).drain());
        assertEquals("", receivers(apics));
    }

    @Test
    void receiving_a_vector_below_16_is_the_receivers_error() {
        apics.cpu(1).apic.write(0x370, 0xfe);
        apics.cpu(1).interrupt(5);
        apics.cpu(1).apic.write(0x280, 0);
        assertEquals(1 << 6, apics.cpu(1).apic.read(0x280));
        assertEquals(List.of(0xfe), apics.cpu(1).drain());
    }

    @Test
    void an_error_vector_below_16_does_not_run_in_circles() {
        apics.cpu(1).apic.write(0x370, 3);
        apics.cpu(1).interrupt(5);
        apics.cpu(1).apic.write(0x280, 0);
        assertEquals(1 << 6, apics.cpu(1).apic.read(0x280));
    }

    @Test
    void the_end_of_a_level_triggered_interrupt_is_told_and_of_an_edge_is_not() {
        apics.bus.deliver(1, false, ApicBus.FIXED, 0x61, true);
        apics.bus.deliver(1, false, ApicBus.FIXED, 0x51, false);
        assertEquals(List.of(0x61, 0x51), apics.cpu(1).drain());
        assertEquals(List.of(0x61), apics.ended);
    }

    @ParameterizedTest
    @CsvSource({
        // address, data, who gets what
        "0xfee02000, 0x0041, 2:65",
        "0xfee02000, 0x4041, 2:65",
        "0xfeeff000, 0x0041, 0:65 1:65 2:65 3:65",
        "0xfee03004, 0x0041, 0:65 1:65",
        "0xfee0200c, 0x0041, 1:65",
        "0xfee02008, 0x0041, 2:65",
        "0xfee02004, 0x0141, 1:65",
    })
    void a_message_signalled_interrupt_goes_where_its_address_says(
            String address, String data, String who) {
        for (int i = 0; i < 4; i++) {
            apics.cpu(i).apic.write(0xd0, 1 << 24 + i);
        }
        apics.bus.deliver(Long.decode(address), Integer.decode(data));
        StringBuilder got = new StringBuilder();
        for (Apics.Cpu cpu : apics.cpus) {
            for (int vector : cpu.drain()) {
                got.append(cpu.apic.id()).append(':').append(vector).append(' ');
            }
        }
        assertEquals(who, got.toString().trim());
        assertEquals(List.of(), apics.ended);
    }

    @Test
    void a_message_signalled_nmi_is_an_nmi() {
        apics.bus.deliver(0xfee0_1000L, 0x400);
        assertEquals(List.of("nmi"), apics.cpu(1).events);
    }

    @Test
    void a_message_to_ask_the_controller_asks_it_once() {
        apics.controllerVector = 0x20;
        apics.bus.deliver(1, false, ApicBus.EXTINT, 0, false);
        assertEquals(List.of("interrupt"), apics.cpu(1).events);
        assertEquals(0x20, apics.cpu(1).apic.acknowledge());
        assertEquals(-1, apics.cpu(1).apic.acknowledge());
    }
}
