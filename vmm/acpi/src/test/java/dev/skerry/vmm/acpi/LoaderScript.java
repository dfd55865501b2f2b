package dev.skerry.vmm.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What firmware does with {@code etc/table-loader}: commands of 128 bytes, 1 allocates, 2 adds a
 * pointer, 3 a checksum.
 */
record LoaderScript(byte[] tables, byte[] root) {
    static LoaderScript run(AcpiTables from, long tablesGpa) {
        Map<String, ByteBuffer> files = new HashMap<>();
        files.put("etc/acpi/tables", little(from.tablesFile()));
        files.put("etc/acpi/rsdp", little(from.rootFile()));
        ByteBuffer script = little(from.loaderFile());
        for (int at = 0; at < script.capacity(); at += 128) {
            ByteBuffer file = files.get(name(script, at + 4));
            switch (script.getInt(at)) {
                case 1 -> {}
                case 2 -> point(script, at, file, tablesGpa);
                case 3 -> sum(script, at, file);
                default -> throw new AssertionError("command " + script.getInt(at));
            }
        }
        return new LoaderScript(
                files.get("etc/acpi/tables").array(), files.get("etc/acpi/rsdp").array());
    }

    private static void point(ByteBuffer script, int at, ByteBuffer file, long tablesGpa) {
        if (!name(script, at + 60).equals("etc/acpi/tables")) {
            throw new AssertionError("a pointer to " + name(script, at + 60));
        }
        int offset = script.getInt(at + 116);
        switch (script.get(at + 120)) {
            case 4 -> file.putInt(offset, (int) (file.getInt(offset) + tablesGpa));
            case 8 -> file.putLong(offset, file.getLong(offset) + tablesGpa);
            default -> throw new AssertionError("size " + script.get(at + 120));
        }
    }

    private static void sum(ByteBuffer script, int at, ByteBuffer file) {
        int checksum = script.getInt(at + 60);
        int begin = script.getInt(at + 64);
        byte sum = 0;
        for (int i = begin; i < begin + script.getInt(at + 68); i++) {
            sum += file.get(i);
        }
        file.put(checksum, (byte) (file.get(checksum) - sum));
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String name(ByteBuffer script, int at) {
        byte[] bytes = new byte[56];
        script.get(at, bytes);
        return new String(bytes, StandardCharsets.US_ASCII).replaceAll("\0.*", "");
    }
}
