package dev.skerry.device.scsi;

import java.nio.charset.StandardCharsets;

/** INQUIRY data of disks and CD-ROMs (SPC-3, 6.4.2 and 7.6; SBC-3, 6.5). */
final class VitalPages {
    private static final int STANDARD_BYTES = 36;
    private static final int MOST_TRANSFER_BLOCKS = 0x3f_ffff;
    private static final int ASCII = 2;
    private static final int BINARY = 1;
    private static final int NAA = 3;

    private VitalPages() {}

    private static int type(BlockLun lun) {
        return lun.isCd() ? 0x05 : 0x00;
    }

    static byte[] standard(BlockLun lun) {
        byte[] data = new byte[STANDARD_BYTES];
        data[0] = (byte) type(lun);
        data[1] = (byte) (lun.settings.removable() ? 0x80 : 0);
        data[2] = (byte) lun.settings.scsiVersion();
        // Response format 2, hierarchical addressing.
        data[3] = 0x12;
        data[4] = STANDARD_BYTES - 5;
        // Synchronous transfers, tagged queueing, as QEMU says.
        data[7] = 0x12;
        text(data, 8, 8, lun.settings.vendor());
        text(data, 16, 16, lun.settings.product());
        text(data, 32, 4, lun.settings.version());
        return data;
    }

    /** Text padded with blanks. */
    private static void text(byte[] data, int at, int length, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < length; i++) {
            data[at + i] = i < bytes.length ? bytes[i] : (byte) ' ';
        }
    }

    /** A page, or null if this unit does not have it. */
    static byte[] page(BlockLun lun, int page) {
        LunSettings settings = lun.settings;
        boolean disk = !lun.isCd();
        return switch (page) {
            case 0x00 -> supported(lun);
            case 0x80 -> settings.serial() == null ? null : serial(lun);
            case 0x83 -> identification(lun);
            case 0xb0 -> disk ? limits(lun) : null;
            case 0xb1 -> disk ? characteristics(lun) : null;
            case 0xb2 -> disk ? provisioning(lun) : null;
            default -> null;
        };
    }

    private static byte[] begin(BlockLun lun, int page, int length) {
        byte[] data = new byte[4 + length];
        data[0] = (byte) type(lun);
        data[1] = (byte) page;
        BigEndian.put2(data, 2, length);
        return data;
    }

    private static byte[] supported(BlockLun lun) {
        int[] pages = {0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2};
        int count = 0;
        byte[] data = begin(lun, 0x00, pages.length);
        for (int page : pages) {
            if (page == 0x00 || page(lun, page) != null) {
                data[4 + count++] = (byte) page;
            }
        }
        data[3] = (byte) count;
        return java.util.Arrays.copyOf(data, 4 + count);
    }

    private static byte[] serial(BlockLun lun) {
        byte[] serial = lun.settings.serial().getBytes(StandardCharsets.US_ASCII);
        byte[] data = begin(lun, 0x80, serial.length);
        System.arraycopy(serial, 0, data, 4, serial.length);
        return data;
    }

    private static byte[] identification(BlockLun lun) {
        byte[] name = lun.settings.identification().getBytes(StandardCharsets.US_ASCII);
        long wwn = lun.settings.wwn();
        byte[] data =
                begin(lun, 0x83, (name.length == 0 ? 0 : 4 + name.length) + (wwn == 0 ? 0 : 12));
        int at = 4;
        if (name.length != 0) {
            data[at] = ASCII;
            data[at + 3] = (byte) name.length;
            System.arraycopy(name, 0, data, at + 4, name.length);
            at += 4 + name.length;
        }
        if (wwn != 0) {
            data[at] = BINARY;
            data[at + 1] = NAA;
            data[at + 3] = 8;
            BigEndian.put8(data, at + 4, wwn);
        }
        return data;
    }

    private static byte[] limits(BlockLun lun) {
        byte[] data = begin(lun, 0xb0, 0x3c);
        int block = lun.settings.logicalBlockBytes();
        // WRITE SAME of 0 blocks does not mean all of them.
        data[4] = 1;
        TransferLimits limits = lun.settings.limits();
        BigEndian.put2(data, 6, (int) (limits.minIo() / block));
        BigEndian.put4(data, 8, Math.min(MOST_TRANSFER_BLOCKS, limits.maxIo() / block));
        BigEndian.put4(data, 12, limits.optIo() / block);
        BigEndian.put4(data, 20, limits.maxUnmap() / block);
        BigEndian.put4(data, 24, DiskLun.MOST_UNMAP_DESCRIPTORS);
        BigEndian.put4(data, 28, limits.discardGranularity() / block);
        BigEndian.put8(data, 36, DiskLun.MOST_WRITE_SAME);
        return data;
    }

    private static byte[] characteristics(BlockLun lun) {
        byte[] data = begin(lun, 0xb1, 0x3c);
        BigEndian.put2(data, 4, lun.settings.rotationRate());
        return data;
    }

    private static byte[] provisioning(BlockLun lun) {
        byte[] data = begin(lun, 0xb2, 4);
        // UNMAP and both WRITE SAME unmap; thin, or not.
        data[5] = (byte) 0xe0;
        data[6] = (byte) (lun.settings.limits().discardGranularity() == 0 ? 1 : 2);
        return data;
    }
}
