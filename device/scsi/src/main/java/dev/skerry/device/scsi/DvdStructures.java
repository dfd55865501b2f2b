package dev.skerry.device.scsi;

/**
 * What READ DVD STRUCTURE tells of a DVD-ROM of one layer without copy protection (MMC-4, 6.23; the
 * physical format as in ECMA-267, 16).
 */
final class DvdStructures {
    private static final int PHYSICAL = 0x00;
    private static final int COPYRIGHT = 0x01;
    private static final int MANUFACTURING = 0x04;
    private static final int LIST = 0xff;

    private static final int HEADER = 4;
    private static final int SECTOR = 2048;

    /** Physical sector number of the first block of a DVD-ROM. */
    private static final int DATA_AREA = 0x3_0000;

    private static final int READABLE = 0x40;

    private DvdStructures() {}

    /** A structure with its header by its format code, or null if a disc has none such. */
    static byte[] of(int format, long blocks) {
        return switch (format) {
            case PHYSICAL -> physical(blocks);
            case COPYRIGHT -> begin(4);
            case MANUFACTURING -> begin(SECTOR);
            case LIST -> list();
            default -> null;
        };
    }

    private static byte[] begin(int bytes) {
        byte[] data = new byte[HEADER + bytes];
        BigEndian.put2(data, 0, data.length - 2);
        return data;
    }

    private static byte[] physical(long blocks) {
        byte[] data = begin(SECTOR);
        // DVD-ROM, part version 1; 120 mm, no maximum rate; one embossed layer.
        data[HEADER] = 0x01;
        data[HEADER + 1] = 0x0f;
        data[HEADER + 2] = 0x01;
        BigEndian.put3(data, HEADER + 5, DATA_AREA);
        BigEndian.put3(data, HEADER + 9, (int) Math.min(DATA_AREA + blocks - 1, 0xff_ffff));
        return data;
    }

    private static byte[] list() {
        int[] formats = {PHYSICAL, COPYRIGHT, MANUFACTURING};
        byte[] data = begin(4 * formats.length);
        for (int i = 0; i < formats.length; i++) {
            int at = HEADER + 4 * i;
            data[at] = (byte) formats[i];
            data[at + 1] = READABLE;
            BigEndian.put2(data, at + 2, formats[i] == COPYRIGHT ? HEADER + 4 : HEADER + SECTOR);
        }
        return data;
    }
}
