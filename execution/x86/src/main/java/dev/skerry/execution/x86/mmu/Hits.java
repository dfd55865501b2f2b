package dev.skerry.execution.x86.mmu;

import java.lang.foreign.MemorySegment;

/**
 * Accesses of translated code, as those of {@link Direct}, but where the address is not in the TLB
 * they throw {@link Miss}: the region is left, and the interpreter does the access. HotSpot makes a
 * jump of that. A call of a slow path in its place costs more than it looks: whatever lives across a
 * call has no register, in loops that never take it too.
 */
public final class Hits {
    private Hits() {}

    public static long read8(long[] t, MemorySegment w, int base, long gva) {
        int i = Direct.index(base, gva);
        if (t[i + Tlb.READ_TAG] != (gva & Mmu.PAGE)) {
            throw Miss.MISS;
        }
        return Direct.get8(w, gva + t[i + Tlb.ADDEND]);
    }

    public static long read16(long[] t, MemorySegment w, int base, long gva) {
        int i = Direct.index(base, gva);
        if (t[i + Tlb.READ_TAG] != (gva + 1 & Mmu.PAGE)) {
            throw Miss.MISS;
        }
        return Direct.get16(w, gva + t[i + Tlb.ADDEND]);
    }

    public static long read32(long[] t, MemorySegment w, int base, long gva) {
        int i = Direct.index(base, gva);
        if (t[i + Tlb.READ_TAG] != (gva + 3 & Mmu.PAGE)) {
            throw Miss.MISS;
        }
        return Direct.get32(w, gva + t[i + Tlb.ADDEND]);
    }

    public static long read64(long[] t, MemorySegment w, int base, long gva) {
        int i = Direct.index(base, gva);
        if (t[i + Tlb.READ_TAG] != (gva + 7 & Mmu.PAGE)) {
            throw Miss.MISS;
        }
        return Direct.get64(w, gva + t[i + Tlb.ADDEND]);
    }

    public static void write8(long[] t, MemorySegment w, int base, long gva, long value) {
        int i = Direct.index(base, gva);
        if (t[i + Tlb.WRITE_TAG] != (gva & Mmu.PAGE)) {
            throw Miss.MISS;
        }
        Direct.set8(w, gva + t[i + Tlb.ADDEND], value);
    }

    public static void write16(long[] t, MemorySegment w, int base, long gva, long value) {
        int i = Direct.index(base, gva);
        if (t[i + Tlb.WRITE_TAG] != (gva + 1 & Mmu.PAGE)) {
            throw Miss.MISS;
        }
        Direct.set16(w, gva + t[i + Tlb.ADDEND], value);
    }

    public static void write32(long[] t, MemorySegment w, int base, long gva, long value) {
        int i = Direct.index(base, gva);
        if (t[i + Tlb.WRITE_TAG] != (gva + 3 & Mmu.PAGE)) {
            throw Miss.MISS;
        }
        Direct.set32(w, gva + t[i + Tlb.ADDEND], value);
    }

    public static void write64(long[] t, MemorySegment w, int base, long gva, long value) {
        int i = Direct.index(base, gva);
        if (t[i + Tlb.WRITE_TAG] != (gva + 7 & Mmu.PAGE)) {
            throw Miss.MISS;
        }
        Direct.set64(w, gva + t[i + Tlb.ADDEND], value);
    }

    /**
     * Where in the window an operand is that is to be read.
     *
     * @param last how far its last byte is from its first
     */
    public static long readable(long[] t, int base, long gva, int last) {
        int i = Direct.index(base, gva);
        if (t[i + Tlb.READ_TAG] != (gva + last & Mmu.PAGE)) {
            throw Miss.MISS;
        }
        return gva + t[i + Tlb.ADDEND];
    }

    /** As {@link #readable}; no byte of it is code that was decoded. */
    public static long writable(long[] t, int base, long gva, int last) {
        int i = Direct.index(base, gva);
        if (t[i + Tlb.WRITE_TAG] != (gva + last & Mmu.PAGE)) {
            throw Miss.MISS;
        }
        return gva + t[i + Tlb.ADDEND];
    }
}
