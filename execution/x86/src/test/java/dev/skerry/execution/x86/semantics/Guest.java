package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.CpuRig;
import dev.skerry.execution.x86.interpreter.Exit;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Segment;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Imm;

import java.util.function.ToLongFunction;

/**
 * A small guest with tables, in long mode or in 32-bit protected mode: every vector's handler pushes
 * its number (and 0 where the CPU pushes no error code) and stops. Memory is mapped as it is, the
 * first 2 MiB by 4 KiB pages.
 */
final class Guest implements AutoCloseable {
    // Selectors.
    static final int CODE64 = 0x08;
    static final int DATA = 0x10;
    static final int CODE32 = 0x18;
    static final int USER_CODE32 = 0x23;
    static final int USER_DATA = 0x2b;
    static final int USER_CODE64 = 0x33;
    static final int TSS = 0x38;
    static final int ABSENT_DATA = 0x48;
    static final int ABSENT_CODE = 0x50;
    static final int CONFORMING = 0x58;
    static final int READ_ONLY = 0x60;
    static final int GATE = 0x68;
    static final int BOTH_SIZES = 0x78;
    static final int LDT = 0x80;
    static final int SMALL_DATA = 0x90;
    static final int INNER_GATE = 0x98;
    static final int GDT_LIMIT = 0xa7;

    // Addresses.
    static final long GDT = 0x10000;
    static final long IDT = 0x11000;
    static final long TASK = 0x12000;
    static final long HANDLERS = 0x14000;
    static final long CODE = 0x20000;
    static final long KERNEL_STACK = 0x30000;
    static final long INTERRUPT_STACK = 0x34000;
    static final long STACK = 0x38000;
    static final long GATE_TARGET = 0x22000;
    static final long ABSENT_PAGE = 0x50000;
    static final long KERNEL_PAGE = 0x51000;
    static final long READ_ONLY_PAGE = 0x52000;

    private static final long PT = 0x4000;

    final CpuRig rig = new CpuRig();
    final CpuState s = rig.state;
    private final boolean wide;

    /** @param wide long mode, otherwise 32-bit protected mode */
    Guest(boolean wide) {
        this.wide = wide;
        descriptors();
        gates();
        pages();
        s.gdtrBase = GDT;
        s.gdtrLimit = GDT_LIMIT;
        s.idtrBase = IDT;
        s.idtrLimit = wide ? 0xfff : 0x7ff;
        s.tr.set(TSS, TASK, 0x80, 0x8b);
        s.cr0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_WP | Control.CR0_ET | Control.CR0_NE;
        s.cr4 = Control.CR4_PAE | Control.CR4_PGE;
        s.efer = Control.EFER_NXE;
        if (wide) {
            s.efer |= Control.EFER_LME | Control.EFER_LMA | Control.EFER_SCE;
        }
        s.cr3 = 0x1000;
        task();
        start(0, wide ? 64 : 32);
    }

    static long descriptor(long base, long limit, int attributes) {
        return limit & 0xffff
                | (base & 0xff_ffff) << 16
                | (long) attributes << 40
                | (limit >>> 16 & 15) << 48
                | (base >>> 24 & 0xff) << 56;
    }

    private void descriptor(int selector, int attributes) {
        rig.put64(GDT + (selector & ~7), descriptor(0, 0xf_ffff, attributes));
    }

    private void descriptors() {
        descriptor(CODE64, 0xa09b);
        descriptor(DATA, 0xc093);
        descriptor(CODE32, 0xc09b);
        descriptor(USER_CODE32, 0xc0fb);
        descriptor(USER_DATA, 0xc0f3);
        descriptor(USER_CODE64, 0xa0fb);
        rig.put64(GDT + TSS, descriptor(TASK, 0x80, 0x8b));
        descriptor(ABSENT_DATA, 0xc073);
        descriptor(ABSENT_CODE, wide ? 0xa01b : 0xc01b);
        descriptor(CONFORMING, wide ? 0xa09f : 0xc09f);
        descriptor(READ_ONLY, 0xc091);
        int inner = wide ? CODE64 : CODE32;
        rig.put64(GDT + GATE, gate(inner, GATE_TARGET, 0xec));
        descriptor(BOTH_SIZES, 0xe09b);
        rig.put64(GDT + LDT, descriptor(GDT, 0xff, 0x82));
        rig.put64(GDT + SMALL_DATA, descriptor(0x60000, 0xff, 0x40f3));
        rig.put64(GDT + INNER_GATE, gate(inner, GATE_TARGET, 0x8c));
    }

    static long gate(int selector, long offset, int attributes) {
        return offset & 0xffff
                | (long) selector << 16
                | (long) attributes << 40
                | (offset >>> 16 & 0xffff) << 48;
    }

    /** Replaces a vector's gate: an interrupt gate of some privilege, perhaps with a stack. */
    void gate(int vector, int selector, long handler, int attributes, int stack) {
        long at = IDT + vector * (wide ? 16 : 8);
        rig.put64(at, gate(selector, handler, attributes) | (long) stack << 32);
        if (wide) {
            rig.put64(at + 8, handler >>> 32);
        }
    }

    private void gates() {
        for (int vector = 0; vector < 256; vector++) {
            long handler = HANDLERS + vector * 16;
            Assembler a = new Assembler(wide ? 64 : 32, handler);
            boolean hasError = vector == 8 || vector >= 10 && vector <= 14 || vector == 17;
            if (!hasError) {
                a.push(0);
            }
            a.op("68 id", Imm.imm(vector));
            a.out(CpuRig.STOP_PORT, Gp.AL).hlt();
            rig.put(handler, a.bytes());
            gate(vector, wide ? CODE64 : CODE32, handler, 0x8e, 0);
        }
        // INT 0x40 for everybody, as a trap gate.
        gate(0x40, wide ? CODE64 : CODE32, HANDLERS + 0x400, 0xef, 0);
    }

    private void pages() {
        rig.put64(0x1000, 0x2007);
        rig.put64(0x2000, 0x3007);
        rig.put64(0x3000, PT | 7);
        for (int i = 1; i < 8; i++) {
            rig.put64(0x3000 + 8 * i, (long) i << 21 | 0x87);
        }
        for (int i = 0; i < 512; i++) {
            rig.put64(PT + 8 * i, (long) i << 12 | 7);
        }
        page(ABSENT_PAGE, 0);
        page(KERNEL_PAGE, KERNEL_PAGE | 3);
        page(READ_ONLY_PAGE, READ_ONLY_PAGE | 5);
        if (!wide) {
            s.pdpte[0] = 0x3001;
        }
    }

    /** Sets the table entry of a page of the first 2 MiB. */
    void page(long gva, long entry) {
        rig.put64(PT + (gva >>> 12) * 8, entry);
        rig.core.mmu.flush();
    }

    private void task() {
        if (wide) {
            rig.put64(TASK + 4, KERNEL_STACK);
            rig.put64(TASK + 0x24, INTERRUPT_STACK);
        } else {
            rig.put32(TASK + 4, (int) KERNEL_STACK);
            rig.put32(TASK + 8, DATA);
        }
        // Ports 0 to 7 are allowed but 5; the map ends there.
        rig.put32(TASK + 0x64, 0x68 << 16);
        rig.put32(TASK + 0x68, 0xffff_ff20);
        s.tr.limit = 0x69;
    }

    private void load(int register, int selector) {
        long raw = rig.get64(GDT + (selector & ~7));
        s.segments[register].set(selector, 0, 0xffff_ffffL, (int) (raw >>> 40) & 0xf0ff);
    }

    /** Goes to a privilege level with code of 32 or 64 bits, at {@link #CODE}. */
    void start(int cpl, int bits) {
        int code = bits == 64 ? CODE64 : CODE32;
        int userCode = bits == 64 ? USER_CODE64 : USER_CODE32;
        load(Segment.CS, cpl == 0 ? code : userCode);
        int data = cpl == 0 ? DATA : USER_DATA;
        for (int register : new int[] {0, 2, 3, 4, 5}) {
            load(register, data);
        }
        s.cpl = cpl;
        s.systemFlags = Eflags.FIXED;
        s.gpr[CpuState.RSP] = STACK;
        s.rip = CODE;
        s.updateMode();
        rig.core.mmu.updatePrivilege();
    }

    /** Assembles a program at {@link #CODE}, and gives the address it returns. */
    long program(int bits, ToLongFunction<Assembler> writer) {
        Assembler a = new Assembler(bits, CODE);
        long marked = writer.applyAsLong(a);
        a.out(CpuRig.STOP_PORT, Gp.AL).hlt();
        rig.put(CODE, a.bytes());
        rig.code.beginEpoch();
        return marked;
    }

    Exit run() {
        return rig.run();
    }

    private long pushed(int index) {
        long at = s.gpr[CpuState.RSP] + index * (wide ? 8 : 4);
        return wide ? rig.get64(at) : rig.get32(at) & 0xffff_ffffL;
    }

    long vector() {
        return pushed(0);
    }

    long error() {
        return pushed(1);
    }

    long rip() {
        return pushed(2);
    }

    long cs() {
        return pushed(3) & 0xffff;
    }

    long flags() {
        return pushed(4);
    }

    long rsp() {
        return pushed(5);
    }

    long ss() {
        return pushed(6) & 0xffff;
    }

    /** Whether the CPU is in a handler, and not at the program's own end. */
    boolean isInHandler() {
        return s.rip >= HANDLERS && s.rip < HANDLERS + 0x1000;
    }

    @Override
    public void close() {
        rig.close();
    }
}
