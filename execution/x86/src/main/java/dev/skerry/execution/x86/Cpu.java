package dev.skerry.execution.x86;

import dev.skerry.execution.x86.apic.ApicBus;
import dev.skerry.execution.x86.apic.InterruptController;
import dev.skerry.execution.x86.apic.LocalApic;
import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.interpreter.Exit;
import dev.skerry.execution.x86.interpreter.Interpreter;
import dev.skerry.execution.x86.mmu.CodeCache;
import dev.skerry.execution.x86.mmu.GuestMemory;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.model.CpuFeature;
import dev.skerry.execution.x86.model.CpuModel;
import dev.skerry.execution.x86.model.Cpuid;
import dev.skerry.execution.x86.msr.Msrs;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.time.Clock;
import dev.skerry.execution.x86.time.TimeStamp;
import dev.skerry.execution.x86.translator.Translator;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AddressSpace;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One virtual CPU. One thread at a time runs it; {@link #stop}, {@link #nmi} and {@link
 * #setInterruptLine} may come from any thread, everything else only while it does not run.
 */
public final class Cpu {
    /** Why {@link #run} came back. */
    public enum Stop {
        /** Somebody asked for it, or interrupted the thread. */
        STOPPED,
        /** A triple fault: a machine resets itself. */
        SHUTDOWN
    }

    /**
     * What it has done so far; not exact while it runs.
     *
     * @param translated how many of the instructions were done by translated code
     * @param unknownInstructions how often it came upon one it does not implement
     */
    public record Counters(
            long instructions, long translated, long blocksDecoded, long unknownInstructions) {}

    private final int index;
    private final ApicBus bus;
    private final LocalApic apic;
    private final TimeStamp timeStamp;
    private final Msrs msrs;
    private final CpuPlatform platform;
    private final Core core;
    private final Interpreter interpreter;
    private final CpuRegisters registers;
    private final AtomicBoolean running = new AtomicBoolean();

    /** What the CPUs of a machine share. */
    record Shared(
            GuestMemory memory,
            CodeCache code,
            AddressSpace ports,
            CpuModel model,
            int count,
            ApicBus bus,
            InterruptController controller,
            Clock clock,
            Translator translator,
            Log log) {}

    Cpu(Shared shared, int index) {
        this.index = index;
        bus = shared.bus;
        boolean bootstrap = index == 0;
        CpuModel model = shared.model;
        timeStamp = new TimeStamp(shared.clock);
        Cpuid cpuid = new Cpuid(model, index, shared.count);
        Log log = shared.log.withSubject("cpu" + index);
        platform = new CpuPlatform(bootstrap, timeStamp, cpuid, log);
        LocalApic.Features features =
                new LocalApic.Features(
                        model.has(CpuFeature.X2APIC),
                        model.has(CpuFeature.TSC_DEADLINE),
                        CpuModel.PHYSICAL_BITS);
        CpuState state = new CpuState();
        Mmu mmu = new Mmu(state, shared.memory, shared.code);
        core = new Core(state, mmu, shared.ports, platform);
        apic =
                new LocalApic(
                        index,
                        bootstrap,
                        features,
                        bus,
                        platform,
                        shared.controller,
                        shared.clock,
                        timeStamp);
        msrs = new Msrs(model, apic, timeStamp);
        platform.connect(apic, msrs, core);
        shared.code.attach(core);
        interpreter = new Interpreter(core, shared.translator);
        registers = new CpuRegisters(core);
        reset();
    }

    /** Its number, and its APIC's id. */
    public int index() {
        return index;
    }

    public LocalApic apic() {
        return apic;
    }

    /** Its registers, for a loader that does a firmware's work, and for debugging. */
    public CpuRegisters registers() {
        return registers;
    }

    /**
     * Runs until {@link #stop}, on the calling thread. A CPU that is halted, or waits to be started
     * by another one, sleeps in here.
     *
     * @throws IllegalStateException if another thread runs it
     */
    public Stop run() {
        if (!running.compareAndSet(false, true)) {
            throw new IllegalStateException("CPU " + index + " runs already");
        }
        bus.enter(apic);
        try {
            return interpreter.run() == Exit.STOPPED ? Stop.STOPPED : Stop.SHUTDOWN;
        } finally {
            bus.enter(null);
            running.set(false);
        }
    }

    /** Makes {@link #run} return soon; if it is not running, the next one returns at once. */
    public void stop() {
        core.request(Core.STOP);
    }

    /** A non-maskable interrupt, past the APIC: a debugger's or a watchdog's. */
    public void nmi() {
        core.request(Core.NMI);
    }

    /** The interrupt controller's line, which goes to the APIC's LINT0. */
    public void setInterruptLine(boolean up) {
        apic.setLint0(up);
    }

    /**
     * Power-on. The time stamp counter goes on, unlike a chip's: CPUs that are reset one after
     * another stay together.
     */
    public void reset() {
        // A stop stays: whoever asked for it waits for a run to end. So does what other CPUs rely
        // on.
        core.take(~(Core.STOP | Core.FLUSH | Core.EPOCH));
        apic.reset();
        msrs.reset();
        timeStamp.setAdjustment(0);
        ResetState.afterPowerOn(core.state);
        core.state.waitingForStartup = index != 0;
        CpuPlatform.settle(core);
    }

    /**
     * The whole state in bytes: registers with their hidden parts, floating point, MSRs, the local
     * APIC, pending interrupts and the time stamp. Memory is not part of it. With several CPUs, stop
     * the clock first, so that all are saved for one instant.
     */
    public byte[] save() {
        return CpuImage.save(core, apic, msrs, timeStamp);
    }

    /**
     * Puts the CPU into a state that was saved, perhaps by another process. Time stamp and timers go
     * on from where they were.
     *
     * @throws IOException if the bytes are not such a state, or of another version; the CPU is then
     *     to be reset
     */
    public void restore(byte[] state) throws IOException {
        CpuImage.restore(state, core, apic, msrs, timeStamp);
        CpuPlatform.settle(core);
    }

    public Counters counters() {
        return new Counters(
                interpreter.instructions(),
                core.state.translated,
                interpreter.blocksDecoded(),
                platform.unknownInstructions());
    }

    /** Drops translations: the memory map has changed. From any thread. */
    void mapChanged() {
        core.request(Core.FLUSH);
    }

    @Override
    public String toString() {
        return "cpu" + index;
    }
}
