package dev.skerry.device.scsi;

import dev.skerry.platform.options.OptionException;

import java.util.ArrayList;
import java.util.List;

/** One id of a bus with its logical units. Used on the device thread. */
public final class ScsiTarget {
    /** What fits an IDENTIFY message. */
    public static final int MOST_LUNS = 32;

    private final int id;
    private final ScsiLun[] luns = new ScsiLun[MOST_LUNS];
    private final AbsentLun absent = new AbsentLun(this);

    ScsiTarget(int id) {
        this.id = id;
    }

    public int id() {
        return id;
    }

    /** The logical unit of a number, or null. */
    public ScsiLun lun(int number) {
        return number >= 0 && number < MOST_LUNS ? luns[number] : null;
    }

    /** Those that are there, by number. */
    public List<ScsiLun> luns() {
        List<ScsiLun> present = new ArrayList<>();
        for (ScsiLun lun : luns) {
            if (lun != null) {
                present.add(lun);
            }
        }
        return present;
    }

    void attach(ScsiLun lun, int wanted) throws OptionException {
        int number = wanted;
        for (int i = 0; number < 0 && i < MOST_LUNS; i++) {
            number = luns[i] == null ? i : -1;
        }
        if (number < 0 || luns[number] != null) {
            throw new OptionException("lun " + wanted + " of target " + id + " is taken");
        }
        luns[number] = lun;
        lun.attached(this, number);
    }

    /**
     * Gives a command to a logical unit; to one that is not there also, as SPC-3, 6.4.2 says.
     *
     * @param number the logical unit, 0 to 31
     * @param tag 0 to 255, or {@link ScsiTask#UNTAGGED}
     * @param received the command descriptor block as received
     * @param length how much of it there is, 1 to 16
     * @param holdsBus whether the initiator stays connected, so that it may as well say where data
     *     goes before it is read
     * @param initiator told when there is something to do
     */
    public ScsiTask submit(
            int number,
            int tag,
            TaskAttribute attribute,
            byte[] received,
            int length,
            boolean holdsBus,
            Initiator initiator) {
        ScsiLun lun = lun(number) != null ? lun(number) : absent;
        Cdb cdb = Cdb.of(received, length);
        ScsiTask task = new ScsiTask(lun, tag, attribute, cdb, holdsBus, initiator);
        lun.accept(task);
        return task;
    }

    /** BUS DEVICE RESET or TARGET RESET: all its units, all their tasks. */
    public void reset() {
        for (ScsiLun lun : luns()) {
            lun.reset(Sense.DEVICE_RESET);
        }
        absent.clear();
    }

    /** ABORT or ABORT TASK SET: the tasks of one unit. */
    public void clear(int number) {
        (lun(number) != null ? lun(number) : absent).clear();
    }
}
