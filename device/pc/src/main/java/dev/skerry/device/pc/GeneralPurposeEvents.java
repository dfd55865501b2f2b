package dev.skerry.device.pc;

import dev.skerry.device.api.Device;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * ACPI's general-purpose event block (specification 6.5, 4.8.4.1): half status, half enable. Nothing
 * in these machines raises an event, so status bits stay clear; kernels enable and look. Owned by
 * one device thread.
 */
public final class GeneralPurposeEvents implements Device {
    /** Bytes of the block of a {@code pc}, at port 0xafe0. */
    public static final int PC_BYTES = 4;

    /** Where a {@code pc} has it. */
    public static final int PC_PORT = 0xafe0;

    /** Bytes of ICH9's block. */
    public static final int ICH9_BYTES = 16;

    private final byte[] enables;
    private final IoRegion registers;

    /**
     * @param bytes of both halves
     */
    public GeneralPurposeEvents(int bytes) {
        enables = new byte[bytes / 2];
        registers = new IoRegion("gpe0", bytes, AccessSizes.handled(1, 1), new Registers());
    }

    public IoRegion registers() {
        return registers;
    }

    private final class Registers implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return offset < enables.length ? 0 : enables[(int) offset - enables.length] & 0xff;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (offset >= enables.length) {
                enables[(int) offset - enables.length] = (byte) value;
            }
        }
    }

    @Override
    public void reset() {
        java.util.Arrays.fill(enables, (byte) 0);
    }
}
