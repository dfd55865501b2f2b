package dev.skerry.verify.conformance;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.DeviceLock;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.pc.ChipsetMemory;
import dev.skerry.device.pc.GeneralPurposeEvents;
import dev.skerry.device.pc.I440fx;
import dev.skerry.device.pc.Ich9Lpc;
import dev.skerry.device.pc.MachinePower;
import dev.skerry.device.pc.Mch;
import dev.skerry.device.pc.Piix3;
import dev.skerry.device.pc.Piix4Pm;
import dev.skerry.device.pc.PowerManagement;
import dev.skerry.device.pci.ConfigPorts;
import dev.skerry.device.pci.PciAddress;
import dev.skerry.device.pci.PciBus;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciRootBus;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Alias;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.platform.options.OptionException;
import dev.skerry.verify.testkit.StockMachine;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** One of our chipsets with RAM and firmware where stock's machine has them, and nothing else. */
final class ChipsetBoard implements AutoCloseable {
    private static final Path FIRMWARE = Path.of("/usr/share/seabios/bios-256k.bin");
    private static final long END_OF_32_BITS = 1L << 32;
    private static final long END_OF_BIOS = 1 << 20;
    private static final int LOW_BIOS_BYTES = 0x2_0000;
    private static final long OPTION_ROMS = 0xc_0000;

    private final List<RamBlock> blocks = new ArrayList<>();
    private final Container system = new Container("system", Long.MAX_VALUE);
    private final Container pci = new Container("pci", Long.MAX_VALUE);
    private final Container ports = new Container("io", 0x10000);
    private final DeviceLock lock = new DeviceLock();
    private final DeviceHost host;
    private final PowerManagement pm;

    /** Which of the machine's interrupt inputs are up. */
    final BitSet gsis = new BitSet();

    final AddressSpace memory;
    final AddressSpace io;
    final PciRootBus bus;

    /** Without firmware's file. */
    static String missing() {
        return Files.isReadable(FIRMWARE) ? null : FIRMWARE + " is not there";
    }

    /**
     * @param type pc or q35
     */
    ChipsetBoard(String type, DeviceHost host) throws IOException {
        this.host = host;
        MachinePower power = new LegacyBoard.RefusedPower();
        pm =
                type.equals("pc")
                        ? new PowerManagement(host, power, line(9))
                        : PowerManagement.ofIch9(host, power, line(9));
        placeMemory();
        bus = type.equals("pc") ? makePc() : makeQ35();
        ConfigPorts config = new ConfigPorts(bus, pm.resetControl());
        ports.add(config.address(), 0xcf8);
        ports.add(config.data(), 0xcfc);
        memory = new AddressSpace("memory", system);
        io = new AddressSpace("io", ports);
    }

    private void placeMemory() throws IOException {
        RamBlock rom = block("bios", Files.size(FIRMWARE));
        byte[] image = Files.readAllBytes(FIRMWARE);
        MemorySegment.copy(MemorySegment.ofArray(image), 0, rom.segment(), 0, image.length);
        RamRegion bios = new RamRegion("bios", rom, true);
        pci.add(bios, END_OF_32_BITS - bios.sizeBytes());
        pci.add(
                new Alias("isa-bios", bios, bios.sizeBytes() - LOW_BIOS_BYTES, LOW_BIOS_BYTES),
                END_OF_BIOS - LOW_BIOS_BYTES);
        pci.add(new RamRegion("roms", block("roms", LOW_BIOS_BYTES), true), OPTION_ROMS);
        system.add(pci, 0, -1);
    }

    private RamBlock block(String name, long size) throws IOException {
        RamBlock block = RamBlock.allocate(name, size);
        blocks.add(block);
        return block;
    }

    private ChipsetMemory memoryForBridge() throws IOException {
        RamBlock ram = block("ram", StockMachine.RAM_BYTES);
        RamRegion writable = new RamRegion("ram", ram, false);
        system.add(writable, 0);
        return new ChipsetMemory(system, pci, writable, new RamRegion("ram-read", ram, true));
    }

    private PciRootBus makePc() throws IOException {
        Piix3 piix3 = new Piix3(host.log(), lines());
        PciRootBus root = root(piix3);
        piix3.setBus(root);
        plug(root, new I440fx(host.log(), memoryForBridge()), 0);
        plug(root, piix3, 8);
        plug(root, new Piix4Pm(host.log(), ports, pm, lock), 11);
        GeneralPurposeEvents events = new GeneralPurposeEvents(GeneralPurposeEvents.PC_BYTES);
        ports.add(events.registers(), GeneralPurposeEvents.PC_PORT);
        return root;
    }

    private PciRootBus makeQ35() throws IOException {
        Ich9Lpc lpc = new Ich9Lpc(host.log(), system, ports, pm, lock, lines());
        PciRootBus root = root(lpc);
        lpc.setBus(root);
        plug(root, new Mch(host.log(), memoryForBridge(), root), 0);
        plug(root, lpc, Ich9Lpc.SLOT << 3);
        return root;
    }

    private PciRootBus root(dev.skerry.device.pci.IntxRouter router) {
        AddressSpace dma = new AddressSpace("dma", system);
        return new PciRootBus(new PciBus(pci, ports, dma), router);
    }

    private void plug(PciRootBus root, PciDevice device, int devfn) {
        try {
            root.plug("chipset", device, PciAddress.ofDevfn(devfn), lock);
        } catch (OptionException e) {
            throw new AssertionError(e);
        }
    }

    private InterruptLine line(int gsi) {
        return up -> gsis.set(gsi, up);
    }

    private List<InterruptLine> lines() {
        List<InterruptLine> lines = new ArrayList<>();
        for (int gsi = 0; gsi < 24; gsi++) {
            lines.add(line(gsi));
        }
        return lines;
    }

    @Override
    public void close() {
        blocks.forEach(RamBlock::release);
    }
}
