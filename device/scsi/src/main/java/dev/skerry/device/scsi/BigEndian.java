package dev.skerry.device.scsi;

/** Numbers as SCSI writes them: most significant byte first, unsigned. */
final class BigEndian {
    private BigEndian() {}

    static int get2(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    static int get3(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 16 | get2(bytes, at + 1);
    }

    static long get4(byte[] bytes, int at) {
        return (long) get2(bytes, at) << 16 | get2(bytes, at + 2);
    }

    static long get8(byte[] bytes, int at) {
        return get4(bytes, at) << 32 | get4(bytes, at + 4);
    }

    static void put2(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    static void put3(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 16);
        put2(bytes, at + 1, value);
    }

    static void put4(byte[] bytes, int at, long value) {
        put2(bytes, at, (int) (value >>> 16));
        put2(bytes, at + 2, (int) value);
    }

    static void put8(byte[] bytes, int at, long value) {
        put4(bytes, at, value >>> 32);
        put4(bytes, at + 4, value);
    }
}
