package dev.skerry.isolation.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The outer layer, by bubblewrap: namespaces for users, mounts, processes, network, IPC and names; a
 * root that holds a role's Java runtime, libc and the files it is given, and nothing else; no
 * capabilities, no environment, no terminal's session; dead when whoever started it is.
 *
 * <p>There is no {@code /proc}. All that a JVM cannot do without is the link to its own program.
 */
public final class Enclosure {
    /** Where the runtime is inside. */
    private static final String INSIDE = "/skerry";

    /** Fixed by the x86-64 ABI, wherever a distribution has it. */
    private static final String DYNAMIC_LINKER = "/lib64/ld-linux-x86-64.so.2";

    private static final Path TOOL = Path.of("/usr/bin/bwrap");
    private static final Path MAPS = Path.of("/proc/self/maps");

    private final Runtime runtime;
    private final Map<Path, String> files = new LinkedHashMap<>();
    private int infoFd = -1;

    /**
     * A role's runtime image.
     *
     * @param folder as {@code build/images} made it
     * @param main module and class to start
     * @param flags more for its JVM
     */
    public record Runtime(Path folder, String main, List<String> flags) {
        /** The device process'. */
        public static Runtime device(Path home) {
            return new Runtime(
                    home.resolve("dist/target/device").toAbsolutePath().normalize(),
                    "dev.skerry.isolation.remote/dev.skerry.isolation.remote.Main",
                    List.of());
        }

        /** The machine process'. */
        public static Runtime machine(Path home) {
            return new Runtime(
                    home.resolve("dist/target/machine").toAbsolutePath().normalize(),
                    "dev.skerry.vmm.system/dev.skerry.vmm.system.Main",
                    List.of());
        }

        /** The same with flags for its JVM in place of the class cache, which they would disable. */
        public Runtime withFlags(String... more) {
            return new Runtime(folder, main, List.of(more));
        }

        /** The command that starts it where it is. */
        public List<String> command(List<String> arguments) {
            return at(folder.toString(), arguments);
        }

        private List<String> at(String place, List<String> arguments) {
            List<String> command = new ArrayList<>();
            command.add(place + "/bin/java");
            if (flags.isEmpty()) {
                command.add("-XX:AOTCache=" + place + "/lib/skerry.aot");
            }
            command.add("@" + place + "/lib/skerry.options");
            command.addAll(flags);
            command.add("-m");
            command.add(main);
            command.addAll(arguments);
            return command;
        }
    }

    public Enclosure(Runtime runtime) {
        this.runtime = runtime;
    }

    /** Why there can be none on this host, or null. That namespaces can be had is not known yet. */
    public static String missing() {
        return Files.isExecutable(TOOL)
                ? null
                : TOOL + " is not there; get it, for example: apt install bubblewrap";
    }

    /** The same, or null, after a try: the tool may be there and the kernel refuse. */
    public static String unavailable() {
        String missing = missing();
        if (missing != null) {
            return missing;
        }
        try {
            Process probe =
                    new ProcessBuilder(
                                    TOOL.toString(), "--unshare-all", "--ro-bind", "/", "/", "true")
                            .redirectErrorStream(true)
                            .start();
            String output =
                    new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return probe.waitFor() == 0 ? null : output.strip();
        } catch (IOException e) {
            return e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /** Gives it a file under the name it has outside. */
    public Enclosure file(Path file, boolean writable) {
        files.put(file.toAbsolutePath().normalize(), writable ? "--bind" : "--ro-bind");
        return this;
    }

    /** Gives it a device file, such as {@code /dev/kvm}. */
    public Enclosure device(Path file) {
        files.put(file, "--dev-bind");
        return this;
    }

    /** Has the tool write the inner process' id to a descriptor, as JSON with {@code child-pid}. */
    public Enclosure informing(int fd) {
        infoFd = fd;
        return this;
    }

    /** The command that starts the runtime inside. */
    public List<String> command(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.addAll(
                List.of(
                        TOOL.toString(),
                        "--unshare-user",
                        "--unshare-pid",
                        "--unshare-net",
                        "--unshare-ipc",
                        "--unshare-uts",
                        "--unshare-cgroup-try",
                        "--hostname",
                        "skerry",
                        "--as-pid-1",
                        "--die-with-parent",
                        "--new-session",
                        "--cap-drop",
                        "ALL",
                        "--clearenv"));
        for (String library : hostLibraries()) {
            bind(command, "--ro-bind", library, library);
        }
        bind(command, "--ro-bind", DYNAMIC_LINKER, DYNAMIC_LINKER);
        bind(command, "--ro-bind", runtime.folder().toString(), INSIDE);
        command.addAll(
                List.of(
                        "--dir",
                        "/proc/self",
                        "--symlink",
                        INSIDE + "/bin/java",
                        "/proc/self/exe"));
        files.forEach((file, how) -> bind(command, how, file.toString(), file.toString()));
        // Made by the lines above; nothing can be added any more.
        command.addAll(List.of("--remount-ro", "/"));
        if (infoFd >= 0) {
            command.addAll(List.of("--info-fd", Integer.toString(infoFd)));
        }
        command.add("--");
        command.addAll(runtime.at(INSIDE, arguments));
        return command;
    }

    private static void bind(List<String> command, String how, String from, String to) {
        command.add(how);
        command.add(from);
        command.add(to);
    }

    /** What this process, a JVM too, has mapped from outside its own runtime: libc's parts. */
    private static Set<String> hostLibraries() throws IOException {
        String own = Path.of(System.getProperty("java.home")).toRealPath() + "/";
        Set<String> libraries = new TreeSet<>();
        for (String line : Files.readAllLines(MAPS)) {
            int path = line.indexOf('/');
            if (path < 0) {
                continue;
            }
            String name = line.substring(path);
            boolean library = name.endsWith(".so") || name.contains(".so.");
            if (library && !name.startsWith(own) && !name.contains("/ld-linux")) {
                libraries.add(name);
            }
        }
        return libraries;
    }
}
