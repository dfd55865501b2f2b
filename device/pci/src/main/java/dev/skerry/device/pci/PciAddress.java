package dev.skerry.device.pci;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.PropertyValues;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place on a bus.
 *
 * @param slot 0 to 31
 * @param function 0 to 7
 */
public record PciAddress(int slot, int function) {
    /** Slots of a bus. */
    public static final int SLOTS = 32;

    /** Functions of a slot. */
    public static final int FUNCTIONS = 8;

    private static final Pattern TEXT = Pattern.compile("(?:0x)?([01]?[0-9a-fA-F])(?:\\.([0-7]))?");

    public PciAddress {
        java.util.Objects.checkIndex(slot, SLOTS);
        java.util.Objects.checkIndex(function, FUNCTIONS);
    }

    /** From a number as configuration addresses have it: slot times 8 plus function. */
    public static PciAddress ofDevfn(int devfn) {
        return new PciAddress(devfn >> 3, devfn & 7);
    }

    /** As in QEMU's {@code addr=06.0}: hexadecimal slot, a function or none for 0. */
    public static PciAddress parse(String text) throws OptionException {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new OptionException(
                    "addr: '" + text + "' is not a slot (00 to 1f) or slot.function");
        }
        int function = parts.group(2) == null ? 0 : Integer.parseInt(parts.group(2));
        return new PciAddress(Integer.parseInt(parts.group(1), 16), function);
    }

    /** The property {@code addr}, or null where the user leaves the choice to the bus. */
    public static PciAddress of(PropertyValues values) throws OptionException {
        String text = values.text("addr");
        return text == null ? null : parse(text);
    }

    /** Slot times 8 plus function. */
    public int devfn() {
        return slot << 3 | function;
    }

    /** As QEMU writes it: {@code 06.0}. */
    @Override
    public String toString() {
        return String.format("%02x.%d", slot, function);
    }
}
