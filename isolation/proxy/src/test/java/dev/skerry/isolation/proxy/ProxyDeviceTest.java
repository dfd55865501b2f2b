package dev.skerry.isolation.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.pci.Bar;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** The proxy as its bus and its device process see it, over a loopback. */
class ProxyDeviceTest {
    private static final int ENABLED = 7;
    private static final long REGISTERS = 0xe000_0000L;

    private FakeMachine machine;
    private FakeProcess process;
    private ProxyDevice proxy;

    @BeforeEach
    void plug() throws Exception {
        machine = new FakeMachine();
        process = new FakeProcess();
        proxy = machine.plug(process);
    }

    @AfterEach
    void close() {
        proxy.close();
        machine.close();
    }

    private void place() {
        proxy.function().writeConfig(0x10, 4, 0xc000);
        proxy.function().writeConfig(0x14, 4, REGISTERS);
        proxy.function().writeConfig(0x04, 2, ENABLED);
        process.taken();
    }

    @Test
    void a_new_process_gets_memory_and_interrupt_before_it_is_asked_who_it_is() {
        List<String> messages = process.taken();
        assertEquals("SYNC_SYSMEM 0x0+0x100000@0x0", messages.get(0));
        assertEquals("SET_IRQFD", messages.get(1));
        assertEquals("PCI_CFGREAD 0x0/2", messages.get(2));
    }

    @Test
    void probing_leaves_configuration_space_as_it_was() {
        FakeProcess untouched = new FakeProcess();
        for (int i = 0; i < 256; i += 4) {
            assertEquals(
                    untouched.function.readConfig(i, 4),
                    process.function.readConfig(i, 4),
                    "at 0x" + Integer.toHexString(i));
        }
    }

    @Test
    void the_function_is_like_the_one_behind_it() {
        assertEquals(process.function.identity(), proxy.function().identity());
        assertEquals(2, proxy.function().interruptPin());
        assertEquals(
                "[IO 256, MEMORY_32 1024, MEMORY_64_PREFETCHABLE 8589934592,"
                        + " MEMORY_32_PREFETCHABLE 8192, ROM 32768]",
                proxy.function().bars().stream()
                        .map(bar -> bar.kind() + " " + bar.region().sizeBytes())
                        .toList()
                        .toString());
        assertEquals(
                List.of(0, 1, 2, 4, 6), proxy.function().bars().stream().map(Bar::index).toList());
    }

    @Test
    void configuration_accesses_are_the_devices_business_and_move_bars_here() {
        place();
        assertEquals(0x1000, proxy.function().readConfig(0, 2));
        assertEquals(List.of("PCI_CFGREAD 0x0/2"), process.taken());
        assertEquals(0x14, machine.memory.read(REGISTERS + 0x14, 4));
        proxy.function().writeConfig(0x04, 2, 0);
        assertEquals(0xffff_ffffL, machine.memory.read(REGISTERS + 0x14, 4));
        assertEquals(
                List.of("BAR_READ memory 0xe0000014/4", "PCI_CFGWRITE 0x4/2 0x0"), process.taken());
    }

    @Test
    void bar_accesses_are_forwarded_with_addresses_and_ports_uncut() {
        place();
        machine.memory.write(REGISTERS + 8, 8, 0x1122334455667788L);
        assertEquals(0x1122334455667788L, machine.memory.read(REGISTERS + 8, 8));
        assertEquals(0x10, machine.portSpace.read(0xc010, 1));
        machine.memory.read(REGISTERS + 0x21, 4);
        assertEquals(
                List.of(
                        "BAR_WRITE memory 0xe0000008/8 0x1122334455667788",
                        "BAR_READ memory 0xe0000008/8",
                        "BAR_READ port 0xc010/1",
                        "BAR_READ memory 0xe0000021/4"),
                process.taken());
    }

    @Test
    void sixty_four_bit_bars_and_the_rom_answer_where_the_guest_puts_them() {
        proxy.function().writeConfig(0x18, 4, 0xffff_ffffL);
        proxy.function().writeConfig(0x1c, 4, 0xffff_ffffL);
        assertEquals(0x0000_000cL, proxy.function().readConfig(0x18, 4));
        assertEquals(0xffff_fffeL, proxy.function().readConfig(0x1c, 4));
        proxy.function().writeConfig(0x18, 4, 0);
        proxy.function().writeConfig(0x1c, 4, 0x20);
        proxy.function().writeConfig(0x30, 4, 0xf000_0001L);
        proxy.function().writeConfig(0x04, 2, ENABLED);
        assertEquals(0x40, machine.memory.read(0x20_0000_0040L, 4));
        assertEquals(0x44, machine.memory.read(0xf000_0044L, 4));
    }

    @Test
    void an_access_across_the_end_of_a_bar_is_not_sent() {
        place();
        assertEquals(-1, machine.memory.read(REGISTERS + 0x3fc, 8) | 0xffff_ffffL);
        assertTrue(
                process.taken().stream()
                        .allMatch(
                                m ->
                                        m.equals("BAR_READ memory 0xe00003fc/1")
                                                || m.startsWith("BAR_READ memory 0xe00003f")),
                "nothing past the end");
    }

    @ParameterizedTest
    @CsvSource({
        "0xfd,1,PCI_CFGREAD 0xfc/4",
        "0xfe,2,PCI_CFGREAD 0xfc/4",
        "0xff,1,PCI_CFGREAD 0xfc/4",
        "0xfc,1,PCI_CFGREAD 0xfc/1",
        "0xfb,2,PCI_CFGREAD 0xfb/2"
    })
    void the_last_bytes_of_configuration_space_are_read_so_that_stock_peers_live(
            String offset, int size, String message) {
        process.function.writeConfig(0xfc, 4, 0x44332211);
        process.taken();
        long value = proxy.function().readConfig(Integer.decode(offset), size);
        assertEquals(process.function.readConfig(Integer.decode(offset), size), value);
        assertEquals(List.of(message), process.taken());
    }

    @ParameterizedTest
    @CsvSource({"0xfd,1", "0xfe,1", "0xff,1", "0xfd,2", "0xfe,2"})
    void the_last_bytes_of_configuration_space_are_written_with_their_neighbours_kept(
            String offset, int size) {
        process.function.writeConfig(0xfc, 4, 0x44332211);
        FakeProcess direct = new FakeProcess();
        direct.function.writeConfig(0xfc, 4, 0x44332211);
        direct.function.writeConfig(Integer.decode(offset), size, 0xbbaa);
        proxy.function().writeConfig(Integer.decode(offset), size, 0xbbaa);
        assertEquals(direct.function.readConfig(0xfc, 4), process.function.readConfig(0xfc, 4));
    }

    @Test
    void where_it_is_plugged_in_is_not_the_devices_business() throws Exception {
        ProxyDevice first = new ProxyDevice(machine, new FakeProcess().link(), socket -> null);
        first.function().setMultifunction();
        first.function().attach(machine.bus, asserted -> {});
        assertEquals(0x80, first.function().readConfig(0x0e, 1));
        assertEquals(0x8000_0000L >>> 8, first.function().readConfig(0x0c, 4));
        assertEquals(0x00, proxy.function().readConfig(0x0e, 1));
        first.close();
    }

    @Test
    void every_access_may_have_changed_memory() {
        place();
        int before = machine.memoryChanges;
        machine.memory.read(REGISTERS, 4);
        machine.memory.write(REGISTERS, 4, 0);
        proxy.function().readConfig(0, 4);
        proxy.function().writeConfig(0x3c, 1, 0);
        assertEquals(before + 4, machine.memoryChanges);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_reset_reaches_the_device_and_its_configuration_space(boolean resetsConfig) {
        process.resetsConfig = resetsConfig;
        place();
        proxy.reset();
        assertTrue(process.messages.contains("DEVICE_RESET"), process.messages.toString());
        assertEquals(0, process.function.readConfig(0x04, 2));
        assertEquals(1, process.function.readConfig(0x10, 4));
        assertEquals(0, process.function.readConfig(0x14, 4));
        assertEquals(0xffff_ffffL, machine.memory.read(REGISTERS, 4));
    }

    @Test
    void an_interrupt_stays_up_until_its_end_and_comes_again_if_the_line_is_up() {
        proxy.routeInterrupt(11);
        process.taken();
        process.irq.signal();
        int before = machine.memoryChanges;
        machine.turn();
        assertTrue(machine.inputs[11]);
        assertEquals(before + 1, machine.memoryChanges);
        assertEquals(0, process.resample.drain());
        machine.endOfInterrupt(10);
        assertTrue(machine.inputs[11]);
        machine.endOfInterrupt(11);
        assertFalse(machine.inputs[11]);
        assertEquals(1, process.resample.drain());
        process.irq.signal();
        machine.turn();
        assertTrue(machine.inputs[11]);
    }

    @Test
    void an_interrupt_that_is_up_follows_its_route() {
        proxy.routeInterrupt(11);
        process.taken();
        process.irq.signal();
        machine.turn();
        proxy.routeInterrupt(20);
        assertFalse(machine.inputs[11]);
        assertTrue(machine.inputs[20]);
        proxy.routeInterrupt(IrqRoute.NO_GSI);
        assertFalse(machine.inputs[20]);
        proxy.routeInterrupt(5);
        machine.endOfInterrupt(5);
        assertFalse(machine.inputs[5]);
        assertEquals(1, process.resample.drain());
    }

    @Test
    void unplugging_closes_the_link_and_releases_the_interrupt() {
        proxy.routeInterrupt(11);
        process.taken();
        process.irq.signal();
        machine.turn();
        proxy.close();
        assertFalse(machine.inputs[11]);
        assertEquals(ProxyDevice.State.CLOSED, proxy.state());
        process.irq.signal();
        machine.turn();
        assertFalse(machine.inputs[11]);
        assertThrows(LinkException.class, () -> proxy.replaceLink(new FakeProcess().link()));
    }
}
