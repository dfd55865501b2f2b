package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.Structures.CoalescedRing;
import dev.skerry.execution.kvm.Structures.CoalescedWrite;
import dev.skerry.execution.kvm.Structures.CoalescedZone;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.memory.AddressSpace;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Writes that wait in a ring instead of leaving the guest, for registers whose writes have no effect
 * anybody waits for, such as a frame buffer's window. The ring is emptied before every other exit is
 * handled, so nobody sees the order change; it is one for all CPUs.
 */
final class CoalescedWrites {
    private static final int PAGE = 4096;
    private static final int MOST = (PAGE - CoalescedRing.BYTES) / CoalescedWrite.BYTES;

    private final Fd vm;
    private final AddressSpace memory;
    private volatile MemorySegment ring;
    private volatile int zones;

    CoalescedWrites(Fd vm, AddressSpace memory) {
        this.vm = vm;
        this.memory = memory;
    }

    /** The ring's page, which every virtual CPU's mapping shows; null where KVM has none. */
    void setRing(MemorySegment page) {
        ring = page;
    }

    synchronized boolean add(long gpa, long sizeBytes) throws LinuxException {
        if (ring == null) {
            return false;
        }
        request(gpa, sizeBytes, true);
        zones++;
        return true;
    }

    synchronized void remove(long gpa, long sizeBytes) throws LinuxException {
        request(gpa, sizeBytes, false);
        flush();
        zones--;
    }

    private void request(long gpa, long sizeBytes, boolean add) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zone = arena.allocate(CoalescedZone.BYTES, 8);
            Words.put64(zone, CoalescedZone.ADDRESS, gpa);
            Words.put32(zone, CoalescedZone.SIZE_BYTES, Math.toIntExact(sizeBytes));
            (add ? Request.REGISTER_COALESCED_MMIO : Request.UNREGISTER_COALESCED_MMIO)
                    .call(vm, zone);
        }
    }

    /** Does the writes that wait. */
    void flush() {
        if (zones != 0) {
            empty();
        }
    }

    private synchronized void empty() {
        MemorySegment page = ring;
        int first = Words.i32(page, CoalescedRing.FIRST);
        while (first != Words.i32(page, CoalescedRing.LAST)) {
            // The kernel filled the entry before it moved the end.
            VarHandle.acquireFence();
            long at =
                    CoalescedRing.BYTES + (long) Math.floorMod(first, MOST) * CoalescedWrite.BYTES;
            long gpa = Words.i64(page, at + CoalescedWrite.ADDRESS);
            int length = Words.i32(page, at + CoalescedWrite.LENGTH);
            long data = Words.i64(page, at + CoalescedWrite.DATA);
            for (int done = 0; done < length && length <= 8; ) {
                int size = Integer.highestOneBit(length - done);
                memory.write(gpa + done, size, data >>> 8 * done);
                done += size;
            }
            first = (first + 1) % MOST;
            VarHandle.releaseFence();
            Words.put32(page, CoalescedRing.FIRST, first);
        }
    }
}
