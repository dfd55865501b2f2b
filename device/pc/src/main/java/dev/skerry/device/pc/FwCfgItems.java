package dev.skerry.device.pc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a machine tells its firmware: items by number, and files by name. Filled once, before the
 * {@link FwCfg} that shows them is made. Numbers in items are little-endian.
 */
public final class FwCfgItems {
    private static final int FIRST_FILE = 0x20;
    private static final int NAME_BYTES = 56;
    private static final int ENTRY_BYTES = 64;
    private static final int FEATURES = 3;
    private static final int MOST_FILES = 0x1000;

    private final Map<Integer, byte[]> items = new HashMap<>();
    private final TreeMap<String, byte[]> files = new TreeMap<>();

    /** Nothing but what says that the interface is there. */
    public FwCfgItems() {
        put(FwCfgKey.SIGNATURE, "QEMU".getBytes(StandardCharsets.US_ASCII));
        put32(FwCfgKey.ID, FEATURES);
    }

    /** Sets an item; its bytes are not copied. */
    public void put(FwCfgKey key, byte[] contents) {
        items.put(key.number(), contents);
    }

    public void put16(FwCfgKey key, int value) {
        put(key, numbers(2).putShort((short) value).array());
    }

    public void put32(FwCfgKey key, int value) {
        put(key, numbers(4).putInt(value).array());
    }

    public void put64(FwCfgKey key, long value) {
        put(key, numbers(8).putLong(value).array());
    }

    private static ByteBuffer numbers(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Sets a file; its bytes are not copied.
     *
     * @param name ASCII, at most 55 characters, such as {@code etc/e820}
     */
    public void putFile(String name, byte[] contents) {
        if (name.isEmpty() || name.length() >= NAME_BYTES || files.size() == MOST_FILES) {
            throw new IllegalArgumentException("fw_cfg file '" + name + "'");
        }
        files.put(name, contents);
    }

    /** Everything by number, files and their directory included. */
    Map<Integer, byte[]> all() {
        Map<Integer, byte[]> all = new HashMap<>(items);
        ByteBuffer directory = ByteBuffer.allocate(4 + ENTRY_BYTES * files.size());
        directory.putInt(files.size());
        int number = FIRST_FILE;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            int end = directory.position() + ENTRY_BYTES;
            directory.putInt(file.getValue().length);
            directory.putShort((short) number).putShort((short) 0);
            directory.put(file.getKey().getBytes(StandardCharsets.US_ASCII));
            directory.position(end);
            all.put(number++, file.getValue());
        }
        all.put(FwCfgKey.FILE_DIR.number(), directory.array());
        return all;
    }
}
