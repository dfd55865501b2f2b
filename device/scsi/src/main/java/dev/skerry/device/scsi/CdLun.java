package dev.skerry.device.scsi;

/** {@code scsi-cd}: a CD-ROM drive with one data track (MMC-4). */
final class CdLun extends BlockLun {
    private static final int LEAD_OUT = 0xaa;
    private static final int DATA_TRACK = 0x14;
    private static final int LEAD_OUT_TRACK = 0x16;
    private static final int PREGAP_FRAMES = 150;
    private static final int FRAMES = 75;

    /** 80 minutes; what is larger is a DVD. */
    private static final long MOST_CD_BYTES = 80L * 60 * FRAMES * 2048;

    private static final int PROFILE_CD = 0x0008;
    private static final int PROFILE_DVD = 0x0010;
    private static final int MEDIA_CLASS = 0x10;
    private static final int EVENT_NONE = 0;
    private static final int EVENT_NEW_MEDIA = 2;
    private static final int EVENT_REMOVED = 3;

    private boolean trayOpen;
    private int event = EVENT_NONE;
    private boolean inserted;

    CdLun(LunSettings settings) {
        super(settings);
    }

    @Override
    boolean isCd() {
        return true;
    }

    @Override
    void insert(Storage storage) {
        super.insert(storage);
        trayOpen = false;
        if (inserted) {
            event = storage == null ? EVENT_REMOVED : EVENT_NEW_MEDIA;
        }
        inserted = true;
    }

    @Override
    Sense notReady() {
        return trayOpen ? Sense.NO_MEDIUM_TRAY_OPEN : super.notReady();
    }

    @Override
    void forget() {
        super.forget();
        event = EVENT_NONE;
    }

    @Override
    void moveTray(boolean open) {
        if (open != trayOpen && medium() != null) {
            event = open ? EVENT_REMOVED : EVENT_NEW_MEDIA;
            if (!open) {
                report(Sense.MEDIUM_CHANGED);
            }
        }
        trayOpen = open;
    }

    @Override
    boolean isExempt(int opcode) {
        return super.isExempt(opcode)
                || opcode == Opcode.GET_CONFIGURATION
                || opcode == Opcode.GET_EVENT_STATUS;
    }

    @Override
    void execute(ScsiTask task) {
        switch (task.cdb().opcode()) {
            case Opcode.GET_CONFIGURATION -> getConfiguration(task);
            case Opcode.GET_EVENT_STATUS -> getEventStatus(task);
            case Opcode.MECHANISM_STATUS -> {
                byte[] data = new byte[8];
                data[1] = (byte) (trayOpen ? 0x10 : 0);
                data[5] = 1;
                reply(task, data);
            }
            case Opcode.SET_CD_SPEED -> good(task);
            default -> super.execute(task);
        }
    }

    @Override
    boolean knows(Cdb cdb) {
        return switch (cdb.opcode()) {
            case Opcode.READ_TOC, Opcode.READ_DISC_INFORMATION, Opcode.READ_DVD_STRUCTURE -> true;
            default -> super.knows(cdb);
        };
    }

    @Override
    void access(ScsiTask task) {
        switch (task.cdb().opcode()) {
            case Opcode.READ_TOC -> readToc(task);
            case Opcode.READ_DISC_INFORMATION -> readDiscInformation(task);
            case Opcode.READ_DVD_STRUCTURE -> readDvdStructure(task);
            default -> super.access(task);
        }
    }

    private boolean isDvd() {
        return medium() != null && medium().sizeBytes() > MOST_CD_BYTES;
    }

    private void readDvdStructure(ScsiTask task) {
        Cdb cdb = task.cdb();
        byte[] data = isDvd() ? DvdStructures.of(cdb.at(7), blocks()) : null;
        if (!isDvd()) {
            fail(task, Sense.INCOMPATIBLE_MEDIUM);
        } else if ((cdb.at(1) & 0x0f) != 0 || cdb.at(6) != 0 || data == null) {
            // Another kind of disc, a second layer, or a structure this one has not.
            fail(task, Sense.INVALID_FIELD_IN_CDB);
        } else {
            reply(task, data);
        }
    }

    private void getConfiguration(ScsiTask task) {
        if (task.cdb().at(1) > 2) {
            fail(task, Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        byte[] data = new byte[40];
        boolean present = notReady() == null;
        int profile = !present ? 0 : isDvd() ? PROFILE_DVD : PROFILE_CD;
        BigEndian.put4(data, 0, data.length - 4);
        BigEndian.put2(data, 6, profile);
        // Profile list: DVD-ROM and CD-ROM.
        data[10] = 0x03;
        data[11] = 8;
        BigEndian.put2(data, 12, PROFILE_DVD);
        data[14] = (byte) (profile == PROFILE_DVD ? 1 : 0);
        BigEndian.put2(data, 16, PROFILE_CD);
        data[18] = (byte) (profile == PROFILE_CD ? 1 : 0);
        // Core: SCSI.
        BigEndian.put2(data, 20, 0x0001);
        data[22] = 0x0b;
        data[23] = 8;
        BigEndian.put4(data, 24, 1);
        data[28] = 1;
        // Removable medium: a tray that can be locked and ejects.
        BigEndian.put2(data, 32, 0x0003);
        data[34] = 0x0b;
        data[35] = 4;
        data[36] = 0x39;
        reply(task, data);
    }

    private void getEventStatus(ScsiTask task) {
        Cdb cdb = task.cdb();
        if (!cdb.bit(1, 0x01)) {
            // There are no events to wait for.
            fail(task, Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        boolean media = cdb.bit(4, MEDIA_CLASS);
        byte[] data = new byte[media ? 8 : 4];
        BigEndian.put2(data, 0, data.length - 2);
        data[2] = (byte) (media ? 0x04 : 0x80);
        data[3] = MEDIA_CLASS;
        if (media) {
            data[4] = (byte) event;
            data[5] = (byte) ((trayOpen ? 0x01 : 0) | (notReady() == null ? 0x02 : 0));
            event = EVENT_NONE;
        }
        reply(task, data);
    }

    private void readDiscInformation(ScsiTask task) {
        if ((task.cdb().at(1) & 0x07) != 0) {
            fail(task, Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        byte[] data = new byte[34];
        data[1] = 32;
        // Complete, last session complete, not erasable; one session of one track.
        data[2] = 0x0e;
        data[3] = 1;
        data[4] = 1;
        data[5] = 1;
        data[6] = 1;
        data[7] = 0x20;
        reply(task, data);
    }

    private void readToc(ScsiTask task) {
        Cdb cdb = task.cdb();
        int format = cdb.at(2) & 0x0f;
        if (format == 0 && cdb.at(9) >> 6 != 0) {
            // Where SFF-8020 had it.
            format = cdb.at(9) >> 6;
        }
        boolean msf = cdb.bit(1, 0x02);
        int first = cdb.at(6);
        if (format > 2 || format == 0 && first > 1 && first != LEAD_OUT) {
            fail(task, Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        reply(
                task,
                switch (format) {
                    case 0 -> tracks(first, msf);
                    case 1 -> sessions();
                    default -> rawToc();
                });
    }

    private byte[] tracks(int first, boolean msf) {
        byte[] data = new byte[first == LEAD_OUT ? 12 : 20];
        header(data);
        int at = 4;
        if (first != LEAD_OUT) {
            track(data, at, DATA_TRACK, 1, 0, msf);
            at += 8;
        }
        track(data, at, LEAD_OUT_TRACK, LEAD_OUT, blocks(), msf);
        return data;
    }

    private static void header(byte[] data) {
        BigEndian.put2(data, 0, data.length - 2);
        data[2] = 1;
        data[3] = 1;
    }

    private void track(byte[] data, int at, int control, int number, long lba, boolean msf) {
        data[at + 1] = (byte) control;
        data[at + 2] = (byte) number;
        if (msf) {
            putMsf(data, at + 5, lba);
        } else {
            BigEndian.put4(data, at + 4, lba);
        }
    }

    private static void putMsf(byte[] data, int at, long lba) {
        long frames = lba + PREGAP_FRAMES;
        data[at] = (byte) (frames / FRAMES / 60);
        data[at + 1] = (byte) (frames / FRAMES % 60);
        data[at + 2] = (byte) (frames % FRAMES);
    }

    private static byte[] sessions() {
        byte[] data = new byte[12];
        header(data);
        return data;
    }

    private byte[] rawToc() {
        byte[] data = new byte[48];
        header(data);
        int[] points = {0xa0, 0xa1, 0xa2, 0x01};
        for (int i = 0; i < points.length; i++) {
            int at = 4 + 11 * i;
            data[at] = 1;
            data[at + 1] = DATA_TRACK;
            data[at + 3] = (byte) points[i];
            switch (points[i]) {
                case 0xa0, 0xa1 -> data[at + 8] = 1;
                case 0xa2 -> putMsf(data, at + 8, blocks());
                default -> putMsf(data, at + 8, 0);
            }
        }
        return data;
    }
}
