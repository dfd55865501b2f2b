package dev.skerry.vmm.cli;

import dev.skerry.vmm.control.Doctor;
import dev.skerry.vmm.control.config.ConfigException;
import dev.skerry.vmm.control.config.VmConfig;
import dev.skerry.vmm.control.config.VmFile;
import dev.skerry.vmm.guest.DebianPackages;
import dev.skerry.vmm.guest.InitRamFs;
import dev.skerry.vmm.guest.KernelModules;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * {@code skerry quickstart}: Debian's kernel and busybox, an initial file system and a disk made of
 * nothing but these, and a machine whose disk controller is a sandboxed process of its own.
 */
final class Quickstart {
    private static final int SUCCESS = 0;
    private static final int FAILURE = 1;
    private static final int USAGE = 2;

    private static final Path APT = Path.of("/usr/bin/apt-get");
    private static final int DISK_BYTES = 64 << 20;
    private static final int PATTERN_BYTES = 4 << 20;
    private static final int BLOCK = 512;
    private static final String VERDICT = "SKERRY CHECK PASSED";
    private static final long CHECK_SECONDS = 600;
    private static final String[] MODULES = {"sym53c8xx", "sd_mod"};

    private final Path home;
    private boolean check;
    private Path kernel;
    private Path initrd;
    private String accelerator = Doctor.hasSiliconKvm() ? "kvm, tcg" : "tcg";
    private String memory = "512M";

    private Quickstart(Path home) {
        this.home = home;
    }

    static int run(Path home, String[] arguments) {
        Quickstart quickstart = new Quickstart(home);
        try {
            if (!quickstart.take(arguments)) {
                return USAGE;
            }
            return quickstart.run();
        } catch (IOException | ConfigException e) {
            System.err.println("skerry quickstart: " + e.getMessage());
            return FAILURE;
        }
    }

    private boolean take(String[] arguments) {
        for (int i = 1; i < arguments.length; i++) {
            String option = arguments[i];
            boolean last = i + 1 == arguments.length;
            if (option.equals("--check")) {
                check = true;
            } else if (last) {
                System.err.println(
                        "usage: skerry quickstart [--check] [--kernel FILE] [--initrd FILE]"
                                + " [--accel kvm|tcg] [--memory SIZE]");
                return false;
            } else {
                String value = arguments[++i];
                switch (option) {
                    case "--kernel" -> kernel = Path.of(value).toAbsolutePath();
                    case "--initrd" -> initrd = Path.of(value).toAbsolutePath();
                    case "--accel" -> accelerator = value;
                    case "--memory" -> memory = value;
                    default -> {
                        System.err.println("skerry quickstart: '" + option + "' is not understood");
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private int run() throws IOException, ConfigException {
        if (kernel == null || initrd == null) {
            requireApt();
        }
        Path folder = Files.createTempDirectory(temporary(), "skerry-quickstart");
        try {
            fetch(folder);
            Path disk = folder.resolve("disk.img");
            String sum = makeDisk(disk);
            VmConfig config = VmFile.parse("quickstart", "quickstart", folder, document(sum));
            step("starting the machine");
            int status = superviseWithLimit(config, folder);
            if (check && status == SUCCESS && !verdict(disk)) {
                System.err.println("skerry quickstart: the guest's check did not pass");
                return FAILURE;
            }
            if (check && status == SUCCESS) {
                System.err.println("skerry quickstart: check passed");
            }
            return status;
        } finally {
            delete(folder);
        }
    }

    private static Path temporary() {
        String wanted = System.getenv("TMPDIR");
        return Path.of(wanted == null ? System.getProperty("java.io.tmpdir") : wanted);
    }

    private int superviseWithLimit(VmConfig config, Path folder) {
        if (check) {
            Thread.ofPlatform()
                    .daemon()
                    .name("limit")
                    .start(
                            () -> {
                                try {
                                    TimeUnit.SECONDS.sleep(CHECK_SECONDS);
                                } catch (InterruptedException e) {
                                    return;
                                }
                                System.err.println(
                                        "skerry quickstart: no end after " + CHECK_SECONDS + " s");
                                delete(folder);
                                // Everything started dies with this process.
                                Runtime.getRuntime().halt(FAILURE);
                            });
        }
        return Run.supervise(home, config, true, () -> delete(folder));
    }

    private static void requireApt() throws IOException {
        if (!Files.isExecutable(APT)) {
            throw new IOException(
                    "this host has no apt-get to fetch a kernel with; give --kernel FILE (a bzImage)"
                            + " and --initrd FILE (with busybox, sym53c8xx and sd_mod in it)");
        }
    }

    /** A line for what takes over a second. */
    private static void step(String what) {
        System.err.println("quickstart: " + what + " ...");
    }

    /** Where this user's programs keep what they can fetch again (XDG Base Directory Specification). */
    private static Path cache() {
        String cache = System.getenv("XDG_CACHE_HOME");
        if (cache != null && !cache.isEmpty()) {
            return Path.of(cache);
        }
        String home = System.getenv("HOME");
        return Path.of(home == null ? System.getProperty("user.home") : home, ".cache");
    }

    private void fetch(Path folder) throws IOException {
        Path kept = cache().resolve("skerry");
        DebianPackages packages = new DebianPackages(kept);
        if (kernel == null) {
            step("Debian's kernel, from " + kept + " (fetched the first time, 70 MB)");
            kernel = packages.kernel();
        }
        if (initrd == null) {
            step("busybox, from there, too");
            Path busybox = packages.busybox();
            step("making the guest's initial file system");
            initrd = folder.resolve("initrd");
            Files.write(initrd, archive(busybox, new KernelModules(packages.modules())));
        }
    }

    private static byte[] archive(Path busybox, KernelModules kernelModules) throws IOException {
        InitRamFs files = new InitRamFs();
        for (String name : List.of("dev", "proc", "sys", "tmp", "bin", "modules")) {
            files.folder(name);
        }
        files.characterDevice("dev/console", 5, 1);
        try (InputStream init = Quickstart.class.getResourceAsStream("quickstart-init")) {
            files.executable("init", init.readAllBytes());
        }
        try (InputStream script = Quickstart.class.getResourceAsStream("quickstart-check")) {
            files.executable("check", script.readAllBytes());
        }
        files.executable("bin/busybox", Files.readAllBytes(busybox));
        SequencedMap<String, byte[]> modules = kernelModules.withDependencies(MODULES);
        modules.forEach((name, bytes) -> files.file("modules/" + name, bytes));
        String order = String.join("\n", modules.keySet()) + "\n";
        files.file("modules/order", order.getBytes(StandardCharsets.US_ASCII));
        return files.toBytes();
    }

    /** A disk that begins with a pattern; the pattern's SHA-256. */
    private static String makeDisk(Path disk) throws IOException {
        byte[] pattern = new byte[PATTERN_BYTES];
        new Random(DISK_BYTES).nextBytes(pattern);
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(DISK_BYTES);
            file.write(pattern);
        }
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(pattern));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private String document(String sum) {
        String append =
                "console=ttyS0 panic=-1 quiet" + (check ? " skerry.check skerry.sum=" + sum : "");
        return String.format(
                """
                machine: q35
                accelerator: %s
                memory: %s
                kernel: %s
                initrd: %s
                append: %s
                sandbox: auto
                disks:
                  - id: disk0
                    file: disk.img
                devices:
                  - id: lsi0
                    driver: lsi53c895a
                    disks: [disk0]
                    on-exit: restart
                    sandbox: auto
                """,
                accelerator, memory, kernel, initrd, append);
    }

    private static boolean verdict(Path disk) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "r")) {
            byte[] block = new byte[VERDICT.length()];
            file.seek(DISK_BYTES - BLOCK);
            file.readFully(block);
            return new String(block, StandardCharsets.US_ASCII).equals(VERDICT);
        }
    }

    /** A signal's thread may want the same. */
    private static synchronized void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println("skerry quickstart: " + folder + " stays behind: " + e.getMessage());
        }
    }
}
