package dev.skerry.device.pci;

import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.Property;
import dev.skerry.platform.options.PropertyType;
import dev.skerry.platform.options.PropertyValues;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The properties every PCI device has, by QEMU's names. */
public final class PciProperties {
    private static final long LARGEST_ROM = 16 << 20;

    private PciProperties() {}

    /** A model's own properties and the common ones, in alphabetical order. */
    public static List<Property> with(Property... own) {
        List<Property> all = new ArrayList<>(List.of(own));
        all.add(
                new Property(
                        "addr",
                        PropertyType.STRING,
                        null,
                        "Slot and optional function number, example: 06.0 or 06"));
        all.add(
                new Property(
                        "multifunction",
                        PropertyType.BOOL,
                        "off",
                        "Whether other functions may be in its slot"));
        all.add(new Property("rombar", PropertyType.UINT32, "1", "0 hides the ROM"));
        all.add(new Property("romfile", PropertyType.STRING, null, "The expansion ROM's contents"));
        all.sort((a, b) -> a.name().compareTo(b.name()));
        return List.copyOf(all);
    }

    /** Checks and applies the common properties. */
    public static void apply(PciFunction function, PropertyValues values) throws OptionException {
        PciAddress.of(values);
        if (values.bool("multifunction")) {
            function.setMultifunction();
        }
        String romFile = values.text("romfile");
        if (romFile != null && !romFile.isEmpty() && values.number("rombar") != 0) {
            function.addBar(Bar.ROM_INDEX, Bar.Kind.ROM, rom(romFile));
        }
    }

    private static IoRegion rom(String file) throws OptionException {
        byte[] contents;
        try {
            long size = Files.size(Path.of(file));
            if (size == 0 || size > LARGEST_ROM) {
                throw new OptionException(
                        "romfile " + file + ": " + size + " bytes, wanted 1 to " + LARGEST_ROM);
            }
            contents = Files.readAllBytes(Path.of(file));
        } catch (IOException e) {
            throw new OptionException("romfile " + file + ": " + e);
        }
        long size = Math.max(2048, Long.highestOneBit(contents.length * 2L - 1));
        return new IoRegion("rom", size, AccessSizes.handled(1, 1), new Rom(contents));
    }

    /** Bytes past the file's end read as ones, like erased flash. */
    private record Rom(byte[] contents) implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return offset < contents.length ? contents[(int) offset] & 0xff : 0xff;
        }

        @Override
        public void write(long offset, int size, long value) {}
    }
}
