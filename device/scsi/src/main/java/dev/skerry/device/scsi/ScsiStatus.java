package dev.skerry.device.scsi;

/** Status bytes (SAM-2, 5.3.1). Open: a byte without a name is still one. */
public record ScsiStatus(int value) {
    public static final int GOOD = 0x00;
    public static final int CHECK_CONDITION = 0x02;
    public static final int BUSY = 0x08;
    public static final int RESERVATION_CONFLICT = 0x18;
    public static final int TASK_SET_FULL = 0x28;

    @Override
    public String toString() {
        return switch (value) {
            case GOOD -> "GOOD";
            case CHECK_CONDITION -> "CHECK CONDITION";
            case BUSY -> "BUSY";
            case RESERVATION_CONFLICT -> "RESERVATION CONFLICT";
            case TASK_SET_FULL -> "TASK SET FULL";
            default -> "status 0x" + Integer.toHexString(value);
        };
    }
}
