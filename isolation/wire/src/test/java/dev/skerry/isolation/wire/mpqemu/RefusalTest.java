package dev.skerry.isolation.wire.mpqemu;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.isolation.wire.WireStruct;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** What the codec refuses, and that it says what and why. */
class RefusalTest {
    private static MemorySegment header(int command, long size) {
        MemorySegment header = MemorySegment.ofArray(new byte[Header.BYTES]);
        Header.put(header, 0, command, size);
        return header;
    }

    @ParameterizedTest
    @CsvSource({"0,192", "1,8", "1,0", "2,12", "3,12", "4,24", "5,24", "6,0", "7,0"})
    void every_command_with_its_size_is_taken(int command, int size) throws ProtocolException {
        assertEquals(size, Header.FRAMING.payloadBytes(header(command, size), 0));
    }

    @ParameterizedTest
    @CsvSource({
        "0,191",
        "0,193",
        "0,0",
        "1,4",
        "1,16",
        "2,11",
        "2,24",
        "3,0",
        "4,23",
        "5,32",
        "6,8",
        "7,8",
        "5,-1",
        "5,9223372036854775807",
        "0,-9223372036854775808",
        "4,4294967320"
    })
    void another_size_is_refused_by_name_and_number(int command, long size) {
        ProtocolException refusal =
                assertThrows(
                        ProtocolException.class,
                        () -> Header.FRAMING.payloadBytes(header(command, size), 0));
        assertTrue(
                refusal.getMessage().contains(new Command(command).toString()),
                refusal.getMessage());
        assertTrue(refusal.getMessage().contains(Long.toHexString(size)), refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"8,0x8 unknown", "-1,0xffffffff unknown", "2147483647,0x7fffffff unknown"})
    void an_unknown_command_is_refused_and_stays_a_number(int command, String shown) {
        ProtocolException refusal =
                assertThrows(
                        ProtocolException.class,
                        () -> Header.FRAMING.payloadBytes(header(command, 0), 0));
        assertTrue(refusal.getMessage().contains(shown), refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"0,0", "0,1", "0,8", "6,2", "1,0", "2,0", "3,0", "4,0", "5,0", "7,0"})
    void descriptors_where_they_belong_are_taken(int command, int count) {
        assertDoesNotThrow(() -> Command.requireFds(command, count));
    }

    @ParameterizedTest
    @CsvSource({"0,9", "0,32", "6,0", "6,1", "6,3", "2,1", "3,1", "4,1", "5,2", "7,1"})
    void descriptors_elsewhere_are_refused(int command, int count) {
        ProtocolException refusal =
                assertThrows(ProtocolException.class, () -> Command.requireFds(command, count));
        assertTrue(refusal.getMessage().contains(count + " descriptors"), refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"1,0", "0,1", "1,2", "7,8", "8,7"})
    void regions_and_descriptors_must_be_as_many(int regions, int fds) {
        MemorySegment payload = MemorySegment.ofArray(new byte[SystemMemoryMap.BYTES]);
        SystemMemoryMap.put(
                payload,
                0,
                java.util.Collections.nCopies(regions, new SystemMemoryMap.Entry(0, 4096, 0)));
        assertThrows(ProtocolException.class, () -> SystemMemoryMap.read(payload, 0, fds));
    }

    @Test
    void a_region_without_size_before_others_is_refused() {
        MemorySegment payload = MemorySegment.ofArray(new byte[SystemMemoryMap.BYTES]);
        SystemMemoryMap.put(
                payload,
                0,
                List.of(new SystemMemoryMap.Entry(0, 0, 0), new SystemMemoryMap.Entry(0, 4096, 0)));
        assertThrows(ProtocolException.class, () -> SystemMemoryMap.read(payload, 0, 1));
    }

    @Test
    void a_layout_with_a_hole_or_a_wrong_size_is_a_bug() {
        WireStruct hole = new WireStruct("hole", 16);
        hole.u32(0);
        assertThrows(AssertionError.class, () -> hole.u64(8));
        WireStruct unaligned = new WireStruct("unaligned", 16);
        unaligned.u32(0);
        assertThrows(AssertionError.class, () -> unaligned.u64(4));
        WireStruct small = new WireStruct("small", 16);
        small.u64(0);
        assertThrows(AssertionError.class, small::complete);
    }
}
