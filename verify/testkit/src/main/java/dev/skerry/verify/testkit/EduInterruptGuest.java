package dev.skerry.verify.testkit;

/**
 * A guest that takes an {@code edu}'s interrupt as a PC's firmware would, by the 8259s, level
 * triggered, and says what it sees.
 */
public final class EduInterruptGuest {
    /** What it says. */
    public static final String EXPECTED =
            "start, raise, irq 1 status 3, irq 2 status 3 acknowledged, quiet,"
                    + " raise, irq 3 status 2 acknowledged, end";

    /** What it writes to {@link TinyGuest#EXIT_PORT} if it came to its end. */
    public static final int PASSED = 0x10;

    private static final long BAR = 0xe000_0000L;
    private static final int INTERRUPTS = 0x24;
    private static final int RAISE = 0x60;
    private static final int ACKNOWLEDGE = 0x64;
    private static final int IRQ = 11;
    private static final int VECTORS = 0x20;
    private static final int COUNT = TinyGuest.VARIABLES;
    private static final int SOME_READS = 200;
    private static final int READS = TinyGuest.VARIABLES + 4;

    private EduInterruptGuest() {}

    /**
     * Raises the interrupt, leaves it pending at the first end-of-interrupt, acknowledges it in the
     * device at the second, and sees that it stays away until it is raised anew.
     *
     * @param slot the device's
     * @param bridgeSlot the ISA bridge's, which leads PCI interrupts to ISA's: 1 of a pc, 31 of a q35
     */
    public static TinyGuest in(int slot, int bridgeSlot) {
        TinyGuest guest = new TinyGuest().handle(VECTORS + IRQ, "interrupt");
        guest.store(COUNT, 0).print("start");
        startInterruptControllers(guest);
        // All four PIRQs of PIIX3, all eight of ICH9.
        guest.pciWrite(bridgeSlot, 0x60, 0x0b0b_0b0b).pciWrite(bridgeSlot, 0x68, 0x0b0b_0b0b);
        guest.pciWrite(slot, 0x10, BAR).pciWrite(slot, 0x04, 0x7);

        guest.print(", raise").store(BAR + RAISE, 3);
        awaitCount(guest, 2);
        readDeviceSomeTimes(guest);
        guest.compare(COUNT, 2).jumpIfNotEqual("unexpected").print(", quiet");
        guest.print(", raise").store(BAR + RAISE, 2);
        awaitCount(guest, 3);
        guest.print(", end").exit(PASSED);

        guest.enterHandler("interrupt").increment(COUNT);
        guest.print(", irq ").load(COUNT).printDigit();
        guest.print(" status ").load(BAR + INTERRUPTS).printDigit();
        guest.compare(COUNT, 1).jumpIfEqual("leave it pending");
        guest.store(BAR + ACKNOWLEDGE, 3).print(" acknowledged");
        guest.label("leave it pending");
        return guest.out8(0xa0, 0x20).out8(0x20, 0x20).leaveHandler();
    }

    /** Both 8259s: initialised, vectors from 0x20 on, all masked but the line and the cascade. */
    private static void startInterruptControllers(TinyGuest guest) {
        guest.out8(0x20, 0x11).out8(0x21, VECTORS).out8(0x21, 0x04).out8(0x21, 0x01);
        guest.out8(0xa0, 0x11).out8(0xa1, VECTORS + 8).out8(0xa1, 0x02).out8(0xa1, 0x01);
        guest.out8(0x21, ~(1 << 2) & 0xff).out8(0xa1, ~(1 << IRQ - 8) & 0xff);
        // Edge or level: PCI's are level.
        guest.out8(0x4d0, 0).out8(0x4d1, 1 << IRQ - 8);
        // Local APIC on, its LINT0 an input for the 8259s (Intel SDM 3A, 11.5.1).
        guest.store(0xfee0_00f0L, 0x1ff).store(0xfee0_0350L, 0x700);
    }

    private static void awaitCount(TinyGuest guest, int count) {
        String again = "await " + count;
        guest.label(again).disableInterrupts().compare(COUNT, count);
        guest.jumpIfEqual("reached " + count).sleep().jump(again);
        guest.label("reached " + count);
    }

    /** With interrupts on: time enough for one that should not come. */
    private static void readDeviceSomeTimes(TinyGuest guest) {
        guest.enableInterrupts().store(READS, -SOME_READS);
        guest.label("read").load(BAR + INTERRUPTS).increment(READS);
        guest.jumpIfNotEqual("read").disableInterrupts();
    }
}
