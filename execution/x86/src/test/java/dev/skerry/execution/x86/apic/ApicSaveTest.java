package dev.skerry.execution.x86.apic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;

final class ApicSaveTest {
    private static byte[] save(Apics.Cpu cpu) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        cpu.apic.save(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static void restore(Apics.Cpu cpu, byte[] state) throws IOException {
        cpu.apic.restore(new DataInputStream(new ByteArrayInputStream(state)));
    }

    @Test
    void a_restored_apic_is_the_saved_one_in_whatever_state() throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            Apics from = new Apics(2);
            Apics.Cpu cpu = from.cpu(0).on();
            for (int i = 0; i < 60; i++) {
                act(random, from, cpu);
            }
            Apics to = new Apics(2);
            to.clock.advance(random.nextInt(1_000_000));
            byte[] state = save(cpu);
            restore(to.cpu(0), state);
            assertArrayEquals(state, save(to.cpu(0)), "seed " + seed);
        }
    }

    private static void act(Random random, Apics apics, Apics.Cpu cpu) {
        switch (random.nextInt(7)) {
            case 0 -> cpu.interrupt(random.nextInt(256));
            case 1 -> cpu.apic.acknowledge();
            case 2 -> cpu.eoi();
            case 3 -> apics.clock.advance(random.nextInt(5000));
            case 4 -> cpu.apic.setLint0(random.nextBoolean());
            case 5 -> apics.bus.deliver(0, false, random.nextInt(8), random.nextInt(256), true);
            default -> cpu.apic.write(random.nextInt(64) << 4, random.nextInt());
        }
    }

    @Test
    void timers_go_on_from_where_they_were() throws IOException {
        Apics from = new Apics(1);
        from.cpu(0).on();
        from.cpu(0).apic.write(0x320, 0x40);
        from.cpu(0).apic.write(0x3e0, 0xb);
        from.cpu(0).apic.write(0x380, 1000);
        from.clock.advance(400);
        Apics to = new Apics(1);
        to.clock.advance(123_456_789);
        restore(to.cpu(0), save(from.cpu(0)));
        assertEquals(600, to.cpu(0).apic.read(0x390));
        to.clock.advance(599);
        assertEquals(List.of(), to.cpu(0).drain());
        to.clock.advance(1);
        assertEquals(List.of(0x40), to.cpu(0).drain());
    }

    @Test
    void a_pending_interrupt_is_told_to_the_cpu() throws IOException {
        Apics from = new Apics(1);
        from.cpu(0).on().interrupt(0x80);
        Apics to = new Apics(1);
        restore(to.cpu(0), save(from.cpu(0)));
        assertEquals(List.of("interrupt"), to.cpu(0).events);
        assertEquals(0x80, to.cpu(0).apic.acknowledge());
    }

    @Test
    void a_cut_state_is_refused() throws IOException {
        Apics apics = new Apics(1);
        byte[] state = save(apics.cpu(0));
        for (int length = 0; length < state.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(state, length);
            assertThrows(IOException.class, () -> restore(apics.cpu(0), cut));
        }
        assertTrue(state.length > 100);
    }
}
