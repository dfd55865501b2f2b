package dev.skerry.verify.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.hostile.HostileDevice;
import dev.skerry.verify.hostile.HostileModel;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.verify.testkit.TinyGuest;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A machine whose processors cannot go on, under {@code skerry run}: it ends, and says why. */
class MachineFailureTest {
    private static final Path KVM = Path.of("/dev/kvm");

    private static final int SLOT = 4;
    private static final long BAR = 0xe000_0000L;

    /** Where neither a PC's RAM nor a device is, from any code of a firmware's. */
    private static final int FAR = 0x3000_0000;

    @TempDir Path folder;

    @BeforeAll
    static void peers() {
        assumeTrue(Peer.DEVICE_PROCESS.missing() == null, Peer.DEVICE_PROCESS.missing());
    }

    /**
     * Runs a machine to its end.
     *
     * @return what control said; its exit status is 1
     */
    private String fail(Path home, byte[] firmware, String accelerator, String devices)
            throws IOException, InterruptedException {
        Path image = Files.write(folder.resolve("guest.bin"), firmware);
        Path document =
                Files.writeString(
                        folder.resolve("vm.yaml"),
                        """
                        name: failing
                        machine: pc
                        accelerator: %s
                        memory: 64M
                        console: none
                        sandbox: off
                        firmware: %s
                        devices:
                        %s
                        """
                                .formatted(accelerator, image, devices.indent(2)));
        ProcessBuilder builder =
                new ProcessBuilder(
                        home.resolve("bin/skerry").toString(), "run", document.toString());
        builder.environment().put("XDG_RUNTIME_DIR", folder.toString());
        Path output = folder.resolve("output");
        Process control = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            boolean ended = control.waitFor(Skerry.TIMEOUT_SECONDS, TimeUnit.SECONDS);
            String said = Files.readString(output);
            assertTrue(ended, "it still runs: " + said);
            assertEquals(1, control.exitValue(), said);
            assertTrue(said.contains("the machine cannot go on: internal-error"), said);
            return said;
        } finally {
            control.destroyForcibly().waitFor();
        }
    }

    /** The processor runs into a device whose model has a bug. */
    @Test
    void a_bug_ends_the_machine_with_status_1() throws Exception {
        // A number of no deed.
        byte[] guest =
                new TinyGuest()
                        .pciWrite(SLOT, 0x10, BAR)
                        .pciWrite(SLOT, 0x04, 2)
                        .store(BAR + HostileDevice.DEED, 1000)
                        .exit(0)
                        .assemble();
        Path real = Peer.root().resolve("dist/target/machine");
        // The first argument is the real image's class cache, without which modules can be added.
        String script =
                """
                #!/bin/sh
                shift
                exec '%s/bin/java' --module-path '%s' --add-modules dev.skerry.verify.hostile "$@"
                """
                        .formatted(real, placeOf(HostileModel.class));
        String device =
                "- {id: bad, driver: hostile, in-machine: true, properties: {addr: %d}}"
                        .formatted(SLOT);
        try (AlteredHome home = new AlteredHome(folder, "machine", script)) {
            String said = fail(home.path(), guest, "tcg", device);
            assertTrue(said.contains("vcpu0 has met a bug and stands: "), said);
            assertTrue(said.contains("ArrayIndexOutOfBoundsException"), said);
            assertTrue(said.contains("HostileDevice"), said);
        }
    }

    /** The guest jumps to where no memory is, which KVM does not carry out. */
    @Test
    void what_kvm_cannot_carry_out_ends_the_machine_with_status_1() throws Exception {
        assumeTrue(Files.isWritable(KVM), KVM + " is not there, or not this user's");
        byte[] image = new TinyGuest().jump("out").label("out").exit(0).assemble();
        ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        while (image[at] != (byte) 0xe9 || bytes.getInt(at + 1) != 0) {
            at++;
        }
        bytes.putInt(at + 1, FAR);
        String device = "- {id: edu0, driver: edu, sandbox: off}";
        String said = fail(Peer.root(), image, "kvm", device);
        assertTrue(said.contains("CPU 0 at 0x30"), said);
    }

    private static Path placeOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
