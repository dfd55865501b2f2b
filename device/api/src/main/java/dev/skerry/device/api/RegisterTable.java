package dev.skerry.device.api;

import java.util.List;

/**
 * All registers of a device by their offset. Two that overlap are a bug, found when the device's
 * class is initialised.
 *
 * @param <R> the device's enum of registers
 */
public final class RegisterTable<R extends Enum<R> & Register> {
    private final List<R> registers;
    private final Register[] byOffset;

    /**
     * @param registers all constants of the enum
     */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public RegisterTable(R... registers) {
        this.registers = List.of(registers);
        int end = 0;
        for (R register : registers) {
            end = Math.max(end, register.offset() + register.sizeBytes());
        }
        byOffset = new Register[end];
        for (R register : registers) {
            for (int i = register.offset(); i < register.offset() + register.sizeBytes(); i++) {
                if (byOffset[i] != null) {
                    throw new AssertionError(register + " overlaps " + byOffset[i]);
                }
                byOffset[i] = register;
            }
        }
    }

    /** The registers in the manual's order. */
    public List<R> registers() {
        return registers;
    }

    /** The register that begins exactly at an offset, or null. */
    public R beginningAt(long offset) {
        R register = covering(offset);
        return register != null && register.offset() == offset ? register : null;
    }

    /** The register an offset is in, or null. */
    @SuppressWarnings("unchecked") // Only constants of R are put in.
    public R covering(long offset) {
        return offset >= 0 && offset < byOffset.length ? (R) byOffset[(int) offset] : null;
    }

    /** The first offset after the last register. */
    public int end() {
        return byOffset.length;
    }
}
