package dev.skerry.device.pc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A range of the memory map that firmware is given in the file {@code etc/e820}, and a kernel in its
 * boot parameters: 20 bytes (ACPI 6.5, 15.1).
 *
 * @param type {@link #RAM} or {@link #RESERVED}
 */
public record E820Range(long gpa, long sizeBytes, int type) {
    public static final int RAM = 1;
    public static final int RESERVED = 2;

    private static final int BYTES = 20;

    /** As bytes, one after the other. */
    public static byte[] encode(List<E820Range> ranges) {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES * ranges.size());
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        for (E820Range range : ranges) {
            bytes.putLong(range.gpa).putLong(range.sizeBytes).putInt(range.type);
        }
        return bytes.array();
    }
}
