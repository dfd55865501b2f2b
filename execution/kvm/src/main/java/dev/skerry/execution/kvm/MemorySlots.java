package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.Structures.UserMemoryRegion;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.FlatView;
import dev.skerry.platform.memory.MemoryListener;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The memory slots of a virtual machine, which follow an address space: RAM, and memory that may
 * only be read, are reached by the CPUs directly; everything else, a write to read-only memory
 * included, leaves the guest.
 *
 * <p>A slot is of whole pages. What an address space shows of a page in parts is reached by exits
 * like a device: data can be there, code cannot.
 *
 * <p>A slot that changes is first taken away. A CPU that runs meanwhile and meets the gap leaves the
 * guest; its data access is then answered by the address space, and an instruction fetch is tried
 * again ({@link #changedSince}).
 */
final class MemorySlots implements MemoryListener {
    private static final long PAGE = 4096;

    // Kinds of log lines.
    private static final int NOT_ALIGNED = 0;
    private static final int REFUSED = 1;

    /** What a slot shows; two of the same are one. */
    private record Piece(
            long gpa, long sizeBytes, RamBlock block, long blockOffset, boolean readOnly) {
        long hva() {
            return block.segment().address() + blockOffset;
        }

        @Override
        public String toString() {
            return String.format("0x%x, size 0x%x", gpa, sizeBytes);
        }
    }

    private final Fd vm;
    private final Log log;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment region = arena.allocate(UserMemoryRegion.BYTES, 8);

    /** Each block that slots show is kept mapped; keys are the slots' numbers. */
    private final Map<Integer, Piece> slots = new HashMap<>();

    private final DirtyLog dirtyLog;

    /** Odd while slots are being changed. */
    private volatile long generation;

    MemorySlots(Fd vm, Log log) {
        this.vm = vm;
        this.log = log;
        dirtyLog = new DirtyLog(vm);
    }

    long generation() {
        return generation;
    }

    /** Whether slots have been changed since, or are just now; if so, waits for the end of it. */
    boolean changedSince(long generation) {
        if (this.generation == generation && (generation & 1) == 0) {
            return false;
        }
        synchronized (this) {
            return true;
        }
    }

    @Override
    public synchronized void viewChanged(FlatView before, FlatView after) {
        List<Piece> wanted = new ArrayList<>();
        for (FlatView.Range range : after.ranges()) {
            if (range.region() instanceof RamRegion ram) {
                addWholePages(wanted, range, ram);
            }
        }
        List<Integer> leaving = new ArrayList<>();
        for (Map.Entry<Integer, Piece> slot : slots.entrySet()) {
            if (!wanted.remove(slot.getValue())) {
                leaving.add(slot.getKey());
            }
        }
        if (leaving.isEmpty() && wanted.isEmpty()) {
            return;
        }
        generation++;
        try {
            leaving.forEach(this::remove);
            wanted.forEach(this::add);
        } finally {
            generation++;
        }
    }

    private void addWholePages(List<Piece> wanted, FlatView.Range range, RamRegion ram) {
        long begin = range.start() + PAGE - 1 & -PAGE;
        long end = range.end() & -PAGE;
        long blockOffset = range.regionOffset() + (begin - range.start());
        if (begin >= end) {
            return;
        }
        Piece piece = new Piece(begin, end - begin, ram.block(), blockOffset, ram.isReadOnly());
        if ((piece.hva() & PAGE - 1) != 0) {
            warn(NOT_ALIGNED, ram + " lies across host pages; code cannot run there");
            return;
        }
        wanted.add(piece);
    }

    private void remove(int slot) {
        Piece piece = slots.get(slot);
        dirtyLog.keepBeforeRemoval(slot, piece.gpa, piece.sizeBytes);
        try {
            set(slot, piece, 0, 0);
        } catch (LinuxException e) {
            throw new IllegalStateException("a memory slot cannot be removed", e);
        }
        slots.remove(slot);
        piece.block.release();
    }

    private void add(Piece piece) {
        if (!piece.block.tryRetain()) {
            // It went meanwhile, and the change of the map that says so is on its way.
            return;
        }
        int slot = free();
        try {
            int flags = piece.readOnly ? UserMemoryRegion.READ_ONLY : 0;
            flags |= dirtyLog.isOn() && !piece.readOnly ? UserMemoryRegion.LOG_DIRTY_PAGES : 0;
            set(slot, piece, piece.sizeBytes, flags);
        } catch (LinuxException e) {
            piece.block.release();
            warn(REFUSED, "memory at " + piece + " is reached by exits: " + e.getMessage());
            return;
        }
        slots.put(slot, piece);
    }

    /** Guests move memory at will, so lines about it are limited. */
    private void warn(int kind, String text) {
        if (log.isDue(Level.WARNING, kind)) {
            log.limited(Level.WARNING, kind, text);
        }
    }

    private int free() {
        int slot = 0;
        while (slots.containsKey(slot)) {
            slot++;
        }
        return slot;
    }

    // SAFETY: the kernel gives the guest the memory of a block that is retained as long as the slot
    // exists; the virtual machine is closed before its slots let go.
    private void set(int slot, Piece piece, long sizeBytes, int flags) throws LinuxException {
        Words.put32(region, UserMemoryRegion.SLOT, slot);
        Words.put32(region, UserMemoryRegion.FLAGS, flags);
        Words.put64(region, UserMemoryRegion.GPA, piece.gpa);
        Words.put64(region, UserMemoryRegion.SIZE_BYTES, sizeBytes);
        Words.put64(region, UserMemoryRegion.HVA, piece.hva());
        Request.SET_USER_MEMORY_REGION.call(vm, region);
    }

    /** Starts or stops to log which pages are written to. */
    synchronized void setDirtyLogging(boolean on) throws LinuxException {
        dirtyLog.set(on);
        for (Map.Entry<Integer, Piece> slot : slots.entrySet()) {
            Piece piece = slot.getValue();
            if (!piece.readOnly) {
                int flags = on ? UserMemoryRegion.LOG_DIRTY_PAGES : 0;
                set(slot.getKey(), piece, piece.sizeBytes, flags);
            }
        }
    }

    /** Hands out what was written to since the last time, in ascending order, and forgets it. */
    synchronized void collectDirty(KvmVm.DirtyVisitor visitor) throws LinuxException {
        for (int slot : new TreeSet<>(slots.keySet())) {
            Piece piece = slots.get(slot);
            if (!piece.readOnly) {
                dirtyLog.collect(slot, piece.gpa, piece.sizeBytes);
            }
        }
        dirtyLog.handOut(visitor);
    }

    /** How many there are. */
    synchronized int count() {
        return slots.size();
    }

    /** Lets go of all memory. After the virtual machine's last descriptor is closed. */
    synchronized void release() {
        slots.values().forEach(piece -> piece.block.release());
        slots.clear();
    }
}
