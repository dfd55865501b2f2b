package dev.skerry.device.scsi;

import dev.skerry.platform.options.OptionException;

import java.util.ArrayList;
import java.util.List;

/**
 * A parallel SCSI bus as its host adapter has it: up to 16 targets. Used on the device thread; the
 * board is populated before the guest runs.
 */
public final class ScsiBus {
    /** Ids on a wide bus. */
    public static final int MOST_TARGETS = 16;

    private final ScsiTarget[] targets = new ScsiTarget[MOST_TARGETS];
    private final int adapterId;

    /**
     * @param adapterId the id the host adapter has after power-on, which no target gets
     */
    public ScsiBus(int adapterId) {
        this.adapterId = adapterId;
    }

    /** The target at an id, or null. */
    public ScsiTarget target(int id) {
        return id >= 0 && id < MOST_TARGETS ? targets[id] : null;
    }

    /** The logical units, by target and number. */
    public List<ScsiLun> luns() {
        List<ScsiLun> all = new ArrayList<>();
        for (ScsiTarget target : targets) {
            if (target != null) {
                all.addAll(target.luns());
            }
        }
        return all;
    }

    /** Whether every id has its target. */
    public boolean isFull() {
        return firstFree(0) < 0;
    }

    /**
     * Plugs a device in, at its {@code scsi-id} and {@code lun} or, where those are -1, at the first
     * free ones.
     *
     * @throws OptionException if the place is taken or there is none
     */
    public void attach(ScsiDevice device) throws OptionException {
        LunSettings wanted = device.settings();
        int id = wanted.scsiId() >= 0 ? wanted.scsiId() : firstFree(wanted.lun());
        if (id < 0) {
            throw new OptionException("no free target");
        }
        if (id == adapterId) {
            throw new OptionException("scsi-id " + id + " is the host adapter's own");
        }
        if (targets[id] == null) {
            targets[id] = new ScsiTarget(id);
        }
        targets[id].attach(device.lun(), wanted.lun());
    }

    private int firstFree(int lun) {
        for (int id = 0; id < MOST_TARGETS; id++) {
            boolean free = targets[id] == null || lun > 0 && targets[id].lun(lun) == null;
            if (id != adapterId && free) {
                return id;
            }
        }
        return -1;
    }

    /** The bus reset line: all tasks are gone, every unit will tell (SAM-2, 6.2). */
    public void reset() {
        for (ScsiLun lun : luns()) {
            lun.reset(Sense.BUS_RESET);
        }
    }

    /** After power-on, as when the machine is reset. */
    public void powerOn() {
        for (ScsiLun lun : luns()) {
            lun.powerOn();
        }
    }
}
