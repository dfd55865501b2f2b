package dev.skerry.execution.x86.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/** Intel SDM 3A, section 12.8. */
final class PriorityTest {
    private final Apics.Cpu cpu = new Apics(1).cpu(0).on();

    @ParameterizedTest
    @CsvSource({
        // TPR, vector, taken
        "00, 10, true",
        "0f, 10, true",
        "10, 10, false",
        "10, 1f, false",
        "1f, 20, true",
        "20, 2f, false",
        "2f, 30, true",
        "f0, ff, false",
        "e0, f0, true",
    })
    void the_task_priority_holds_its_class_and_those_below(
            String tpr, String vector, boolean taken) {
        cpu.apic.write(0x80, Integer.parseInt(tpr, 16));
        int number = Integer.parseInt(vector, 16);
        cpu.interrupt(number);
        assertEquals(taken ? List.of("interrupt") : List.of(), cpu.events);
        assertEquals(taken ? number : -1, cpu.apic.acknowledge());
    }

    @Test
    void a_lower_task_priority_lets_a_held_interrupt_through() {
        cpu.apic.setTaskPriority(8);
        cpu.interrupt(0x85);
        assertEquals(List.of(), cpu.events);
        assertEquals(0x80, cpu.apic.read(0x80));
        cpu.apic.setTaskPriority(7);
        assertEquals(List.of("interrupt"), cpu.events);
        assertEquals(7, cpu.apic.taskPriority());
        assertEquals(0x85, cpu.apic.acknowledge());
    }

    @ParameterizedTest
    @CsvSource({
        // TPR, vector in service (0: none), PPR
        "00, 0, 00",
        "35, 0, 35",
        "35, 31, 35",
        "35, 41, 40",
        "3f, 2f, 3f",
        "00, ff, f0",
        "f3, ff, f3",
    })
    void the_processor_priority_is_the_higher_of_task_and_service(
            String tpr, String service, String ppr) {
        int vector = Integer.parseInt(service, 16);
        if (vector != 0) {
            cpu.interrupt(vector);
            assertEquals(vector, cpu.apic.acknowledge());
        }
        cpu.apic.write(0x80, Integer.parseInt(tpr, 16));
        assertEquals(Integer.parseInt(ppr, 16), cpu.apic.read(0xa0));
    }

    @Test
    void interrupts_nest_by_class_and_end_in_their_order() {
        cpu.interrupt(0x31);
        assertEquals(0x31, cpu.apic.acknowledge());
        cpu.interrupt(0x3f);
        assertEquals(-1, cpu.apic.acknowledge(), "of the same class");
        cpu.interrupt(0x41);
        assertEquals(0x41, cpu.apic.acknowledge());
        cpu.events.clear();
        cpu.eoi();
        assertEquals(List.of(), cpu.events, "0x31 is still in service");
        cpu.eoi();
        assertEquals(List.of("interrupt"), cpu.events);
        assertEquals(0x3f, cpu.apic.acknowledge());
    }

    @Test
    void the_same_vector_twice_is_taken_once_and_once_more_from_its_handler() {
        cpu.interrupt(0x50);
        cpu.interrupt(0x50);
        assertEquals(0x50, cpu.apic.acknowledge());
        cpu.interrupt(0x50);
        assertEquals(-1, cpu.apic.acknowledge());
        cpu.eoi();
        assertEquals(List.of(0x50), cpu.drain());
    }

    @Test
    void an_end_without_an_interrupt_does_nothing() {
        cpu.eoi();
        cpu.interrupt(0x20);
        assertEquals(List.of(0x20), cpu.drain());
    }

    @Test
    void random_sets_of_vectors_come_from_the_highest_down() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            TreeSet<Integer> sent = new TreeSet<>();
            for (int i = random.nextInt(40); i >= 0; i--) {
                int vector = 16 + random.nextInt(240);
                sent.add(vector);
                cpu.interrupt(vector);
            }
            assertEquals(List.copyOf(sent.descendingSet()), cpu.drain(), "seed " + seed);
        }
    }
}
