package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/** RET far and IRET. Intel SDM 2, RET and IRET; 3A, sections 5.8.6 and 6.12.1. */
final class FarReturn {
    private FarReturn() {}

    static void ret(Core c, int size, int dropBytes) {
        CpuState s = c.state;
        long rip = Registers.zeroExtend(Stack.peek(c, 0, size), size);
        int selector = (int) Stack.peek(c, size, size) & 0xffff;
        if (!s.isProtected() || s.isVirtual8086()) {
            if (rip > s.segments[Segment.CS].limit) {
                throw s.fault(GuestFault.GP, 0);
            }
            Stack.drop(c, 2 * size + dropBytes);
            Segments.loadReal(s, Segment.CS, selector);
            s.rip = rip;
        } else {
            long code = checkCode(c, selector, rip);
            if ((selector & 3) == s.cpl) {
                Stack.drop(c, 2 * size + dropBytes);
                enterCode(c, selector, code, rip);
            } else {
                long rsp = Stack.peek(c, 2 * size + dropBytes, size);
                int stack = (int) Stack.peek(c, 3 * size + dropBytes, size) & 0xffff;
                outward(c, selector, code, rip, stack, rsp, size, dropBytes);
            }
        }
        s.updateMode();
        c.mmu.updatePrivilege();
    }

    /** The checked code segment of a return. */
    private static long checkCode(Core c, int selector, long rip) {
        CpuState s = c.state;
        if ((selector & 0xfffc) == 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        long code = Descriptor.read(c, selector, GuestFault.GP);
        int rpl = selector & 3;
        boolean good =
                Descriptor.isCode(code)
                        && rpl >= s.cpl
                        && (Descriptor.isConforming(code)
                                ? Descriptor.dpl(code) <= rpl
                                : Descriptor.dpl(code) == rpl)
                        && !FarTransfer.hasBothSizes(s, code);
        if (!good) {
            throw s.fault(GuestFault.GP, selector & 0xfffc);
        }
        if (!Descriptor.isPresent(code)) {
            throw s.fault(GuestFault.NP, selector & 0xfffc);
        }
        boolean is64 = s.isLongMode() && Descriptor.isLong(code);
        if (is64 ? rip << 16 >> 16 != rip : rip > Descriptor.limit(code)) {
            throw s.fault(GuestFault.GP, 0);
        }
        return code;
    }

    private static void enterCode(Core c, int selector, long code, long rip) {
        CpuState s = c.state;
        Segments.enter(c, Segment.CS, selector, code);
        s.cpl = selector & 3;
        s.rip = rip;
    }

    /** To less privilege, or in 64-bit mode to a stack of the same. */
    private static void outward(
            Core c,
            int selector,
            long code,
            long rip,
            int stack,
            long rsp,
            int size,
            int dropBytes) {
        CpuState s = c.state;
        int cpl = selector & 3;
        boolean is64 = s.isLongMode() && Descriptor.isLong(code);
        long descriptor = 0;
        boolean isNull = (stack & 0xfffc) == 0;
        if (isNull) {
            if (!is64 || cpl == 3 || (stack & 3) != cpl) {
                throw s.fault(GuestFault.GP, 0);
            }
        } else {
            descriptor = checkStack(c, stack, cpl);
        }
        boolean outer = cpl > s.cpl;
        enterCode(c, selector, code, rip);
        if (isNull) {
            Segments.setNull(s, Segment.SS, stack);
        } else {
            Segments.enter(c, Segment.SS, stack, descriptor);
        }
        s.updateMode();
        setStackPointer(s, rsp + dropBytes, size, is64);
        if (outer) {
            Segments.dropInner(s);
        }
    }

    /** A 16-bit stack takes the low half alone, whatever the operand size. */
    private static void setStackPointer(CpuState s, long rsp, int size, boolean is64) {
        if (is64) {
            s.gpr[CpuState.RSP] = Registers.zeroExtend(rsp, size);
        } else {
            Stack.setPointer(s, rsp);
        }
    }

    private static long checkStack(Core c, int selector, int cpl) {
        CpuState s = c.state;
        long descriptor = Descriptor.read(c, selector, GuestFault.GP);
        boolean good =
                Descriptor.isData(descriptor)
                        && (Descriptor.type(descriptor) & Segment.WRITABLE) != 0
                        && (selector & 3) == cpl
                        && Descriptor.dpl(descriptor) == cpl;
        if (!good) {
            throw s.fault(GuestFault.GP, selector & 0xfffc);
        }
        if (!Descriptor.isPresent(descriptor)) {
            throw s.fault(GuestFault.SS, selector & 0xfffc);
        }
        return descriptor;
    }

    static void iret(Core c, int size) {
        CpuState s = c.state;
        if (!s.isProtected() || s.isVirtual8086()) {
            iretReal(c, size);
        } else {
            iretProtected(c, size);
        }
        s.nmiBlocked = false;
        s.updateMode();
        c.mmu.updatePrivilege();
    }

    private static void iretReal(Core c, int size) {
        CpuState s = c.state;
        boolean v86 = s.isVirtual8086();
        if (v86 && (s.systemFlags & Eflags.IOPL) != Eflags.IOPL) {
            throw s.fault(GuestFault.GP, 0);
        }
        long rip = Registers.zeroExtend(Stack.peek(c, 0, size), size);
        int selector = (int) Stack.peek(c, size, size) & 0xffff;
        long flags = Stack.peek(c, 2 * size, size);
        if (rip > s.segments[Segment.CS].limit) {
            throw s.fault(GuestFault.GP, 0);
        }
        Stack.drop(c, 3 * size);
        Segments.loadReal(s, Segment.CS, selector);
        s.rip = rip;
        long allowed = FarSemantics.returnable(s, 0, size) & ~(Eflags.VIF | Eflags.VIP);
        if (v86) {
            allowed &= ~Eflags.IOPL;
        }
        s.setRflags(s.rflags() & ~allowed | flags & allowed);
    }

    private static void iretProtected(Core c, int size) {
        CpuState s = c.state;
        if ((s.systemFlags & Eflags.NT) != 0) {
            // A return to another task; in long mode there are none. See FarTransfer.
            throw s.fault(GuestFault.GP, 0);
        }
        long rip = Registers.zeroExtend(Stack.peek(c, 0, size), size);
        int selector = (int) Stack.peek(c, size, size) & 0xffff;
        long flags = Stack.peek(c, 2 * size, size);
        if ((flags & Eflags.VM) != 0 && size == 4 && s.cpl == 0 && !s.isLongMode()) {
            toVirtual8086(c, rip, selector, flags);
            return;
        }
        long code = checkCode(c, selector, rip);
        int before = s.cpl;
        long allowed = FarSemantics.returnable(s, before, size);
        if ((selector & 3) == before && !s.is64()) {
            Stack.drop(c, 3 * size);
            enterCode(c, selector, code, rip);
        } else {
            long rsp = Stack.peek(c, 3 * size, size);
            int stack = (int) Stack.peek(c, 4 * size, size) & 0xffff;
            outward(c, selector, code, rip, stack, rsp, size, 0);
        }
        s.setRflags(s.rflags() & ~allowed | flags & allowed);
    }

    private static void toVirtual8086(Core c, long rip, int selector, long flags) {
        CpuState s = c.state;
        long rsp = Stack.peek(c, 12, 4);
        int[] order = {Segment.SS, Segment.ES, Segment.DS, Segment.FS, Segment.GS};
        int[] selectors = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            selectors[i] = (int) Stack.peek(c, 16 + 4 * i, 4) & 0xffff;
        }
        s.setRflags(flags & 0x3f_7fd5);
        s.cpl = 3;
        Segments.loadReal(s, Segment.CS, selector);
        for (int i = 0; i < order.length; i++) {
            Segments.loadReal(s, order[i], selectors[i]);
        }
        s.gpr[CpuState.RSP] = rsp & 0xffff_ffffL;
        s.rip = rip & 0xffff;
    }
}
