package dev.skerry.verify.boot;

import dev.skerry.vmm.guest.InitRamFs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** Debian's kernel with an initial file system whose first process is a script of ours. */
public final class LinuxGuest {
    /** What the first process says first. */
    public static final String FIRST_PROCESS = "SKERRY: first process";

    /** What it says last. */
    public static final String DONE = "SKERRY: done";

    /** No ACPI, since there are no tables. */
    public static final String COMMAND_LINE = "console=ttyS0 acpi=off panic=-1";

    private LinuxGuest() {}

    /**
     * An initial file system.
     *
     * @param script shell commands that the first process runs, as a busybox shell with /proc and
     *     /sys mounted
     */
    public static byte[] initRamFs(String script) throws IOException {
        String init =
                """
                #!/bin/busybox sh
                /bin/busybox mount -t proc proc /proc
                /bin/busybox mount -t sysfs sysfs /sys
                echo "%s"
                %s
                echo "%s"
                exec /bin/busybox poweroff -f
                """
                        .formatted(FIRST_PROCESS, script, DONE);
        return new InitRamFs()
                .folder("bin")
                .folder("dev")
                .folder("proc")
                .folder("sys")
                .characterDevice("dev/console", 5, 1)
                .executable("bin/busybox", Files.readAllBytes(DebianFiles.busybox()))
                .executable("init", init.getBytes(StandardCharsets.US_ASCII))
                .toBytes();
    }
}
