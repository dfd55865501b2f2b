package dev.skerry.device.pc;

/**
 * What firmware expects in {@link Rtc}'s RAM: the bytes SeaBIOS reads on QEMU's machines (its
 * documentation, "Runtime config": CMOS), and those a PC/AT's BIOS left there (IBM PC/AT Technical
 * Reference, "CMOS RAM").
 */
public final class CmosLayout {
    private static final int EQUIPMENT = 0x14;
    private static final int EQUIPMENT_COPROCESSOR = 0x02;
    private static final int EQUIPMENT_POINTING_DEVICE = 0x04;
    private static final int BASE_KIB = 0x15;
    private static final int EXTENDED_KIB = 0x17;
    private static final int EXTENDED_KIB_FOUND = 0x30;
    private static final int ABOVE_16_MIB = 0x34;
    private static final int BOOT_ORDER_THIRD = 0x38;
    private static final int BOOT_ORDER = 0x3d;
    private static final int ABOVE_4_GIB = 0x5b;
    private static final int PROCESSORS = 0x5f;

    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;
    private static final long UNIT_64_KIB = 64 * KIB;

    private CmosLayout() {}

    /**
     * The machine's RAM, in bytes.
     *
     * @param below RAM below 4 GiB, from 0 on
     * @param above RAM above
     */
    public static void setMemory(Rtc rtc, long below, long above) {
        word(rtc, BASE_KIB, Math.min(below / KIB, 640));
        long extended = Math.clamp((below - MIB) / KIB, 0, 0xffff);
        word(rtc, EXTENDED_KIB, extended);
        word(rtc, EXTENDED_KIB_FOUND, extended);
        word(rtc, ABOVE_16_MIB, Math.clamp((below - 16 * MIB) / UNIT_64_KIB, 0, 0xffff));
        long high = Math.min(above / UNIT_64_KIB, 0xff_ffff);
        word(rtc, ABOVE_4_GIB, high & 0xffff);
        rtc.setRam(ABOVE_4_GIB + 2, (int) (high >> 16));
    }

    /**
     * What else is there: a coprocessor, and by choice a PS/2 mouse; the processors.
     *
     * @param processors 1 to 256
     */
    public static void setEquipment(Rtc rtc, int processors, boolean pointingDevice) {
        int mouse = pointingDevice ? EQUIPMENT_POINTING_DEVICE : 0;
        rtc.setRam(EQUIPMENT, EQUIPMENT_COPROCESSOR | mouse);
        rtc.setRam(PROCESSORS, processors - 1);
    }

    /** The order of devices to start from: 1 floppy, 2 hard disk, 3 CD, 4 network, 0 none. */
    public static void setBootOrder(Rtc rtc, int first, int second, int third) {
        rtc.setRam(BOOT_ORDER, first | second << 4);
        rtc.setRam(BOOT_ORDER_THIRD, third << 4);
    }

    private static void word(Rtc rtc, int at, long value) {
        rtc.setRam(at, (int) value & 0xff);
        rtc.setRam(at + 1, (int) value >> 8);
    }
}
