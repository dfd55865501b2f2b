package dev.skerry.device.scsi;

/**
 * A command descriptor block (SPC-3, 4.3): its fields where its group puts them.
 *
 * @param bytes 16 bytes, those after the command's own length zero or left over from the bus
 */
record Cdb(byte[] bytes) {
    /** The largest one a parallel bus carries here. */
    static final int MOST_BYTES = 16;

    static Cdb of(byte[] received, int length) {
        byte[] bytes = new byte[MOST_BYTES];
        System.arraycopy(received, 0, bytes, 0, Math.min(length, MOST_BYTES));
        return new Cdb(bytes);
    }

    int opcode() {
        return bytes[0] & 0xff;
    }

    int at(int index) {
        return bytes[index] & 0xff;
    }

    boolean bit(int index, int mask) {
        return (bytes[index] & mask) != 0;
    }

    int serviceAction() {
        return bytes[1] & 0x1f;
    }

    private int group() {
        return opcode() >> 5;
    }

    /** The block address; READ(6) and WRITE(6) have 21 bits of it. Unsigned. */
    long lba() {
        return switch (group()) {
            case 0 -> BigEndian.get3(bytes, 1) & 0x1f_ffff;
            case 4 -> BigEndian.get8(bytes, 2);
            default -> BigEndian.get4(bytes, 2);
        };
    }

    /** The transfer length in blocks; for 6-byte commands 0 means 256. */
    long blocks() {
        return switch (group()) {
            case 0 -> bytes[4] == 0 ? 256 : bytes[4] & 0xff;
            case 4 -> BigEndian.get4(bytes, 10);
            case 5 -> BigEndian.get4(bytes, 6);
            default -> BigEndian.get2(bytes, 7);
        };
    }

    /** The allocation or parameter list length in bytes. */
    int allocation() {
        long length =
                switch (group()) {
                    case 0 -> opcode() == Opcode.INQUIRY ? BigEndian.get2(bytes, 3) : at(4);
                    case 4 -> BigEndian.get4(bytes, 10);
                    case 5 ->
                            opcode() == Opcode.READ_DVD_STRUCTURE
                                    ? BigEndian.get2(bytes, 8)
                                    : BigEndian.get4(bytes, 6);
                    default -> BigEndian.get2(bytes, 7);
                };
        return (int) Math.min(length, Integer.MAX_VALUE);
    }
}
