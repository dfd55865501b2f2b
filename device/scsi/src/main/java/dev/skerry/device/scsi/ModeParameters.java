package dev.skerry.device.scsi;

import java.io.ByteArrayOutputStream;

/**
 * MODE SENSE and MODE SELECT (SPC-3, 6.9 and 7.4; SBC-3, 6.4; MMC-4, 7). Saving is not supported;
 * the one changeable thing is the write cache.
 */
final class ModeParameters {
    private static final int CURRENT = 0;
    private static final int CHANGEABLE = 1;
    private static final int SAVED = 3;
    private static final int ALL_PAGES = 0x3f;
    private static final int ERROR_RECOVERY = 0x01;
    private static final int RIGID_GEOMETRY = 0x04;
    private static final int FLEXIBLE_GEOMETRY = 0x05;
    private static final int CACHING = 0x08;
    private static final int AUDIO = 0x0e;
    private static final int CAPABILITIES = 0x2a;
    private static final int[] DISK_PAGES = {
        ERROR_RECOVERY, RIGID_GEOMETRY, FLEXIBLE_GEOMETRY, CACHING
    };
    private static final int[] CD_PAGES = {ERROR_RECOVERY, CACHING, AUDIO, CAPABILITIES};

    private static final int WRITE_CACHE = 0x04;
    private static final int HEADS = 16;
    private static final int SECTORS = 63;
    private static final int RPM = 5400;
    private static final int WRITE_PROTECTED = 0x80;
    private static final int DPOFUA = 0x10;
    private static final int BLOCK_DESCRIPTOR = 8;

    private final BlockLun lun;
    private boolean writeCache;

    ModeParameters(BlockLun lun, boolean writeCache) {
        this.lun = lun;
        this.writeCache = writeCache;
    }

    boolean hasWriteCache() {
        return writeCache;
    }

    void setWriteCache(boolean on) {
        writeCache = on;
    }

    private int[] pages() {
        return lun.isCd() ? CD_PAGES : DISK_PAGES;
    }

    void sense(ScsiTask task) {
        Cdb cdb = task.cdb();
        int control = cdb.at(2) >> 6;
        int wanted = cdb.at(2) & 0x3f;
        ByteArrayOutputStream pages = new ByteArrayOutputStream();
        for (int page : pages()) {
            if (wanted == ALL_PAGES || wanted == page) {
                pages.writeBytes(page(page, control));
            }
        }
        boolean subpage = cdb.at(3) != 0 && cdb.at(3) != 0xff;
        if (control == SAVED) {
            lun.fail(task, Sense.SAVING_NOT_SUPPORTED);
        } else if (pages.size() == 0 && wanted != 0 || subpage) {
            lun.fail(task, Sense.INVALID_FIELD_IN_CDB);
        } else {
            lun.reply(task, withHeader(cdb, pages.toByteArray()));
        }
    }

    private byte[] withHeader(Cdb cdb, byte[] pages) {
        boolean small = cdb.opcode() == Opcode.MODE_SENSE_6;
        int header = small ? 4 : 8;
        boolean described = !lun.isCd() && !cdb.bit(1, 0x08);
        int descriptor = described ? BLOCK_DESCRIPTOR : 0;
        byte[] data = new byte[header + descriptor + pages.length];
        int specific =
                lun.isCd()
                        ? 0
                        : (lun.isWriteProtected() ? WRITE_PROTECTED : 0)
                                | (lun.settings.dpofua() ? DPOFUA : 0);
        if (small) {
            data[0] = (byte) (data.length - 1);
            data[2] = (byte) specific;
            data[3] = (byte) descriptor;
        } else {
            BigEndian.put2(data, 0, data.length - 2);
            data[3] = (byte) specific;
            BigEndian.put2(data, 6, descriptor);
        }
        if (described) {
            BigEndian.put4(data, header, Math.min(lun.blocks(), 0xffff_ffffL));
            BigEndian.put3(data, header + 5, lun.settings.logicalBlockBytes());
        }
        System.arraycopy(pages, 0, data, header + descriptor, pages.length);
        return data;
    }

    /** A page with its two bytes of header. */
    private byte[] page(int page, int control) {
        int length =
                switch (page) {
                    case ERROR_RECOVERY -> 0x0a;
                    case RIGID_GEOMETRY -> 0x16;
                    case FLEXIBLE_GEOMETRY -> 0x1e;
                    case CACHING -> 0x12;
                    case AUDIO -> 0x0e;
                    case CAPABILITIES -> 0x14;
                    default -> throw new AssertionError(page);
                };
        byte[] data = new byte[2 + length];
        data[0] = (byte) page;
        data[1] = (byte) length;
        if (control == CHANGEABLE) {
            data[2] = (byte) (page == CACHING ? WRITE_CACHE : 0);
        } else {
            fill(
                    page,
                    data,
                    control == CURRENT ? writeCache : lun.settings.hasWriteCache(lun.medium()));
        }
        return data;
    }

    private void fill(int page, byte[] data, boolean caching) {
        switch (page) {
            case ERROR_RECOVERY -> {
                // Automatic write reallocation; a drive reports its retries.
                data[2] = (byte) 0x80;
                data[3] = (byte) (lun.isCd() ? 0x20 : 0);
            }
            case CACHING -> data[2] = (byte) (caching ? WRITE_CACHE : 0);
            case RIGID_GEOMETRY, FLEXIBLE_GEOMETRY -> fillGeometry(page, data);
            case CAPABILITIES -> fillCapabilities(data);
            default -> {}
        }
    }

    private void fillGeometry(int page, byte[] data) {
        int cylinders = (int) Math.min(lun.blocks() / (HEADS * SECTORS), 0xffff);
        if (page == RIGID_GEOMETRY) {
            BigEndian.put3(data, 2, cylinders);
            data[5] = HEADS;
            BigEndian.put3(data, 6, cylinders);
            BigEndian.put3(data, 9, cylinders);
            BigEndian.put2(data, 12, 200);
            BigEndian.put3(data, 14, 0xffffff);
            BigEndian.put2(data, 20, RPM);
        } else {
            BigEndian.put2(data, 2, 5000);
            data[4] = HEADS;
            data[5] = SECTORS;
            BigEndian.put2(data, 6, lun.settings.logicalBlockBytes());
            BigEndian.put2(data, 8, cylinders);
            BigEndian.put2(data, 10, cylinders);
            BigEndian.put2(data, 12, cylinders);
            BigEndian.put2(data, 14, 1);
            data[16] = 1;
            BigEndian.put2(data, 17, 1);
            data[19] = 1;
            data[20] = 1;
            BigEndian.put2(data, 28, RPM);
        }
    }

    /** What QEMU's drive says it can do: read everything, write nothing, 16 x 11 speed. */
    private void fillCapabilities(byte[] data) {
        data[2] = 0x3b;
        data[4] = 0x7f;
        data[5] = (byte) 0xff;
        data[6] = (byte) (0x2d | (lun.isRemovalPrevented() ? 0x02 : 0));
        BigEndian.put2(data, 8, 50 * 176);
        BigEndian.put2(data, 10, 2);
        BigEndian.put2(data, 12, 2048);
        BigEndian.put2(data, 14, 16 * 176);
        BigEndian.put2(data, 18, 16 * 176);
        BigEndian.put2(data, 20, 16 * 176);
    }

    void select(ScsiTask task) {
        Cdb cdb = task.cdb();
        if ((cdb.at(1) & 0x11) != 0x10) {
            // Without page format there are no pages; saving is not supported.
            lun.fail(task, Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        byte[] list = new byte[cdb.allocation()];
        lun.receive(task, list, () -> apply(task, list));
    }

    private void apply(ScsiTask task, byte[] list) {
        boolean small = task.cdb().opcode() == Opcode.MODE_SELECT_6;
        int header = small ? 4 : 8;
        if (list.length == 0) {
            lun.good(task);
            return;
        }
        if (list.length < header) {
            lun.fail(task, Sense.PARAMETER_LIST_LENGTH);
            return;
        }
        int descriptor = small ? list[3] & 0xff : BigEndian.get2(list, 6);
        if (header + descriptor > list.length) {
            lun.fail(task, Sense.PARAMETER_LIST_LENGTH);
            return;
        }
        boolean cached = writeCache;
        if (descriptor != 0 && !isDescriptorKept(list, header, descriptor)) {
            lun.fail(task, Sense.INVALID_FIELD_IN_PARAMETERS);
            return;
        }
        for (int at = header + descriptor; at < list.length; at += 2 + (list[at + 1] & 0xff)) {
            Sense refusal = refusal(list, at);
            if (refusal != null) {
                lun.fail(task, refusal);
                return;
            }
            if ((list[at] & 0x3f) == CACHING) {
                cached = (list[at + 2] & WRITE_CACHE) != 0;
            }
        }
        boolean after = cached;
        if (writeCache && !after) {
            lun.flush(task, () -> change(task, after));
        } else {
            change(task, after);
        }
    }

    private void change(ScsiTask task, boolean cached) {
        writeCache = cached;
        lun.good(task);
    }

    private boolean isDescriptorKept(byte[] list, int at, int length) {
        return length == BLOCK_DESCRIPTOR
                && BigEndian.get3(list, at + 5) == lun.settings.logicalBlockBytes();
    }

    /** Why a page is not taken, or null. */
    private Sense refusal(byte[] list, int at) {
        if (at + 2 > list.length || at + 2 + (list[at + 1] & 0xff) > list.length) {
            return Sense.PARAMETER_LIST_LENGTH;
        }
        int page = list[at] & 0x3f;
        boolean known = (list[at] & 0x40) == 0;
        boolean has = false;
        for (int supported : pages()) {
            has |= supported == page;
        }
        if (!known || !has) {
            return Sense.INVALID_FIELD_IN_PARAMETERS;
        }
        byte[] now = page(page, CURRENT);
        byte[] mask = page(page, CHANGEABLE);
        if (now.length != 2 + (list[at + 1] & 0xff)) {
            return Sense.INVALID_FIELD_IN_PARAMETERS;
        }
        for (int i = 2; i < now.length; i++) {
            if (((list[at + i] ^ now[i]) & ~mask[i]) != 0) {
                return Sense.INVALID_FIELD_IN_PARAMETERS;
            }
        }
        return null;
    }
}
