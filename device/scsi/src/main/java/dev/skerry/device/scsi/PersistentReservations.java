package dev.skerry.device.scsi;

/**
 * Persistent reservations in their basic form (SPC-3, 5.6, 6.11 and 6.12): one initiator, so one
 * registration at most, and nobody whom a reservation keeps out. They survive resets but not power
 * loss (APTPL is refused).
 */
final class PersistentReservations {
    private static final int READ_KEYS = 0;
    private static final int READ_RESERVATION = 1;
    private static final int REPORT_CAPABILITIES = 2;
    private static final int REGISTER = 0;
    private static final int RESERVE = 1;
    private static final int RELEASE = 2;
    private static final int CLEAR = 3;
    private static final int PREEMPT = 4;
    private static final int PREEMPT_AND_ABORT = 5;
    private static final int REGISTER_AND_IGNORE = 6;
    private static final int PARAMETER_BYTES = 24;

    /** Write exclusive, exclusive access, both also registrants only and all registrants. */
    private static final int TYPES = 0x01ea;

    private static final int NONE = -1;

    private final ScsiLun lun;
    private long key;
    private int type = NONE;
    private long generation;

    PersistentReservations(ScsiLun lun) {
        this.lun = lun;
    }

    void in(ScsiTask task) {
        byte[] data;
        switch (task.cdb().serviceAction()) {
            case READ_KEYS -> {
                data = new byte[key == 0 ? 8 : 16];
                if (key != 0) {
                    BigEndian.put8(data, 8, key);
                }
            }
            case READ_RESERVATION -> {
                data = new byte[type == NONE ? 8 : 24];
                if (type != NONE) {
                    BigEndian.put8(data, 8, key);
                    data[21] = (byte) type;
                }
            }
            case REPORT_CAPABILITIES -> {
                lun.reply(task, capabilities());
                return;
            }
            default -> {
                lun.fail(task, Sense.INVALID_FIELD_IN_CDB);
                return;
            }
        }
        BigEndian.put4(data, 0, generation);
        BigEndian.put4(data, 4, data.length - 8);
        lun.reply(task, data);
    }

    private static byte[] capabilities() {
        byte[] data = new byte[8];
        BigEndian.put2(data, 0, data.length);
        // The type mask is valid.
        data[3] = (byte) 0x80;
        data[4] = (byte) TYPES;
        data[5] = (byte) (TYPES >> 8);
        return data;
    }

    void out(ScsiTask task) {
        if (task.cdb().serviceAction() > REGISTER_AND_IGNORE) {
            lun.fail(task, Sense.INVALID_FIELD_IN_CDB);
        } else if (BigEndian.get4(task.cdb().bytes(), 5) != PARAMETER_BYTES) {
            lun.fail(task, Sense.PARAMETER_LIST_LENGTH);
        } else {
            byte[] list = new byte[PARAMETER_BYTES];
            lun.receive(task, list, () -> apply(task, list));
        }
    }

    private void apply(ScsiTask task, byte[] list) {
        int action = task.cdb().serviceAction();
        long reservationKey = BigEndian.get8(list, 0);
        long actionKey = BigEndian.get8(list, 8);
        if ((list[20] & 0x0d) != 0) {
            // Specified initiators, all ports and persistence through power loss are not there.
            lun.fail(task, Sense.INVALID_FIELD_IN_PARAMETERS);
        } else if (action != REGISTER_AND_IGNORE
                && (reservationKey != key || action != REGISTER && key == 0)) {
            lun.end(task, ScsiStatus.RESERVATION_CONFLICT);
        } else {
            lun.endBy(task, act(task.cdb(), action, actionKey));
        }
    }

    private Sense act(Cdb cdb, int action, long actionKey) {
        int wantedType = cdb.at(2) & 0x0f;
        boolean scoped = (cdb.at(2) & 0xf0) == 0 && (TYPES >> wantedType & 1) != 0;
        switch (action) {
            case REGISTER, REGISTER_AND_IGNORE -> {
                key = actionKey;
                type = key == 0 ? NONE : type;
                generation++;
            }
            case RESERVE -> {
                if (!scoped) {
                    return Sense.INVALID_FIELD_IN_CDB;
                }
                type = type == NONE ? wantedType : type;
            }
            case RELEASE -> {
                if (type != NONE && type != wantedType) {
                    return Sense.RELEASE_OF_NOTHING;
                }
                type = NONE;
            }
            case CLEAR -> {
                key = 0;
                type = NONE;
                generation++;
            }
            case PREEMPT, PREEMPT_AND_ABORT -> {
                if (actionKey == 0) {
                    return Sense.INVALID_FIELD_IN_PARAMETERS;
                }
                type = type != NONE && scoped ? wantedType : type;
                generation++;
            }
            default -> throw new AssertionError(action);
        }
        return null;
    }
}
