package dev.skerry.vmm.machine;

import dev.skerry.platform.memory.Alias;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.platform.options.OptionException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** A firmware's ROM: it ends at 4 GiB, and its last 128 KiB are also below 1 MiB. */
final class Firmware {
    /** Where Debian's package has SeaBIOS. */
    static final Path SEABIOS = Path.of("/usr/share/seabios/bios-256k.bin");

    private static final long FOUR_GIB = 1L << 32;
    private static final long MOST_BYTES = 16 << 20;
    private static final long LOW_BYTES = 128 << 10;
    private static final long LOW_END = 1 << 20;
    private static final int UNIT = 64 << 10;

    private final RamBlock block;

    private Firmware(RamBlock block) {
        this.block = block;
    }

    /**
     * @throws OptionException if the file cannot be read or is no ROM: a multiple of 64 KiB
     */
    static Firmware read(Path file) throws OptionException {
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length == 0 || bytes.length % UNIT != 0 || bytes.length > MOST_BYTES) {
                throw new OptionException(
                        "-bios " + file + ": its size is no multiple of 64 KiB up to 16 MiB");
            }
            RamBlock block = RamBlock.allocate("firmware", bytes.length);
            block.segment().copyFrom(MemorySegment.ofArray(bytes));
            return new Firmware(block);
        } catch (IOException e) {
            throw new OptionException("-bios " + file + ": cannot be read: " + e);
        }
    }

    void place(Container pci) {
        RamRegion rom = new RamRegion("firmware", block, true);
        long size = block.sizeBytes();
        long low = Math.min(size, LOW_BYTES);
        pci.add(rom, FOUR_GIB - size, 1);
        pci.add(new Alias("firmware-low", rom, size - low, low), LOW_END - low, 1);
    }

    void close() {
        block.release();
    }
}
