package dev.skerry.device.pc;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The script {@code etc/table-loader}, by which firmware puts tables from fw_cfg files into memory
 * and makes their references addresses: commands of 128 bytes each, little-endian. Understood by
 * SeaBIOS and OVMF.
 */
public final class TableLoader {
    private static final int COMMAND_BYTES = 128;
    private static final int NAME_BYTES = 56;
    private static final int ALLOCATE = 1;
    private static final int ADD_POINTER = 2;
    private static final int ADD_CHECKSUM = 3;

    private final ByteArrayOutputStream script = new ByteArrayOutputStream();

    /** Where firmware is to put a file. */
    public enum Zone {
        /** Anywhere below 4 GiB. */
        HIGH(1),
        /** Where BIOS tables are searched, 0xe0000 to 0xfffff. */
        SEGMENT_F(2);

        private final int code;

        Zone(int code) {
            this.code = code;
        }
    }

    /** A script without commands. */
    public TableLoader() {}

    private static ByteBuffer command(int code) {
        return ByteBuffer.allocate(COMMAND_BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(code);
    }

    private static void name(ByteBuffer command, String file) {
        int end = command.position() + NAME_BYTES;
        if (file.length() >= NAME_BYTES) {
            throw new IllegalArgumentException("file name too long: " + file);
        }
        command.put(file.getBytes(StandardCharsets.US_ASCII)).position(end);
    }

    private TableLoader add(ByteBuffer command) {
        script.writeBytes(command.array());
        return this;
    }

    /**
     * Loads a file.
     *
     * @param alignment a power of two, in bytes
     */
    public TableLoader allocate(String file, int alignment, Zone zone) {
        ByteBuffer command = command(ALLOCATE);
        name(command, file);
        return add(command.putInt(alignment).put((byte) zone.code));
    }

    /**
     * Adds a loaded file's address to an offset that another holds.
     *
     * @param offset of the field in {@code file}, of {@code sizeBytes} bytes
     */
    public TableLoader addPointer(String file, int offset, int sizeBytes, String pointee) {
        ByteBuffer command = command(ADD_POINTER);
        name(command, file);
        name(command, pointee);
        return add(command.putInt(offset).put((byte) sizeBytes));
    }

    /**
     * Makes bytes of a file add up to zero.
     *
     * @param offset of the checksum's byte, which is among them and 0
     */
    public TableLoader addChecksum(String file, int offset, int begin, int length) {
        ByteBuffer command = command(ADD_CHECKSUM);
        name(command, file);
        return add(command.putInt(offset).putInt(begin).putInt(length));
    }

    /** The file's contents. */
    public byte[] script() {
        return script.toByteArray();
    }
}
