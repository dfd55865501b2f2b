package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.Structures.GetDirtyLog;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * Which pages CPUs have written to: KVM keeps a bit for each page of each slot, and gives them away
 * once. Pages of slots that went away while the log was on are remembered. Used with the slots' lock
 * held.
 */
final class DirtyLog {
    private static final int PAGE_SHIFT = 12;

    private final Fd vm;
    private final BitSet pages = new BitSet();
    private boolean on;

    DirtyLog(Fd vm) {
        this.vm = vm;
    }

    boolean isOn() {
        return on;
    }

    void set(boolean on) {
        this.on = on;
        pages.clear();
    }

    void keepBeforeRemoval(int slot, long gpa, long sizeBytes) {
        if (on) {
            try {
                collect(slot, gpa, sizeBytes);
            } catch (LinuxException e) {
                // A slot without a log: it may only be read.
                return;
            }
        }
    }

    // SAFETY: the kernel writes one bit a page of the slot, rounded up to 64, which is what the
    // bitmap has room for.
    void collect(int slot, long gpa, long sizeBytes) throws LinuxException {
        long count = sizeBytes >>> PAGE_SHIFT;
        try (Arena arena = Arena.ofConfined()) {
            long words = (count + 63) / 64;
            MemorySegment bitmap = arena.allocate(words * 8, 8);
            MemorySegment request = arena.allocate(GetDirtyLog.BYTES, 8);
            Words.put32(request, GetDirtyLog.SLOT, slot);
            Words.put64(request, GetDirtyLog.BITMAP_HVA, bitmap.address());
            Request.GET_DIRTY_LOG.call(vm, request);
            for (long i = 0; i < words; i++) {
                long bits = Words.i64(bitmap, 8 * i);
                while (bits != 0) {
                    int bit = Long.numberOfTrailingZeros(bits);
                    bits &= bits - 1;
                    pages.set(Math.toIntExact((gpa >>> PAGE_SHIFT) + 64 * i + bit));
                }
            }
        }
    }

    void handOut(KvmVm.DirtyVisitor visitor) {
        for (int begin = pages.nextSetBit(0); begin >= 0; ) {
            int end = pages.nextClearBit(begin);
            visitor.written((long) begin << PAGE_SHIFT, (long) (end - begin) << PAGE_SHIFT);
            begin = pages.nextSetBit(end);
        }
        pages.clear();
    }
}
