package dev.skerry.isolation.proxy;

import dev.skerry.device.api.Timer;
import dev.skerry.device.pci.PciBus;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A machine of one thread: memory, a bus, interrupt inputs that are booleans. */
final class FakeMachine implements ProxyHost, AutoCloseable {
    static final long RAM_BYTES = 0x10_0000;

    final Container system = new Container("system", 1L << 48);
    final Container pciMemory = new Container("pci", 1L << 48);
    final Container ports = new Container("ports", 0x1_0000);
    final AddressSpace memory;
    final AddressSpace portSpace = new AddressSpace("ports", ports);
    final RamBlock ram;
    final PciBus bus;
    final boolean[] inputs = new boolean[24];
    final List<String> losses = new ArrayList<>();
    final List<SoftwareIrqRoute> routes = new ArrayList<>();
    int memoryChanges;
    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private final Log log = Log.of(new LogSink("test", 1, lines, Level.INFO)).withSubject("dev0");

    FakeMachine() throws IOException {
        ram = RamBlock.allocate("ram", RAM_BYTES);
        system.add(new RamRegion("ram", ram, false), 0);
        system.add(pciMemory, 0, -1);
        memory = new AddressSpace("memory", system);
        bus = new PciBus(pciMemory, ports, memory);
    }

    ProxyDevice plug(FakeProcess process) throws LinkException {
        ProxyDevice proxy = new ProxyDevice(this, process.link(), socket -> process.link());
        proxy.function().attach(bus, asserted -> {});
        return proxy;
    }

    /** What an event loop would do. */
    void turn() {
        routes.forEach(SoftwareIrqRoute::signalled);
    }

    void endOfInterrupt(int gsi) {
        routes.forEach(route -> route.ended(gsi));
    }

    List<String> logLines() {
        return lines.size() == 0
                ? List.of()
                : Arrays.asList(lines.toString(StandardCharsets.UTF_8).split("\n"));
    }

    @Override
    public AddressSpace guestMemory() {
        return memory;
    }

    @Override
    public IrqRoute connectIrq(EventFd irq, EventFd resample) {
        SoftwareIrqRoute route =
                new SoftwareIrqRoute(
                        irq,
                        resample,
                        gsi -> asserted -> inputs[gsi] = asserted,
                        this::memoryMayHaveChanged);
        routes.add(route);
        return route;
    }

    @Override
    public void memoryMayHaveChanged() {
        memoryChanges++;
    }

    @Override
    public void linkLost(String reason) {
        losses.add(reason);
    }

    @Override
    public String id() {
        return "dev0";
    }

    @Override
    public Log log() {
        return log;
    }

    @Override
    public long nowNs() {
        return 0;
    }

    @Override
    public Timer newTimer(Runnable onExpiry) {
        throw new AssertionError("a proxy needs no timer");
    }

    @Override
    public void offload(Runnable work, Completion completion) {
        throw new AssertionError("a proxy offloads nothing");
    }

    @Override
    public void close() {
        ram.release();
    }
}
