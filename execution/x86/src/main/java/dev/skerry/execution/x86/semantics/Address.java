package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/** Addresses of memory operands. Intel SDM 1, section 3.7.5; 3A, sections 3.4 and 5.3. */
public final class Address {
    private Address() {}

    /** The offset in the segment: what LEA gives. */
    public static long effective(CpuState s, Insn in) {
        long offset = s.gpr[in.base] + (s.gpr[in.index] << in.scale) + in.displacement;
        if (in.ripRelative) {
            offset += s.rip;
        }
        return switch (in.addressSize) {
            case 8 -> offset;
            case 4 -> offset & 0xffff_ffffL;
            default -> offset & 0xffff;
        };
    }

    /**
     * The linear address of a memory operand, checked against its segment.
     *
     * @param size bytes the instruction accesses there
     * @param access {@link dev.skerry.execution.x86.mmu.Mmu#READ} or {@code WRITE}
     */
    public static long linear(CpuState s, Insn in, int size, int access) {
        return linear(s, in.segment, effective(s, in), size, access);
    }

    /** The linear address of an offset in a segment, checked. */
    public static long linear(CpuState s, int segment, long offset, int size, int access) {
        if (s.is64()) {
            return segment >= Segment.FS ? s.segments[segment].base + offset : offset;
        }
        Segment seg = s.segments[segment];
        check(s, seg, segment, offset, size, access);
        return seg.base + offset & 0xffff_ffffL;
    }

    private static void check(
            CpuState s, Segment seg, int segment, long offset, int size, int access) {
        boolean bad = !seg.usable;
        long last = offset + size - 1;
        if (seg.has(Segment.CODE)) {
            bad |= last > seg.limit;
            bad |= access != 0 ? s.isProtected() && !s.isVirtual8086() : !readable(s, seg);
        } else if (seg.has(Segment.EXPAND_DOWN)) {
            bad |= offset <= seg.limit || last > (seg.has(Segment.BIG) ? 0xffff_ffffL : 0xffff);
            bad |= access != 0 && !seg.has(Segment.WRITABLE);
        } else {
            bad |= last > seg.limit;
            bad |= access != 0 && !seg.has(Segment.WRITABLE);
        }
        if (bad) {
            throw s.fault(segment == Segment.SS ? GuestFault.SS : GuestFault.GP, 0);
        }
    }

    private static boolean readable(CpuState s, Segment seg) {
        return seg.has(Segment.WRITABLE) || !s.isProtected();
    }
}
