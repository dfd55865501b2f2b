package dev.skerry.execution.x86.mmu;

import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;

/**
 * Translates linear addresses by the guest's page tables: none, 32-bit, PAE and 4-level paging.
 * Intel SDM 3A, chapter 4; physical addresses have {@link #PHYSICAL_BITS} bits.
 *
 * <p>Accessed and dirty bits are set, by atomic exchange, once the access is known to be allowed; an
 * entry that changed under the walk makes it begin again.
 */
final class PageWalk {
    static final int PHYSICAL_BITS = 40;

    /** The bits of an entry that hold an address. */
    static final long ADDRESS = (1L << PHYSICAL_BITS) - 4096;

    private static final long PRESENT = 1;
    private static final long WRITE = 1 << 1;
    private static final long USER = 1 << 2;
    private static final long ACCESSED = 1 << 5;
    private static final long DIRTY = 1 << 6;
    private static final long LARGE = 1 << 7;
    private static final long GLOBAL = 1 << 8;
    private static final long NO_EXECUTE = Long.MIN_VALUE;

    /** Bits 51 to the physical width: reserved in every entry of 8 bytes. */
    private static final long BEYOND = (1L << 52) - (1L << PHYSICAL_BITS);

    // Intel SDM 3A, section 4.7: the error code.
    private static final int ERROR_PRESENT = 1;
    private static final int ERROR_WRITE = 1 << 1;
    private static final int ERROR_USER = 1 << 2;
    private static final int ERROR_RESERVED = 1 << 3;
    private static final int ERROR_FETCH = 1 << 4;

    private final CpuState s;
    private final GuestMemory memory;

    // The entries of the walk in progress, from the root.
    private final long[] entryGpa = new long[4];
    private final long[] entries = new long[4];
    private int count;

    // What the walk is for.
    private long gva;
    private int access;
    private boolean user;
    private boolean open;

    /** After a walk: the physical address of the 4 KiB page's first byte. */
    long gpa;

    /** After a walk: whether writing is allowed and needs no further walk (dirty is set). */
    boolean writable;

    /** After a walk: whether the entry outlives a change of CR3. */
    boolean global;

    /** After a walk: the page's size, as a power of two: 12, 21, 22 or 30. */
    int sizeBits;

    PageWalk(CpuState s, GuestMemory memory) {
        this.s = s;
        this.memory = memory;
    }

    /**
     * Translates, sets accessed and dirty bits.
     *
     * @param access {@link Mmu#READ}, {@link Mmu#WRITE} or {@link Mmu#EXECUTE}
     * @param user whether the access counts as one from privilege level 3
     * @param open whether RFLAGS.AC lets a supervisor access reach user pages despite SMAP
     * @throws dev.skerry.execution.x86.state.GuestFault #PF with CR2 set, or #GP(0) for an address
     *     that is not canonical
     */
    void translate(long gva, int access, boolean user, boolean open) {
        if ((s.cr0 & Control.CR0_PG) == 0) {
            gpa = gva & 0xffff_f000L & memory.addressMask();
            writable = true;
            global = false;
            sizeBits = 12;
            return;
        }
        this.gva = gva;
        this.access = access;
        this.user = user;
        this.open = open;
        boolean wide = s.isLongMode() || (s.cr4 & Control.CR4_PAE) != 0;
        if (s.isLongMode() && gva << 16 >> 16 != gva) {
            throw s.fault.ofNonCanonical();
        }
        boolean done;
        do {
            done = wide ? walk64() : walk32();
        } while (!done);
    }

    /** PAE and 4-level paging. False: an entry has changed, begin again. */
    private boolean walk64() {
        boolean fourLevels = s.isLongMode();
        int level;
        long table;
        if (fourLevels) {
            level = 3;
            table = s.cr3 & ADDRESS;
        } else {
            level = 1;
            long pointer = s.pdpte[(int) (gva >>> 30) & 3];
            if ((pointer & PRESENT) == 0) {
                throw fault(0);
            }
            table = pointer & ADDRESS;
        }
        // Reserved in all: 62 to 52 too with PAE (table 4-10), ignored with 4 levels.
        long reserved = fourLevels ? BEYOND : BEYOND | 0x7ff0_0000_0000_0000L;
        if ((s.efer & Control.EFER_NXE) == 0) {
            reserved |= NO_EXECUTE;
        }
        long all = WRITE | USER;
        long any = 0;
        count = 0;
        while (true) {
            long entry = take(table + (gva >>> 12 + 9 * level & 511) * 8, 8);
            if ((entry & (reserved | reservedIfLarge(level, entry))) != 0) {
                throw fault(ERROR_PRESENT | ERROR_RESERVED);
            }
            all &= entry;
            any |= entry;
            if (level == 0 || (entry & LARGE) != 0) {
                return finish(entry, 12 + 9 * level, 8, all, (any & NO_EXECUTE) != 0);
            }
            table = entry & ADDRESS;
            level--;
        }
    }

    /** Tables 4-15 to 4-18: where PS may not be set, and which address bits a large page lacks. */
    private static long reservedIfLarge(int level, long entry) {
        if (level == 0 || (entry & LARGE) == 0) {
            return 0;
        }
        return switch (level) {
            case 1 -> (1L << 21) - (1 << 13);
            case 2 -> (1L << 30) - (1 << 13);
            default -> LARGE;
        };
    }

    private boolean walk32() {
        count = 0;
        long directory = take((s.cr3 & 0xffff_f000L) + (gva >>> 22 & 1023) * 4, 4);
        if ((directory & LARGE) != 0 && (s.cr4 & Control.CR4_PSE) != 0) {
            // Table 4-4: bits 20 to 13 are address bits 39 to 32 (PSE-36), 21 is reserved.
            if ((directory & 1 << 21) != 0) {
                throw fault(ERROR_PRESENT | ERROR_RESERVED);
            }
            return finish(directory, 22, 4, directory, false);
        }
        long entry = take((directory & 0xffff_f000L) + (gva >>> 12 & 1023) * 4, 4);
        return finish(entry, 12, 4, directory & entry, false);
    }

    /** Reads an entry of the walk; faults if it is not present. */
    private long take(long at, int size) {
        long entry = memory.readTable(at & memory.addressMask(), size);
        if ((entry & PRESENT) == 0) {
            throw fault(0);
        }
        entryGpa[count] = at;
        entries[count++] = entry;
        return entry;
    }

    private boolean finish(long leaf, int bits, int size, long all, boolean noExecute) {
        boolean userPage = (all & USER) != 0;
        boolean mayWrite = (all & WRITE) != 0 || !user && (s.cr0 & Control.CR0_WP) == 0;
        if (!allowed(userPage, mayWrite, noExecute)) {
            throw fault(ERROR_PRESENT);
        }
        boolean write = access == Mmu.WRITE;
        for (int i = 0; i < count; i++) {
            boolean last = i == count - 1;
            long marked = entries[i] | (last && write ? ACCESSED | DIRTY : ACCESSED);
            if (marked != entries[i] && !mark(i, size, marked)) {
                return false;
            }
        }
        long page = bits == 22 ? large32(leaf) : leaf & ADDRESS & -1L << bits;
        gpa = (page | gva & (1L << bits) - 4096) & memory.addressMask();
        writable = mayWrite && (write || (leaf & DIRTY) != 0);
        global = (leaf & GLOBAL) != 0 && (s.cr4 & Control.CR4_PGE) != 0;
        sizeBits = bits;
        return true;
    }

    /** Exchanges an entry; false if it is not what it was. */
    private boolean mark(int i, int size, long marked) {
        long at = entryGpa[i] & memory.addressMask();
        return memory.replaceTable(at, size, entries[i], marked);
    }

    private static long large32(long directory) {
        return directory & 0xffc0_0000L | (directory >>> 13 & 0xff) << 32;
    }

    /** Section 4.6.1. */
    private boolean allowed(boolean userPage, boolean mayWrite, boolean noExecute) {
        if (user && !userPage) {
            return false;
        }
        if (access == Mmu.EXECUTE) {
            return !noExecute && (user || !userPage || (s.cr4 & Control.CR4_SMEP) == 0);
        }
        boolean reachable = user || !userPage || open || (s.cr4 & Control.CR4_SMAP) == 0;
        return reachable && (access == Mmu.READ || mayWrite);
    }

    private GuestFault fault(int error) {
        int code = error | (user ? ERROR_USER : 0);
        if (access == Mmu.WRITE) {
            code |= ERROR_WRITE;
        } else if (access == Mmu.EXECUTE && reportsFetches()) {
            code |= ERROR_FETCH;
        }
        s.cr2 = gva;
        return s.fault(GuestFault.PF, code);
    }

    /** The fetch bit is only there where fetches can be told from reads. */
    private boolean reportsFetches() {
        boolean noExecute = (s.efer & Control.EFER_NXE) != 0 && (s.cr4 & Control.CR4_PAE) != 0;
        return noExecute || (s.cr4 & Control.CR4_SMEP) != 0;
    }
}
