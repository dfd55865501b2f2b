package dev.skerry.device.testdev;

import dev.skerry.device.pci.PciBus;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;

import java.util.ArrayList;
import java.util.List;

/**
 * A device on a bus, set up as firmware would: memory BARs from {@link #BAR0} on, the I/O BAR at
 * {@link #PORTS}, bus mastering on, RAM from 0 on.
 */
final class Workbench implements AutoCloseable {
    static final long BAR0 = 0xe000_0000L;
    static final long PORTS = 0xc000;
    static final long RAM_BYTES = 0x10000;
    static final int COMMAND = 0x04;
    static final int COMMAND_ALL = 0x7;

    private final RamBlock ram = allocate();
    private final PciDevice device;
    final AddressSpace memory;
    final AddressSpace io;
    final PciFunction function;

    /** Each call of the interrupt line, in order. */
    final List<Boolean> line = new ArrayList<>();

    Workbench(PciDevice device) {
        this.device = device;
        Container memoryRoot = new Container("memory", Long.MAX_VALUE);
        Container ioRoot = new Container("io", 0x10000);
        memoryRoot.add(new RamRegion("ram", ram, false), 0);
        memory = new AddressSpace("memory", memoryRoot);
        io = new AddressSpace("io", ioRoot);
        function = device.function();
        function.attach(new PciBus(memoryRoot, ioRoot, memory), line::add);
        setUp();
    }

    private static RamBlock allocate() {
        try {
            return RamBlock.allocate("test-ram", RAM_BYTES);
        } catch (LinuxException e) {
            throw new AssertionError(e);
        }
    }

    /** What firmware does, again after a reset. */
    void setUp() {
        function.writeConfig(0x10, 4, BAR0);
        function.writeConfig(0x14, 4, PORTS);
        function.writeConfig(COMMAND, 2, COMMAND_ALL);
    }

    long read(long offset, int size) {
        return memory.read(BAR0 + offset, size);
    }

    void write(long offset, int size, long value) {
        memory.write(BAR0 + offset, size, value);
    }

    long in(long offset, int size) {
        return io.read(PORTS + offset, size);
    }

    void out(long offset, int size, long value) {
        io.write(PORTS + offset, size, value);
    }

    boolean lineIsUp() {
        return !line.isEmpty() && line.getLast();
    }

    @Override
    public void close() {
        device.close();
        ram.release();
    }
}
