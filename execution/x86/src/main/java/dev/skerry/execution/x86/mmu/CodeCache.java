package dev.skerry.execution.x86.mmu;

import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The decoded code of a machine, by physical page, shared by its CPUs. Safe for use by many threads.
 *
 * <p>How changes of code are noticed: a CPU's own writes to a page with code take the slow path,
 * which comes by {@link #written}. What devices in other processes write is not seen; so every event
 * that could follow a DMA begins an epoch ({@link #beginEpoch}), and a page's blocks are compared
 * with memory once before they run in a new epoch.
 */
public final class CodeCache {
    /** A CPU that is told what to do before its next block. */
    public interface Listener {
        /** Drop all translations: a page has come to hold code. Then begin an epoch. */
        void codeProtected();

        /** Validate code pages again. */
        void epochBegan();

        /** The CPU's translations. */
        Mmu mmu();
    }

    private final GuestMemory memory;
    private final ConcurrentHashMap<Long, CodePage> pages = new ConcurrentHashMap<>();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final byte[] isCode;
    private final AtomicInteger epoch = new AtomicInteger(1);

    public CodeCache(GuestMemory memory) {
        this.memory = memory;
        isCode = new byte[(int) (memory.window().byteSize() + 4095 >>> 12)];
    }

    public void attach(Listener cpu) {
        listeners.add(cpu);
    }

    /** Something may have been written by a device. From any thread. */
    public void beginEpoch() {
        epoch.incrementAndGet();
        for (Listener cpu : listeners) {
            cpu.epochBegan();
        }
    }

    /** Makes each CPU leave the translation it is in, which may be one that is stale now. */
    void translationsRetired() {
        for (Listener cpu : listeners) {
            cpu.epochBegan();
        }
    }

    boolean isCode(long windowOffset) {
        return isCode[(int) (windowOffset >>> 12)] != 0;
    }

    CodePage page(long gpa) {
        long offset = memory.pageOffset(gpa, false);
        // Bit 63 tells addresses from window offsets.
        long key = offset >= 0 ? offset : gpa | Long.MIN_VALUE;
        CodePage page = pages.get(key);
        if (page == null) {
            page = pages.computeIfAbsent(key, k -> new CodePage(this, memory, offset, gpa));
        }
        validate(page);
        return page;
    }

    /** Compares a page with memory if that has not been done in this epoch. */
    void validate(CodePage page) {
        page.validate(epoch.get());
    }

    /** From now on writes to a page are to come by {@link #written}. */
    void protect(long windowOffset, Mmu owner) {
        isCode[(int) (windowOffset >>> 12)] = 1;
        for (Listener cpu : listeners) {
            if (cpu.mmu() == owner) {
                owner.protect(windowOffset);
            } else {
                cpu.codeProtected();
            }
        }
    }

    void release(long windowOffset) {
        isCode[(int) (windowOffset >>> 12)] = 0;
    }

    /** A CPU has written to a page of the window that holds code. */
    boolean written(long windowOffset, int size) {
        // What was written is to be seen before it is asked whether it was code: see CodePage.add.
        VarHandle.fullFence();
        if (!isCode(windowOffset)) {
            return false;
        }
        CodePage page = pages.get(windowOffset & Mmu.PAGE);
        int start = (int) (windowOffset & ~Mmu.PAGE);
        return page != null && page.covers(start, size) && page.drop(start, size);
    }
}
