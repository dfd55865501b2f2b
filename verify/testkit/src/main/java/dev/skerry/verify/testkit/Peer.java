package dev.skerry.verify.testkit;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The programs the tests run against. Where one is missing, {@link #missing} says so by name, for a
 * test to skip; never in CI, where that is an error.
 */
public enum Peer {
    STOCK_QEMU("/usr/bin/qemu-system-x86_64", "Debian package qemu-system-x86"),
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
        boolean there = this == KVM ? Files.isWritable(path()) : Files.isExecutable(path());
        String reason = name() + " is missing: " + path + " (" + source + ")";
        if (!there && this != KVM && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("in CI nothing may be skipped: " + reason);
        }
        return there ? null : reason;
    }

    /** The project's folder. */
    public static Path root() {
        String property = System.getProperty("skerry.root");
        return Path.of(property == null ? "" : property).toAbsolutePath();
    }
}
