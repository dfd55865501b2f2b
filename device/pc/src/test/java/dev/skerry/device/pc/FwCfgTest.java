package dev.skerry.device.pc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** fw_cfg by its specification. */
class FwCfgTest {
    private static final int RAM_BYTES = 0x10000;
    private static final int DESCRIPTOR = 0x1000;
    private static final int BUFFER = 0x2000;
    private static final int ERROR = 1;
    private static final int READ = 2;
    private static final int SKIP = 4;
    private static final int SELECT = 8;
    private static final int WRITE = 16;

    private final RamBlock ram = RamBlock.allocate("ram", RAM_BYTES);
    private final AddressSpace memory = memory(ram);
    private int changes;
    private final FwCfg fwCfg = new FwCfg(items(), memory, () -> changes++);

    FwCfgTest() throws LinuxException {}

    private static AddressSpace memory(RamBlock ram) {
        Container root = new Container("memory", Long.MAX_VALUE);
        root.add(new RamRegion("ram", ram, false), 0);
        return new AddressSpace("memory", root);
    }

    private static FwCfgItems items() {
        FwCfgItems items = new FwCfgItems();
        items.put64(FwCfgKey.RAM_SIZE, 0x1_2345_6000L);
        items.put16(FwCfgKey.NB_CPUS, 3);
        items.putFile("opt/z", new byte[] {9, 8, 7});
        items.putFile("etc/e820", E820Range.encode(List.of(new E820Range(1, 2, E820Range.RAM))));
        return items;
    }

    @AfterEach
    void release() {
        ram.release();
    }

    private byte[] item(int number, int length) {
        fwCfg.ports().write(0, 2, number);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) fwCfg.ports().read(1, 1);
        }
        return bytes;
    }

    /** Runs a descriptor and returns what it says afterwards. */
    private int dma(int control, int length, long gpa) {
        ByteBuffer descriptor = ByteBuffer.allocate(16);
        descriptor.putInt(control).putInt(length).putLong(gpa);
        memory.write(DESCRIPTOR, MemorySegment.ofArray(descriptor.array()), 0, 16);
        fwCfg.dmaPorts().write(4, 4, Integer.reverseBytes(DESCRIPTOR));
        return Integer.reverseBytes((int) memory.read(DESCRIPTOR, 4));
    }

    private byte[] buffer(int length) {
        byte[] bytes = new byte[length];
        memory.read(BUFFER, MemorySegment.ofArray(bytes), 0, length);
        return bytes;
    }

    @Test
    void the_signature_says_it_is_there_and_zeros_follow() {
        assertArrayEquals("QEMU\0\0".getBytes(StandardCharsets.US_ASCII), item(0, 6));
        assertArrayEquals(new byte[] {3, 0, 0, 0}, item(1, 4));
        long signature = ByteBuffer.wrap("QEMU CFG".getBytes(StandardCharsets.US_ASCII)).getLong();
        assertEquals(Long.reverseBytes(signature), fwCfg.dmaPorts().read(0, 8));
        assertEquals('C', fwCfg.dmaPorts().read(5, 1));
    }

    @Test
    void numbers_are_little_endian() {
        assertArrayEquals(new byte[] {0, 0x60, 0x45, 0x23, 1, 0, 0, 0}, item(3, 8));
        assertArrayEquals(new byte[] {3, 0, 0}, item(5, 3));
    }

    @Test
    void files_are_in_the_directory_by_name() {
        ByteBuffer directory = ByteBuffer.wrap(item(0x19, 4 + 2 * 64));
        assertEquals(2, directory.getInt());
        assertEquals(20, directory.getInt());
        assertEquals(0x20, directory.getShort());
        byte[] name = new byte[56];
        directory.getShort();
        directory.get(name);
        assertEquals("etc/e820", new String(name, StandardCharsets.US_ASCII).trim());
        assertEquals(3, directory.getInt());
        assertArrayEquals(new byte[] {9, 8, 7, 0}, item(directory.getShort(), 4));
    }

    @Test
    void a_name_that_does_not_fit_the_directory_is_a_bug() {
        FwCfgItems items = new FwCfgItems();
        assertThrows(
                IllegalArgumentException.class, () -> items.putFile("x".repeat(56), new byte[0]));
        items.putFile("x".repeat(55), new byte[0]);
    }

    @Test
    void an_item_that_is_not_there_is_zeros_and_nothing_can_be_written() {
        assertArrayEquals(new byte[3], item(0x3333, 3));
        fwCfg.ports().write(0, 2, 0x4000);
        fwCfg.ports().write(1, 1, 'X');
        assertArrayEquals("QEMU".getBytes(StandardCharsets.US_ASCII), item(0, 4));
        assertEquals(ERROR, dma(SELECT | WRITE, 4, BUFFER));
    }

    @Test
    void dma_copies_skips_and_goes_on_where_it_was() {
        assertEquals(0, dma(5 << 16 | SELECT | READ, 4, BUFFER));
        assertArrayEquals(new byte[] {3, 0, 0, 0}, buffer(4));
        assertEquals(0, dma(SELECT | SKIP, 1, BUFFER));
        assertEquals(0, dma(READ, 2, BUFFER));
        assertArrayEquals(new byte[] {'E', 'M', 0, 0}, buffer(4));
        assertEquals('U', fwCfg.ports().read(1, 1));
        assertEquals(3, changes);
    }

    @Test
    void dma_past_the_end_gives_zeros() {
        memory.write(BUFFER + 4, 4, -1);
        assertEquals(0, dma(SELECT | READ, 6, BUFFER));
        assertArrayEquals(new byte[] {'Q', 'E', 'M', 'U', 0, 0, -1, -1}, buffer(8));
        assertEquals(0, dma(SELECT | READ, RAM_BYTES - BUFFER, BUFFER));
        assertEquals(0, memory.read(RAM_BYTES - 8, 8));
    }

    @Test
    void dma_to_nowhere_is_an_error_however_long() {
        assertEquals(ERROR, dma(SELECT | READ, 4, 0x5_0000_0000L));
        assertEquals(ERROR, dma(SELECT | READ, -1, -1));
        assertEquals(ERROR, dma(SELECT | READ, -1, Long.MAX_VALUE - 2));
        assertEquals(ERROR, dma(SELECT | READ, 0x20000, BUFFER));
    }

    @Test
    void an_address_above_4_gib_comes_in_two_halves_or_at_once() {
        fwCfg.dmaPorts().write(0, 4, Integer.reverseBytes(1));
        assertEquals(SELECT | READ, dma(SELECT | READ, 4, BUFFER));
        assertEquals(0, memory.read(BUFFER, 4));
        memory.write(DESCRIPTOR, 4, Integer.reverseBytes(SELECT | READ));
        fwCfg.dmaPorts().write(0, 8, Long.reverseBytes(DESCRIPTOR));
        assertEquals(0, memory.read(DESCRIPTOR, 4));
        assertEquals('Q', memory.read(BUFFER, 1));
    }

    @Test
    void table_loader_commands_are_128_bytes_each() {
        byte[] script =
                new TableLoader()
                        .allocate("tables", 64, TableLoader.Zone.HIGH)
                        .addPointer("rsdp", 16, 4, "tables")
                        .addChecksum("rsdp", 8, 0, 20)
                        .script();
        assertEquals(3 * 128, script.length);
        assertEquals(1, script[0]);
        assertEquals('t', script[4]);
        assertEquals(64, script[60]);
        assertEquals(1, script[64]);
        assertEquals(2, script[128]);
        assertEquals('r', script[132]);
        assertEquals('t', script[188]);
        assertEquals(16, script[244]);
        assertEquals(4, script[248]);
        assertEquals(3, script[256]);
        assertEquals(8, script[316]);
        assertEquals(20, script[324]);
    }
}
