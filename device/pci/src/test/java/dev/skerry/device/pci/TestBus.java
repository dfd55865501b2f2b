package dev.skerry.device.pci;

import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** A bus with RAM from 0 on, and everything the interrupt line was told. */
final class TestBus implements AutoCloseable {
    static final long RAM_BYTES = 0x10000;
    static final PciIdentity IDENTITY =
            new PciIdentity(0x1234, 0x5678, 0x9a, 0xbcdef0, 0x1357, 0x2468);
    static final int COMMAND = 0x04;

    private final RamBlock ram;
    private final Container memoryRoot = new Container("memory", Long.MAX_VALUE);
    private final Container ioRoot = new Container("io", 0x10000);
    final AddressSpace memory = new AddressSpace("memory", memoryRoot);
    final AddressSpace io = new AddressSpace("io", ioRoot);
    final PciBus bus = new PciBus(memoryRoot, ioRoot, memory);

    /** Each call of the line, in order. */
    final List<Boolean> line = new ArrayList<>();

    TestBus() throws LinuxException {
        ram = RamBlock.allocate("test-ram", RAM_BYTES);
        memoryRoot.add(new RamRegion("ram", ram, false), 0);
    }

    static PciFunction newFunction() {
        LogSink nowhere = new LogSink("test", 1, OutputStream.nullOutputStream(), Level.TRACE);
        return new PciFunction(IDENTITY, Log.of(nowhere));
    }

    PciFunction attach(PciFunction function) {
        function.attach(bus, line::add);
        return function;
    }

    /** A function with one BAR at index 0 and nothing else, attached. */
    PciFunction attachWith(Bar.Kind kind, long sizeBytes) {
        PciFunction function = newFunction();
        int index = kind == Bar.Kind.ROM ? Bar.ROM_INDEX : 0;
        function.addBar(index, kind, region("bar", sizeBytes));
        return attach(function);
    }

    static long byteAt(long offset) {
        return offset % 251 + 2;
    }

    /** A region whose bytes tell their offsets, and are never what RAM or nobody would answer. */
    static IoRegion region(String name, long sizeBytes) {
        IoHandler offsets =
                new IoHandler() {
                    @Override
                    public long read(long offset, int size) {
                        return byteAt(offset);
                    }

                    @Override
                    public void write(long offset, int size, long value) {}
                };
        return new IoRegion(name, sizeBytes, AccessSizes.handled(1, 1), offsets);
    }

    @Override
    public void close() {
        ram.release();
    }
}
