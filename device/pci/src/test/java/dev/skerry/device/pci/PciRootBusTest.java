package dev.skerry.device.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.api.DeviceLock;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.platform.options.OptionException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.BitSet;
import java.util.List;

/** Slots, configuration accesses and interrupt pins of a root bus. */
class PciRootBusTest {
    private static final int PIRQS = 4;

    private final TestBus wires = new TestBus();
    private final BitSet pirqs = new BitSet();
    private int swizzle;
    private final PciRootBus bus = new PciRootBus(wires.bus, new Router());

    PciRootBusTest() throws LinuxException {}

    @AfterEach
    void release() {
        wires.close();
    }

    private final class Router implements IntxRouter {
        @Override
        public int pirqs() {
            return PIRQS;
        }

        @Override
        public int pirq(int slot, int pin) {
            return slot + pin + swizzle & PIRQS - 1;
        }

        @Override
        public void set(int pirq, boolean up) {
            pirqs.set(pirq, up);
        }

        @Override
        public int gsi(int pirq) {
            return 16 + pirq;
        }
    }

    private record Plain(PciFunction function) implements PciDevice {
        @Override
        public void reset() {
            function.reset();
        }
    }

    private static Plain device(int pin) {
        PciFunction function = TestBus.newFunction();
        if (pin != 0) {
            function.setInterruptPin(pin);
        }
        return new Plain(function);
    }

    private static Plain multifunction() {
        Plain device = device(0);
        device.function().setMultifunction();
        return device;
    }

    private PciAddress plug(PciDevice device, String addr) throws OptionException {
        PciAddress wanted = addr == null ? null : PciAddress.parse(addr);
        return bus.plug("test", device, wanted, new DeviceLock());
    }

    @Test
    void a_device_without_address_gets_the_first_free_slot() throws OptionException {
        plug(device(0), "0");
        plug(device(0), "2");
        assertEquals("01.0", plug(device(0), null).toString());
        assertEquals("03.0", plug(device(0), null).toString());
    }

    @Test
    void a_taken_place_is_refused_by_name() throws OptionException {
        plug(device(0), "5");
        OptionException taken = assertThrows(OptionException.class, () -> plug(device(0), "05.0"));
        assertEquals(
                "PCI: slot 5 function 0 not available for test, in use by test",
                taken.getMessage());
    }

    @Test
    void a_full_bus_is_refused() throws OptionException {
        for (int i = 0; i < PciAddress.SLOTS; i++) {
            plug(device(0), null);
        }
        assertThrows(OptionException.class, () -> plug(device(0), null));
    }

    @Test
    void functions_share_a_slot_whose_first_one_says_so() throws OptionException {
        plug(multifunction(), "6");
        plug(device(0), "6.1");
        plug(device(0), "7");
        assertThrows(OptionException.class, () -> plug(device(0), "7.1"));
        plug(device(0), "8.3");
        assertThrows(OptionException.class, () -> plug(device(0), "8"));
        plug(multifunction(), "8");
        assertEquals(0x80, bus.readConfig(8 << 3, 0x0e, 1));
    }

    @Test
    void nobody_reads_as_ones() throws OptionException {
        Plain device = device(0);
        plug(device, "4");
        assertEquals(0x5678_1234L, bus.readConfig(4 << 3, 0, 4));
        assertEquals(0xffff_ffffL, bus.readConfig(4 << 3 | 1, 0, 4));
        assertEquals(0xffffL, bus.readConfig(4 << 3, 0xff, 2));
        assertEquals(0xffL, bus.readConfig(4 << 3, 0x100, 1));
        bus.unplug(device);
        assertEquals(0xffL, bus.readConfig(4 << 3, 0, 1));
        assertNull(bus.addressOf(device));
    }

    @Test
    void an_unplugged_device_leaves_neither_bar_nor_interrupt() throws OptionException {
        Plain device = device(1);
        device.function().addBar(0, Bar.Kind.MEMORY_32, TestBus.region("bar", 0x1000));
        plug(device, "4");
        bus.writeConfig(4 << 3, 0x10, 4, 0x8000_0000L);
        bus.writeConfig(4 << 3, 0x04, 2, 2);
        device.function().setInterrupt(true);
        assertEquals(TestBus.byteAt(5), wires.memory.read(0x8000_0005L, 1));
        assertEquals(1, pirqs.cardinality());
        bus.unplug(device);
        assertEquals(0xff, wires.memory.read(0x8000_0005L, 1));
        assertEquals(0, pirqs.cardinality());
    }

    @Test
    void an_access_to_a_bar_is_made_inside_the_device() throws OptionException {
        DeviceLock lock = new DeviceLock();
        IoHandler asks =
                new IoHandler() {
                    @Override
                    public long read(long offset, int size) {
                        return lock.isHeldByMe() ? 1 : 0;
                    }

                    @Override
                    public void write(long offset, int size, long value) {}
                };
        Plain device = device(0);
        device.function()
                .addBar(1, Bar.Kind.IO, new IoRegion("io", 16, AccessSizes.between(1, 4), asks));
        device.function()
                .setConfigEffects(
                        new ConfigEffects() {
                            @Override
                            public long read(int offset, int size, long kept) {
                                return offset == 0x40 && lock.isHeldByMe() ? 0x77 : kept;
                            }
                        });
        bus.plug("test", device, PciAddress.parse("9"), lock);
        bus.writeConfig(9 << 3, 0x14, 4, 0xc000);
        bus.writeConfig(9 << 3, 0x04, 2, 1);
        assertEquals(1, wires.io.read(0xc004, 4));
        bus.writeConfig(9 << 3, 0x14, 4, 0xd000);
        assertEquals(1, wires.io.read(0xd004, 4));
        assertEquals(0xff, wires.io.read(0xc004, 1));
        assertEquals(0x77, bus.readConfig(9 << 3, 0x40, 1));
        assertFalse(lock.isHeldByMe());
    }

    @Test
    void a_pirq_input_is_up_while_a_pin_wired_to_it_is() throws OptionException {
        Plain one = device(1);
        Plain two = device(3);
        plug(one, "4");
        plug(two, "2");
        one.function().setInterrupt(true);
        two.function().setInterrupt(true);
        assertEquals("{0}", pirqs.toString());
        one.function().setInterrupt(false);
        assertEquals("{0}", pirqs.toString());
        two.function().setInterrupt(false);
        assertEquals("{}", pirqs.toString());
    }

    @Test
    void a_changed_route_moves_levels_and_tells_listeners() throws OptionException {
        Plain device = device(2);
        plug(device, "1");
        plug(device(0), "2");
        int[] heard = new int[1];
        Runnable listener = () -> heard[0]++;
        bus.addRouteListener(listener);
        device.function().setInterrupt(true);
        assertEquals("{2}", pirqs.toString());
        assertEquals(18, bus.gsiOf(device));
        swizzle = 1;
        bus.routesChanged();
        assertEquals("{3}", pirqs.toString());
        assertEquals(19, bus.gsiOf(device));
        assertEquals(1, heard[0]);
        bus.removeRouteListener(listener);
        bus.routesChanged();
        assertEquals(1, heard[0]);
        assertEquals(-1, bus.gsiOf(bus.devices().get(1)));
    }

    @Test
    void addresses_are_read_as_qemu_reads_them() throws OptionException {
        assertEquals(new PciAddress(6, 0), PciAddress.parse("6"));
        assertEquals(new PciAddress(0x1f, 7), PciAddress.parse("0x1f.7"));
        assertEquals(List.of(0x1f << 3 | 7), List.of(PciAddress.parse("1f.7").devfn()));
        for (String wrong : List.of("", "20", "1.8", "x", "1.", "-1", "001")) {
            assertThrows(OptionException.class, () -> PciAddress.parse(wrong), wrong);
        }
        assertTrue(bus.devices().isEmpty());
    }
}
