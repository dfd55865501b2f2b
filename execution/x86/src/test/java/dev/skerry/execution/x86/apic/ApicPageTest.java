package dev.skerry.execution.x86.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

final class ApicPageTest {
    private static final long BASE = 0xfee0_0000L;

    private final Apics apics = new Apics(3);
    private final AddressSpace memory;

    ApicPageTest() {
        Container root = new Container("memory", 1L << 40);
        root.add(apics.bus.page(), BASE);
        memory = new AddressSpace("memory", root);
    }

    @AfterEach
    void leave() {
        apics.bus.enter(null);
    }

    @Test
    void each_thread_finds_its_own_apic() throws Exception {
        CyclicBarrier together = new CyclicBarrier(3);
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<Long>> ids =
                    apics.cpus.stream()
                            .map(
                                    cpu ->
                                            threads.submit(
                                                    () -> {
                                                        apics.bus.enter(cpu.apic);
                                                        together.await(30, TimeUnit.SECONDS);
                                                        return memory.read(BASE + 0x20, 4);
                                                    }))
                            .toList();
            for (int i = 0; i < 3; i++) {
                assertEquals((long) i << 24, ids.get(i).get(30, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void accesses_of_other_sizes_are_parts_of_whole_ones() {
        apics.bus.enter(apics.cpu(2).apic);
        assertEquals(2, memory.read(BASE + 0x23, 1));
        assertEquals(0x0014, memory.read(BASE + 0x30, 2));
        assertEquals(0x0005_0014, memory.read(BASE + 0x30, 8));
        memory.write(BASE + 0x80, 1, 0x45);
        assertEquals(0x45, memory.read(BASE + 0x80, 4));
    }

    @Test
    void what_another_thread_writes_is_a_message() {
        apics.cpu(1).on();
        assertEquals(0xffff_ffffL, memory.read(BASE + 0x20, 4));
        apics.bus.page().write(0x0, 4, 0x55);
        assertEquals(-1, apics.cpu(1).apic.acknowledge(), "the page is CPU 0's address");
        apics.cpu(0).on();
        memory.write(BASE, 4, 0x55);
        assertEquals(0x55, apics.cpu(0).apic.acknowledge());
    }

    @Test
    void an_apic_that_is_elsewhere_or_in_x2apic_mode_does_not_answer() {
        LocalApic apic = apics.cpu(0).apic;
        apics.bus.enter(apic);
        assertTrue(apic.setBase(0xd000_0000L | LocalApic.BASE_ENABLED));
        assertEquals(0xffff_ffffL, memory.read(BASE + 0x30, 4));
        assertTrue(apic.setBase(BASE | LocalApic.BASE_ENABLED));
        assertEquals(0x0005_0014, memory.read(BASE + 0x30, 4));
        assertTrue(apic.setBase(BASE | LocalApic.BASE_ENABLED | LocalApic.BASE_X2APIC));
        assertEquals(0xffff_ffffL, memory.read(BASE + 0x30, 4));
        memory.write(BASE + 0x80, 4, 0x20);
        assertEquals(0, apic.readMsr(0x808));
    }

    @Test
    void cpus_and_devices_at_once_lose_no_interrupt() throws Exception {
        int rounds = 20_000;
        apics.cpus.forEach(Apics.Cpu::on);
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            Future<?> peer =
                    threads.submit(
                            () -> {
                                apics.bus.enter(apics.cpu(1).apic);
                                memory.write(BASE + 0x310, 4, 0);
                                for (int i = 0; i < rounds; i++) {
                                    memory.write(BASE + 0x300, 4, 0x40 + i % 16);
                                }
                            });
            Future<?> device =
                    threads.submit(
                            () -> {
                                for (int i = 0; i < rounds; i++) {
                                    apics.bus.deliver(0, false, ApicBus.FIXED, 0x80 + i % 16, true);
                                }
                            });
            LocalApic apic = apics.cpu(0).apic;
            apics.bus.enter(apic);
            boolean[] seen = new boolean[256];
            boolean last = false;
            while (!last) {
                // Once both are done, one more look must find all that is left.
                last = peer.isDone() && device.isDone();
                for (int v = apic.acknowledge(); v >= 0; v = apic.acknowledge()) {
                    seen[v] = true;
                    memory.write(BASE + 0xb0, 4, 0);
                }
            }
            peer.get();
            device.get();
            for (int i = 0; i < 16; i++) {
                assertTrue(seen[0x40 + i], "from a CPU: " + i);
                assertTrue(seen[0x80 + i], "from a device: " + i);
            }
            for (int offset = 0x100; offset < 0x280; offset += 0x10) {
                if (offset < 0x180 || offset >= 0x200) {
                    assertEquals(0, apic.read(offset), "IRR and ISR are empty");
                }
            }
        }
    }
}
