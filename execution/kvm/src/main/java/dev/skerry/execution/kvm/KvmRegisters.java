package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.Structures.Regs;
import dev.skerry.execution.kvm.Structures.SegmentRegister;
import dev.skerry.execution.kvm.Structures.Sregs;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A virtual CPU's registers from outside, with the names of the software CPU's. Only while the CPU
 * does not run, and one thread at a time. What is set reaches the kernel when the CPU runs or is saved next, all at
 * once: on the way to another mode there are combinations KVM refuses.
 */
public final class KvmRegisters {
    /** Segment registers. */
    public enum SegmentName {
        ES(Sregs.ES),
        CS(Sregs.CS),
        SS(Sregs.SS),
        DS(Sregs.DS),
        FS(Sregs.FS),
        GS(Sregs.GS),
        LDTR(Sregs.LDT),
        TR(Sregs.TR);

        private final int at;

        SegmentName(int at) {
            this.at = at;
        }
    }

    private static final int PRESENT = 1 << 7;

    // KVM_MP_STATE_*
    private static final int UNINITIALIZED = 1;
    private static final int INIT_RECEIVED = 2;
    private static final int HALTED = 3;

    /** Where RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI are in {@code kvm_regs}. */
    private static final int[] LOW = {
        Regs.RAX, Regs.RCX, Regs.RDX, Regs.RBX, Regs.RSP, Regs.RBP, Regs.RSI, Regs.RDI
    };

    private final Fd fd;
    private final MemorySegment regs;
    private final MemorySegment sregs;
    private final MemorySegment activity;
    private boolean known;
    private boolean changed;

    KvmRegisters(Fd fd, Arena arena) {
        this.fd = fd;
        regs = arena.allocate(Regs.BYTES, 8);
        sregs = arena.allocate(Sregs.BYTES, 8);
        activity = arena.allocate(StateKind.MP_STATE.sizeBytes, 8);
    }

    private void know() {
        if (!known) {
            try {
                Request.GET_REGS.call(fd, regs);
                Request.GET_SREGS.call(fd, sregs);
            } catch (LinuxException e) {
                throw new IllegalStateException("registers cannot be read: " + e.getMessage(), e);
            }
            known = true;
        }
    }

    private void change() {
        know();
        changed = true;
    }

    /** Gives the kernel what was set. */
    void flush() throws LinuxException {
        if (changed) {
            changed = false;
            known = false;
            Request.SET_SREGS.call(fd, sregs);
            Request.SET_REGS.call(fd, regs);
        }
    }

    /** The CPU runs: what was read is no longer true. */
    void forget() {
        known = false;
        changed = false;
    }

    private static int generalAt(int number) {
        if (number < 0 || number > 15) {
            throw new IllegalArgumentException("general register " + number);
        }
        return number < 8 ? LOW[number] : Regs.R8 + 8 * (number - 8);
    }

    /**
     * @param number 0 to 15: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15
     */
    public long general(int number) {
        know();
        return Words.i64(regs, generalAt(number));
    }

    public void setGeneral(int number, long value) {
        change();
        Words.put64(regs, generalAt(number), value);
    }

    public long rip() {
        know();
        return Words.i64(regs, Regs.RIP);
    }

    public void setRip(long value) {
        change();
        Words.put64(regs, Regs.RIP, value);
    }

    public long rflags() {
        know();
        return Words.i64(regs, Regs.RFLAGS);
    }

    public void setRflags(long value) {
        change();
        Words.put64(regs, Regs.RFLAGS, value);
    }

    private static int controlAt(int number) {
        return switch (number) {
            case 0 -> Sregs.CR0;
            case 2 -> Sregs.CR2;
            case 3 -> Sregs.CR3;
            case 4 -> Sregs.CR4;
            default -> throw new IllegalArgumentException("control register " + number);
        };
    }

    /** CR0, CR2, CR3 or CR4. */
    public long control(int number) {
        know();
        return Words.i64(sregs, controlAt(number));
    }

    public void setControl(int number, long value) {
        change();
        Words.put64(sregs, controlAt(number), value);
    }

    public long efer() {
        know();
        return Words.i64(sregs, Sregs.EFER);
    }

    /** Sets EFER, with LMA: there is no mode switch to set it. */
    public void setEfer(long value) {
        change();
        Words.put64(sregs, Sregs.EFER, value);
    }

    /** The privilege level is the DPL of SS. */
    public int privilege() {
        know();
        return Words.u8(sregs, Sregs.SS + SegmentRegister.DPL);
    }

    public int selector(SegmentName name) {
        know();
        return Words.u16(sregs, name.at + SegmentRegister.SELECTOR);
    }

    public long base(SegmentName name) {
        know();
        return Words.i64(sregs, name.at + SegmentRegister.BASE);
    }

    /** In bytes, granularity applied: the last offset. */
    public long limit(SegmentName name) {
        know();
        return Words.u32(sregs, name.at + SegmentRegister.LIMIT);
    }

    /** See {@link #setSegment}. */
    public int attributes(SegmentName name) {
        know();
        int at = name.at;
        return Words.u8(sregs, at + SegmentRegister.TYPE)
                | Words.u8(sregs, at + SegmentRegister.S) << 4
                | Words.u8(sregs, at + SegmentRegister.DPL) << 5
                | Words.u8(sregs, at + SegmentRegister.PRESENT) << 7
                | Words.u8(sregs, at + SegmentRegister.AVL) << 12
                | Words.u8(sregs, at + SegmentRegister.L_BIT) << 13
                | Words.u8(sregs, at + SegmentRegister.DB) << 14
                | Words.u8(sregs, at + SegmentRegister.G) << 15;
    }

    /**
     * Sets a segment register with its hidden part.
     *
     * @param limit in bytes, the last offset
     * @param attributes bits 8 to 23 of a descriptor's second word, shifted down by 8; the limit's
     *     bits among them are zero. 0xa09b is 64-bit code, 0xc09b 32-bit code, 0xc093 data
     */
    public void setSegment(SegmentName name, int selector, long base, long limit, int attributes) {
        change();
        int at = name.at;
        Words.put16(sregs, at + SegmentRegister.SELECTOR, selector);
        Words.put64(sregs, at + SegmentRegister.BASE, base);
        Words.put32(sregs, at + SegmentRegister.LIMIT, (int) limit);
        Words.put8(sregs, at + SegmentRegister.TYPE, attributes & 0xf);
        Words.put8(sregs, at + SegmentRegister.S, attributes >>> 4 & 1);
        Words.put8(sregs, at + SegmentRegister.DPL, attributes >>> 5 & 3);
        Words.put8(sregs, at + SegmentRegister.PRESENT, attributes >>> 7 & 1);
        Words.put8(sregs, at + SegmentRegister.AVL, attributes >>> 12 & 1);
        Words.put8(sregs, at + SegmentRegister.L_BIT, attributes >>> 13 & 1);
        Words.put8(sregs, at + SegmentRegister.DB, attributes >>> 14 & 1);
        Words.put8(sregs, at + SegmentRegister.G, attributes >>> 15 & 1);
        Words.put8(sregs, at + SegmentRegister.UNUSABLE, (attributes & PRESENT) == 0 ? 1 : 0);
    }

    public void setGdt(long base, int limit) {
        change();
        Words.put64(sregs, Sregs.GDT_BASE, base);
        Words.put64(sregs, Sregs.GDT_LIMIT, limit & 0xffff);
    }

    public void setIdt(long base, int limit) {
        change();
        Words.put64(sregs, Sregs.IDT_BASE, base);
        Words.put64(sregs, Sregs.IDT_LIMIT, limit & 0xffff);
    }

    public long gdtBase() {
        know();
        return Words.i64(sregs, Sregs.GDT_BASE);
    }

    public long idtBase() {
        know();
        return Words.i64(sregs, Sregs.IDT_BASE);
    }

    public boolean isHalted() {
        return activity() == HALTED;
    }

    /** Whether it waits for another CPU to start it. */
    public boolean isWaitingForStartup() {
        int activity = activity();
        return activity == UNINITIALIZED || activity == INIT_RECEIVED;
    }

    private int activity() {
        try {
            StateKind.MP_STATE.get.call(fd, activity);
        } catch (LinuxException e) {
            throw new IllegalStateException("activity cannot be read: " + e.getMessage(), e);
        }
        return Words.i32(activity, 0);
    }
}
