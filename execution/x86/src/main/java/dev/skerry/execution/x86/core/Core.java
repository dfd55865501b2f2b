package dev.skerry.execution.x86.core;

import dev.skerry.execution.x86.mmu.CodeCache;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.platform.memory.AddressSpace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One CPU's parts, as instructions' semantics need them. Owned by the vCPU's thread but for {@link
 * #request}.
 */
public final class Core implements CodeCache.Listener {
    // Requests: why the CPU is to look up between two blocks.

    /** The local APIC or the interrupt controller has, or may have, an interrupt. */
    public static final int INTERRUPT = 1;

    public static final int NMI = 1 << 1;
    public static final int INIT = 1 << 2;
    public static final int STARTUP = 1 << 3;

    /** A single step, or a breakpoint to report. */
    public static final int DEBUG = 1 << 4;

    /** The whole TLB is to be dropped: the memory map or the set of code pages has changed. */
    public static final int FLUSH = 1 << 5;

    /** A DMA epoch has begun: code pages are to be validated before they run again. */
    public static final int EPOCH = 1 << 6;

    /** {@code run} is to return. */
    public static final int STOP = 1 << 7;

    private static final VarHandle REQUESTS;

    static {
        try {
            REQUESTS = MethodHandles.lookup().findVarHandle(Core.class, "requests", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new AssertionError(impossible);
        }
    }

    public final CpuState state;
    public final Mmu mmu;
    public final AddressSpace ports;

    /** What surrounds the registers: APIC, identification, clock. */
    public final Platform platform;

    private volatile int requests;

    public Core(CpuState state, Mmu mmu, AddressSpace ports, Platform platform) {
        this.state = state;
        this.mmu = mmu;
        this.ports = ports;
        this.platform = platform;
    }

    /** Makes the CPU look up soon. From any thread. */
    public void request(int which) {
        REQUESTS.getAndBitwiseOr(this, which);
        platform.wake();
    }

    /** As {@link #request}, by the CPU of itself. */
    public void repeat(int which) {
        REQUESTS.getAndBitwiseOr(this, which);
    }

    /**
     * Whether there is anything to act on; an interrupt is nothing while they are disabled. Cheap
     * enough to ask after each block.
     */
    public boolean isRequested() {
        int now = (int) REQUESTS.getOpaque(this);
        return now != 0 && (now != INTERRUPT || (state.systemFlags & Eflags.IF) != 0);
    }

    /** Takes some of the requests away and says which of them there were. */
    public int take(int which) {
        return (int) REQUESTS.getAndBitwiseAnd(this, ~which) & which;
    }

    public int requests() {
        return requests;
    }

    @Override
    public void codeProtected() {
        request(FLUSH);
    }

    @Override
    public void epochBegan() {
        request(EPOCH);
    }

    @Override
    public Mmu mmu() {
        return mmu;
    }
}
