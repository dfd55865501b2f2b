package dev.skerry.isolation.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.isolation.transport.LoopbackTransport;
import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.Header;
import dev.skerry.isolation.wire.mpqemu.Reply;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.stream.Stream;

/** Device processes that fail, each in its own way, and others that take their place. */
class LossTest {
    private static final long REGISTERS = 0xe000_0000L;

    private FakeMachine machine;
    private FakeProcess process;
    private ProxyDevice proxy;

    @BeforeEach
    void plug() throws Exception {
        machine = new FakeMachine();
        process = new FakeProcess();
        proxy = machine.plug(process);
        proxy.routeInterrupt(11);
        proxy.function().writeConfig(0x10, 4, 0xc000);
        proxy.function().writeConfig(0x14, 4, REGISTERS);
        proxy.function().writeConfig(0x3c, 1, 11);
        proxy.function().writeConfig(0x04, 2, 7);
    }

    @AfterEach
    void close() {
        proxy.close();
        machine.close();
    }

    private record Bad(String name, String reason, FakeProcess.Misbehaviour misbehaviour) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static void send(
            LoopbackTransport far, java.lang.foreign.MemorySegment from, int length)
            throws java.io.IOException {
        far.send(from, 0, length);
    }

    static Stream<Bad> replies() {
        return Stream.of(
                new Bad("none", "no reply to BAR_READ in 50 ms", (far, at) -> {}),
                new Bad("the end", "it has closed the link", (far, at) -> far.shutdown()),
                new Bad(
                        "half a header",
                        "no reply to BAR_READ in 50 ms",
                        (far, at) -> {
                            Reply.put(at, 0, 1);
                            send(far, at, 7);
                        }),
                new Bad(
                        "no value yet",
                        "no reply to BAR_READ in 50 ms",
                        (far, at) -> send(far, at, Reply.put(at, 0, 1) - 1)),
                new Bad(
                        "the end in the middle",
                        "the peer went in the middle of a message, after 20 bytes",
                        (far, at) -> {
                            Reply.put(at, 0, 1);
                            send(far, at, 20);
                            far.shutdown();
                        }),
                new Bad(
                        "another command",
                        "BAR_READ in reply to BAR_READ",
                        (far, at) -> {
                            Header.put(at, 0, Command.BAR_READ, 24);
                            send(far, at, 40);
                        }),
                new Bad(
                        "no command",
                        "command 0x63 unknown",
                        (far, at) -> {
                            Header.put(at, 0, 99, 8);
                            send(far, at, 24);
                        }),
                new Bad(
                        "too short",
                        "RET with size 0x4",
                        (far, at) -> {
                            Header.put(at, 0, Command.RET, 4);
                            send(far, at, 20);
                        }),
                new Bad(
                        "endless",
                        "RET with size 0xffffffffffffffff",
                        (far, at) -> {
                            Header.put(at, 0, Command.RET, -1);
                            send(far, at, 24);
                        }),
                new Bad(
                        "without value",
                        "a reply without a value to BAR_READ",
                        (far, at) -> send(far, at, Reply.putEmpty(at, 0))),
                new Bad(
                        "twice",
                        "more than one reply to BAR_READ",
                        (far, at) -> {
                            Reply.put(at, 0, 1);
                            send(far, at, Reply.put(at, Reply.BYTES, 2) + Reply.BYTES);
                        }),
                new Bad(
                        "with descriptors",
                        "RET with 1 descriptors",
                        (far, at) -> {
                            try (EventFd fd = EventFd.create()) {
                                far.send(at, 0, Reply.put(at, 0, 1), fd.fd());
                            }
                        }));
    }

    @ParameterizedTest
    @MethodSource("replies")
    void a_bad_reply_loses_the_device_and_nothing_else(Bad bad) {
        process.misbehaviour = bad.misbehaviour();
        assertEquals(0xffff_ffffL, machine.memory.read(REGISTERS + 4, 4));
        assertEquals(ProxyDevice.State.LOST, proxy.state());
        assertTrue(proxy.lossReason().contains(bad.reason()), proxy.lossReason());
        assertEquals(List.of(proxy.lossReason()), machine.losses);
        assertEquals(
                List.of("test[1]: dev0: error: the device is lost: " + proxy.lossReason()),
                machine.logLines());
    }

    @ParameterizedTest
    @MethodSource("replies")
    void a_bad_answer_to_the_first_question_is_no_device(Bad bad) throws Exception {
        FakeProcess other = new FakeProcess();
        other.misbehaviour = bad.misbehaviour();
        LinkException refused =
                assertThrows(
                        LinkException.class,
                        () -> new ProxyDevice(machine, other.link(), socket -> null));
        assertTrue(
                refused.getMessage()
                        .contains(bad.reason().replace("to BAR_READ", "to PCI_CFGREAD")),
                refused.getMessage());
        // Nothing of it is left that would hear of memory.
        machine.system.add(new RamRegion("more", machine.ram, false), 0x200000);
    }

    @Test
    void a_lost_device_answers_ones_without_being_asked() {
        process.die();
        proxy.function().readConfig(0, 4);
        process.messages.clear();
        int changes = machine.memoryChanges;
        for (int i = 0; i < 100; i++) {
            assertEquals(0xffff, machine.memory.read(REGISTERS, 2));
            assertEquals(0xff, machine.portSpace.read(0xc000, 1));
            assertEquals(0xffff_ffffL, proxy.function().readConfig(0, 4));
            machine.memory.write(REGISTERS, 4, 1);
            proxy.function().writeConfig(0x3c, 1, 1);
            proxy.reset();
            proxy.function().writeConfig(0x14, 4, REGISTERS);
            proxy.function().writeConfig(0x04, 2, 7);
        }
        assertEquals(List.of(), process.messages);
        assertEquals(changes, machine.memoryChanges);
        assertEquals(1, machine.losses.size());
        assertEquals(1, machine.logLines().size());
    }

    /** Found by fuzzing: maps were still sent to a link that had been given up. */
    @Test
    void a_lost_device_is_told_of_no_memory() throws Exception {
        process.misbehaviour = (far, at) -> Reply.putEmpty(at, 0);
        proxy.function().readConfig(0, 4);
        process.messages.clear();
        machine.system.add(new RamRegion("more", machine.ram, false), 0x200000);
        process.serve();
        assertEquals(List.of(), process.messages);
    }

    @Test
    void a_lost_device_lets_go_of_its_interrupt_and_cannot_raise_it() {
        process.taken();
        process.irq.signal();
        machine.turn();
        assertTrue(machine.inputs[11]);
        process.misbehaviour = (far, at) -> {};
        proxy.function().readConfig(0, 4);
        assertFalse(machine.inputs[11]);
        process.irq.signal();
        machine.turn();
        assertFalse(machine.inputs[11]);
    }

    @Test
    void a_memory_map_that_cannot_be_sent_loses_the_device() throws Exception {
        process.die();
        RamBlock more = RamBlock.allocate("more", 0x1000);
        machine.system.add(new RamRegion("more", more, false), 0x200000);
        assertEquals(ProxyDevice.State.LOST, proxy.state());
        assertTrue(proxy.lossReason().contains("SYNC_SYSMEM"), proxy.lossReason());
        more.release();
    }

    @Test
    void another_process_gets_all_that_the_first_one_knew() throws Exception {
        process.die();
        proxy.function().readConfig(0, 4);
        RamBlock more = RamBlock.allocate("more", 0x1000);
        machine.system.add(new RamRegion("more", more, false), 0x200000);
        FakeProcess next = new FakeProcess();
        proxy.replaceLink(next.link());
        assertEquals(ProxyDevice.State.CONNECTED, proxy.state());
        List<String> messages = next.taken();
        assertEquals("SYNC_SYSMEM 0x0+0x100000@0x0 0x200000+0x1000@0x0", messages.get(0));
        assertEquals("SET_IRQFD", messages.get(1));
        assertEquals("PCI_CFGWRITE 0x4/2 0x7", messages.getLast());
        assertEquals(0xc001, next.function.readConfig(0x10, 4));
        assertEquals(REGISTERS, next.function.readConfig(0x14, 4));
        assertEquals(11, next.function.readConfig(0x3c, 1));
        assertEquals(0x20, machine.memory.read(REGISTERS + 0x20, 4));
        next.irq.signal();
        machine.turn();
        assertTrue(machine.inputs[11]);
        process.irq.signal();
        machine.endOfInterrupt(11);
        machine.turn();
        assertFalse(machine.inputs[11]);
        more.release();
    }

    @Test
    void a_process_can_be_replaced_before_it_fails() throws Exception {
        FakeProcess next = new FakeProcess();
        proxy.replaceLink(next.link());
        assertEquals(0x20, machine.memory.read(REGISTERS + 0x20, 4));
        assertEquals(List.of(), machine.losses);
    }

    @Test
    void a_process_with_another_device_does_not_take_its_place() {
        LinkException refused =
                assertThrows(
                        LinkException.class,
                        () -> proxy.replaceLink(new FakeProcess(0x0013).link()));
        assertTrue(refused.getMessage().contains("another device"), refused.getMessage());
        assertEquals(ProxyDevice.State.LOST, proxy.state());
        assertEquals(0xffff_ffffL, machine.memory.read(REGISTERS + 0x20, 4));
    }

    @Test
    void a_replacement_that_fails_leaves_the_device_lost_and_the_next_one_works() throws Exception {
        FakeProcess silent = new FakeProcess();
        silent.misbehaviour = (far, at) -> {};
        assertThrows(LinkException.class, () -> proxy.replaceLink(silent.link()));
        assertEquals(ProxyDevice.State.LOST, proxy.state());
        proxy.replaceLink(new FakeProcess().link());
        assertEquals(0x20, machine.memory.read(REGISTERS + 0x20, 4));
    }
}
