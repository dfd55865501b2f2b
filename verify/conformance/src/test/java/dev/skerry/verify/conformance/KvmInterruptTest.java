package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.EduInterruptGuest;
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
                                .runGuest(EduInterruptGuest.in(SLOT, bridgeSlot), folder)) {
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
                                .runGuest(EduInterruptGuest.in(SLOT, bridgeSlot), folder)) {
            assertPassed(machine);
        }
    }

    private void assertPassed(Child machine) throws IOException {
        Child.Exit exit = machine.await(DeviceProcess.TIMEOUT_NS);
        assertEquals(
                EduInterruptGuest.EXPECTED,
                Files.readString(folder.resolve("console")),
                "exit " + exit);
        assertEquals(new Child.Exit(TinyGuest.statusOf(EduInterruptGuest.PASSED), -1), exit);
    }
}
