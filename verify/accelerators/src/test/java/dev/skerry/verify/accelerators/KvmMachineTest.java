package dev.skerry.verify.accelerators;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.options.OptionException;
import dev.skerry.verify.testkit.BootDisk;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.EduInterruptGuest;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.verify.testkit.TinyGuest;
import dev.skerry.vmm.machine.Cause;
import dev.skerry.vmm.machine.RunState;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Whole machines under {@code -accel kvm}. */
class KvmMachineTest {
    private static final int CHUNKS = 16;
    private static final int SLOT = 4;

    @TempDir Path folder;

    @BeforeAll
    static void kvmIsThere() {
        String missing = TwinBoard.Kvm.missing();
        Assumptions.assumeTrue(missing == null, missing);
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    /** Not on the software CPU as well: other tests start that machine. */
    @ParameterizedTest(name = "{0}, disk {1}")
    @CsvSource({"pc, in the machine", "q35, in another process"})
    void seabios_starts_from_a_disk(String type, String where) throws Exception {
        BootDisk disk = new BootDisk(CHUNKS);
        Path image = Files.write(folder.resolve("disk.img"), disk.bytes());
        TestMachine.Setup setup = new TestMachine.Setup(type).accelerator("kvm");
        if (where.equals("in the machine")) {
            setup.drive("id=d0,if=none,format=raw,file=" + image);
            setup.device("lsi53c895a,id=lsi0,addr=" + SLOT);
            setup.device("scsi-hd,drive=d0,bus=lsi0.0,scsi-id=0");
            boot(setup, disk);
        } else {
            try (DeviceProcess process =
                    DeviceProcess.start(
                            DeviceProcess.oneDisk(DeviceProcess.ours(), image, "", ""), 1, null)) {
                boot(setup.proxy("lsi0", process, SLOT), disk);
                assertEquals(
                        new Child.Exit(0, -1), process.child().await(DeviceProcess.TIMEOUT_NS));
            }
        }
        byte[] expected = disk.bytes();
        int written = BootDisk.WRITTEN_SECTOR * BootDisk.SECTOR_BYTES;
        Arrays.fill(expected, written, written + BootDisk.SECTOR_BYTES, BootDisk.WRITTEN);
        assertArrayEquals(expected, Files.readAllBytes(image));
    }

    private static void boot(TestMachine.Setup setup, BootDisk disk) throws Exception {
        try (TestMachine machine = setup.create()) {
            assertEquals("kvm", machine.machine().accelerator());
            assertEquals(TinyGuest.statusOf(BootDisk.PASSED), machine.run(), machine::log);
            assertEquals(disk.expected(), machine.serial());
        }
    }

    @ParameterizedTest(name = "{0}, edu {2}")
    @CsvSource({
        "pc, 1, in the machine",
        "q35, 31, in the machine",
        "pc, 1, in another process",
        "q35, 31, in another process"
    })
    void a_level_interrupt_comes_again_until_the_device_is_acknowledged(
            String type, int bridgeSlot, String where) throws Exception {
        Path firmware = folder.resolve("guest.bin");
        Files.write(firmware, EduInterruptGuest.in(SLOT, bridgeSlot).assemble());
        TestMachine.Setup setup = new TestMachine.Setup(type).accelerator("kvm").firmware(firmware);
        if (where.equals("in the machine")) {
            takeInterrupts(setup.device("edu,addr=" + SLOT));
        } else {
            try (DeviceProcess process =
                    DeviceProcess.start(
                            DeviceProcess.oneDevice(DeviceProcess.ours(), "edu"), 1, null)) {
                takeInterrupts(setup.proxy("edu0", process, SLOT));
            }
        }
    }

    private static void takeInterrupts(TestMachine.Setup setup) throws Exception {
        try (TestMachine machine = setup.create()) {
            int status = machine.run();
            assertEquals(EduInterruptGuest.EXPECTED, machine.console());
            assertEquals(TinyGuest.statusOf(EduInterruptGuest.PASSED), status);
        }
    }

    @Test
    void a_guest_that_sleeps_is_stopped_goes_on_and_is_reset() throws Exception {
        TinyGuest guest = new TinyGuest().print("begin ");
        guest.label("again").sleep().jump("again");
        Path firmware = Files.write(folder.resolve("guest.bin"), guest.assemble());
        TestMachine.Setup setup = new TestMachine.Setup("q35").accelerator("kvm").cpu(null, 2);
        try (TestMachine machine = setup.firmware(firmware).create()) {
            machine.machine().start();
            machine.awaitConsole("begin ");
            machine.machine().stop();
            assertEquals(RunState.PAUSED, machine.machine().state());
            assertTrue(machine.machine().cont());
            machine.machine().reset(Cause.HOST_QMP_SYSTEM_RESET);
            machine.awaitConsole("begin begin ");
            machine.machine().stop();
            machine.machine().reset(Cause.HOST_QMP_SYSTEM_RESET);
            assertEquals("begin begin ", machine.console());
            machine.machine().cont();
            machine.awaitConsole("begin begin begin ");
            machine.machine().quit(Cause.HOST_QMP_QUIT);
            assertEquals(0, machine.awaitEnd());
        }
    }

    @Test
    void a_guest_that_cannot_go_on_leaves_its_machine_standing_and_says_why() throws Exception {
        // Jumps to where no memory is.
        TinyGuest guest = new TinyGuest().print("begin");
        byte[] image = guest.jump("out").label("out").exit(1).assemble();
        int at = indexOf(image, new byte[] {(byte) 0xe9, 0, 0, 0, 0});
        image[at + 4] = 0x30;
        Path firmware = Files.write(folder.resolve("guest.bin"), image);
        TestMachine.Setup setup = new TestMachine.Setup("pc").accelerator("kvm");
        try (TestMachine machine = setup.firmware(firmware).create()) {
            machine.machine().start();
            machine.awaitConsole("begin");
            while (machine.machine().state() == RunState.RUNNING) {
                Thread.onSpinWait();
            }
            assertEquals(RunState.INTERNAL_ERROR, machine.machine().state());
            assertTrue(machine.log().contains("error: CPU 0 at 0x30"), machine::log);
        }
    }

    private static int indexOf(byte[] image, byte[] part) {
        for (int i = 0; ; i++) {
            if (Arrays.equals(image, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
    }

    @Test
    void where_one_accelerator_is_not_to_be_had_the_next_is_taken() throws Exception {
        TestMachine.Setup setup =
                new TestMachine.Setup("pc")
                        .accelerator("kvm,kernel-irqchip=off")
                        .accelerator("tcg");
        try (TestMachine machine = setup.create()) {
            assertEquals("tcg", machine.machine().accelerator());
            assertEquals(1, machine.log().lines().count(), machine::log);
            assertTrue(machine.log().contains("kernel-irqchip"), machine::log);
        }
        OptionException e =
                assertThrows(
                        OptionException.class,
                        () ->
                                new TestMachine.Setup("pc")
                                        .accelerator("kvm,kernel-irqchip=off")
                                        .create());
        assertTrue(e.getMessage().contains("kernel-irqchip"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"host", "skerry64", "'host,-x2apic'", "'skerry64,-x2apic'"})
    void cpu_models_are_accepted(String model) throws Exception {
        try (TestMachine machine =
                new TestMachine.Setup("q35").accelerator("kvm").cpu(model, 2).create()) {
            assertEquals(2, machine.machine().cpus());
        }
    }
}
