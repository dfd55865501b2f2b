package dev.skerry.vmm.machine;

import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.api.Workers;
import dev.skerry.device.block.Images;
import dev.skerry.device.disk.Drives;
import dev.skerry.device.pc.DebugConsole;
import dev.skerry.device.pc.DebugExit;
import dev.skerry.device.pc.MachinePower;
import dev.skerry.isolation.proxy.RoundTrips;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.vmm.acpi.AcpiTables;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A PC's parts and how they are put together. Assembled and reset by one thread. */
final class Pc {
    private static final int SCI = 9;

    /** What a guest can ask for. */
    interface Requests extends MachinePower {
        /** The process is to end. */
        void exit(int status);

        /** A device in another process is lost; see {@link MachineListener#deviceLost}. */
        void lost(String id, String reason);

        /** A CPU cannot go on: the machine stands until it is reset. */
        void fail();
    }

    private final MachineOptions options;
    private final Requests requests;
    private final Workers workers = new Workers();
    private final Spaces spaces = Spaces.empty();
    private final GuestRam ram;
    private final Accelerator accelerator;
    private final Gsis gsis;
    private final LegacyDevices legacy;
    private final Board board;
    private final Drives drives;
    private final PciDevices pci;
    private final Starter starter;
    private final Map<Integer, InterruptLine> tested = new HashMap<>();
    private final java.util.Set<String> ids = new java.util.HashSet<>();
    private int anonymous;

    Pc(MachineOptions options, EventLoop events, Requests requests, Log log)
            throws OptionException {
        this.options = options;
        this.requests = requests;
        boolean q35 = options.type().equals("q35");
        ram =
                new GuestRam(
                        options.ram(),
                        q35 ? Q35Board.HOLE_BYTES : PcBoard.HOLE_BYTES,
                        q35 ? Q35Board.LOW_BYTES : PcBoard.LOW_BYTES);
        ram.place(spaces.memory());
        accelerator = Accelerators.choose(options, spaces, ram, requests, log);
        accelerator.place(spaces.memory(), spaces.ports());
        gsis = new Gsis(accelerator.interrupts());
        legacy = new LegacyDevices(spaces, accelerator, gsis, workers, log);
        LockedHost chipset = legacy.host("chipset");
        InterruptLine sci = gsis.source(SCI);
        board =
                q35
                        ? new Q35Board(chipset, spaces, ram, pciSources(), sci, requests)
                        : new PcBoard(chipset, spaces, ram, pciSources(), sci, requests);
        addLegacy();
        drives = new Drives(Images.ofHost(log), log);
        for (OptionList node : options.blockdevs()) {
            drives.addBlockdev(node);
        }
        for (OptionList drive : options.drives()) {
            drives.addDrive(drive);
        }
        drives.open();
        PciHost.Parts parts =
                new PciHost.Parts(
                        spaces.memorySpace(),
                        accelerator,
                        gsis,
                        events,
                        workers,
                        requests::lost,
                        log);
        pci = new PciDevices(board.bus(), q35 ? "pcie.0" : "pci.0", parts, drives);
        for (OptionList device : options.devices()) {
            addDevice(device);
        }
        AcpiTables tables =
                new AcpiTables(
                        AcpiDescription.of(
                                q35, options.cpus(), ram, board.wiring()::pirq, legacy.serials()));
        FirmwareConfig.add(
                legacy,
                spaces,
                ram,
                options.cpus(),
                !"off".equals(options.properties().get("graphics")),
                tables,
                accelerator::memoryMayHaveChanged);
        starter = new Starter(options, spaces, ram, board, accelerator, tables);
    }

    /** Interrupts of bus masters tell of memory written, by devices whose writes nobody sees. */
    private List<InterruptLine> pciSources() {
        List<InterruptLine> sources = new ArrayList<>();
        for (InterruptLine source : gsis.sources()) {
            sources.add(
                    up -> {
                        if (up) {
                            accelerator.memoryMayHaveChanged();
                        }
                        source.set(up);
                    });
        }
        return sources;
    }

    private void addLegacy() {
        legacy.addTimer();
        legacy.addClock(ram, options.cpus());
        legacy.addKeyboard(requests);
        for (int i = 0; i < Math.min(4, options.serials().size()); i++) {
            if (options.serials().get(i) != null) {
                legacy.addSerial(i, options.serials().get(i));
            }
        }
        if (options.debugConsole() != null) {
            legacy.addDebugConsole(
                    "debugcon",
                    DebugConsole.DEFAULT_PORT,
                    DebugConsole.DEFAULT_READBACK,
                    options.debugConsole());
        }
    }

    private void addDevice(OptionList device) throws OptionException {
        String driver = device.require("driver");
        String id = device.has("id") ? device.require("id") : driver + "." + anonymous++;
        if (!ids.add(id)) {
            throw device.error("Duplicate device ID '" + id + "'");
        }
        switch (driver) {
            case "isa-serial" -> addSerial(id, device);
            case "isa-debug-exit" -> {
                IsaOptions isa = new IsaOptions(device, List.of("iobase", "iosize"));
                legacy.addDebugExit(
                        id,
                        isa.number("iobase", DebugExit.DEFAULT_PORT),
                        isa.number("iosize", DebugExit.DEFAULT_PORTS),
                        requests::exit);
            }
            case "isa-debugcon" -> {
                IsaOptions isa = new IsaOptions(device, List.of("iobase", "readback", "chardev"));
                legacy.addDebugConsole(
                        id,
                        isa.number("iobase", DebugConsole.DEFAULT_PORT),
                        isa.number("readback", DebugConsole.DEFAULT_READBACK),
                        isa.chars(options.chars()));
            }
            default -> pci.add(id, device);
        }
    }

    private void addSerial(String id, OptionList device) throws OptionException {
        IsaOptions isa = new IsaOptions(device, List.of("iobase", "irq", "index", "chardev"));
        int index = isa.number("index", legacy.serials());
        if (index > 3) {
            throw device.error("Max. supported number of ISA serial ports is 4.");
        }
        legacy.addSerial(
                id,
                isa.number("iobase", LegacyDevices.serialPort(index)),
                isa.number("irq", LegacyDevices.serialIrq(index)),
                isa.chars(options.chars()));
    }

    Accelerator accelerator() {
        return accelerator;
    }

    Spaces spaces() {
        return spaces;
    }

    Gsis gsis() {
        return gsis;
    }

    /** Everything as after power-on, and the first CPU where it is to begin. CPUs stand. */
    void reset() {
        board.reset();
        legacy.reset();
        pci.reset();
        accelerator.reset();
        starter.start();
    }

    /** Input from outside may come from now on. */
    void connect() {
        legacy.connect();
    }

    void replaceDevice(String id, UnixStream socket, Runnable taken) throws IOException {
        pci.replace(id, socket, taken);
    }

    Map<String, RoundTrips> roundTrips() {
        return pci.roundTrips();
    }

    void pressPowerButton() {
        board.pressPowerButton();
    }

    /** A test drives an input. */
    synchronized void setInterrupt(int gsi, boolean up) {
        tested.computeIfAbsent(gsi, gsis::source).set(up);
    }

    /** CPUs and clock stand. Interrupt routes go before what they lead to. */
    void close() {
        pci.close();
        legacy.close();
        accelerator.close();
        workers.close();
        drives.close();
        starter.close();
        ram.block().release();
    }
}
