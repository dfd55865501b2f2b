package dev.skerry.execution.x86;

import dev.skerry.execution.x86.apic.ApicBus;
import dev.skerry.execution.x86.apic.InterruptController;
import dev.skerry.execution.x86.mmu.CodeCache;
import dev.skerry.execution.x86.mmu.GuestMemory;
import dev.skerry.execution.x86.model.CpuModel;
import dev.skerry.execution.x86.time.Clock;
import dev.skerry.execution.x86.translator.Translator;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.RamBlock;

import java.util.ArrayList;
import java.util.List;

/**
 * A machine's CPUs and what they share: memory, decoded code, the bus of their APICs. CPU 0 starts
 * the machine; the others wait for it.
 *
 * <p>The machine puts {@link ApicBus#page} into the memory at {@link
 * dev.skerry.execution.x86.apic.LocalApic#DEFAULT_BASE}, connects its interrupt controllers with
 * {@link #bus} and {@link Cpu#setInterruptLine}, and gives each {@link Cpu#run} a thread.
 */
public final class Processors {
    /** The most CPUs a machine can have: ids of eight bits, one of which means all. */
    public static final int MOST = 255;

    private final GuestMemory guestMemory;
    private final CodeCache code;
    private final ApicBus bus = new ApicBus();
    private final List<Cpu> cpus;
    private final Translator translator;

    /** As the other constructor, with {@link Jit#ON}. */
    public Processors(
            AddressSpace memory,
            RamBlock mainMemory,
            AddressSpace ports,
            CpuModel model,
            int count,
            Clock clock,
            InterruptController controller,
            Log log) {
        this(memory, mainMemory, ports, model, count, clock, controller, Jit.ON, log);
    }

    /**
     * Makes CPUs in their power-on state.
     *
     * @param memory what they see as physical memory
     * @param mainMemory the block of RAM that is reached directly wherever {@code memory} shows it;
     *     must stay mapped
     * @param ports what IN and OUT reach, 64 KiB
     * @param count 1 to {@link #MOST}
     * @param controller what an acknowledge cycle reaches
     * @param jit whether code is translated
     * @throws IllegalArgumentException for a count out of range
     */
    public Processors(
            AddressSpace memory,
            RamBlock mainMemory,
            AddressSpace ports,
            CpuModel model,
            int count,
            Clock clock,
            InterruptController controller,
            Jit jit,
            Log log) {
        if (count < 1 || count > MOST) {
            throw new IllegalArgumentException(count + " CPUs: there can be 1 to " + MOST);
        }
        guestMemory = new GuestMemory(memory, mainMemory, count);
        code = new CodeCache(guestMemory);
        translator =
                jit.mode() == Jit.Mode.OFF
                        ? null
                        : new Translator(jit, guestMemory, log.withSubject("jit"));
        Cpu.Shared shared =
                new Cpu.Shared(
                        guestMemory,
                        code,
                        ports,
                        model,
                        count,
                        bus,
                        controller,
                        clock,
                        translator,
                        log);
        List<Cpu> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made.add(new Cpu(shared, i));
        }
        cpus = List.copyOf(made);
        // After the memory's own listener, which has to know the new map before anybody looks.
        memory.addListener((before, after) -> cpus.forEach(Cpu::mapChanged));
    }

    /** How many pieces of code have been translated. */
    public long translations() {
        return translator == null ? 0 : translator.made();
    }

    public List<Cpu> cpus() {
        return cpus;
    }

    /** The bus of the APICs, for I/O APICs and message-signalled interrupts. */
    public ApicBus bus() {
        return bus;
    }

    /**
     * Says that somebody whose writes are not seen, a device in another process, may have written to
     * memory: decoded code is compared with it before it runs again. From any thread.
     */
    public void memoryMayHaveChanged() {
        code.beginEpoch();
    }

    /** Opens or closes the A20 gate: closed, bit 20 of physical addresses is zero. */
    public void setA20(boolean open) {
        guestMemory.setA20(open);
        cpus.forEach(Cpu::mapChanged);
    }
}
