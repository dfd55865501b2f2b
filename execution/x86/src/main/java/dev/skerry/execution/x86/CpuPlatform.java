package dev.skerry.execution.x86;

import dev.skerry.execution.x86.apic.ApicListener;
import dev.skerry.execution.x86.apic.LocalApic;
import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.core.Platform;
import dev.skerry.execution.x86.model.Cpuid;
import dev.skerry.execution.x86.msr.Msrs;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.time.TimeStamp;
import dev.skerry.platform.linux.HostRandom;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;

import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What surrounds one CPU's registers. Owned by the vCPU's thread but for the listener and wake. */
final class CpuPlatform implements Platform, ApicListener {
    /** After so many PAUSEs the host's other threads may run, whom the guest perhaps waits for. */
    private static final int PAUSES_TO_YIELD = 32;

    // Kinds of log lines.
    private static final int UNKNOWN_INSTRUCTION = 0;
    private static final int REFUSED_MSR = 1;
    private static final int FLOATING_POINT_ERROR = 2;

    private final boolean bootstrap;
    private final TimeStamp timeStamp;
    private final Cpuid cpuid;
    private final Log log;
    private final AtomicLong unknownInstructions = new AtomicLong();
    private LocalApic apic;
    private Msrs msrs;
    private Core core;
    private final int[] answer = new int[4];
    private int pauses;

    /** The thread in {@link #waitForRequest}, or null. */
    private volatile Thread sleeper;

    CpuPlatform(boolean bootstrap, TimeStamp timeStamp, Cpuid cpuid, Log log) {
        this.bootstrap = bootstrap;
        this.timeStamp = timeStamp;
        this.cpuid = cpuid;
        this.log = log;
    }

    /** Parts that know this one themselves. To be called once, before anything else. */
    void connect(LocalApic itsApic, Msrs itsMsrs, Core itsCore) {
        apic = itsApic;
        msrs = itsMsrs;
        core = itsCore;
    }

    long unknownInstructions() {
        return unknownInstructions.get();
    }

    @Override
    public void cpuid(Core c) {
        CpuState s = c.state;
        int situation = apic.isEnabled() ? Cpuid.APIC_ON : 0;
        situation |= (s.cr4 & Control.CR4_OSXSAVE) != 0 ? Cpuid.XSAVE_ON : 0;
        situation |= s.is64() ? Cpuid.IN_64_BITS : 0;
        situation |= msrs.limitsCpuid() ? Cpuid.LIMITED : 0;
        cpuid.answer((int) s.gpr[CpuState.RAX], (int) s.gpr[CpuState.RCX], situation, answer);
        s.gpr[CpuState.RAX] = answer[0] & 0xffff_ffffL;
        s.gpr[CpuState.RBX] = answer[1] & 0xffff_ffffL;
        s.gpr[CpuState.RCX] = answer[2] & 0xffff_ffffL;
        s.gpr[CpuState.RDX] = answer[3] & 0xffff_ffffL;
    }

    @Override
    public long readMsr(Core c, int number) {
        try {
            return msrs.read(c, number);
        } catch (GuestFault refused) {
            logRefused("read of", c, number);
            throw refused;
        }
    }

    @Override
    public void writeMsr(Core c, int number, long value) {
        try {
            msrs.write(c, number, value);
        } catch (GuestFault refused) {
            logRefused("write to", c, number);
            throw refused;
        }
    }

    /** Systems try registers out; only a debugger wants to know. */
    private void logRefused(String access, Core c, int number) {
        if (log.isDue(Level.DEBUG, REFUSED_MSR)) {
            log.limited(
                    Level.DEBUG,
                    REFUSED_MSR,
                    String.format("%s MSR 0x%x before 0x%x: #GP", access, number, c.state.rip));
        }
    }

    @Override
    public long timeStamp() {
        return timeStamp.now();
    }

    @Override
    public int taskPriority() {
        return apic.taskPriority();
    }

    @Override
    public void setTaskPriority(int value) {
        apic.setTaskPriority(value);
    }

    @Override
    public int acknowledgeInterrupt() {
        return apic.acknowledge();
    }

    @Override
    public void initialize(Core c) {
        apic.initialize();
        ResetState.afterInit(c.state);
        c.state.waitingForStartup = !bootstrap;
        settle(c);
    }

    @Override
    public void startUp(Core c) {
        if (c.state.waitingForStartup) {
            ResetState.startAt(c.state, apic.startupVector());
            settle(c);
        }
    }

    /** Everything derived from the registers is derived again. */
    static void settle(Core c) {
        c.state.updateMode();
        c.mmu.updatePrivilege();
        c.mmu.flush();
    }

    @Override
    public long random() {
        return HostRandom.next();
    }

    @Override
    public void pause() {
        pauses++;
        if (pauses % PAUSES_TO_YIELD == 0) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }

    @Override
    public void waitForRequest(Core c) {
        // Written before requests are read; wake reads it after they are written.
        sleeper = Thread.currentThread();
        while (!isWoken(c)) {
            LockSupport.park(this);
            if (Thread.currentThread().isInterrupted()) {
                // Whoever interrupts a vCPU's thread wants it back; run() leaves it interrupted.
                c.repeat(Core.STOP);
            }
        }
        sleeper = null;
    }

    /** Whether something is requested that the CPU can act on as it is. */
    private static boolean isWoken(Core c) {
        CpuState s = c.state;
        int ignored = 0;
        if (s.waitingForStartup) {
            ignored = Core.INTERRUPT | Core.NMI;
        } else if (s.nmiBlocked) {
            ignored = Core.NMI;
        }
        if ((s.systemFlags & Eflags.IF) == 0) {
            ignored |= Core.INTERRUPT;
        }
        return (c.requests() & ~ignored) != 0;
    }

    @Override
    public void wake() {
        Thread thread = sleeper;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void floatingPointError() {
        if (log.isDue(Level.WARNING, FLOATING_POINT_ERROR)) {
            log.limited(
                    Level.WARNING,
                    FLOATING_POINT_ERROR,
                    "an x87 exception is pending and CR0.NE is clear: there is no interrupt 13 for it");
        }
    }

    @Override
    public void unknownInstruction(Core c, long rip) {
        unknownInstructions.incrementAndGet();
        if (log.isDue(Level.WARNING, UNKNOWN_INSTRUCTION)) {
            log.limited(
                    Level.WARNING,
                    UNKNOWN_INSTRUCTION,
                    String.format("unknown instruction at 0x%x: %s", rip, bytesAt(c, rip)));
        }
    }

    private static String bytesAt(Core c, long rip) {
        long gva = c.state.codeBase + rip;
        if (!c.state.is64()) {
            gva &= 0xffff_ffffL;
        }
        byte[] bytes = new byte[15];
        try {
            int count = c.mmu.codePage(gva).fetch((int) gva & 0xfff, bytes, 0);
            return HexFormat.ofDelimiter(" ").formatHex(bytes, 0, count);
        } catch (GuestFault gone) {
            return "not mapped any more";
        }
    }

    // What the APIC has for the CPU.

    @Override
    public void interruptReady() {
        core.request(Core.INTERRUPT);
    }

    @Override
    public void nmi() {
        core.request(Core.NMI);
    }

    @Override
    public void init() {
        core.request(Core.INIT);
    }

    @Override
    public void startup() {
        core.request(Core.STARTUP);
    }
}
