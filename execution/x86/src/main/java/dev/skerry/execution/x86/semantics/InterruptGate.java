package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/**
 * Entering a handler through the interrupt table. Intel SDM 2, INT n; 3A, sections 6.12 and 6.14.
 * Nothing of the CPU's state changes before everything has been pushed.
 */
final class InterruptGate {
    private static final int TASK_GATE = 5;
    private static final int INTERRUPT_GATE_16 = 6;
    private static final int TRAP_GATE_16 = 7;
    private static final int INTERRUPT_GATE = 14;
    private static final int TRAP_GATE = 15;

    private InterruptGate() {}

    static void enter(Core c, int vector, Exceptions.Kind kind, int error) {
        CpuState s = c.state;
        if (!s.isProtected()) {
            enterReal(c, vector);
        } else if (s.isLongMode()) {
            enterLong(c, vector, kind, error);
        } else {
            enterProtected(c, vector, kind, error);
        }
        s.updateMode();
        c.mmu.updatePrivilege();
    }

    private static void enterReal(Core c, int vector) {
        CpuState s = c.state;
        if (4 * vector + 3 > s.idtrLimit) {
            throw s.fault(GuestFault.GP, 0);
        }
        long pointer = c.mmu.read32(s.idtrBase + 4L * vector);
        long rsp = s.gpr[CpuState.RSP];
        try {
            Stack.push(c, s.rflags(), 2);
            Stack.push(c, s.segments[Segment.CS].selector, 2);
            Stack.push(c, s.rip, 2);
        } catch (GuestFault fault) {
            s.gpr[CpuState.RSP] = rsp;
            throw fault;
        }
        Segments.loadReal(s, Segment.CS, (int) (pointer >>> 16));
        s.rip = pointer & 0xffff;
        s.systemFlags &= ~(Eflags.IF | Eflags.TF | Eflags.AC | Eflags.RF);
    }

    private static boolean isSoftware(Exceptions.Kind kind) {
        return kind == Exceptions.Kind.SOFTWARE || kind == Exceptions.Kind.PRIVILEGED_SOFTWARE;
    }

    /** The error code of a fault about a gate: its place in the table. */
    private static int idtError(int vector) {
        return vector << 3 | 2;
    }

    private static void checkGate(CpuState s, long gate, int vector, Exceptions.Kind kind) {
        if (kind == Exceptions.Kind.SOFTWARE && Descriptor.dpl(gate) < s.cpl) {
            throw s.fault(GuestFault.GP, idtError(vector));
        }
        if (!Descriptor.isPresent(gate)) {
            throw s.fault(GuestFault.NP, idtError(vector));
        }
    }

    /** The checked descriptor of a gate's code segment. */
    private static long target(Core c, int selector) {
        CpuState s = c.state;
        if ((selector & 0xfffc) == 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        long code = Descriptor.read(c, selector, GuestFault.GP);
        if (!Descriptor.isCode(code) || Descriptor.dpl(code) > s.cpl) {
            throw s.fault(GuestFault.GP, selector & 0xfffc);
        }
        if (!Descriptor.isPresent(code)) {
            throw s.fault(GuestFault.NP, selector & 0xfffc);
        }
        return code;
    }

    private static void enterLong(Core c, int vector, Exceptions.Kind kind, int error) {
        CpuState s = c.state;
        if (16 * vector + 15 > s.idtrLimit) {
            throw s.fault(GuestFault.GP, idtError(vector));
        }
        long gate = c.mmu.readSystem(s.idtrBase + 16L * vector, 8);
        long high = c.mmu.readSystem(s.idtrBase + 16L * vector + 8, 8);
        int type = Descriptor.type(gate);
        if (type != INTERRUPT_GATE && type != TRAP_GATE) {
            throw s.fault(GuestFault.GP, idtError(vector));
        }
        checkGate(s, gate, vector, kind);
        int selector = (int) (gate >>> 16) & 0xffff;
        long code = target(c, selector);
        if (!Descriptor.isLong(code) || (code >>> 54 & 1) != 0) {
            throw s.fault(GuestFault.GP, selector & 0xfffc);
        }
        int cpl = Descriptor.isConforming(code) ? s.cpl : Descriptor.dpl(code);
        int ist = (int) (gate >>> 32) & 7;
        long rsp = s.gpr[CpuState.RSP];
        if (ist != 0) {
            rsp = taskState(c, 0x24 + 8 * (ist - 1), 8);
        } else if (cpl < s.cpl) {
            rsp = taskState(c, 4 + 8 * cpl, 8);
        }
        long stack = pushFrame(c, rsp & -16L, vector, kind, error, cpl);
        long target = gate & 0xffff | gate >>> 32 & 0xffff_0000L | high << 32;
        if (target << 16 >> 16 != target) {
            throw s.fault(GuestFault.GP, 0);
        }
        boolean inner = cpl < s.cpl;
        s.gpr[CpuState.RSP] = stack;
        if (inner) {
            Segments.setNull(s, Segment.SS, cpl);
        }
        s.cpl = cpl;
        Segments.enter(c, Segment.CS, selector & ~3 | cpl, code);
        s.rip = target;
        leaveFlags(s, type == INTERRUPT_GATE);
    }

    private static void leaveFlags(CpuState s, boolean closesInterrupts) {
        s.systemFlags &= ~(Eflags.TF | Eflags.NT | Eflags.RF | Eflags.VM);
        if (closesInterrupts) {
            s.systemFlags &= ~Eflags.IF;
        }
    }

    /** Pushes the 64-bit frame with the handler's privilege. Returns where the stack then is. */
    private static long pushFrame(
            Core c, long top, int vector, Exceptions.Kind kind, int error, int cpl) {
        CpuState s = c.state;
        boolean hasError = kind == Exceptions.Kind.EXCEPTION && GuestFault.hasErrorCode(vector);
        long at = top - (hasError ? 48 : 40);
        if (at << 16 >> 16 != at) {
            throw s.fault(GuestFault.SS, 0);
        }
        boolean supervisor = cpl < 3;
        write(c, supervisor, top - 8, s.segments[Segment.SS].selector, 8);
        write(c, supervisor, top - 16, s.gpr[CpuState.RSP], 8);
        write(c, supervisor, top - 24, s.rflags(), 8);
        write(c, supervisor, top - 32, s.segments[Segment.CS].selector, 8);
        write(c, supervisor, top - 40, s.rip, 8);
        if (hasError) {
            write(c, supervisor, top - 48, error, 8);
        }
        return at;
    }

    private static void write(Core c, boolean supervisor, long gva, long value, int size) {
        if (supervisor) {
            c.mmu.writeSystem(gva, size, value);
        } else {
            c.mmu.write(gva, size, value);
        }
    }

    /** A field of the task state segment. */
    static long taskState(Core c, int offset, int size) {
        CpuState s = c.state;
        if (offset + size - 1 > s.tr.limit) {
            throw s.fault(GuestFault.TS, s.tr.selector & 0xfffc);
        }
        return c.mmu.readSystem(s.tr.base + offset, size);
    }

    private static void enterProtected(Core c, int vector, Exceptions.Kind kind, int error) {
        CpuState s = c.state;
        if (s.isVirtual8086()
                && kind == Exceptions.Kind.SOFTWARE
                && vector != GuestFault.BP
                && vector != GuestFault.OF
                && (s.systemFlags & Eflags.IOPL) != Eflags.IOPL) {
            throw s.fault(GuestFault.GP, 0);
        }
        if (8 * vector + 7 > s.idtrLimit) {
            throw s.fault(GuestFault.GP, idtError(vector));
        }
        long gate = c.mmu.readSystem(s.idtrBase + 8L * vector, 8);
        int type = Descriptor.type(gate);
        boolean closes = type == INTERRUPT_GATE || type == INTERRUPT_GATE_16;
        boolean wide = type == INTERRUPT_GATE || type == TRAP_GATE;
        // Task gates would need task switches, which no guest of ours uses: refused as if absent.
        boolean known = closes || wide || type == TRAP_GATE_16;
        if (!known || type == TASK_GATE) {
            throw s.fault(GuestFault.GP, idtError(vector));
        }
        checkGate(s, gate, vector, kind);
        int selector = (int) (gate >>> 16) & 0xffff;
        long code = target(c, selector);
        int cpl = Descriptor.isConforming(code) ? s.cpl : Descriptor.dpl(code);
        long target = gate & 0xffff | (wide ? gate >>> 32 & 0xffff_0000L : 0);
        if (target > Descriptor.limit(code)) {
            throw s.fault(GuestFault.GP, 0);
        }
        LegacyFrame frame = new LegacyFrame(c, wide ? 4 : 2);
        frame.open(cpl);
        frame.pushState(cpl, kind == Exceptions.Kind.EXCEPTION && hasError(vector), error);
        frame.commit(cpl);
        s.cpl = cpl;
        Segments.enter(c, Segment.CS, selector & ~3 | cpl, code);
        s.rip = target;
        leaveFlags(s, closes);
    }

    private static boolean hasError(int vector) {
        return GuestFault.hasErrorCode(vector);
    }

    /** The frame of a handler outside long mode, perhaps on another stack. */
    static final class LegacyFrame {
        private final Core c;
        private final CpuState s;
        private final int size;
        private final Segment stack = new Segment();
        private final int outer;
        private long pointer;
        private long mask;

        LegacyFrame(Core c, int size) {
            this.c = c;
            s = c.state;
            this.size = size;
            outer = s.segments[Segment.SS].selector;
        }

        /** Chooses the stack: the present one, or the task state's for more privilege. */
        void open(int cpl) {
            if (cpl == s.cpl && !s.isVirtual8086()) {
                stack.copyFrom(s.segments[Segment.SS]);
                pointer = s.gpr[CpuState.RSP];
            } else {
                loadInner(cpl);
            }
            mask = stack.has(Segment.BIG) ? 0xffff_ffffL : 0xffff;
        }

        private void loadInner(int cpl) {
            boolean wide = (s.tr.type() & 8) != 0;
            int field = wide ? 4 + 8 * cpl : 2 + 4 * cpl;
            pointer = taskState(c, field, wide ? 4 : 2);
            int selector = (int) taskState(c, field + (wide ? 4 : 2), 2);
            int code = selector & 0xfffc;
            if (code == 0) {
                throw s.fault(GuestFault.TS, 0);
            }
            long descriptor = Descriptor.read(c, selector, GuestFault.TS);
            boolean good =
                    Descriptor.isData(descriptor)
                            && (Descriptor.type(descriptor) & Segment.WRITABLE) != 0
                            && (selector & 3) == cpl
                            && Descriptor.dpl(descriptor) == cpl;
            if (!good) {
                throw s.fault(GuestFault.TS, code);
            }
            if (!Descriptor.isPresent(descriptor)) {
                throw s.fault(GuestFault.SS, code);
            }
            Descriptor.load(stack, selector, descriptor);
        }

        void pushState(int cpl, boolean withError, int error) {
            boolean v86 = s.isVirtual8086();
            if (v86) {
                push(s.segments[Segment.GS].selector);
                push(s.segments[Segment.FS].selector);
                push(s.segments[Segment.DS].selector);
                push(s.segments[Segment.ES].selector);
            }
            if (v86 || cpl != s.cpl) {
                push(s.segments[Segment.SS].selector);
                push(s.gpr[CpuState.RSP]);
            }
            push(s.rflags());
            push(s.segments[Segment.CS].selector);
            push(s.rip);
            if (withError) {
                push(error);
            }
        }

        void push(long value) {
            pointer = pointer - size & mask;
            if (!fits(pointer)) {
                throw s.fault(GuestFault.SS, stack.selector == outer ? 0 : stack.selector & 0xfffc);
            }
            c.mmu.writeSystem(stack.base + pointer & 0xffff_ffffL, size, value);
        }

        private boolean fits(long offset) {
            long last = offset + size - 1;
            if (stack.has(Segment.EXPAND_DOWN)) {
                return offset > stack.limit && last <= mask;
            }
            return last <= stack.limit;
        }

        /** Makes the stack the CPU's. */
        void commit(int cpl) {
            if (s.isVirtual8086()) {
                s.systemFlags &= ~Eflags.VM;
                for (int register : new int[] {Segment.ES, Segment.DS, Segment.FS, Segment.GS}) {
                    Segments.setNull(s, register, 0);
                }
            }
            s.segments[Segment.SS].copyFrom(stack);
            s.updateMode();
            Stack.setPointer(s, pointer);
        }
    }

    /** INT n and its kin: behind the instruction, without an error code. */
    static void software(Core c, int vector, Exceptions.Kind kind) {
        enter(c, vector, kind, Mmu.READ);
    }
}
