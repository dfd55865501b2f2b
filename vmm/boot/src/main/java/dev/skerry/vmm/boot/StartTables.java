package dev.skerry.vmm.boot;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The tables a CPU needs to stand in protected or long mode without having gone there: segment
 * descriptors, and pages of 2 MiB that map the first 4 GiB to themselves. Intel SDM 3A, sections
 * 3.4.5 and 4.5. They take physical addresses 0x1000 to 0x7fff.
 */
public final class StartTables {
    static final long GDT = 0x1000;
    static final long PML4 = 0x2000;

    /** Behind the last of the tables; in between lie the page directories. */
    static final long END = 0x8000;

    static final FlatSegment CODE_32 = new FlatSegment(0x08, 0xffff_ffffL, 0xc09b);
    static final FlatSegment CODE_64 = new FlatSegment(0x10, 0xffff_ffffL, 0xa09b);
    static final FlatSegment DATA = new FlatSegment(0x18, 0xffff_ffffL, 0xc093);
    static final int GDT_LIMIT = 0x1f;

    private static final long PDPT = 0x3000;
    private static final long PAGE_DIRECTORIES = 0x4000;
    private static final long PRESENT_WRITABLE = 0x3;
    private static final long PRESENT_WRITABLE_LARGE = 0x83;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private StartTables() {}

    /** The segment descriptors alone. */
    static Segment segmentDescriptors() {
        byte[] table = new byte[GDT_LIMIT + 1];
        putDescriptors(MemorySegment.ofArray(table));
        return Segment.of(GDT, table);
    }

    /** Segment descriptors and pages. */
    public static Segment longMode() {
        byte[] bytes = new byte[(int) (END - GDT)];
        MemorySegment tables = MemorySegment.ofArray(bytes);
        putDescriptors(tables);
        tables.set(LONG, PML4 - GDT, PDPT | PRESENT_WRITABLE);
        for (int i = 0; i < 4; i++) {
            long directory = PAGE_DIRECTORIES + 4096L * i;
            tables.set(LONG, PDPT - GDT + 8L * i, directory | PRESENT_WRITABLE);
            for (int j = 0; j < 512; j++) {
                long page = (i * 512L + j) << 21;
                tables.set(LONG, directory - GDT + 8L * j, page | PRESENT_WRITABLE_LARGE);
            }
        }
        return Segment.of(GDT, bytes);
    }

    private static void putDescriptors(MemorySegment table) {
        for (FlatSegment segment : new FlatSegment[] {CODE_32, CODE_64, DATA}) {
            long descriptor = 0xffffL | (long) segment.attributes() << 40 | 0xfL << 48;
            table.set(LONG, segment.selector(), descriptor);
        }
    }
}
