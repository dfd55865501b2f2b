package dev.skerry.vmm.machine;

import dev.skerry.device.pc.E820Range;
import dev.skerry.device.pc.FwCfg;
import dev.skerry.device.pc.FwCfgItems;
import dev.skerry.device.pc.FwCfgKey;
import dev.skerry.vmm.acpi.AcpiTables;

import java.util.ArrayList;
import java.util.List;

/** What the machine tells its firmware, at fw_cfg's ports. */
final class FirmwareConfig {
    private static final long FOUR_GIB = 1L << 32;

    private FirmwareConfig() {}

    /**
     * @param graphics false makes the serial port the firmware's console
     */
    static void add(
            LegacyDevices legacy,
            Spaces spaces,
            GuestRam ram,
            int cpus,
            boolean graphics,
            AcpiTables tables,
            Runnable memoryChanged) {
        FwCfgItems items = new FwCfgItems();
        items.put64(FwCfgKey.RAM_SIZE, ram.block().sizeBytes());
        items.put16(FwCfgKey.NB_CPUS, cpus);
        items.put16(FwCfgKey.MAX_CPUS, cpus);
        items.put16(FwCfgKey.NOGRAPHIC, graphics ? 0 : 1);
        items.put(FwCfgKey.IRQ0_OVERRIDE, new byte[] {1});
        List<E820Range> map = new ArrayList<>();
        map.add(new E820Range(0, ram.belowBytes(), E820Range.RAM));
        if (ram.aboveBytes() > 0) {
            map.add(new E820Range(FOUR_GIB, ram.aboveBytes(), E820Range.RAM));
        }
        items.putFile("etc/e820", E820Range.encode(map));
        items.putFile("bootorder", new byte[0]);
        // Without anything to start from firmware waits for ever, as on QEMU's machines.
        items.putFile("etc/boot-fail-wait", new byte[] {-1, -1, -1, -1});
        items.putFile(AcpiTables.TABLES_FILE, tables.tablesFile());
        items.putFile(AcpiTables.ROOT_FILE, tables.rootFile());
        items.putFile(AcpiTables.LOADER_FILE, tables.loaderFile());
        LockedHost host = legacy.host("fw_cfg");
        FwCfg device = new FwCfg(items, spaces.memorySpace(), memoryChanged);
        legacy.add(host, device);
        host.place(spaces.ports(), device.ports(), FwCfg.PORT);
        host.place(spaces.ports(), device.dmaPorts(), FwCfg.DMA_PORT);
    }
}
