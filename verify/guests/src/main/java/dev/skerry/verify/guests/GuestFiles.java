package dev.skerry.verify.guests;

import dev.skerry.verify.boot.DebianFiles;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.vmm.guest.HostPrograms;
import dev.skerry.vmm.guest.InitRamFs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/**
 * The initial file system of the test guests: busybox, ext4's programs, the drivers, and a script for
 * each test. One for all tests; the kernel's command line says which are run.
 */
public final class GuestFiles {
    /** What the scripts' lines for the tests begin with. */
    public static final String SAYS = "SKERRY: ";

    private static final List<String> TESTS =
            List.of(
                    "checksum",
                    "together",
                    "ext4",
                    "interrupts",
                    "pci",
                    "throughput",
                    "load",
                    "durable",
                    "identify");

    private static final String[] MODULES = {"sym53c8xx", "sd_mod", "crc32c_generic", "ext4"};
    private static final Path MAKE_FS = Path.of("/sbin/mke2fs");
    private static final Path CHECK_FS = Path.of("/sbin/e2fsck");
    private static final Path MAKE_FS_DEFAULTS = Path.of("/etc/mke2fs.conf");

    /** As a first process an interactive one; without /proc its own commands must be files. */
    private static final String SHELL =
            """
            #!/bin/busybox sh
            /bin/busybox ln -s busybox /bin/mount
            /bin/busybox ln -s busybox /bin/cat
            exec /bin/busybox sh -i
            """;

    private static Path archive;

    private GuestFiles() {}

    /** Why there can be no guest, or null if there can. */
    public static String missing() {
        for (Path program : List.of(MAKE_FS, CHECK_FS)) {
            if (!Files.isExecutable(program)) {
                return "no " + program + "; run: apt-get install e2fsprogs";
            }
        }
        return DebianFiles.missing();
    }

    /** The archive as a file in the build's folder, made once a process. */
    public static synchronized Path archive() throws IOException {
        if (archive == null) {
            Path folder = Files.createDirectories(Peer.root().resolve("target/guests"));
            Path made = Files.createTempFile(folder, "initramfs", ".part");
            Files.write(made, make());
            archive =
                    Files.move(
                            made,
                            folder.resolve("initramfs.cpio"),
                            StandardCopyOption.REPLACE_EXISTING,
                            StandardCopyOption.ATOMIC_MOVE);
        }
        return archive;
    }

    private static byte[] make() throws IOException {
        InitRamFs files = new InitRamFs();
        for (String folder :
                List.of("dev", "proc", "sys", "tmp", "tests", "modules", "bin", "etc")) {
            files.folder(folder);
        }
        files.characterDevice("dev/console", 5, 1);
        files.executable("init", resource("init"));
        files.executable("bin/busybox", Files.readAllBytes(DebianFiles.busybox()));
        files.executable("bin/bash", SHELL.getBytes(StandardCharsets.US_ASCII));
        for (String test : TESTS) {
            files.file("tests/" + test, resource(test));
        }
        SequencedMap<String, byte[]> modules = DebianFiles.modules().withDependencies(MODULES);
        modules.forEach((name, bytes) -> files.file("modules/" + name, bytes));
        String order = String.join("\n", modules.keySet()) + "\n";
        files.file("modules/order", order.getBytes(StandardCharsets.US_ASCII));
        addPrograms(files);
        return files.toBytes();
    }

    private static void addPrograms(InitRamFs files) throws IOException {
        Map<String, byte[]> programs = HostPrograms.withLibraries(MAKE_FS, CHECK_FS);
        Set<String> folders = new TreeSet<>();
        for (String path : programs.keySet()) {
            for (Path up = Path.of(path).getParent(); up.getNameCount() > 0; up = up.getParent()) {
                folders.add(up.toString().substring(1));
            }
        }
        folders.forEach(files::folder);
        programs.forEach((path, bytes) -> files.executable(path.substring(1), bytes));
        files.file("etc/mke2fs.conf", Files.readAllBytes(MAKE_FS_DEFAULTS));
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream stream = GuestFiles.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IOException("no resource " + name);
            }
            return stream.readAllBytes();
        }
    }
}
