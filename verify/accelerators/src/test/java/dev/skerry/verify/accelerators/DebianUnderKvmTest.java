package dev.skerry.verify.accelerators;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.execution.kvm.KvmSystem;
import dev.skerry.verify.boot.DebianFiles;
import dev.skerry.verify.boot.LinuxGuest;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Debian's kernel, unmodified, on two CPUs of {@code -accel kvm}. A KVM without hardware below it
 * lacks instructions that the kernel uses, so that the test is for hosts that have it.
 */
class DebianUnderKvmTest {
    @TempDir Path folder;

    @BeforeAll
    static void kvmIsReal() {
        String missing = TwinBoard.Kvm.missing();
        assumeTrue(missing == null, missing);
        assumeTrue(KvmSystem.kind().equals("hardware"), "this host's KVM is " + KvmSystem.kind());
        String files = DebianFiles.missing();
        assumeTrue(files == null, files);
    }

    @ParameterizedTest
    @CsvSource({"pc, skerry64", "q35, skerry64", "q35, host"})
    void the_kernel_reaches_its_first_process_on_both_cpus(String type, String model)
            throws Exception {
        String script = "/bin/busybox nproc; /bin/busybox cat /proc/interrupts";
        Path initrd = folder.resolve("initrd");
        Files.write(initrd, LinuxGuest.initRamFs(script));
        TestMachine.Setup setup =
                new TestMachine.Setup(type)
                        .accelerator("kvm")
                        .cpu(model, 2)
                        .kernel(DebianFiles.kernel(), initrd, "console=ttyS0 panic=-1");
        try (TestMachine machine = setup.create()) {
            assertEquals(0, machine.run(), machine::serial);
            String said = machine.serial();
            int first = said.indexOf(LinuxGuest.FIRST_PROCESS);
            assertTrue(first >= 0, said);
            assertTrue(said.indexOf(LinuxGuest.DONE) > first, said);
            assertTrue(said.startsWith("2", first + LinuxGuest.FIRST_PROCESS.length() + 2), said);
        }
    }
}
