package dev.skerry.verify.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The programs the tests run against. Where one is missing, {@link #missing} says so by name, for a
 * test to skip; never in CI, where that is an error.
 */
public enum Peer {
    STOCK_QEMU("/usr/bin/qemu-system-x86_64", "Debian package qemu-system-x86"),
    QEMU_IMG("/usr/bin/qemu-img", "Debian package qemu-utils"),
    DEVICE_PROCESS("dist/target/device/bin/java", "built by mvn package"),
    KVM("/dev/kvm", "a host with KVM, and the right to open it");

    private final String path;
    private final String source;

    Peer(String path, String source) {
        this.path = path;
        this.source = source;
    }

    /** Where it is; relative ones are in the project. */
    public Path path() {
        return root().resolve(path);
    }

    /** Why it cannot be used, or null if it can. */
    public String missing() {
        boolean there = this == KVM ? isKvmUsable() : Files.isExecutable(path());
        String reason = name() + " is missing: " + path + " (" + source + ")";
        if (!there && this != KVM && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("in CI nothing may be skipped: " + reason);
        }
        return there ? null : reason;
    }

    /** Whether stock QEMU can use it: the device may be there and refuse all the same. */
    private static boolean isKvmUsable() {
        if (!Files.isWritable(KVM.path()) || STOCK_QEMU.missing() != null) {
            return false;
        }
        String qemu = STOCK_QEMU.path().toString();
        try {
            Process probe =
                    new ProcessBuilder(
                                    qemu,
                                    "-machine",
                                    "none,accel=kvm",
                                    "-nodefaults",
                                    "-display",
                                    "none",
                                    "-monitor",
                                    "stdio")
                            .redirectErrorStream(true)
                            .start();
            probe.outputWriter().append("quit\n").close();
            probe.getInputStream().readAllBytes();
            return probe.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while looking for KVM", e);
        }
    }

    /** The project's folder. */
    public static Path root() {
        String property = System.getProperty("skerry.root");
        return Path.of(property == null ? "" : property).toAbsolutePath();
    }
}
