package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Mode;
import dev.skerry.execution.x86.state.Segment;

/** Pushing and popping. Intel SDM 1, section 6.2. Nothing changes before all accesses are done. */
public final class Stack {
    private Stack() {}

    /** The part of RSP that counts: all of it, ESP or SP. */
    public static long mask(CpuState s) {
        return s.is64() ? -1L : (s.mode & Mode.STACK32) != 0 ? 0xffff_ffffL : 0xffff;
    }

    /** Sets the part of RSP that counts. */
    public static void setPointer(CpuState s, long value) {
        long mask = mask(s);
        long rsp = s.gpr[CpuState.RSP];
        // A write to ESP clears the upper half, one to SP leaves the rest.
        s.gpr[CpuState.RSP] = mask == 0xffff ? rsp & ~mask | value & mask : value & mask;
    }

    public static void push(Core c, long value, int size) {
        CpuState s = c.state;
        long pointer = s.gpr[CpuState.RSP] - size & mask(s);
        c.mmu.write(Address.linear(s, Segment.SS, pointer, size, Mmu.WRITE), size, value);
        setPointer(s, pointer);
    }

    /** What is on top of the stack, left there. */
    public static long peek(Core c, int size) {
        return peek(c, 0, size);
    }

    /** What is some bytes below the top of the stack, left there. */
    public static long peek(Core c, int depthBytes, int size) {
        CpuState s = c.state;
        long pointer = s.gpr[CpuState.RSP] + depthBytes & mask(s);
        return c.mmu.read(Address.linear(s, Segment.SS, pointer, size, Mmu.READ), size);
    }

    /** Drops bytes from the stack. */
    public static void drop(Core c, long bytes) {
        CpuState s = c.state;
        setPointer(s, s.gpr[CpuState.RSP] + bytes);
    }
}
