package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/** Segments and transfers of control between them. Intel SDM 3A, chapters 3, 5 and 6. */
public final class FarSemantics {
    private static final int VECTOR_BR = GuestFault.BR;

    private FarSemantics() {}

    public static void execute(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.op) {
            case JMP_FAR, CALL_FAR -> direct(c, in);
            case RET_FAR -> FarReturn.ret(c, in.size, in.form == Form.I ? (int) in.immediate : 0);
            case IRET -> FarReturn.iret(c, in.size);
            case INT -> interrupt(c, (int) in.immediate, Exceptions.Kind.SOFTWARE);
            case INT3 -> interrupt(c, GuestFault.BP, Exceptions.Kind.SOFTWARE);
            case INT1 -> interrupt(c, GuestFault.DB, Exceptions.Kind.PRIVILEGED_SOFTWARE);
            case INTO -> {
                if (Flags.overflow(s)) {
                    interrupt(c, GuestFault.OF, Exceptions.Kind.SOFTWARE);
                }
            }
            case MOV_FROM_SEGMENT -> {
                long selector = s.segments[in.b].selector;
                if (in.form == Form.R) {
                    Registers.set(s, in.a, in.size, selector);
                } else {
                    Operand.store(c, in, 2, selector);
                }
            }
            case MOV_TO_SEGMENT -> {
                long selector = in.form == Form.R ? s.gpr[in.b] : Operand.load(c, in, 2);
                Segments.load(c, in.a, (int) selector & 0xffff);
                s.interruptShadow = in.a == Segment.SS;
            }
            case PUSH_SEGMENT -> Stack.push(c, s.segments[in.a].selector, in.size);
            case POP_SEGMENT -> pop(c, in);
            case LOAD_FAR_POINTER -> loadPointer(c, in);
            case SYSCALL, SYSRET, SYSENTER, SYSEXIT -> FastCalls.execute(c, in);
            case BOUND -> bound(c, in);
            default -> DescriptorSemantics.execute(c, in);
        }
    }

    private static void interrupt(Core c, int vector, Exceptions.Kind kind) {
        InterruptGate.enter(c, vector, kind, 0);
    }

    private static void pop(Core c, Insn in) {
        CpuState s = c.state;
        // Only the selector is used, whatever the operand size.
        int selector = (int) Stack.peek(c, in.size) & 0xffff;
        long mask = Stack.mask(s);
        long pointer = s.gpr[CpuState.RSP] + in.size;
        Segments.load(c, in.a, selector);
        long rsp = s.gpr[CpuState.RSP];
        s.gpr[CpuState.RSP] = mask == 0xffff ? rsp & ~mask | pointer & mask : pointer & mask;
        s.interruptShadow = in.a == Segment.SS;
    }

    private static void loadPointer(Core c, Insn in) {
        CpuState s = c.state;
        long gva = Address.linear(s, in, in.size + 2, Mmu.READ);
        long offset = c.mmu.read(gva, in.size);
        int selector = (int) c.mmu.read16(gva + in.size);
        Segments.load(c, in.b, selector);
        Registers.set(s, in.a, in.size, offset);
    }

    private static void bound(Core c, Insn in) {
        CpuState s = c.state;
        if (in.form != Form.RM) {
            throw s.fault(GuestFault.UD);
        }
        long gva = Address.linear(s, in, 2 * in.size, Mmu.READ);
        long lower = Registers.extend(c.mmu.read(gva, in.size), in.size);
        long upper = Registers.extend(c.mmu.read(gva + in.size, in.size), in.size);
        long index = Registers.get(s, in.a, in.size);
        if (index < lower || index > upper) {
            throw s.fault(VECTOR_BR);
        }
    }

    private static void direct(Core c, Insn in) {
        CpuState s = c.state;
        int selector = in.immediate2;
        long offset = in.immediate;
        if (in.form == Form.M) {
            long gva = Address.linear(s, in, in.size + 2, Mmu.READ);
            offset = c.mmu.read(gva, in.size);
            selector = (int) c.mmu.read16(gva + in.size);
        }
        boolean call = in.op == Op.CALL_FAR;
        if (!s.isProtected() || s.isVirtual8086()) {
            transferReal(c, selector, offset, in.size, call);
        } else {
            FarTransfer.protectedMode(c, selector, offset, in.size, call);
        }
        s.updateMode();
        c.mmu.updatePrivilege();
    }

    private static void transferReal(Core c, int selector, long offset, int size, boolean call) {
        CpuState s = c.state;
        if (offset > s.segments[Segment.CS].limit) {
            throw s.fault(GuestFault.GP, 0);
        }
        if (call) {
            pushReturn(c, size);
        }
        Segments.loadReal(s, Segment.CS, selector);
        s.rip = offset;
    }

    /** Pushes CS and the instruction pointer; neither if the second does not fit. */
    static void pushReturn(Core c, int size) {
        CpuState s = c.state;
        long rsp = s.gpr[CpuState.RSP];
        try {
            Stack.push(c, s.segments[Segment.CS].selector, size);
            Stack.push(c, s.rip, size);
        } catch (GuestFault fault) {
            s.gpr[CpuState.RSP] = rsp;
            throw fault;
        }
    }

    /** Which of RFLAGS a return to a privilege may set. */
    static long returnable(CpuState s, int cpl, int size) {
        long allowed = Eflags.STATUS | Eflags.TF | Eflags.DF | Eflags.NT;
        if (size > 2) {
            allowed |= Eflags.RF | Eflags.AC | Eflags.ID;
        }
        if (cpl == 0) {
            allowed |= Eflags.IOPL | (size > 2 ? Eflags.VIF | Eflags.VIP : 0);
        }
        int iopl = s.systemFlags >>> Eflags.IOPL_SHIFT & 3;
        return cpl <= iopl ? allowed | Eflags.IF : allowed;
    }
}
