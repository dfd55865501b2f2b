package dev.skerry.isolation.wire.mpqemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Layouts against bytes captured from stock QEMU 7.2: its proxy, and its remote machine's replies. */
class LayoutTest {
    private static final HexFormat HEX = HexFormat.of();

    private static MemorySegment bytes(String hex) {
        return MemorySegment.ofArray(HEX.parseHex(hex.replace(" ", "")));
    }

    private static String hex(MemorySegment segment) {
        return HEX.formatHex(segment.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }

    @Test
    void sizes_are_those_of_the_c_structures() {
        assertEquals(16, Header.BYTES);
        assertEquals(12, ConfigAccess.BYTES);
        assertEquals(24, BarAccess.BYTES);
        assertEquals(192, SystemMemoryMap.BYTES);
        assertEquals(24, Reply.BYTES);
        assertEquals(208, Header.FRAMING.largestMessageBytes());
    }

    @Test
    void a_captured_config_read_is_understood() throws Exception {
        MemorySegment message =
                bytes("03000000 00000000 0c00000000000000 2e000000 00000000 02000000");
        assertEquals(Command.PCI_CFGREAD, Header.command(message, 0));
        assertEquals(12, Header.FRAMING.payloadBytes(message, 0));
        assertEquals(0x2e, ConfigAccess.offset(message, 16));
        assertEquals(2, ConfigAccess.length(message, 16));
    }

    @Test
    void a_captured_bar_write_is_understood() throws Exception {
        MemorySegment message =
                bytes(
                        "04000000 00000000 1800000000000000 0400b0fe00000000 7856341200000000 04000000 01 000000");
        assertEquals(24, Header.FRAMING.payloadBytes(message, 0));
        assertEquals(0xfeb00004L, BarAccess.address(message, 16));
        assertEquals(0x12345678L, BarAccess.value(message, 16));
        assertEquals(4, BarAccess.size(message, 16));
        assertTrue(BarAccess.isMemory(message, 16));
    }

    @Test
    void io_space_is_a_zero_byte() {
        MemorySegment message = MemorySegment.ofArray(new byte[24]);
        BarAccess.put(message, 0, 0xc000, 0, 1, false);
        assertFalse(BarAccess.isMemory(message, 0));
    }

    @Test
    void a_negative_length_stays_negative() {
        MemorySegment message = MemorySegment.ofArray(new byte[12]);
        ConfigAccess.put(message, 0, -1, 0, -1);
        assertEquals(0xffffffffL, ConfigAccess.offset(message, 0));
        assertEquals(-1, ConfigAccess.length(message, 0));
    }

    @Test
    void replies_are_written_as_stock_writes_them() {
        MemorySegment reply = MemorySegment.ofArray(new byte[24]);
        assertEquals(24, Reply.put(reply, 0, 0x1b36));
        assertEquals("0100000000000000" + "0800000000000000" + "361b000000000000", hex(reply));
        Arrays.fill((byte[]) reply.heapBase().orElseThrow(), (byte) 0xee);
        assertEquals(16, Reply.putEmpty(reply, 0));
        assertEquals("0100000000000000" + "0000000000000000", hex(reply.asSlice(0, 16)));
    }

    @Test
    void a_memory_map_is_three_parallel_arrays() throws Exception {
        // A machine of 64 MiB: memory below the video window, and from 1 MiB on.
        String none = "00".repeat(48);
        String captured =
                "0000000000000000"
                        + "0000100000000000"
                        + none
                        + "00000c0000000000"
                        + "0000f00300000000"
                        + none
                        + "0000000000000000"
                        + "0000100000000000"
                        + none;
        List<SystemMemoryMap.Entry> map =
                List.of(
                        new SystemMemoryMap.Entry(0, 0xc0000, 0),
                        new SystemMemoryMap.Entry(0x100000, 0x3f00000, 0x100000));
        assertEquals(map, SystemMemoryMap.read(bytes(captured), 0, 2));
        MemorySegment written = MemorySegment.ofArray(new byte[192]);
        SystemMemoryMap.put(written, 0, map);
        assertEquals(captured, hex(written));
    }
}
