package dev.skerry.execution.x86.mmu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Accesses through a TLB's entries straight into the window. What is not in the TLB takes the slow
 * path in {@link Mmu}; translated code uses {@link Hits} instead, unless it is to be checked.
 *
 * <p>An access that hits costs one comparison: the tag is compared with the page of the access'
 * <em>last</em> byte at the index of its first, so that one that crosses a page never hits.
 *
 * <p>x86 keeps the order of loads, and of stores, and stores behind loads (TSO, Intel SDM 3A, section
 * 9.2.3.2). Every load is followed by an acquire fence and every store preceded by a release fence;
 * on the processors we run on neither is an instruction, they only keep the compiler from moving
 * guest accesses past each other, or a guest's loop from reading memory once.
 *
 * <p>The parameters are what translated code has at hand: {@code t} is the {@link TlbTable}, {@code
 * w} the window, both constants to it, and {@code base} {@link Mmu#tlbBase}, which changes with the
 * privilege level alone. Values read are zero-extended. Writes say whether the code that is running
 * has changed, and has to be left.
 */
public final class Direct {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Direct() {}

    /** Where the entry of an address begins in the table. */
    static int index(int base, long gva) {
        return Tlb.index(gva) + base;
    }

    public static long read8(Mmu m, long[] t, MemorySegment w, int base, long gva) {
        int i = index(base, gva);
        return t[i + Tlb.READ_TAG] == (gva & Mmu.PAGE)
                ? get8(w, gva + t[i + Tlb.ADDEND])
                : m.readSlowly(gva, 1);
    }

    public static long read16(Mmu m, long[] t, MemorySegment w, int base, long gva) {
        int i = index(base, gva);
        return t[i + Tlb.READ_TAG] == (gva + 1 & Mmu.PAGE)
                ? get16(w, gva + t[i + Tlb.ADDEND])
                : m.readSlowly(gva, 2);
    }

    public static long read32(Mmu m, long[] t, MemorySegment w, int base, long gva) {
        int i = index(base, gva);
        return t[i + Tlb.READ_TAG] == (gva + 3 & Mmu.PAGE)
                ? get32(w, gva + t[i + Tlb.ADDEND])
                : m.readSlowly(gva, 4);
    }

    public static long read64(Mmu m, long[] t, MemorySegment w, int base, long gva) {
        int i = index(base, gva);
        return t[i + Tlb.READ_TAG] == (gva + 7 & Mmu.PAGE)
                ? get64(w, gva + t[i + Tlb.ADDEND])
                : m.readSlowly(gva, 8);
    }

    public static boolean write8(Mmu m, long[] t, MemorySegment w, int base, long gva, long value) {
        int i = index(base, gva);
        if (t[i + Tlb.WRITE_TAG] != (gva & Mmu.PAGE)) {
            return m.writeSlowly(gva, 1, value);
        }
        set8(w, gva + t[i + Tlb.ADDEND], value);
        return false;
    }

    public static boolean write16(
            Mmu m, long[] t, MemorySegment w, int base, long gva, long value) {
        int i = index(base, gva);
        if (t[i + Tlb.WRITE_TAG] != (gva + 1 & Mmu.PAGE)) {
            return m.writeSlowly(gva, 2, value);
        }
        set16(w, gva + t[i + Tlb.ADDEND], value);
        return false;
    }

    public static boolean write32(
            Mmu m, long[] t, MemorySegment w, int base, long gva, long value) {
        int i = index(base, gva);
        if (t[i + Tlb.WRITE_TAG] != (gva + 3 & Mmu.PAGE)) {
            return m.writeSlowly(gva, 4, value);
        }
        set32(w, gva + t[i + Tlb.ADDEND], value);
        return false;
    }

    public static boolean write64(
            Mmu m, long[] t, MemorySegment w, int base, long gva, long value) {
        int i = index(base, gva);
        if (t[i + Tlb.WRITE_TAG] != (gva + 7 & Mmu.PAGE)) {
            return m.writeSlowly(gva, 8, value);
        }
        set64(w, gva + t[i + Tlb.ADDEND], value);
        return false;
    }

    /**
     * The first half of reading, changing and writing back: where in the window the operand is, or
     * -1 if it takes the slow path. Faults as a write does are then raised by {@link #changing}.
     */
    public static long place(long[] t, int base, long gva, int size) {
        int i = index(base, gva);
        return t[i + Tlb.WRITE_TAG] == (gva + size - 1 & Mmu.PAGE) ? gva + t[i + Tlb.ADDEND] : -1;
    }

    /** Reads what is at a {@link #place} and will be written. */
    public static long changing(Mmu m, MemorySegment w, long place, long gva, int size) {
        if (place < 0) {
            return m.readForWrite(gva, size);
        }
        return switch (size) {
            case 1 -> get8(w, place);
            case 2 -> get16(w, place);
            case 4 -> get32(w, place);
            default -> get64(w, place);
        };
    }

    /** Writes what was read by {@link #changing}. */
    public static boolean change(
            Mmu m, MemorySegment w, long place, long gva, int size, long value) {
        if (place < 0) {
            return m.writeSlowly(gva, size, value);
        }
        switch (size) {
            case 1 -> set8(w, place, value);
            case 2 -> set16(w, place, value);
            case 4 -> set32(w, place, value);
            default -> set64(w, place, value);
        }
        return false;
    }

    public static long get8(MemorySegment w, long offset) {
        long value = w.get(ValueLayout.JAVA_BYTE, offset) & 0xffL;
        VarHandle.acquireFence();
        return value;
    }

    public static long get16(MemorySegment w, long offset) {
        long value = w.get(SHORT, offset) & 0xffffL;
        VarHandle.acquireFence();
        return value;
    }

    public static long get32(MemorySegment w, long offset) {
        long value = w.get(INT, offset) & 0xffff_ffffL;
        VarHandle.acquireFence();
        return value;
    }

    public static long get64(MemorySegment w, long offset) {
        long value = w.get(LONG, offset);
        VarHandle.acquireFence();
        return value;
    }

    public static void set8(MemorySegment w, long offset, long value) {
        VarHandle.releaseFence();
        w.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    public static void set16(MemorySegment w, long offset, long value) {
        VarHandle.releaseFence();
        w.set(SHORT, offset, (short) value);
    }

    public static void set32(MemorySegment w, long offset, long value) {
        VarHandle.releaseFence();
        w.set(INT, offset, (int) value);
    }

    public static void set64(MemorySegment w, long offset, long value) {
        VarHandle.releaseFence();
        w.set(LONG, offset, value);
    }
}
