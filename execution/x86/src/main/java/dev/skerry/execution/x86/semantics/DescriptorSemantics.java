package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/** LLDT, LTR, SLDT, STR, LAR, LSL, VERR, VERW and ARPL. Intel SDM 2, by instruction. */
final class DescriptorSemantics {
    private static final int LDT = 2;
    private static final int TSS_16 = 1;
    private static final int TSS = 9;

    /** System types that LAR knows: bits by type. Call gates, task gates, TSSs, LDT. */
    private static final int LAR_TYPES = 0x1a3e;

    /** Those of them that have a limit. */
    private static final int LSL_TYPES = 0x0a0e;

    private DescriptorSemantics() {}

    static void execute(Core c, Insn in) {
        CpuState s = c.state;
        if (!s.isProtected() || s.isVirtual8086()) {
            throw s.fault(GuestFault.UD);
        }
        switch (in.op) {
            case SLDT -> storeSelector(c, in, s.ldtr.selector);
            case STR -> storeSelector(c, in, s.tr.selector);
            case LLDT -> lldt(c, (int) Operand.source(c, in, 2) & 0xffff);
            case LTR -> ltr(c, (int) Operand.source(c, in, 2) & 0xffff);
            case ARPL -> arpl(c, in);
            default -> inspect(c, in);
        }
    }

    /** Memory gets 16 bits whatever the operand size. */
    private static void storeSelector(Core c, Insn in, long selector) {
        if (in.form == Form.R) {
            Registers.set(c.state, in.a, in.size, selector);
        } else {
            Operand.store(c, in, 2, selector);
        }
    }

    private static void lldt(Core c, int selector) {
        CpuState s = c.state;
        if (s.cpl != 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        if ((selector & 0xfffc) == 0) {
            s.ldtr.set(selector, 0, 0, 0);
            s.ldtr.usable = false;
            return;
        }
        long descriptor = system(c, selector);
        if (Descriptor.type(descriptor) != LDT) {
            throw s.fault(GuestFault.GP, selector & 0xfffc);
        }
        load(c, s.ldtr, selector, descriptor);
    }

    private static void ltr(Core c, int selector) {
        CpuState s = c.state;
        if (s.cpl != 0 || (selector & 0xfffc) == 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        long descriptor = system(c, selector);
        int type = Descriptor.type(descriptor);
        if (type != TSS && (type != TSS_16 || s.isLongMode())) {
            throw s.fault(GuestFault.GP, selector & 0xfffc);
        }
        load(c, s.tr, selector, descriptor);
        // Busy from now on.
        long at = Descriptor.address(s, selector, 8) + 5;
        c.mmu.writeSystem(at, 1, descriptor >>> 40 & 0xff | 2);
        s.tr.attributes |= 2;
    }

    private static long system(Core c, int selector) {
        if ((selector & 4) != 0) {
            throw c.state.fault(GuestFault.GP, selector & 0xfffc);
        }
        return Descriptor.read(c, selector, GuestFault.GP);
    }

    private static void load(Core c, Segment register, int selector, long descriptor) {
        CpuState s = c.state;
        if (!Descriptor.isPresent(descriptor)) {
            throw s.fault(GuestFault.NP, selector & 0xfffc);
        }
        long upper = s.isLongMode() ? Descriptor.upperBase(c, selector) : 0;
        Descriptor.load(register, selector, descriptor);
        register.base |= upper;
    }

    private static void arpl(Core c, Insn in) {
        CpuState s = c.state;
        int rpl = (int) s.gpr[in.b] & 3;
        long destination = Operand.destination(c, in);
        boolean adjust = (destination & 3) < rpl;
        if (adjust) {
            Operand.setDestination(c, in, destination & ~3 | rpl);
        }
        Flags.set(s, adjust ? Eflags.ZF : 0, Eflags.ZF);
    }

    private static void inspect(Core c, Insn in) {
        CpuState s = c.state;
        int selector = (int) Operand.source(c, in, 2) & 0xffff;
        long at = (selector & 0xfffc) == 0 ? -1 : Descriptor.address(s, selector, 8);
        boolean good = at != -1;
        long descriptor = 0;
        if (good) {
            descriptor = c.mmu.readSystem(at, 8);
            good = isVisible(s, in.op, selector, descriptor);
        }
        Flags.set(s, good ? Eflags.ZF : 0, Eflags.ZF);
        if (!good) {
            return;
        }
        if (in.op == Op.LAR) {
            Registers.set(s, in.a, in.size, descriptor >>> 32 & 0xff_ff00);
        } else if (in.op == Op.LSL) {
            Registers.set(s, in.a, in.size, Descriptor.limit(descriptor));
        }
    }

    private static boolean isVisible(CpuState s, Op op, int selector, long descriptor) {
        int type = Descriptor.type(descriptor);
        boolean reachable =
                Descriptor.isConforming(descriptor)
                        || Descriptor.dpl(descriptor) >= Math.max(s.cpl, selector & 3);
        boolean segment = type >= 16;
        boolean writable = (type & Segment.WRITABLE) != 0;
        return reachable
                && switch (op) {
                    case VERR -> segment && (Descriptor.isData(descriptor) || writable);
                    case VERW -> Descriptor.isData(descriptor) && writable;
                    case LAR -> segment || has(s, LAR_TYPES, type);
                    default -> segment || has(s, LSL_TYPES, type);
                };
    }

    private static boolean has(CpuState s, int types, int type) {
        // In long mode the 16-bit types and the task gate are not there.
        int known = s.isLongMode() ? types & (1 << LDT | 0x1a00) : types;
        return (known >>> type & 1) != 0;
    }
}
