package dev.skerry.device.pc;

/** Numbers of fw_cfg's items that are no files (QEMU's fw_cfg specification; its header's list). */
public enum FwCfgKey {
    SIGNATURE(0x00),
    /** What the interface can: 1 always, 2 DMA. */
    ID(0x01),
    UUID(0x02),
    /** 8 bytes: all RAM. */
    RAM_SIZE(0x03),
    /** 2 bytes: whether there is no display. */
    NOGRAPHIC(0x04),
    /** 2 bytes: CPUs at start. */
    NB_CPUS(0x05),
    KERNEL_ADDR(0x07),
    KERNEL_SIZE(0x08),
    INITRD_ADDR(0x0a),
    INITRD_SIZE(0x0b),
    /** 2 bytes: whether firmware shall offer a menu. */
    BOOT_MENU(0x0e),
    /** 2 bytes: CPUs at most, which is the number of APIC ids. */
    MAX_CPUS(0x0f),
    KERNEL_ENTRY(0x10),
    KERNEL_DATA(0x11),
    INITRD_DATA(0x12),
    CMDLINE_ADDR(0x13),
    CMDLINE_SIZE(0x14),
    CMDLINE_DATA(0x15),
    SETUP_ADDR(0x16),
    SETUP_SIZE(0x17),
    SETUP_DATA(0x18),
    FILE_DIR(0x19),
    /** 1 byte: the PIT's interrupt is on the I/O APIC's input 2. */
    IRQ0_OVERRIDE(0x8002);

    private final int number;

    FwCfgKey(int number) {
        this.number = number;
    }

    /** What a guest selects. */
    public int number() {
        return number;
    }
}
