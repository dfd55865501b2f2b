package dev.skerry.device.scsi;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.Property;
import dev.skerry.platform.options.PropertyType;
import dev.skerry.platform.options.PropertyValues;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a user sets of a logical unit, by QEMU's names.
 *
 * @param scsiId the target's id, 0 to 15, or -1 for the first free one
 * @param lun 0 to 31, or -1 for the first free one
 * @param drive the name of the medium, null if there is none
 * @param serial null if not set
 * @param deviceId what vital page 83 names it by; null if not set
 * @param logicalBlockBytes a power of two, 512 to 32768
 * @param physicalBlockBytes a power of two, at least the logical
 * @param writeCache 0 for off, 1 for on, 2 as the medium has it
 * @param wwn 0 if not set
 * @param scsiVersion what INQUIRY says
 * @param writeErrors QEMU's {@code werror}
 * @param readErrors QEMU's {@code rerror}
 */
record LunSettings(
        int scsiId,
        int lun,
        String drive,
        String vendor,
        String product,
        String version,
        String serial,
        String deviceId,
        int logicalBlockBytes,
        int physicalBlockBytes,
        boolean removable,
        int writeCache,
        boolean dpofua,
        long wwn,
        int rotationRate,
        int scsiVersion,
        TransferLimits limits,
        String writeErrors,
        String readErrors) {
    private static final int AUTOMATIC = 2;
    private static final int MOST_SERIAL = 36;

    /** The properties of both kinds, with their differing defaults. */
    static List<Property> properties(boolean cd) {
        String block = cd ? "2048" : "512";
        List<Property> all = new ArrayList<>();
        add(all, "channel", PropertyType.UINT32, "0", "");
        add(all, "bootindex", PropertyType.INT32, null, "Accepted, firmware is not here");
        add(all, "device_id", PropertyType.STRING, null, "What vital page 0x83 names it by");
        add(all, "discard_granularity", PropertyType.SIZE, "4294967295", "0: not thin");
        add(all, "drive", PropertyType.STRING, null, "The medium");
        add(all, "logical_block_size", PropertyType.SIZE, block, "512 to 32768");
        add(all, "lun", PropertyType.INT32, "-1", "0 to 31, or -1 for the first free one");
        add(all, "max_io_size", PropertyType.UINT64, "2147483647", "");
        add(all, "min_io_size", PropertyType.SIZE, "0", "");
        add(all, "opt_io_size", PropertyType.SIZE, "0", "");
        add(all, "physical_block_size", PropertyType.SIZE, block, "At least the logical one");
        add(all, "product", PropertyType.STRING, cd ? "QEMU CD-ROM" : "QEMU HARDDISK", "");
        add(all, "rerror", PropertyType.ERROR_ACTION, "auto", "auto: the drive's");
        add(all, "scsi-id", PropertyType.INT32, "-1", "0 to 15, or -1 for the first free one");
        add(all, "scsi_version", PropertyType.INT32, "5", "Version in INQUIRY");
        add(all, "serial", PropertyType.STRING, null, "");
        add(all, "share-rw", PropertyType.BOOL, "off", "Images are for one process: off alone");
        add(all, "vendor", PropertyType.STRING, "QEMU", "");
        add(all, "ver", PropertyType.STRING, "2.5+", "Revision in INQUIRY");
        add(all, "werror", PropertyType.ERROR_ACTION, "auto", "auto: the drive's");
        add(all, "write-cache", PropertyType.ON_OFF_AUTO, "auto", "auto: as the drive's cache=");
        add(all, "wwn", PropertyType.UINT64, "0", "World-wide name");
        if (!cd) {
            add(all, "dpofua", PropertyType.BOOL, "off", "Honours forced unit access");
            add(all, "max_unmap_size", PropertyType.UINT64, "1073741824", "");
            add(all, "removable", PropertyType.BOOL, "off", "");
            add(all, "rotation_rate", PropertyType.UINT16, "0", "1 for none, else rpm");
        }
        all.sort(Comparator.comparing(Property::name));
        return List.copyOf(all);
    }

    private static void add(
            List<Property> to, String name, PropertyType type, String value, String description) {
        to.add(new Property(name, type, value, description));
    }

    /**
     * @throws OptionException if a value is out of its range
     */
    static LunSettings of(boolean cd, PropertyValues values) throws OptionException {
        int logical = blockSize("logical_block_size", values.number("logical_block_size"));
        int physical = blockSize("physical_block_size", values.number("physical_block_size"));
        if (values.number("channel") != 0) {
            throw new OptionException("bad scsi channel id: " + values.number("channel"));
        }
        if (values.bool("share-rw")) {
            throw new OptionException("share-rw=on is not supported: an image is one process' own");
        }
        return new LunSettings(
                within("id", values.number("scsi-id"), ScsiBus.MOST_TARGETS),
                within("lun", values.number("lun"), ScsiTarget.MOST_LUNS),
                values.text("drive"),
                text("vendor", values.text("vendor"), 8),
                text("product", values.text("product"), 16),
                text("ver", values.text("ver"), 4),
                text("serial", values.text("serial"), MOST_SERIAL),
                text("device_id", values.text("device_id"), 250),
                logical,
                Math.max(logical, physical),
                cd || values.bool("removable"),
                (int) values.number("write-cache"),
                !cd && values.bool("dpofua"),
                values.number("wwn"),
                cd ? 0 : (int) values.number("rotation_rate"),
                (int) values.number("scsi_version") & 0xff,
                TransferLimits.of(values, !cd, logical),
                values.text("werror"),
                values.text("rerror"));
    }

    /** Whether the write cache is on after power-on. */
    boolean hasWriteCache(Storage medium) {
        return writeCache == AUTOMATIC ? medium == null || medium.isWriteBack() : writeCache != 0;
    }

    private static int within(String name, long value, int end) throws OptionException {
        if (value < -1 || value >= end) {
            throw new OptionException("bad scsi device " + name + ": " + value);
        }
        return (int) value;
    }

    private static int blockSize(String name, long value) throws OptionException {
        if (value < 512 || value > 32768 || Long.bitCount(value) != 1) {
            throw new OptionException(
                    name + ": " + value + " is not a power of two from 512 to 32768");
        }
        return (int) value;
    }

    /** Text cut to what its field holds, as QEMU cuts it. */
    private static String text(String name, String value, int most) throws OptionException {
        if (value == null) {
            return null;
        }
        if (!value.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
            throw new OptionException(name + ": '" + value + "' is not printable ASCII");
        }
        return value.length() > most ? value.substring(0, most) : value;
    }

    /** The name in vital page 83: the device id, the serial, or the medium's. */
    String identification() {
        if (deviceId != null) {
            return deviceId;
        }
        return serial != null ? serial : drive != null ? drive : "";
    }
}
