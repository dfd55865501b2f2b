package dev.skerry.execution.x86.mmu;

import dev.skerry.execution.x86.state.Breakpoints;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.platform.memory.AddressSpace;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Linear memory as one CPU sees it: loads, stores and instruction fetches by linear address. Values
 * are little-endian and zero-extended. Owned by the vCPU's thread.
 *
 * <p>What hits the TLB is done by {@link Direct}, which also keeps x86's order. An aligned access is
 * one access of the host's; one that is not is as whole as the host makes it, or, across a page, not
 * at all.
 */
public final class Mmu {
    public static final int READ = 0;
    public static final int WRITE = 1;
    public static final int EXECUTE = 2;

    static final long PAGE = -4096;

    /** How many TLBs each has. */
    static final int TLBS = 4;

    private final CpuState s;
    private final GuestMemory memory;
    private final MemorySegment window;
    private final AddressSpace space;
    private final CodeCache code;
    private final PageWalk walk;

    private final Tlb userTlb;
    private final Tlb supervisorTlb;

    /** Supervisor mode with RFLAGS.AC set, when SMAP lets it reach user pages. */
    private final Tlb openTlb;

    /**
     * Always empty: every access takes the slow path. At privilege level 3 with alignment checking
     * on, that checks; with a journal, it takes notes.
     */
    private final Tlb emptyTlb;

    private final FetchTlb fetch;

    /** The one for data accesses of the present privilege. */
    private Tlb tlb;

    private boolean user;
    private boolean isStrict;
    private boolean isOpen;

    private record Privilege(Tlb tlb, boolean user, boolean isStrict, boolean isOpen) {}

    /** While the processor accesses memory for itself: the privilege to go back to. */
    private Privilege outer;

    /** Mostly null. */
    private Journal journal;

    // By the sign of linear addresses: where large pages have been entered since the last flush.
    private final long[] largeFrom = {Long.MAX_VALUE, Long.MAX_VALUE};
    private final long[] largeTo = {Long.MIN_VALUE, Long.MIN_VALUE};

    /** Whether a write has changed decoded code since the interpreter last looked. */
    public boolean codeChanged;

    public Mmu(CpuState s, GuestMemory memory, CodeCache code) {
        this.s = s;
        this.memory = memory;
        this.code = code;
        window = memory.window();
        space = memory.space();
        walk = new PageWalk(s, memory);
        fetch = new FetchTlb();
        userTlb = new Tlb(memory.tlbs());
        supervisorTlb = new Tlb(memory.tlbs());
        openTlb = new Tlb(memory.tlbs());
        emptyTlb = new Tlb(memory.tlbs());
        tlb = supervisorTlb;
    }

    /** To be called after any change of CPL, RFLAGS.AC, CR0.AM or CR4.SMAP. */
    public void updatePrivilege() {
        user = s.cpl == 3;
        boolean flagged = (s.systemFlags & Eflags.AC) != 0;
        isStrict = user && flagged && (s.cr0 & Control.CR0_AM) != 0;
        isOpen = !user && flagged && (s.cr4 & Control.CR4_SMAP) != 0;
        if (isStrict || journal != null) {
            tlb = emptyTlb;
        } else {
            tlb = user ? userTlb : isOpen ? openTlb : supervisorTlb;
        }
    }

    /**
     * From now on accesses come by a journal and not by the TLB, and what they do can be taken back.
     */
    public void beginJournal(Journal journal) {
        journal.begin();
        this.journal = journal;
        updatePrivilege();
    }

    /** Takes back what was stored since; the same accesses are expected once more. */
    public void rewindJournal() {
        journal.rewind(window);
    }

    /**
     * Ends what {@link #beginJournal} began.
     *
     * @return what the second run did in another way than the first, or null
     */
    public String endJournal() {
        String difference = journal.difference();
        journal = null;
        updatePrivilege();
        return difference;
    }

    public long read8(long gva) {
        return Direct.read8(this, tlb.entries, window, tlb.base, gva);
    }

    public long read16(long gva) {
        return Direct.read16(this, tlb.entries, window, tlb.base, gva);
    }

    public long read32(long gva) {
        return Direct.read32(this, tlb.entries, window, tlb.base, gva);
    }

    public long read64(long gva) {
        return Direct.read64(this, tlb.entries, window, tlb.base, gva);
    }

    /** @param size 1, 2, 4 or 8 bytes */
    public long read(long gva, int size) {
        return switch (size) {
            case 1 -> read8(gva);
            case 2 -> read16(gva);
            case 4 -> read32(gva);
            default -> read64(gva);
        };
    }

    public void write8(long gva, long value) {
        Direct.write8(this, tlb.entries, window, tlb.base, gva, value);
    }

    public void write16(long gva, long value) {
        Direct.write16(this, tlb.entries, window, tlb.base, gva, value);
    }

    public void write32(long gva, long value) {
        Direct.write32(this, tlb.entries, window, tlb.base, gva, value);
    }

    public void write64(long gva, long value) {
        Direct.write64(this, tlb.entries, window, tlb.base, gva, value);
    }

    /** @param size 1, 2, 4 or 8 bytes */
    public void write(long gva, int size, long value) {
        switch (size) {
            case 1 -> write8(gva, value);
            case 2 -> write16(gva, value);
            case 4 -> write32(gva, value);
            default -> write64(gva, value);
        }
    }

    /**
     * Raises what a write would raise, and otherwise does nothing. An instruction that changes memory
     * after other memory or a register uses it to fault in time.
     */
    public void probeWrite(long gva, int size) {
        if (Direct.place(tlb.entries, tlb.base, gva, size) < 0) {
            // Whole areas are probed too; they are not operands, and have sizes of their own.
            if (size <= 8) {
                checkAlignment(gva, size);
            }
            walk.translate(gva, WRITE, user, isOpen);
            if ((gva & ~PAGE) + size > 4096) {
                walk.translate((gva & PAGE) + 4096, WRITE, user, isOpen);
            }
        }
    }

    /** Raises what a read of a byte would raise, and otherwise does nothing. */
    public void probeRead(long gva) {
        if (!tlb.isReadable(gva)) {
            walk.translate(gva, READ, user, isOpen);
        }
    }

    /** Reads what is then to be written: an absent right to write faults as a write does. */
    public long readForWrite(long gva, int size) {
        probeWrite(gva, size);
        return read(gva, size);
    }

    /**
     * Writes if the memory still has the value expected, atomically among CPUs and devices if it is
     * aligned RAM; otherwise only among CPUs. A device's register is written in any case: to read it
     * once more would have effects, and it may differ every time.
     *
     * @return whether it was written
     */
    public boolean compareAndSet(long gva, int size, long expected, long value) {
        long offset = (gva & size - 1) == 0 ? writableOffset(gva) : -1;
        if (offset >= 0) {
            boolean done = Atomics.compareAndSet(window, offset, size, expected, value);
            if (done && code.isCode(offset)) {
                codeChanged |= code.written(offset, size);
            }
            return done;
        }
        synchronized (memory) {
            probeWrite(gva, size);
            if (!isDevice(gva, size) && read(gva, size) != expected) {
                return false;
            }
            write(gva, size, value);
            return true;
        }
    }

    /** Whether any byte of an operand that may be written to is a device's. */
    private boolean isDevice(long gva, int size) {
        walk.translate(gva, WRITE, user, isOpen);
        boolean device = memory.pageOffset(walk.gpa, false) < 0;
        if ((gva & ~PAGE) + size > 4096) {
            walk.translate((gva & PAGE) + 4096, WRITE, user, isOpen);
            device |= memory.pageOffset(walk.gpa, false) < 0;
        }
        return device;
    }

    /** As {@link #compareAndSet(long, int, long, long)} for 16 aligned bytes. */
    public boolean compareAndSet16(
            long gva, long expectedLow, long expectedHigh, long low, long high) {
        probeWrite(gva, 16);
        // The JVM has no 16-byte exchange: CPUs exclude each other here, and a plain store by
        // another CPU to the same 16 bytes in between is lost or seen as it would be by luck.
        synchronized (memory) {
            if (read64(gva) != expectedLow || read64(gva + 8) != expectedHigh) {
                return false;
            }
            write64(gva, low);
            write64(gva + 8, high);
            return true;
        }
    }

    /**
     * Copies within one page of RAM to within one page of RAM, lowest byte first.
     *
     * @return false, with nothing done, if either page is not in the TLB or they overlap so that
     *     the order counts
     */
    public boolean copy(long from, long to, int bytes) {
        Tlb t = tlb;
        if (!t.isReadable(from) || !t.isWritable(to)) {
            return false;
        }
        long source = t.offset(from);
        long target = t.offset(to);
        if (target > source && target < source + bytes) {
            return false;
        }
        VarHandle.releaseFence();
        MemorySegment.copy(window, source, window, target, bytes);
        VarHandle.acquireFence();
        return true;
    }

    /** As {@link #copy}: fills with a value of some size. */
    public boolean fill(long to, int bytes, int size, long value) {
        Tlb t = tlb;
        if (!t.isWritable(to)) {
            return false;
        }
        long target = t.offset(to);
        if (value == 0 || size == 1) {
            VarHandle.releaseFence();
            window.asSlice(target, bytes).fill((byte) value);
        } else {
            for (int done = 0; done < bytes; done += size) {
                writeWindow(target + done, size, value);
            }
        }
        return true;
    }

    /** Where in the window an address that may be written to is, or -1 if it is not there. */
    private long writableOffset(long gva) {
        if (journal != null) {
            return -1;
        }
        Tlb t = tlb;
        if (!t.isWritable(gva)) {
            long gpa = fill(gva, WRITE);
            if (!t.isWritable(gva)) {
                boolean watched = s.debugArmed && Breakpoints.areOnPage(s, gva);
                long offset = watched ? -1 : memory.pageOffset(gpa, true);
                return offset < 0 ? -1 : offset + (gva & ~PAGE);
            }
        }
        return t.offset(gva);
    }

    /** #AC: an operand that is not aligned to its size (Intel SDM 3A, section 6.15). */
    private void checkAlignment(long gva, int size) {
        if (isStrict && (gva & size - 1) != 0) {
            throw s.fault(GuestFault.AC, 0);
        }
    }

    /** An access that {@link Direct} has not found in the TLB. */
    long readSlowly(long gva, int size) {
        checkAlignment(gva, size);
        if ((gva & ~PAGE) + size > 4096) {
            int first = (int) (4096 - (gva & ~PAGE));
            // Both pages are translated before either is read, since reads of devices have effects.
            walk.translate(gva, READ, user, isOpen);
            walk.translate(gva + first, READ, user, isOpen);
            long value = 0;
            for (int i = 0; i < size; i++) {
                value |= read8(gva + i) << (8 * i);
            }
            return value;
        }
        if (s.debugArmed) {
            s.debugHits |= Breakpoints.atData(s, gva, size, false);
        }
        long gpa = fill(gva, READ);
        long offset = memory.pageOffset(gpa, false);
        if (offset < 0) {
            long at = gpa | gva & ~PAGE;
            return journal == null ? space.read(at, size) : journal.read(space, at, size);
        }
        return readWindow(offset + (gva & ~PAGE), size);
    }

    /** As {@link #readSlowly}; says whether {@link #codeChanged}. */
    boolean writeSlowly(long gva, int size, long value) {
        checkAlignment(gva, size);
        if ((gva & ~PAGE) + size > 4096) {
            probeWrite(gva, size);
            for (int i = 0; i < size; i++) {
                write8(gva + i, value >>> (8 * i));
            }
            return codeChanged;
        }
        if (s.debugArmed) {
            s.debugHits |= Breakpoints.atData(s, gva, size, true);
        }
        long gpa = fill(gva, WRITE);
        long offset = memory.pageOffset(gpa, true);
        if (offset < 0) {
            if (journal == null) {
                space.write(gpa | gva & ~PAGE, size, value);
            } else {
                journal.write(space, gpa | gva & ~PAGE, size, value);
            }
            return codeChanged;
        }
        long at = offset + (gva & ~PAGE);
        if (journal != null) {
            journal.stored(window, at, size, value);
        }
        writeWindow(at, size, value);
        codeChanged |= code.written(at, size);
        return codeChanged;
    }

    /** Where the present privilege's translations begin in the machine's {@link TlbTable}. */
    public int tlbBase() {
        return tlb.base;
    }

    /** The RAM that {@link Direct} reaches. */
    public MemorySegment window() {
        return window;
    }

    /** Translates, enters the page into the TLB if it may be there, and gives its gpa. */
    private long fill(long gva, int access) {
        walk.translate(gva, access, user, isOpen);
        long gpa = walk.gpa;
        long offset = memory.pageOffset(gpa, false);
        boolean watched = s.debugArmed && Breakpoints.areOnPage(s, gva);
        if (offset >= 0 && !watched && !isStrict && journal == null) {
            boolean writable =
                    walk.writable && !code.isCode(offset) && memory.pageOffset(gpa, true) >= 0;
            tlb.enter(gva & PAGE, offset, true, writable, walk.global, walk.sizeBits);
            noteLarge(gva);
        }
        return gpa;
    }

    private long readWindow(long offset, int size) {
        return switch (size) {
            case 1 -> Direct.get8(window, offset);
            case 2 -> Direct.get16(window, offset);
            case 4 -> Direct.get32(window, offset);
            default -> Direct.get64(window, offset);
        };
    }

    private void writeWindow(long offset, int size, long value) {
        switch (size) {
            case 1 -> Direct.set8(window, offset, value);
            case 2 -> Direct.set16(window, offset, value);
            case 4 -> Direct.set32(window, offset, value);
            default -> Direct.set64(window, offset, value);
        }
    }

    /**
     * Reads as the processor itself does: descriptor tables, task state. At privilege level 0,
     * whatever the present one is (Intel SDM 3A, section 4.6.1: implicit supervisor accesses).
     */
    public long readSystem(long gva, int size) {
        beginSystem();
        try {
            return read(gva, size);
        } finally {
            endSystem();
        }
    }

    private void beginSystem() {
        outer = new Privilege(tlb, user, isStrict, isOpen);
        tlb = supervisorTlb;
        user = false;
        isStrict = false;
        isOpen = false;
    }

    private void endSystem() {
        tlb = outer.tlb;
        user = outer.user;
        isStrict = outer.isStrict;
        isOpen = outer.isOpen;
    }

    /** Writes as the processor itself does; see {@link #readSystem}. */
    public void writeSystem(long gva, int size, long value) {
        beginSystem();
        try {
            write(gva, size, value);
        } finally {
            endSystem();
        }
    }

    /**
     * The page of code that an address is on, validated in the present DMA epoch.
     *
     * @throws dev.skerry.execution.x86.state.GuestFault if it may not be executed
     */
    public CodePage codePage(long gva) {
        int i = FetchTlb.index(gva);
        if (fetch.isEntered(i, gva & PAGE, user)) {
            CodePage known = fetch.page(i);
            if (!fetch.isChecked(i)) {
                code.validate(known);
                fetch.setChecked(i);
            }
            return known;
        }
        walk.translate(gva, EXECUTE, user, false);
        CodePage page = code.page(walk.gpa);
        fetch.enter(i, gva & PAGE, user, page, walk.global, walk.sizeBits);
        noteLarge(gva);
        return page;
    }

    /** Reads an 8-byte entry of physical memory: a PDPTE when CR3 is loaded. */
    public long readPhysical(long gpa) {
        return memory.readTable(gpa & memory.addressMask(), 8);
    }

    /** Remembers where pieces of large pages may be, which INVLPG then has to look for. */
    private void noteLarge(long gva) {
        int bits = walk.sizeBits;
        if (bits == 12) {
            return;
        }
        int half = gva < 0 ? 1 : 0;
        largeFrom[half] = Math.min(largeFrom[half], gva & -1L << bits);
        largeTo[half] = Math.max(largeTo[half], gva | (1L << bits) - 1);
    }

    /** Drops every translation, global ones too. */
    public void flush() {
        Arrays.fill(largeFrom, Long.MAX_VALUE);
        Arrays.fill(largeTo, Long.MIN_VALUE);
        userTlb.flush();
        supervisorTlb.flush();
        openTlb.flush();
        fetch.flush();
    }

    /** Drops all but those of global pages: a load of CR3. */
    public void flushLocal() {
        userTlb.flushLocal();
        supervisorTlb.flushLocal();
        openTlb.flushLocal();
        fetch.flushLocal();
    }

    /**
     * Drops those of one page: INVLPG. Of a large page, all pieces that are here (Intel SDM 3A,
     * section 4.10.4.1).
     */
    public void flushPage(long gva) {
        int half = gva < 0 ? 1 : 0;
        if (gva >= largeFrom[half] && gva <= largeTo[half]) {
            userTlb.flushLarge(gva);
            supervisorTlb.flushLarge(gva);
            openTlb.flushLarge(gva);
            fetch.flushLarge(gva);
        }
        userTlb.flushPage(gva);
        supervisorTlb.flushPage(gva);
        openTlb.flushPage(gva);
        fetch.flushPage(gva);
    }

    /**
     * Changes whenever what {@link #codePage} said may no longer hold: blocks on the same page may
     * follow each other without asking it as long as this stays. The privilege level is a part of
     * it, so that what was known before an interrupt is known again after it.
     */
    public int codeGeneration() {
        return fetch.generation << 1 | (user ? 1 : 0);
    }

    /**
     * As {@link #codePage}, but null where that would fault, and nothing is changed but what a
     * processor's speculation changes, too: accessed bits and translations.
     */
    public CodePage peekCodePage(long gva) {
        long cr2 = s.cr2;
        try {
            return codePage(gva);
        } catch (GuestFault absent) {
            s.cr2 = cr2;
            return null;
        }
    }

    /** Makes every code page be validated before it runs again. */
    public void dropCode() {
        fetch.uncheck();
    }

    /** All translations were dropped since a page has come to hold code: writes come by from now. */
    public void acknowledgeProtection() {
        code.beginEpoch();
    }

    /** Sees to it that this CPU's writes to a page are noticed from now on. */
    void protect(long windowOffset) {
        userTlb.protect(windowOffset);
        supervisorTlb.protect(windowOffset);
        openTlb.protect(windowOffset);
    }

    /** Orders all accesses before it with all after it: MFENCE and locked instructions. */
    public static void fence() {
        VarHandle.fullFence();
    }
}
