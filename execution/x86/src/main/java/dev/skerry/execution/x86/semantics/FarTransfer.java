package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/** Far jumps and calls in protected and long mode. Intel SDM 2, JMP and CALL; 3A, section 5.8. */
final class FarTransfer {
    private static final int CALL_GATE_16 = 4;
    private static final int CALL_GATE = 12;

    private FarTransfer() {}

    static void protectedMode(Core c, int selector, long offset, int size, boolean call) {
        CpuState s = c.state;
        if ((selector & 0xfffc) == 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        long descriptor = Descriptor.read(c, selector, GuestFault.GP);
        if (Descriptor.isCode(descriptor)) {
            checkCode(s, selector, descriptor);
            transfer(c, selector, descriptor, offset, size, call);
            return;
        }
        int type = Descriptor.type(descriptor);
        boolean gate = type == CALL_GATE || type == CALL_GATE_16 && !s.isLongMode();
        // Task gates and task state segments would need task switches, which no guest of ours
        // uses; in long mode they are not there at all.
        if (!gate
                || Descriptor.dpl(descriptor) < s.cpl
                || Descriptor.dpl(descriptor) < (selector & 3)) {
            throw s.fault(GuestFault.GP, selector & 0xfffc);
        }
        if (!Descriptor.isPresent(descriptor)) {
            throw s.fault(GuestFault.NP, selector & 0xfffc);
        }
        throughGate(c, selector, descriptor, type == CALL_GATE, call);
    }

    private static void checkCode(CpuState s, int selector, long code) {
        int rpl = selector & 3;
        int dpl = Descriptor.dpl(code);
        boolean allowed =
                Descriptor.isConforming(code) ? dpl <= s.cpl : rpl <= s.cpl && dpl == s.cpl;
        if (!allowed || hasBothSizes(s, code)) {
            throw s.fault(GuestFault.GP, selector & 0xfffc);
        }
        if (!Descriptor.isPresent(code)) {
            throw s.fault(GuestFault.NP, selector & 0xfffc);
        }
    }

    /** In long mode L and D may not both be set. */
    static boolean hasBothSizes(CpuState s, long code) {
        return s.isLongMode() && Descriptor.isLong(code) && (code >>> 54 & 1) != 0;
    }

    private static void checkTarget(CpuState s, long code, long offset) {
        boolean is64 = s.isLongMode() && Descriptor.isLong(code);
        boolean good = is64 ? offset << 16 >> 16 == offset : offset <= Descriptor.limit(code);
        if (!good) {
            throw s.fault(GuestFault.GP, 0);
        }
    }

    /** To a code segment of the same privilege. */
    private static void transfer(
            Core c, int selector, long code, long offset, int size, boolean call) {
        CpuState s = c.state;
        checkTarget(s, code, offset);
        if (call) {
            FarSemantics.pushReturn(c, size);
        }
        Segments.enter(c, Segment.CS, selector & ~3 | s.cpl, code);
        s.rip = offset;
    }

    private static void throughGate(
            Core c, int gateSelector, long gate, boolean wide, boolean call) {
        CpuState s = c.state;
        int selector = (int) (gate >>> 16) & 0xffff;
        long offset = gate & 0xffff | (wide ? gate >>> 32 & 0xffff_0000L : 0);
        int size = wide ? 4 : 2;
        if (s.isLongMode()) {
            offset |= Descriptor.upperBase(c, gateSelector);
            size = 8;
        }
        if ((selector & 0xfffc) == 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        long code = Descriptor.read(c, selector, GuestFault.GP);
        boolean fits =
                Descriptor.isCode(code)
                        && Descriptor.dpl(code) <= s.cpl
                        && (!s.isLongMode() || Descriptor.isLong(code))
                        && !hasBothSizes(s, code);
        boolean inner = !Descriptor.isConforming(code) && Descriptor.dpl(code) < s.cpl;
        if (!fits || inner && !call) {
            throw s.fault(GuestFault.GP, selector & 0xfffc);
        }
        if (!Descriptor.isPresent(code)) {
            throw s.fault(GuestFault.NP, selector & 0xfffc);
        }
        if (!inner) {
            transfer(c, selector, code, offset, size, call);
            return;
        }
        checkTarget(s, code, offset);
        int cpl = Descriptor.dpl(code);
        if (s.isLongMode()) {
            inner64(c, cpl);
        } else {
            innerLegacy(c, cpl, size, (int) (gate >>> 32) & 31);
        }
        s.cpl = cpl;
        Segments.enter(c, Segment.CS, selector & ~3 | cpl, code);
        s.rip = offset;
    }

    private static void inner64(Core c, int cpl) {
        CpuState s = c.state;
        long top = InterruptGate.taskState(c, 4 + 8 * cpl, 8);
        c.mmu.writeSystem(top - 8, 8, s.segments[Segment.SS].selector);
        c.mmu.writeSystem(top - 16, 8, s.gpr[CpuState.RSP]);
        c.mmu.writeSystem(top - 24, 8, s.segments[Segment.CS].selector);
        c.mmu.writeSystem(top - 32, 8, s.rip);
        s.gpr[CpuState.RSP] = top - 32;
        Segments.setNull(s, Segment.SS, cpl);
    }

    private static void innerLegacy(Core c, int cpl, int size, int parameters) {
        CpuState s = c.state;
        long[] copied = new long[parameters];
        for (int i = 0; i < parameters; i++) {
            copied[i] = Stack.peek(c, i * size, size);
        }
        InterruptGate.LegacyFrame frame = new InterruptGate.LegacyFrame(c, size);
        frame.open(cpl);
        frame.push(s.segments[Segment.SS].selector);
        frame.push(s.gpr[CpuState.RSP]);
        for (int i = parameters - 1; i >= 0; i--) {
            frame.push(copied[i]);
        }
        frame.push(s.segments[Segment.CS].selector);
        frame.push(s.rip);
        frame.commit(cpl);
    }
}
