package dev.skerry.device.scsi;

import dev.skerry.device.api.Device;

/**
 * A device on a SCSI bus: {@code -device scsi-hd} or {@code scsi-cd}. Whoever makes one gives it its
 * medium by {@link #insert}, then plugs it in by {@link ScsiBus#attach}.
 */
public final class ScsiDevice implements Device {
    private final BlockLun lun;
    private final LunSettings settings;

    ScsiDevice(BlockLun lun, LunSettings settings) {
        this.lun = lun;
        this.settings = settings;
    }

    /** The value of {@code drive}: which storage to insert. Null means no medium. */
    public String drive() {
        return settings.drive();
    }

    /** What becomes of a failed write: QEMU's {@code werror}, {@code auto} for the drive's choice. */
    public String writeErrors() {
        return settings.writeErrors();
    }

    /** The same for reads: {@code rerror}. */
    public String readErrors() {
        return settings.readErrors();
    }

    /** Whether it may be used without a medium, as a CD-ROM drive may. */
    public boolean mayBeEmpty() {
        return settings.removable();
    }

    /** The logical unit. */
    public ScsiLun lun() {
        return lun;
    }

    /**
     * Puts a medium in or, with null, takes it out; the guest learns of a change after power-on by
     * a unit attention.
     */
    public void insert(Storage storage) {
        lun.insert(storage);
    }

    /** The storage's size has changed; the guest learns of it by a unit attention. */
    public void resized() {
        lun.report(Sense.CAPACITY_CHANGED);
    }

    LunSettings settings() {
        return settings;
    }

    @Override
    public void reset() {
        lun.powerOn();
    }

    @Override
    public void close() {
        lun.clear();
    }
}
