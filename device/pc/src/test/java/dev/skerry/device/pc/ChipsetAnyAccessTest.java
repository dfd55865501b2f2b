package dev.skerry.device.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.device.api.DeviceLock;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.pci.ConfigPorts;
import dev.skerry.device.pci.IntxRouter;
import dev.skerry.device.pci.PciAddress;
import dev.skerry.device.pci.PciBus;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.device.pci.PciRootBus;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.platform.options.OptionException;
import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Whatever a guest does to a chipset, wherever it moves its parts: it answers and does not throw. */
class ChipsetAnyAccessTest {
    private static final int STEPS = 30_000;
    private static final int RAM_BYTES = 2 << 20;

    private final ManualHost host = new ManualHost();
    private final CountedPower power = new CountedPower();
    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final Container system = new Container("system", Long.MAX_VALUE);
    private final Container pci = new Container("pci", Long.MAX_VALUE);
    private final Container ports = new Container("io", 0x10000);
    private final AddressSpace memory = new AddressSpace("memory", system);
    private final AddressSpace io = new AddressSpace("io", ports);
    private final DeviceLock lock = new DeviceLock();
    private final List<PciDevice> devices = new ArrayList<>();
    private final PowerManagement pm = new PowerManagement(host, power, up -> {});
    private PciRootBus bus;

    private ChipsetMemory bridgeMemory(RamBlock ram) {
        RamRegion writable = new RamRegion("ram", ram, false);
        system.add(writable, 0);
        system.add(pci, 0, -1);
        return new ChipsetMemory(system, pci, writable, new RamRegion("ram-read", ram, true));
    }

    private void makePc(ChipsetMemory bridge, List<InterruptLine> gsis) throws OptionException {
        Piix3 piix3 = new Piix3(host.log(), gsis);
        makeBus(piix3);
        piix3.setBus(bus);
        plug(new I440fx(host.log(), bridge), 0);
        plug(piix3, 8);
        plug(new Piix4Pm(host.log(), ports, pm, lock), 11);
    }

    private void makeQ35(ChipsetMemory bridge, List<InterruptLine> gsis) throws OptionException {
        Ich9Lpc lpc = new Ich9Lpc(host.log(), system, ports, pm, lock, gsis);
        makeBus(lpc);
        lpc.setBus(bus);
        plug(new Mch(host.log(), bridge, bus), 0);
        plug(lpc, Ich9Lpc.SLOT << 3);
    }

    private void makeBus(IntxRouter router) {
        bus = new PciRootBus(new PciBus(pci, ports, memory), router);
        ConfigPorts config = new ConfigPorts(bus, pm.resetControl());
        ports.add(config.address(), 0xcf8);
        ports.add(config.data(), 0xcfc);
        FwCfg fwCfg = new FwCfg(new FwCfgItems(), memory, () -> {});
        ports.add(fwCfg.ports(), FwCfg.PORT);
        ports.add(fwCfg.dmaPorts(), FwCfg.DMA_PORT);
    }

    private void plug(PciDevice device, int devfn) throws OptionException {
        bus.plug("chipset", device, PciAddress.ofDevfn(devfn), lock);
        devices.add(device);
    }

    private record Pinned(PciFunction function) implements PciDevice {
        @Override
        public void reset() {
            function.reset();
        }
    }

    /** Configuration spaces and memory maps, as text. */
    private String state() {
        StringBuilder state = new StringBuilder();
        for (PciDevice device : devices) {
            for (int offset = 0; offset < 256; offset += 4) {
                int devfn = bus.addressOf(device).devfn();
                state.append(Long.toHexString(bus.readConfig(devfn, offset, 4))).append(' ');
            }
        }
        return state.append(memory.view().ranges()).append(io.view().ranges()).toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void no_access_throws_and_a_reset_undoes_all(String type) throws IOException, OptionException {
        RamBlock ram = RamBlock.allocate("ram", RAM_BYTES);
        List<InterruptLine> gsis = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            gsis.add(up -> {});
        }
        if (type.equals("pc")) {
            makePc(bridgeMemory(ram), gsis);
        } else {
            makeQ35(bridgeMemory(ram), gsis);
        }
        PciFunction pinned = new PciFunction(new PciIdentity(1, 2, 3, 4), host.log());
        pinned.setInterruptPin(2);
        plug(new Pinned(pinned), 28 << 3);
        String powerOn = state();
        for (int step = 0; step < STEPS; step++) {
            try {
                step(pinned);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("step " + step + ", seed " + seed + "L", e);
            }
        }
        devices.forEach(PciDevice::reset);
        assertEquals(powerOn, state(), () -> "seed " + seed + "L");
        ram.release();
    }

    private void step(PciFunction pinned) {
        int size = 1 << random.nextInt(3);
        switch (random.nextInt(6)) {
            case 0 -> {
                PciDevice device = devices.get(random.nextInt(devices.size()));
                int devfn = bus.addressOf(device).devfn();
                int offset = random.nextInt(256);
                bus.writeConfig(devfn, offset, size, random.nextInt() >>> random.nextInt(32));
                bus.readConfig(devfn, random.nextInt(0x1000), size);
            }
            case 1 -> access(io, 0xcf8 + random.nextInt(8), size);
            case 2 -> access(io, 0x510 + random.nextInt(12), size);
            case 3 -> access(io, random.nextInt(0x10000), size);
            case 4 -> access(memory, gpa(), 1 << random.nextInt(4));
            default -> {
                pinned.setInterrupt(random.nextBoolean());
                if (random.nextInt(500) == 0) {
                    devices.get(random.nextInt(devices.size())).reset();
                }
            }
        }
    }

    private long gpa() {
        return switch (random.nextInt(4)) {
            case 0 -> 0xa_0000 + random.nextInt(0x6_0000);
            case 1 -> 0xb000_0000L + random.nextInt(0x1000_0000);
            case 2 -> 0xfed1_c000L + random.nextInt(0x4000);
            default -> random.nextLong() >>> random.nextInt(64);
        };
    }

    private void access(AddressSpace space, long at, int size) {
        if (random.nextBoolean()) {
            space.write(at, size, random.nextLong());
        } else {
            long value = space.read(at, size);
            assertEquals(value & AccessSizes.ones(size), value);
        }
    }
}
