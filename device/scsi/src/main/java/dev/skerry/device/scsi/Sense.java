package dev.skerry.device.scsi;

/**
 * Why a command failed (SPC-3, 4.5).
 *
 * @param key 4 bits
 * @param code additional sense code, 8 bits
 * @param qualifier its qualifier, 8 bits
 * @param information the INFORMATION field, usually a block address; negative if it is not valid
 */
public record Sense(int key, int code, int qualifier, long information) {
    static final int NOT_READY = 0x2;
    static final int MEDIUM_ERROR = 0x3;
    static final int ILLEGAL_REQUEST = 0x5;
    static final int UNIT_ATTENTION = 0x6;
    static final int DATA_PROTECT = 0x7;
    static final int ABORTED_COMMAND = 0xb;
    static final int MISCOMPARE_KEY = 0xe;

    public static final Sense NONE = new Sense(0, 0, 0);
    public static final Sense BECOMING_READY_NEEDED = new Sense(NOT_READY, 0x04, 0x02);
    public static final Sense NO_MEDIUM = new Sense(NOT_READY, 0x3a, 0x00);
    public static final Sense NO_MEDIUM_TRAY_OPEN = new Sense(NOT_READY, 0x3a, 0x02);
    public static final Sense WRITE_ERROR = new Sense(MEDIUM_ERROR, 0x0c, 0x00);
    public static final Sense READ_ERROR = new Sense(MEDIUM_ERROR, 0x11, 0x00);
    public static final Sense PARAMETER_LIST_LENGTH = new Sense(ILLEGAL_REQUEST, 0x1a, 0x00);
    public static final Sense INVALID_OPCODE = new Sense(ILLEGAL_REQUEST, 0x20, 0x00);
    public static final Sense LBA_OUT_OF_RANGE = new Sense(ILLEGAL_REQUEST, 0x21, 0x00);
    public static final Sense INVALID_FIELD_IN_CDB = new Sense(ILLEGAL_REQUEST, 0x24, 0x00);
    public static final Sense LUN_NOT_SUPPORTED = new Sense(ILLEGAL_REQUEST, 0x25, 0x00);
    public static final Sense INVALID_FIELD_IN_PARAMETERS = new Sense(ILLEGAL_REQUEST, 0x26, 0x00);
    public static final Sense INCOMPATIBLE_MEDIUM = new Sense(ILLEGAL_REQUEST, 0x30, 0x00);
    public static final Sense SAVING_NOT_SUPPORTED = new Sense(ILLEGAL_REQUEST, 0x39, 0x00);
    public static final Sense REMOVAL_PREVENTED = new Sense(ILLEGAL_REQUEST, 0x53, 0x02);
    public static final Sense RELEASE_OF_NOTHING = new Sense(ILLEGAL_REQUEST, 0x26, 0x04);
    public static final Sense WRITE_PROTECTED = new Sense(DATA_PROTECT, 0x27, 0x00);
    public static final Sense SPACE_ALLOCATION_FAILED = new Sense(DATA_PROTECT, 0x27, 0x07);
    public static final Sense OVERLAPPED_COMMANDS = new Sense(ABORTED_COMMAND, 0x4e, 0x00);
    public static final Sense MISCOMPARE = new Sense(MISCOMPARE_KEY, 0x1d, 0x00);
    public static final Sense MEDIUM_CHANGED = new Sense(UNIT_ATTENTION, 0x28, 0x00);
    public static final Sense POWER_ON = new Sense(UNIT_ATTENTION, 0x29, 0x00);
    public static final Sense BUS_RESET = new Sense(UNIT_ATTENTION, 0x29, 0x02);
    public static final Sense DEVICE_RESET = new Sense(UNIT_ATTENTION, 0x29, 0x03);
    public static final Sense CAPACITY_CHANGED = new Sense(UNIT_ATTENTION, 0x2a, 0x09);

    private static final int FIXED_BYTES = 18;

    /** Without information. */
    public Sense(int key, int code, int qualifier) {
        this(key, code, qualifier, -1);
    }

    /** The same with a block address. */
    public Sense at(long lba) {
        return new Sense(key, code, qualifier, lba);
    }

    /** Fixed format, 18 bytes; an address of more than 32 bits is left out. */
    public byte[] fixed() {
        byte[] bytes = new byte[FIXED_BYTES];
        boolean fits = information >= 0 && information <= 0xffff_ffffL;
        bytes[0] = (byte) (fits ? 0xf0 : 0x70);
        bytes[2] = (byte) key;
        if (fits) {
            BigEndian.put4(bytes, 3, information);
        }
        bytes[7] = FIXED_BYTES - 8;
        bytes[12] = (byte) code;
        bytes[13] = (byte) qualifier;
        return bytes;
    }

    /** Descriptor format: 8 bytes, 20 with information. */
    public byte[] descriptor() {
        byte[] bytes = new byte[information >= 0 ? 20 : 8];
        bytes[0] = 0x72;
        bytes[1] = (byte) key;
        bytes[2] = (byte) code;
        bytes[3] = (byte) qualifier;
        bytes[7] = (byte) (bytes.length - 8);
        if (information >= 0) {
            bytes[9] = 0x0a;
            bytes[10] = (byte) 0x80;
            BigEndian.put8(bytes, 12, information);
        }
        return bytes;
    }

    @Override
    public String toString() {
        return String.format("sense %x/%02x/%02x", key, code, qualifier);
    }
}
