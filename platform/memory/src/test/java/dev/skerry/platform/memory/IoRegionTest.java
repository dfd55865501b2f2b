package dev.skerry.platform.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

class IoRegionTest {
    private static final int SIZE = 32;
    private static final int[] SIZES = {1, 2, 4, 8};

    private final Regions.Recorder handler = new Regions.Recorder();

    private IoRegion region(AccessSizes sizes) {
        return new IoRegion("io", SIZE, sizes, handler);
    }

    private static AccessSizes sizes(String accepted, String handled) {
        String[] a = accepted.split("-");
        String[] h = handled.split("-");
        return new AccessSizes(
                Integer.parseInt(a[0]),
                Integer.parseInt(a[1]),
                Integer.parseInt(h[0]),
                Integer.parseInt(h[1]));
    }

    @ParameterizedTest
    @CsvSource({
        // accepted, handled, offset, size, what the handler sees
        "1-8, 1-8, 0, 8, r0/8",
        "1-8, 1-8, 4, 4, r4/4",
        "1-8, 1-8, 7, 1, r7/1",
        "4-4, 4-4, 4, 4, r4/4",
        "1-8, 1-4, 8, 8, r8/4 r12/4",
        "1-8, 1-1, 4, 4, r4/1 r5/1 r6/1 r7/1",
        "1-8, 4-4, 5, 1, r4/4",
        "1-8, 4-4, 6, 2, r4/4",
        "1-8, 4-4, 8, 8, r8/4 r12/4",
        "1-8, 8-8, 4, 4, r0/8",
        // Not aligned: cut into aligned accesses.
        "1-8, 1-8, 2, 4, r2/2 r4/2",
        "1-8, 1-8, 4, 8, r4/4 r8/4",
        "1-8, 1-8, 1, 2, r1/1 r2/1",
        "1-8, 1-8, 1, 4, r1/1 r2/2 r4/1",
        "4-8, 1-8, 4, 8, r4/4 r8/4",
        // Not aligned, and too small for the handler: the whole registers it touches.
        "1-8, 4-4, 2, 4, r0/4 r4/4",
        "1-8, 4-4, 3, 2, r0/4 r4/4",
        "1-8, 4-4, 3, 8, r0/4 r4/4 r8/4",
        "1-8, 2-4, 1, 4, r0/2 r2/2 r4/2",
        // Pieces may be smaller than what is accepted.
        "4-4, 1-1, 4, 4, r4/1 r5/1 r6/1 r7/1",
        "4-8, 1-2, 0, 4, r0/2 r2/2",
    })
    void a_read_is_split_or_widened_for_the_handler(
            String accepted, String handled, long offset, int size, String calls) {
        long value = region(sizes(accepted, handled)).read(offset, size);
        assertEquals(calls, handler.takeCalls());
        assertEquals(Regions.pattern(offset, size), value);
    }

    @ParameterizedTest
    @CsvSource({
        "1-8, 1-8, 0, 8, w0/8=8877665544332211",
        "1-8, 1-8, 3, 1, w3/1=11",
        "1-8, 1-4, 8, 8, w8/4=44332211 w12/4=88776655",
        "1-8, 1-1, 4, 2, w4/1=11 w5/1=22",
        "1-8, 4-4, 5, 1, w4/4=1100",
        "1-8, 4-4, 6, 2, w4/4=22110000",
        "1-8, 8-8, 4, 4, w0/8=4433221100000000",
        "1-8, 1-8, 2, 4, w2/2=2211 w4/2=4433",
        "1-8, 4-4, 2, 4, w0/4=22110000 w4/4=4433",
        "1-8, 4-4, 3, 2, w0/4=11000000 w4/4=22",
        "1-8, 2-4, 1, 4, w0/2=1100 w2/2=3322 w4/2=44",
        "4-4, 1-1, 4, 4, w4/1=11 w5/1=22 w6/1=33 w7/1=44",
    })
    void a_write_is_split_or_widened_for_the_handler(
            String accepted, String handled, long offset, int size, String calls) {
        region(sizes(accepted, handled)).write(offset, size, 0x8877_6655_4433_2211L);
        assertEquals(calls, handler.takeCalls());
    }

    @ParameterizedTest
    @CsvSource({
        "4-4, 0, 1, 0xff",
        "4-4, 0, 2, 0xffff",
        "4-4, 0, 8, -1",
        "1-2, 0, 4, 0xffffffff",
        "2-8, 3, 1, 0xff",
        "2-8, 3, 4, 0xffffffff",
        "4-4, 2, 4, 0xffffffff",
        "8-8, 4, 8, -1",
        "1-8, 32, 1, 0xff",
        "1-8, 31, 2, 0xffff",
        "1-8, 25, 8, -1",
        "1-8, -1, 1, 0xff",
        "1-8, -4, 8, -1",
        "1-8, 0x7fffffffffffffff, 8, -1"
    })
    void what_is_not_accepted_reads_as_ones_and_never_reaches_the_handler(
            String accepted, String offsetText, int size, String ones) {
        long offset = Long.decode(offsetText);
        IoRegion region = region(sizes(accepted, "1-8"));
        assertEquals(Long.decode(ones), region.read(offset, size));
        region.write(offset, size, 0);
        assertEquals("", handler.takeCalls());
    }

    @Test
    void surplus_bits_of_a_handlers_value_are_dropped() {
        IoHandler loud =
                new IoHandler() {
                    @Override
                    public long read(long offset, int size) {
                        return -1;
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        assertEquals(0, value & ~AccessSizes.ones(size));
                    }
                };
        for (AccessSizes sizes : List.of(AccessSizes.ANY, AccessSizes.handled(4, 4))) {
            IoRegion region = new IoRegion("loud", SIZE, sizes, loud);
            for (int size : SIZES) {
                assertEquals(AccessSizes.ones(size), region.read(8, size));
                region.write(8, size, -1);
            }
        }
    }

    @Test
    void every_accepted_read_gives_its_bytes_by_aligned_accesses_of_the_handlers_sizes() {
        for (AccessSizes sizes : allSizes()) {
            IoRegion region = region(sizes);
            for (int size : SIZES) {
                for (int offset = 0; offset + size <= SIZE; offset++) {
                    String what = sizes + ", offset " + offset + ", size " + size;
                    boolean accepted =
                            size >= sizes.acceptedLeast()
                                    && size <= sizes.acceptedMost()
                                    && offset % sizes.acceptedLeast() == 0;
                    assertEquals(
                            accepted ? Regions.pattern(offset, size) : AccessSizes.ones(size),
                            region.read(offset, size),
                            what);
                    checkCalls(sizes, what);
                }
            }
        }
    }

    private void checkCalls(AccessSizes sizes, String what) {
        long end = 0;
        for (String call : handler.calls) {
            String[] parts = call.substring(1).split("/");
            long offset = Long.parseLong(parts[0]);
            int size = Integer.parseInt(parts[1]);
            assertTrue(offset >= end, what + ": not lowest first: " + handler.calls);
            assertEquals(0, offset % size, what + ": not aligned: " + handler.calls);
            assertTrue(
                    size >= sizes.handledLeast() && size <= sizes.handledMost(),
                    what + ": not a size of the handler's: " + handler.calls);
            end = offset + size;
        }
        handler.calls.clear();
    }

    private static List<AccessSizes> allSizes() {
        List<AccessSizes> all = new ArrayList<>();
        for (int acceptedLeast : SIZES) {
            for (int acceptedMost = acceptedLeast; acceptedMost <= 8; acceptedMost *= 2) {
                for (int handledLeast : SIZES) {
                    for (int handledMost = handledLeast; handledMost <= 8; handledMost *= 2) {
                        all.add(
                                new AccessSizes(
                                        acceptedLeast, acceptedMost, handledLeast, handledMost));
                    }
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @CsvSource({"0, 8", "1, 16", "3, 4", "4, 2", "1, 0", "-1, 1"})
    void impossible_access_sizes_are_refused(int least, int most) {
        assertThrows(IllegalArgumentException.class, () -> AccessSizes.between(least, most));
        assertThrows(IllegalArgumentException.class, () -> AccessSizes.handled(least, most));
    }

    @Test
    void the_shorthands_say_what_is_accepted_and_handled() {
        assertEquals(new AccessSizes(2, 4, 2, 4), AccessSizes.between(2, 4));
        assertEquals(new AccessSizes(1, 8, 2, 4), AccessSizes.handled(2, 4));
        assertEquals(new AccessSizes(1, 8, 1, 8), AccessSizes.ANY);
    }
}
