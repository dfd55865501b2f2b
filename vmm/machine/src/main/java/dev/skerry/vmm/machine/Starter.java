package dev.skerry.vmm.machine;

import dev.skerry.platform.options.OptionException;
import dev.skerry.vmm.acpi.AcpiTables;
import dev.skerry.vmm.boot.BootException;
import dev.skerry.vmm.boot.BootImage;
import dev.skerry.vmm.boot.BootRequest;
import dev.skerry.vmm.boot.KernelImage;
import dev.skerry.vmm.boot.MemoryRange;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a machine's first CPU begins with: firmware, or a kernel entered directly. */
final class Starter {
    private static final long LOW_RAM_END = 0x9_fc00;
    private static final long VIDEO = 0xa_0000;
    private static final long MIB = 1 << 20;
    private static final long FOUR_GIB = 1L << 32;
    private static final long CONFIG_WINDOW = 0xb000_0000L;
    private static final long CONFIG_WINDOW_BYTES = 0x1000_0000L;
    private static final long FIRMWARE_AREA = 0xf_0000;

    /** Where ACPI's root pointer goes; the tables go to the end of the low RAM. */
    private static final long ROOT_POINTER = FIRMWARE_AREA;

    private static final long TABLES_BYTES = 64 << 10;

    private final Spaces spaces;
    private final Board board;
    private final Accelerator accelerator;
    private final Firmware firmware;
    private final BootImage image;
    private final AcpiTables tables;
    private final long tablesGpa;

    Starter(
            MachineOptions options,
            Spaces spaces,
            GuestRam ram,
            Board board,
            Accelerator accelerator,
            AcpiTables tables)
            throws OptionException {
        this.tables = tables;
        tablesGpa = ram.belowBytes() - TABLES_BYTES;
        this.spaces = spaces;
        this.board = board;
        this.accelerator = accelerator;
        MachineOptions.Boot boot = options.boot();
        Path rom = boot.firmware();
        if (rom == null && Files.exists(Firmware.SEABIOS)) {
            rom = Firmware.SEABIOS;
        }
        firmware = rom == null ? null : Firmware.read(rom);
        if (firmware != null) {
            firmware.place(spaces.pci());
        }
        image = boot.kernel() == null ? null : load(options, ram);
    }

    private static BootImage load(MachineOptions options, GuestRam ram) throws OptionException {
        MachineOptions.Boot boot = options.boot();
        try {
            return KernelImage.read(boot.kernel())
                    .boot(
                            new BootRequest(
                                    boot.kernel().toString(),
                                    boot.append(),
                                    boot.initrd(),
                                    map(options, ram),
                                    ROOT_POINTER));
        } catch (BootException e) {
            throw new OptionException(e.getMessage());
        }
    }

    private static List<MemoryRange> map(MachineOptions options, GuestRam ram) {
        List<MemoryRange> map = new ArrayList<>();
        map.add(new MemoryRange(0, LOW_RAM_END, MemoryRange.USABLE));
        map.add(new MemoryRange(LOW_RAM_END, VIDEO - LOW_RAM_END, MemoryRange.RESERVED));
        map.add(new MemoryRange(FIRMWARE_AREA, MIB - FIRMWARE_AREA, MemoryRange.RESERVED));
        long tables = ram.belowBytes() - TABLES_BYTES;
        map.add(new MemoryRange(MIB, tables - MIB, MemoryRange.USABLE));
        map.add(new MemoryRange(tables, TABLES_BYTES, MemoryRange.ACPI_RECLAIMABLE));
        if (options.type().equals("q35")) {
            map.add(new MemoryRange(CONFIG_WINDOW, CONFIG_WINDOW_BYTES, MemoryRange.RESERVED));
        }
        if (ram.aboveBytes() > 0) {
            map.add(new MemoryRange(FOUR_GIB, ram.aboveBytes(), MemoryRange.USABLE));
        }
        return map;
    }

    /** Everything has been reset: memory and the first CPU get what they begin with. */
    void start() {
        if (image != null) {
            board.actAsFirmware();
            image.putInto(spaces.memorySpace());
            put(tables.tablesAt(tablesGpa), tablesGpa);
            put(tables.rootFor(tablesGpa), ROOT_POINTER);
            accelerator.enter(image.entry());
        }
    }

    private void put(byte[] bytes, long gpa) {
        spaces.memorySpace().write(gpa, MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    void close() {
        if (firmware != null) {
            firmware.close();
        }
    }
}
