package dev.skerry.device.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigSpaceTest {
    private static final int STATUS = 0x06;

    private TestBus bus;
    private PciFunction function;

    @BeforeEach
    void declare() throws Exception {
        bus = new TestBus();
        function = TestBus.newFunction();
        function.setInterruptPin(3);
        function.addBar(0, Bar.Kind.MEMORY_32, TestBus.region("memory", 0x1000));
        function.addBar(1, Bar.Kind.IO, TestBus.region("io", 0x100));
        function.addBar(2, Bar.Kind.MEMORY_64_PREFETCHABLE, TestBus.region("large", 1 << 20));
        function.addBar(Bar.ROM_INDEX, Bar.Kind.ROM, TestBus.region("rom", 0x10000));
    }

    @AfterEach
    void close() {
        bus.close();
    }

    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource({
        "vendor, 0x00, 0x1234, 2",
        "device, 0x02, 0x5678, 2",
        "command, 0x04, 0x0000, 2",
        "status, 0x06, 0x0000, 2",
        "revision, 0x08, 0x9a, 1",
        "programming interface, 0x09, 0xf0, 1",
        "sub-class, 0x0a, 0xde, 1",
        "base class, 0x0b, 0xbc, 1",
        "cache line, 0x0c, 0x00, 1",
        "latency timer, 0x0d, 0x00, 1",
        "header type, 0x0e, 0x00, 1",
        "self-test, 0x0f, 0x00, 1",
        "BAR0, 0x10, 0x00000000, 4",
        "BAR1, 0x14, 0x00000001, 4",
        "BAR2, 0x18, 0x0000000c, 4",
        "BAR3, 0x1c, 0x00000000, 4",
        "BAR4, 0x20, 0x00000000, 4",
        "CardBus, 0x28, 0x00000000, 4",
        "subsystem vendor, 0x2c, 0x1357, 2",
        "subsystem, 0x2e, 0x2468, 2",
        "ROM, 0x30, 0x00000000, 4",
        "capabilities, 0x34, 0x00, 1",
        "interrupt line, 0x3c, 0x00, 1",
        "interrupt pin, 0x3d, 0x03, 1"
    })
    void header_holds_what_was_declared(String field, int offset, String value, int size) {
        bus.attach(function);
        assertEquals(Long.decode(value), function.readConfig(offset, size), field);
    }

    // Measured on QEMU 7.2's pci-testdev with a membar, but for the ROM and the pin.
    @ParameterizedTest(name = "0x{0}: all ones leave 0x{1}, zeros leave 0x{2}")
    @CsvSource({
        "00, 56781234, 56781234",
        "04, 00000507, 00000000",
        "08, bcdef09a, bcdef09a",
        "0c, 000000ff, 00000000",
        "10, fffff000, 00000000",
        "14, ffffff01, 00000001",
        "18, fff0000c, 0000000c",
        "1c, ffffffff, 00000000",
        "20, 00000000, 00000000",
        "24, 00000000, 00000000",
        "28, 00000000, 00000000",
        "2c, 24681357, 24681357",
        "30, ffff0001, 00000000",
        "34, 00000000, 00000000",
        "38, 00000000, 00000000",
        "3c, 000003ff, 00000300"
    })
    void software_writes_only_what_the_mask_lets(String offset, String ones, String zeros) {
        bus.attach(function);
        int at = Integer.parseInt(offset, 16);
        for (int size : new int[] {4, 2, 1}) {
            for (int i = 0; i < 4; i += size) {
                function.writeConfig(at + i, size, 0xffff_ffffL);
            }
            assertEquals(Long.parseLong(ones, 16), function.readConfig(at, 4), "size " + size);
            for (int i = 0; i < 4; i += size) {
                function.writeConfig(at + i, size, 0);
            }
            assertEquals(Long.parseLong(zeros, 16), function.readConfig(at, 4), "size " + size);
        }
    }

    @Test
    void bytes_behind_the_header_are_storage() {
        bus.attach(function);
        for (int at = 0x40; at < 0x100; at++) {
            function.writeConfig(at, 1, at ^ 0xa5);
        }
        for (int at = 0x40; at < 0x100; at++) {
            assertEquals(at ^ 0xa5, function.readConfig(at, 1), "offset " + at);
        }
    }

    @Test
    void status_errors_are_cleared_by_writing_ones() {
        function.setConfig(STATUS, 2, 0xffff);
        bus.attach(function);
        function.writeConfig(STATUS, 2, 0x0000);
        assertEquals(0xffff, function.readConfig(STATUS, 2));
        function.writeConfig(STATUS, 2, 0x8100);
        assertEquals(0x7eff, function.readConfig(STATUS, 2));
        function.writeConfig(STATUS + 1, 1, 0x10);
        assertEquals(0x6eff, function.readConfig(STATUS, 2));
        function.writeConfig(STATUS, 2, 0xffff);
        assertEquals(0x06ff, function.readConfig(STATUS, 2));
    }

    @ParameterizedTest(name = "{1} bytes at 0x{0}")
    @CsvSource({
        "41, 1, 0xc2",
        "41, 2, 0xc3c2",
        "41, 4, 0xc5c4c3c2",
        "43, 4, 0xc7c6c5c4",
        "fd, 1, 0x7e",
        "fd, 2, 0x7f7e",
        "fe, 2, 0x807f",
        "fc, 4, 0x807f7e7d",
        "ff, 1, 0x80"
    })
    void access_is_little_endian_at_any_offset(String offset, int size, String value) {
        bus.attach(function);
        for (int i = 0; i < 0xc0; i++) {
            function.writeConfig(0x40 + i, 1, 0xc1 + i);
        }
        int at = Integer.parseInt(offset, 16);
        assertEquals(Long.decode(value), function.readConfig(at, size));
        long before = function.readConfig(0x50, 4);
        function.writeConfig(at, size, ~Long.decode(value));
        long ones = size == 4 ? 0xffff_ffffL : (1L << (8 * size)) - 1;
        assertEquals(~Long.decode(value) & ones, function.readConfig(at, size));
        assertEquals(before, function.readConfig(0x50, 4));
        // The neighbour below is as it was.
        assertEquals((at - 1 - 0x40 + 0xc1) & 0xff, function.readConfig(at - 1, 1));
    }

    @ParameterizedTest(name = "{1} bytes at {0}: {2}")
    @CsvSource({
        "0, 1, true",
        "0, 2, true",
        "0, 4, true",
        "0xff, 1, true",
        "0xfe, 2, true",
        "0xfc, 4, true",
        "0x3d, 4, true",
        "0, 0, false",
        "0, 3, false",
        "0, 8, false",
        "0, 5, false",
        "0, -1, false",
        "0xfd, 4, false",
        "0xfe, 4, false",
        "0xff, 4, false",
        "0xff, 2, false",
        "0x100, 1, false",
        "0x1000, 4, false",
        "-1, 1, false",
        "-4, 4, false",
        "0x100000000, 4, false",
        "0, 0x100000001, false",
        "0x100000000, 1, false",
        "0x7fffffffffffffff, 1, false",
        "4, 0x7fffffffffffffff, false"
    })
    void only_whole_accesses_inside_count(String offset, String size, boolean is) {
        long at = Long.decode(offset);
        long bytes = Long.decode(size);
        assertEquals(is, PciFunction.isConfigAccess(at, bytes));
        if (!is && at == (int) at && bytes == (int) bytes) {
            bus.attach(function);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> function.readConfig((int) at, (int) bytes));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> function.writeConfig((int) at, (int) bytes, 0));
        }
    }

    @Test
    void capabilities_are_linked_in_order_and_read_only() {
        function.addCapability(0x01, 0xe0, 8);
        function.addCapability(0x09, 0x40, 6);
        function.addCapability(0x05, 0x80, 14);
        function.setConfig(0xe2, 2, 0xbeef);
        function.setConfigWritable(0xe4, 2, 0x0003);
        bus.attach(function);
        assertEquals(0x0010, function.readConfig(STATUS, 2));
        assertEquals(0xe0, function.readConfig(0x34, 1));
        assertEquals(0xbeef_4001L, function.readConfig(0xe0, 4));
        assertEquals(0x8009, function.readConfig(0x40, 2));
        assertEquals(0x0005, function.readConfig(0x80, 2));
        for (int at = 0; at < 0x100; at++) {
            function.writeConfig(at, 1, 0xff);
        }
        assertEquals(0xe0, function.readConfig(0x34, 1));
        assertEquals(0xbeef_4001L, function.readConfig(0xe0, 4));
        assertEquals(0x0000_0003L, function.readConfig(0xe4, 4));
        assertEquals(0xffff_0000_8009L & 0xffff_ffffL, function.readConfig(0x40, 4));
        assertEquals(0xffff_0000L, function.readConfig(0x44, 4));
        assertEquals(0xffff_0000L, function.readConfig(0x8c, 4));
    }

    @ParameterizedTest(name = "{1} bytes at 0x{0}")
    @CsvSource({"3c, 4", "42, 4", "40, 1", "f0, 17", "100, 2", "40, 193"})
    void capability_outside_its_place_is_refused(String offset, int size) {
        int at = Integer.parseInt(offset, 16);
        assertThrows(IllegalArgumentException.class, () -> function.addCapability(0x09, at, size));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, -1, 0x101})
    void interrupt_pin_is_one_of_four(int pin) {
        assertThrows(IndexOutOfBoundsException.class, () -> function.setInterruptPin(pin));
    }

    @Test
    void declaration_ends_with_the_attachment() {
        bus.attach(function);
        assertThrows(IllegalStateException.class, () -> function.setInterruptPin(1));
        assertThrows(IllegalStateException.class, () -> function.addCapability(9, 0x40, 4));
        assertThrows(IllegalStateException.class, () -> function.setConfigWritable(0x40, 1, 0));
        assertThrows(
                IllegalStateException.class,
                () -> function.addBar(4, Bar.Kind.IO, TestBus.region("late", 16)));
        assertThrows(IllegalStateException.class, () -> bus.attach(function));
    }

    @Test
    void reset_brings_the_declared_bytes_back() {
        function.setConfig(0x50, 4, 0x12345678);
        bus.attach(function);
        for (int at = 0; at < 0x100; at++) {
            function.writeConfig(at, 1, 0xff);
        }
        function.reset();
        assertEquals(0x12345678, function.readConfig(0x50, 4));
        assertEquals(0, function.readConfig(0x04, 4));
        assertEquals(0, function.readConfig(0x10, 4));
        assertEquals(0, function.readConfig(0x0c, 4));
        assertEquals(0, function.readConfig(0x54, 4));
    }

    @ParameterizedTest
    @CsvSource({
        "0x10000, 0, 0, 0, 0, 0", "0, 0x10000, 0, 0, 0, 0", "0, 0, 0x100, 0, 0, 0",
        "0, 0, 0, 0x1000000, 0, 0", "0, 0, 0, 0, 0x10000, 0", "0, 0, 0, 0, 0, -1"
    })
    void identity_has_no_room_for_more_bits(
            int vendor, int device, int revision, int code, int subVendor, int subsystem) {
        assertThrows(
                IllegalArgumentException.class,
                () -> new PciIdentity(vendor, device, revision, code, subVendor, subsystem));
    }

    @Test
    void identity_without_a_subsystem_has_qemus() {
        PciIdentity identity = new PciIdentity(1, 2, 3, 4);
        assertEquals(0x1af4, identity.subsystemVendor());
        assertEquals(0x1100, identity.subsystem());
    }
}
