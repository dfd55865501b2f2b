package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/**
 * Descriptors in memory. Intel SDM 3A, sections 3.4.5, 3.5 and 5.8.3. A descriptor is passed around
 * as its 8 bytes; attributes are in {@link Segment}'s form.
 */
final class Descriptor {
    private Descriptor() {}

    /** The address of the descriptor a selector names, or -1 if its table has none such. */
    static long address(CpuState s, int selector, int size) {
        int offset = selector & 0xfff8;
        if ((selector & 4) != 0) {
            boolean inside = s.ldtr.usable && offset + size - 1 <= s.ldtr.limit;
            return inside ? linear(s, s.ldtr.base + offset) : -1;
        }
        return offset + size - 1 <= s.gdtrLimit ? linear(s, s.gdtrBase + offset) : -1;
    }

    private static long linear(CpuState s, long address) {
        return s.isLongMode() ? address : address & 0xffff_ffffL;
    }

    /**
     * Reads the descriptor of a selector that is not null.
     *
     * @param vector what to raise, with the selector, if the table has none such
     */
    static long read(Core c, int selector, int vector) {
        long at = address(c.state, selector, 8);
        if (at == -1) {
            throw c.state.fault(vector, selector & 0xfffc);
        }
        return c.mmu.readSystem(at, 8);
    }

    static long base(long descriptor) {
        return descriptor >>> 16 & 0xff_ffff | (descriptor >>> 56) << 24;
    }

    static long limit(long descriptor) {
        long limit = descriptor & 0xffff | descriptor >>> 32 & 0xf_0000;
        return (attributes(descriptor) & Segment.GRANULAR) != 0 ? limit << 12 | 0xfff : limit;
    }

    static int attributes(long descriptor) {
        return (int) (descriptor >>> 40) & 0xf0ff;
    }

    static int dpl(long descriptor) {
        return (int) (descriptor >>> 45) & 3;
    }

    /** Type with the S bit: 0 to 15 system, 16 to 23 data, 24 to 31 code. */
    static int type(long descriptor) {
        return (int) (descriptor >>> 40) & 0x1f;
    }

    static boolean isPresent(long descriptor) {
        return (descriptor >>> 47 & 1) != 0;
    }

    static boolean isCode(long descriptor) {
        return type(descriptor) >= 24;
    }

    static boolean isData(long descriptor) {
        return type(descriptor) >= 16 && type(descriptor) < 24;
    }

    static boolean isConforming(long descriptor) {
        return isCode(descriptor) && (type(descriptor) & Segment.EXPAND_DOWN) != 0;
    }

    static boolean isLong(long descriptor) {
        return (descriptor >>> 53 & 1) != 0;
    }

    static void load(Segment segment, int selector, long descriptor) {
        segment.set(selector, base(descriptor), limit(descriptor), attributes(descriptor));
    }

    /** Sets the accessed bit of a code or data segment that is being loaded. */
    static void markAccessed(Core c, int selector, long descriptor) {
        if ((descriptor >>> 40 & Segment.ACCESSED) == 0) {
            long at = address(c.state, selector, 8) + 5;
            c.mmu.writeSystem(at, 1, descriptor >>> 40 & 0xff | Segment.ACCESSED);
        }
    }

    /**
     * The upper half of a base in long mode, where system descriptors are 16 bytes.
     *
     * @throws GuestFault #GP with the selector if the second half is not in the table, or not zero
     *     where it must be
     */
    static long upperBase(Core c, int selector) {
        long at = address(c.state, selector, 16);
        if (at == -1) {
            throw c.state.fault(GuestFault.GP, selector & 0xfffc);
        }
        long upper = c.mmu.readSystem(at + 8, 8);
        // Section 3.5.2: where a descriptor of 8 bytes would have its type there must be none.
        if ((upper >>> 40 & 0x1f) != 0) {
            throw c.state.fault(GuestFault.GP, selector & 0xfffc);
        }
        return upper << 32;
    }
}
