package dev.skerry.verify.boot;

import dev.skerry.device.pc.Pic;
import dev.skerry.device.pc.Pit;
import dev.skerry.device.pc.SerialBackend;
import dev.skerry.device.pc.Uart16550;
import dev.skerry.execution.x86.Cpu;
import dev.skerry.execution.x86.Jit;
import dev.skerry.execution.x86.Processors;
import dev.skerry.execution.x86.apic.LocalApic;
import dev.skerry.execution.x86.model.CpuModel;
import dev.skerry.execution.x86.time.HostClock;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.vmm.boot.BootException;
import dev.skerry.vmm.boot.BootImage;
import dev.skerry.vmm.boot.BootRequest;
import dev.skerry.vmm.boot.LinuxKernel;
import dev.skerry.vmm.boot.MemoryRange;

import java.util.List;

/**
 * The least a Linux kernel runs on: one CPU of the software kind, RAM from 0 on, a serial port, the
 * two interrupt controllers and the timer of a PC. No firmware, no ACPI, no PCI, and so no way to
 * switch it off: whoever runs it watches the console and stops it.
 */
public final class BareMachine implements AutoCloseable {
    private static final int PORTS = 0x1_0000;
    private static final int SERIAL = 0x3f8;
    private static final int SERIAL_IRQ = 4;
    private static final long PHYSICAL_SPACE = 1L << 40;
    private static final long LOW_END = 0x9fc00;
    private static final long HIGH_BEGIN = 0x10_0000;

    private final RamBlock ram;
    private final HostClock clock = new HostClock("bare-clock");
    private final Console console = new Console();
    private final Processors processors;
    private final Cpu cpu;
    private final Pit pit;
    private final Uart16550 serial;
    private Thread thread;
    private volatile Cpu.Stop ended;

    /**
     * @param ramBytes a multiple of 4096, at most 3 GiB
     * @throws LinuxException if the host does not give as much memory
     */
    public BareMachine(long ramBytes, Jit jit, Log log) throws LinuxException {
        ram = RamBlock.allocate("bare-ram", ramBytes);
        Container memory = new Container("memory", PHYSICAL_SPACE);
        memory.add(new RamRegion("ram", ram, false), 0);
        Container ports = new Container("ports", PORTS);
        AddressSpace memorySpace = new AddressSpace("memory", memory);
        AddressSpace portSpace = new AddressSpace("ports", ports);
        // The line is heard of before there is a CPU to hear of it.
        Cpu[] target = new Cpu[1];
        Pic pic =
                new Pic(
                        up -> {
                            if (target[0] != null) {
                                target[0].setInterruptLine(up);
                            }
                        });
        processors =
                new Processors(
                        memorySpace,
                        ram,
                        portSpace,
                        CpuModel.skerry64(),
                        1,
                        clock,
                        pic::acknowledge,
                        jit,
                        log);
        cpu = processors.cpus().getFirst();
        target[0] = cpu;
        memory.add(processors.bus().page(), LocalApic.DEFAULT_BASE, 1);
        OwnedDevices timers = new OwnedDevices("pit", clock, log);
        pit = new Pit(timers, pic.line(0));
        OwnedDevices lines = new OwnedDevices("serial", clock, log);
        serial = new Uart16550(lines, new ToConsole(), pic.line(SERIAL_IRQ));
        ports.add(pic.firstPorts(), 0x20);
        ports.add(pic.secondPorts(), 0xa0);
        ports.add(pic.triggerPorts(), 0x4d0);
        ports.add(timers.guarded(pit.ports()), 0x40);
        ports.add(timers.guarded(pit.portB()), 0x61);
        ports.add(lines.guarded(serial.registers()), SERIAL);
    }

    /** What the guest sends goes to the console; the guest is sent nothing. */
    private final class ToConsole implements SerialBackend {
        @Override
        public boolean write(byte value) {
            console.write(value);
            return true;
        }

        @Override
        public void inputWanted() {
            // There is no input to give.
        }
    }

    public Console console() {
        return console;
    }

    public Cpu cpu() {
        return cpu;
    }

    /** Of the thread that runs the CPU, which begins with {@link #boot}. */
    public long cpuThreadId() {
        return thread.threadId();
    }

    /**
     * Starts a kernel, entered directly.
     *
     * @throws IllegalArgumentException if it does not fit into the RAM
     */
    public void boot(LinuxKernel kernel, byte[] initRamFs, String commandLine) {
        BootImage image;
        try {
            image = kernel.boot(new BootRequest("", commandLine, null, map(), 0), initRamFs);
        } catch (BootException e) {
            throw new IllegalArgumentException(e);
        }
        image.segments().forEach(segment -> EntryRegisters.put(segment, ram.segment()));
        EntryRegisters.set(cpu.registers(), image.entry());
        clock.start();
        thread = Thread.ofPlatform().name("vcpu0").start(this::run);
    }

    private List<MemoryRange> map() {
        return List.of(
                new MemoryRange(0, LOW_END, MemoryRange.USABLE),
                new MemoryRange(HIGH_BEGIN, ram.sizeBytes() - HIGH_BEGIN, MemoryRange.USABLE));
    }

    private void run() {
        try {
            ended = cpu.run();
        } finally {
            console.close();
        }
    }

    /** How many pieces of code were translated. */
    public long translations() {
        return processors.translations();
    }

    /** How the CPU came to stand, or null while it runs. */
    public Cpu.Stop ended() {
        return ended;
    }

    /** Stops the CPU and lets go of the memory. */
    @Override
    public void close() {
        boolean interrupted = false;
        while (thread != null && thread.isAlive()) {
            cpu.stop();
            try {
                thread.join();
            } catch (InterruptedException e) {
                // The memory must not go before the CPU stands.
                interrupted = true;
            }
        }
        serial.close();
        pit.close();
        clock.close();
        ram.release();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
