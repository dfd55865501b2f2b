package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/** Loading segment registers. Intel SDM 2, MOV; 3A, sections 3.4 and 5.4 to 5.7. */
final class Segments {
    /** Present, writable data, accessed. */
    private static final int REAL = Segment.PRESENT | Segment.NOT_SYSTEM | 3;

    private Segments() {}

    /** A load of ES, SS, DS, FS or GS by an instruction. */
    static void load(Core c, int register, int selector) {
        CpuState s = c.state;
        if (!s.isProtected() || s.isVirtual8086()) {
            loadReal(s, register, selector);
        } else if (register == Segment.SS) {
            loadStack(c, selector);
        } else {
            loadData(c, register, selector);
        }
        if (register == Segment.SS) {
            s.updateMode();
        }
    }

    /** In real mode limit and rights stay, in virtual-8086 mode they are always the same. */
    static void loadReal(CpuState s, int register, int selector) {
        Segment segment = s.segments[register];
        segment.selector = selector;
        segment.base = (long) selector << 4;
        segment.usable = true;
        if (s.isVirtual8086()) {
            segment.limit = 0xffff;
            segment.attributes = REAL | 3 << Segment.DPL_SHIFT;
        }
    }

    private static void loadStack(Core c, int selector) {
        CpuState s = c.state;
        if ((selector & 0xfffc) == 0) {
            if (!s.is64() || s.cpl == 3 || (selector & 3) != s.cpl) {
                throw s.fault(GuestFault.GP, 0);
            }
            setNull(s, Segment.SS, selector);
            return;
        }
        long descriptor = Descriptor.read(c, selector, GuestFault.GP);
        boolean good =
                Descriptor.isData(descriptor)
                        && (Descriptor.type(descriptor) & Segment.WRITABLE) != 0
                        && (selector & 3) == s.cpl
                        && Descriptor.dpl(descriptor) == s.cpl;
        if (!good) {
            throw s.fault(GuestFault.GP, selector & 0xfffc);
        }
        if (!Descriptor.isPresent(descriptor)) {
            throw s.fault(GuestFault.SS, selector & 0xfffc);
        }
        enter(c, Segment.SS, selector, descriptor);
    }

    private static void loadData(Core c, int register, int selector) {
        CpuState s = c.state;
        if ((selector & 0xfffc) == 0) {
            setNull(s, register, selector);
            return;
        }
        long descriptor = Descriptor.read(c, selector, GuestFault.GP);
        boolean readable =
                Descriptor.isData(descriptor)
                        || Descriptor.isCode(descriptor)
                                && (Descriptor.type(descriptor) & Segment.WRITABLE) != 0;
        boolean allowed =
                Descriptor.isConforming(descriptor)
                        || Math.max(s.cpl, selector & 3) <= Descriptor.dpl(descriptor);
        if (!readable || !allowed) {
            throw s.fault(GuestFault.GP, selector & 0xfffc);
        }
        if (!Descriptor.isPresent(descriptor)) {
            throw s.fault(GuestFault.NP, selector & 0xfffc);
        }
        enter(c, register, selector, descriptor);
    }

    /** Enters a checked descriptor of code or data into a segment register. */
    static void enter(Core c, int register, int selector, long descriptor) {
        Descriptor.markAccessed(c, selector, descriptor);
        Segment segment = c.state.segments[register];
        Descriptor.load(segment, selector, descriptor);
        segment.attributes |= Segment.ACCESSED;
    }

    /** A null selector. FS and GS lose their base too, as Intel's processors do it. */
    static void setNull(CpuState s, int register, int selector) {
        Segment segment = s.segments[register];
        segment.set(selector, 0, 0, 0);
        segment.usable = false;
        if (register == Segment.SS) {
            segment.attributes = (selector & 3) << Segment.DPL_SHIFT;
        }
    }

    /** After a return to less privilege: data segments that it may not have become null. */
    static void dropInner(CpuState s) {
        for (int register : new int[] {Segment.ES, Segment.DS, Segment.FS, Segment.GS}) {
            Segment segment = s.segments[register];
            boolean conforming = segment.has(Segment.CODE) && segment.has(Segment.EXPAND_DOWN);
            if (segment.usable && segment.dpl() < s.cpl && !conforming) {
                setNull(s, register, 0);
            }
        }
    }

    /** The flat code segment that SYSCALL and its kin load. */
    static void setFlatCode(CpuState s, int selector, int dpl, boolean is64) {
        int size = is64 ? Segment.LONG : Segment.BIG;
        s.segments[Segment.CS].set(
                selector,
                0,
                0xffff_ffffL,
                Segment.GRANULAR
                        | size
                        | Segment.PRESENT
                        | Segment.NOT_SYSTEM
                        | dpl << Segment.DPL_SHIFT
                        | 0xb);
    }

    /** The flat stack segment that SYSCALL and its kin load. */
    static void setFlatStack(CpuState s, int selector, int dpl) {
        s.segments[Segment.SS].set(
                selector,
                0,
                0xffff_ffffL,
                Segment.GRANULAR
                        | Segment.BIG
                        | Segment.PRESENT
                        | Segment.NOT_SYSTEM
                        | dpl << Segment.DPL_SHIFT
                        | 3);
    }
}
