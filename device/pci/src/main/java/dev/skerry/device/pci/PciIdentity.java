package dev.skerry.device.pci;

/**
 * Who a function says it is (PCI 3.0, 6.2.1 and 6.2.4).
 *
 * @param vendor 16 bits
 * @param device 16 bits
 * @param revision 8 bits
 * @param classCode 24 bits: base class, sub-class, programming interface
 * @param subsystemVendor 16 bits
 * @param subsystem 16 bits
 */
public record PciIdentity(
        int vendor, int device, int revision, int classCode, int subsystemVendor, int subsystem) {
    /** The subsystem ids QEMU gives devices that have none of their own. */
    public static final int QEMU_SUBSYSTEM_VENDOR = 0x1af4;

    /** See {@link #QEMU_SUBSYSTEM_VENDOR}. */
    public static final int QEMU_SUBSYSTEM = 0x1100;

    public PciIdentity {
        requireBits("vendor", vendor, 16);
        requireBits("device", device, 16);
        requireBits("revision", revision, 8);
        requireBits("class code", classCode, 24);
        requireBits("subsystem vendor", subsystemVendor, 16);
        requireBits("subsystem", subsystem, 16);
    }

    /** With QEMU's default subsystem. */
    public PciIdentity(int vendor, int device, int revision, int classCode) {
        this(vendor, device, revision, classCode, QEMU_SUBSYSTEM_VENDOR, QEMU_SUBSYSTEM);
    }

    private static void requireBits(String what, int value, int bits) {
        if (value >>> bits != 0) {
            throw new IllegalArgumentException(what + " 0x" + Integer.toHexString(value));
        }
    }
}
