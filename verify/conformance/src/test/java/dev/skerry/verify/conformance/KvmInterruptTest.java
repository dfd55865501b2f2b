package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.verify.testkit.StockMachine;
import dev.skerry.verify.testkit.TinyGuest;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A guest under KVM in a stock machine takes edu's interrupt, which comes from our process. */
class KvmInterruptTest {
    private static final int SLOT = 4;
    private static final long BAR = 0xe000_0000L;
    private static final int IRQ = 11;
    private static final int VECTORS = 0x20;
    private static final int COUNT = TinyGuest.VARIABLES;
    private static final int SOME_READS = 200;
    private static final int READS = TinyGuest.VARIABLES + 4;
    private static final int PASSED = 0x10;
    private static final String EXPECTED =
            "start, raise, irq 1 status 3, irq 2 status 3 acknowledged, quiet,"
                    + " raise, irq 3 status 2 acknowledged, end";

    @TempDir Path folder;

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        String missing = Peer.KVM.missing();
        Assumptions.assumeTrue(missing == null, missing);
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    @ParameterizedTest
    @CsvSource({"pc, 1", "q35, 31"})
    void a_level_interrupt_comes_again_until_the_device_is_acknowledged(String type, int bridgeSlot)
            throws IOException {
        try (Fd chatter = MemFd.resizable("stderr", 0);
                DeviceProcess device =
                        DeviceProcess.start(
                                DeviceProcess.oneDevice(DeviceProcess.ours(), "edu"), 1, null);
                Child machine =
                        new StockMachine.Setup(type)
                                .proxy("edu0", device.link(0), SLOT)
                                .errors(chatter)
                                .runGuest(guest(bridgeSlot), folder)) {
            assertPassed(machine);
            assertEquals(new Child.Exit(0, -1), device.child().await(DeviceProcess.TIMEOUT_NS));
        }
    }

    /** The guest expects of a level-triggered line what a device inside the machine does. */
    @ParameterizedTest
    @CsvSource({"pc, 1", "q35, 31"})
    void stock_edu_inside_the_machine_gives_the_same(String type, int bridgeSlot)
            throws IOException {
        try (Fd chatter = MemFd.resizable("stderr", 0);
                Child machine =
                        new StockMachine.Setup(type)
                                .with("-device", "edu,addr=" + SLOT)
                                .errors(chatter)
                                .runGuest(guest(bridgeSlot), folder)) {
            assertPassed(machine);
        }
    }

    private void assertPassed(Child machine) throws IOException {
        Child.Exit exit = machine.await(DeviceProcess.TIMEOUT_NS);
        assertEquals(EXPECTED, Files.readString(folder.resolve("console")), "exit " + exit);
        assertEquals(new Child.Exit(TinyGuest.statusOf(PASSED), -1), exit);
    }

    /**
     * Raises the interrupt, leaves it pending at the first end-of-interrupt, acknowledges it in the
     * device at the second, and sees that it stays away until it is raised anew.
     */
    private static TinyGuest guest(int bridgeSlot) {
        TinyGuest guest = new TinyGuest().handle(VECTORS + IRQ, "interrupt");
        guest.store(COUNT, 0).print("start");
        startInterruptControllers(guest);
        // All four PIRQs of PIIX3, all eight of ICH9.
        guest.pciWrite(bridgeSlot, 0x60, 0x0b0b_0b0b).pciWrite(bridgeSlot, 0x68, 0x0b0b_0b0b);
        guest.pciWrite(SLOT, 0x10, BAR).pciWrite(SLOT, 0x04, 0x7);

        guest.print(", raise").store(BAR + EduDriver.RAISE, 3);
        awaitCount(guest, 2);
        readDeviceSomeTimes(guest);
        guest.compare(COUNT, 2).jumpIfNotEqual("unexpected").print(", quiet");
        guest.print(", raise").store(BAR + EduDriver.RAISE, 2);
        awaitCount(guest, 3);
        guest.print(", end").exit(PASSED);

        guest.enterHandler("interrupt").increment(COUNT);
        guest.print(", irq ").load(COUNT).printDigit();
        guest.print(" status ").load(BAR + EduDriver.INTERRUPTS).printDigit();
        guest.compare(COUNT, 1).jumpIfEqual("leave it pending");
        guest.store(BAR + EduDriver.ACKNOWLEDGE, 3).print(" acknowledged");
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
        guest.label("read").load(BAR + EduDriver.INTERRUPTS).increment(READS);
        guest.jumpIfNotEqual("read").disableInterrupts();
    }
}
