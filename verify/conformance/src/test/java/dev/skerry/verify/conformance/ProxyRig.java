package dev.skerry.verify.conformance;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.api.DeviceModels;
import dev.skerry.device.api.Timer;
import dev.skerry.device.block.Images;
import dev.skerry.device.disk.Drives;
import dev.skerry.device.disk.ScsiUnits;
import dev.skerry.device.pci.PciBus;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.isolation.proxy.IrqRoute;
import dev.skerry.isolation.proxy.MpqemuLink;
import dev.skerry.isolation.proxy.ProxyDevice;
import dev.skerry.isolation.proxy.ProxyHost;
import dev.skerry.isolation.proxy.SoftwareIrqRoute;
import dev.skerry.isolation.remote.InlineServer;
import dev.skerry.isolation.transport.LoopbackTransport;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.PropertyValues;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.workbench.ManualHost;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * The least machine around one PCI device, which may be in it, behind a loopback, or in a process:
 * RAM from 0 on, a bus, one interrupt input. The bus cannot tell, and neither can a script.
 */
final class ProxyRig implements ProxyHost, AutoCloseable {
    /** Where the device is. */
    enum Way {
        INSIDE,
        LOOPBACK,
        PROCESS,
        STOCK_PROCESS
    }

    static final long RAM_BYTES = 4L << 20;
    static final int GSI = 11;

    private static final Set<String> KEYS = Set.of("driver", "id", "bus");

    private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    private final Log log = Log.of(new LogSink("rig", 1, lines, Level.INFO)).withSubject("dev0");
    private final ManualHost manual = new ManualHost();
    private final Container system = new Container("system", 1L << 48);
    private final Container ports = new Container("ports", 0x1_0000);
    private final RamBlock ram = RamBlock.allocate("ram", RAM_BYTES);
    private final AddressSpace memory;
    private final AddressSpace portSpace = new AddressSpace("ports", ports);
    private final List<Device> units = new ArrayList<>();
    private final Drives drives = new Drives(Images.ofHost(log), log);
    private final PciDevice device;
    private final List<SoftwareIrqRoute> routes = new ArrayList<>();
    private DeviceProcess process;
    private InlineServer server;
    private boolean input;

    /**
     * @param driver as after {@code -device}
     * @param image a disk for a controller's target 0, or null
     */
    ProxyRig(Way way, String driver, Path image) throws Exception {
        system.add(new RamRegion("ram", ram, false), 0);
        Container pciMemory = new Container("pci", 1L << 48);
        system.add(pciMemory, 0, -1);
        memory = new AddressSpace("memory", system);
        device =
                switch (way) {
                    case INSIDE -> model(driver, image);
                    case LOOPBACK -> loopback(model(driver, image));
                    case PROCESS -> inProcess(DeviceProcess.ours(), driver, image);
                    case STOCK_PROCESS -> inProcess(DeviceProcess.stock(), driver, image);
                };
        device.function().attach(new PciBus(pciMemory, ports, memory), level -> input = level);
        if (device instanceof ProxyDevice proxy) {
            proxy.routeInterrupt(GSI);
        }
    }

    private PciDevice model(String driver, Path image) throws OptionException {
        OptionList options = OptionList.parse("-device", driver + ",id=dev0", "driver");
        DeviceModel model = DeviceModels.find(options.require("driver"));
        PciDevice made =
                (PciDevice)
                        model.create(
                                manual,
                                new PropertyValues(
                                        model.name(), model.properties(), options, KEYS));
        if (image != null) {
            drives.addDrive(
                    OptionList.parse("-drive", "id=d0,if=none,format=raw,file=" + image, "file"));
            drives.open();
            ScsiUnits plugging = new ScsiUnits(log, drives);
            plugging.addController(made, manual, false, units::add);
            OptionList disk = OptionList.parse("-device", "scsi-hd,drive=d0,scsi-id=0", "driver");
            plugging.add("hd0", DeviceModels.find("scsi-hd"), disk, KEYS);
        }
        return made;
    }

    private PciDevice loopback(PciDevice made) throws IOException {
        LoopbackTransport[] pair = LoopbackTransport.pair();
        server = new InlineServer("dev0", pair[1], made, log);
        pair[0].whenWaiting(this::serve);
        return new ProxyDevice(this, new MpqemuLink(pair[0], 1_000_000_000, 0), socket -> null);
    }

    private void serve() {
        try {
            server.serve();
        } catch (IOException | ProtocolException e) {
            throw new AssertionError("the server gave the proxy up", e);
        }
    }

    private PciDevice inProcess(List<String> program, String driver, Path image)
            throws IOException {
        process = startProcess(program, driver, image);
        return new ProxyDevice(this, open(process.link(0)), ProxyRig::open);
    }

    static DeviceProcess startProcess(List<String> program, String driver, Path image)
            throws IOException {
        List<String> command =
                image == null
                        ? DeviceProcess.oneDevice(program, driver)
                        : DeviceProcess.oneDisk(program, image, "", "");
        return DeviceProcess.start(command, 1, null);
    }

    private static MpqemuLink open(UnixStream socket)
            throws dev.skerry.isolation.proxy.LinkException {
        return MpqemuLink.over(socket, DeviceProcess.TIMEOUT_NS);
    }

    PciDevice device() {
        return device;
    }

    ProxyDevice proxy() {
        return (ProxyDevice) device;
    }

    DeviceProcess process() {
        return process;
    }

    RamBlock ram() {
        return ram;
    }

    AddressSpace memory() {
        return memory;
    }

    AddressSpace ports() {
        return portSpace;
    }

    String logText() {
        return lines.toString(StandardCharsets.UTF_8);
    }

    /** Whether the interrupt input is up. */
    boolean input() {
        for (SoftwareIrqRoute route : routes) {
            route.signalled();
        }
        return input;
    }

    /** What a guest's interrupt controller says at the end of an interrupt. */
    void endOfInterrupt() {
        for (SoftwareIrqRoute route : routes) {
            route.ended(GSI);
        }
    }

    /** Lets a little time pass, real or not. */
    void pass() {
        if (process != null) {
            LockSupport.parkNanos(100_000);
            return;
        }
        manual.runOffloaded();
        manual.advance(1_000_000);
        if (server != null) {
            serve();
        }
    }

    @Override
    public AddressSpace guestMemory() {
        return memory;
    }

    @Override
    public IrqRoute connectIrq(EventFd irq, EventFd resample) {
        SoftwareIrqRoute route =
                new SoftwareIrqRoute(irq, resample, gsi -> level -> input = level, () -> {});
        routes.add(route);
        return route;
    }

    @Override
    public void memoryMayHaveChanged() {
        return;
    }

    @Override
    public void linkLost(String reason) {
        return;
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
        return manual.nowNs();
    }

    @Override
    public Timer newTimer(Runnable onExpiry) {
        throw new AssertionError("a proxy needs no timer");
    }

    @Override
    public void offload(Runnable work, DeviceHost.Completion completion) {
        throw new AssertionError("a proxy offloads nothing");
    }

    @Override
    public void close() throws IOException {
        device.close();
        if (server != null) {
            server.close();
        }
        units.forEach(Device::close);
        drives.close();
        if (process != null) {
            process.close();
        }
        ram.release();
    }
}
