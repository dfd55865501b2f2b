package dev.skerry.vmm.control;

import dev.skerry.isolation.sandbox.ControlGroup;
import dev.skerry.isolation.sandbox.ControlGroups;
import dev.skerry.isolation.sandbox.Enclosure;
import dev.skerry.isolation.sandbox.Policy;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.ProcessFd;
import dev.skerry.platform.linux.Spawn;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.vmm.control.config.VmConfig;
import dev.skerry.vmm.control.config.VmConfig.DeviceConfig;
import dev.skerry.vmm.control.config.VmConfig.DiskConfig;
import dev.skerry.vmm.control.config.VmConfig.ProcessConfig;
import dev.skerry.vmm.control.config.VmConfig.SandboxMode;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Starts a machine's processes, each with the descriptors it needs and no others. Used by one thread,
 * which must live as long as the processes are to: they end with it.
 */
final class Launcher implements AutoCloseable {
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
    private static final Path KVM = Path.of("/dev/kvm");
    private static final Path FIRMWARE = Path.of("/usr/share/seabios");
    private static final int STANDARD_ERROR = 2;
    private static final long INFO_TIMEOUT_NS = 10_000_000_000L;

    private final Path home;
    private final long guestBytes;
    private final Consumer<String> log;

    /** Control groups, once a process wanted one. */
    private ControlGroups groups;

    /** Why there is no enclosure to be had, once {@code looked}. */
    private String unavailable;

    private boolean looked;

    /**
     * @param home where Skerry is
     * @param guestBytes the size of guest memory
     */
    Launcher(Path home, long guestBytes, Consumer<String> log) {
        this.home = home;
        this.guestBytes = guestBytes;
        this.log = log;
    }

    /** A device process and the machine's ends of its links, in the order of its devices. */
    record StartedDevices(RunningProcess process, List<UnixStream> links) {}

    /**
     * Starts a device process. The links are the caller's to close.
     *
     * @param standIn whether it takes the place of one that was lost
     */
    StartedDevices startDevices(ProcessConfig config, boolean standIn, Fd errors)
            throws IOException {
        Enclosure.Runtime runtime = Enclosure.Runtime.device(home);
        List<String> arguments = new ArrayList<>(CommandLines.device(config, standIn));
        addSandbox(arguments, config.sandbox());
        List<UnixStream> near = new ArrayList<>();
        List<UnixStream> far = new ArrayList<>();
        ControlGroup group = group("device", config.name(), config.sandbox());
        try {
            for (int i = 0; i < config.devices().size(); i++) {
                UnixStream[] pair = UnixStream.pair();
                near.add(pair[0]);
                far.add(pair[1]);
            }
            Enclosure enclosure = null;
            if (wantsEnclosure(config.sandbox())) {
                enclosure = new Enclosure(runtime);
                for (DeviceConfig device : config.devices()) {
                    for (DiskConfig disk : device.disks()) {
                        for (Path file : ImageFiles.of(disk)) {
                            boolean writable = file.equals(disk.file()) && !disk.readOnly();
                            enclosure.file(file, writable);
                        }
                    }
                }
            }
            List<Fd> descriptors = new ArrayList<>();
            far.forEach(link -> descriptors.add(link.fd()));
            return new StartedDevices(
                    start(enclosure, runtime, group, arguments, descriptors, errors), near);
        } catch (IOException e) {
            group.close();
            near.forEach(UnixStream::close);
            throw e;
        } finally {
            far.forEach(UnixStream::close);
        }
    }

    /**
     * Starts the machine process. Its console is this process' own.
     *
     * @param links to devices, in the order of the processes and their devices; stay the caller's
     * @param lifeline control's link; stays the caller's
     */
    RunningProcess startMachine(VmConfig config, List<UnixStream> links, Fd lifeline, Fd errors)
            throws IOException {
        Enclosure.Runtime runtime = Enclosure.Runtime.machine(home);
        List<Fd> descriptors = new ArrayList<>();
        links.forEach(link -> descriptors.add(link.fd()));
        int lifelineFd = CommandLines.FIRST_FD + descriptors.size();
        descriptors.add(lifeline);
        List<String> arguments = new ArrayList<>(CommandLines.machine(config, lifelineFd));
        addSandbox(arguments, config.sandbox());
        Enclosure enclosure = null;
        if (wantsEnclosure(config.sandbox())) {
            enclosure = new Enclosure(runtime);
            for (Path file : new Path[] {config.kernel(), config.initrd(), config.firmware()}) {
                if (file != null) {
                    enclosure.file(file, false);
                }
            }
            if (Files.isDirectory(FIRMWARE)) {
                enclosure.file(FIRMWARE, false);
            }
            if (config.accelerators().contains("kvm") && Files.exists(KVM)) {
                enclosure.device(KVM);
            }
            for (DeviceConfig device : config.inMachine()) {
                for (DiskConfig disk : device.disks()) {
                    enclosure.file(disk.file(), !disk.readOnly());
                }
            }
        }
        ControlGroup group = group("machine", Supervisor.MACHINE, config.sandbox());
        try {
            return start(enclosure, runtime, group, arguments, descriptors, errors);
        } catch (IOException e) {
            group.close();
            throw e;
        }
    }

    /**
     * A control group for a process that is sandboxed at all. Where there is none to be had, limits
     * are the process' own alone: that is said, and refused to nobody.
     */
    private ControlGroup group(String role, String name, SandboxMode mode) throws IOException {
        if (mode == SandboxMode.OFF) {
            return ControlGroup.NONE;
        }
        if (groups == null) {
            groups = ControlGroups.look();
            if (!groups.missing().isEmpty()) {
                log.accept(
                        "sandbox: limits are each process' own alone (setrlimit); a control group"
                                + " lacks "
                                + groups.missing());
            }
        }
        Policy policy = Policy.of(role);
        try {
            return groups.make(policy, name, guestBytes);
        } catch (IOException e) {
            log.accept("sandbox: " + name + ": without a control group: " + e.getMessage());
            return ControlGroup.NONE;
        }
    }

    /** Gives back what was made for all processes, which have ended. */
    @Override
    public void close() {
        if (groups != null) {
            try {
                groups.close();
            } catch (IOException e) {
                log.accept("sandbox: " + e.getMessage());
            }
        }
    }

    /** The inner layer, which a process enters by itself. */
    private static void addSandbox(List<String> arguments, SandboxMode mode) {
        arguments.add("-sandbox");
        arguments.add(mode.name().toLowerCase(Locale.ROOT));
    }

    private boolean wantsEnclosure(SandboxMode mode) throws IOException {
        if (mode == SandboxMode.OFF) {
            return false;
        } else if (mode == SandboxMode.REQUIRED) {
            String missing = Enclosure.missing();
            if (missing != null) {
                throw new IOException("sandbox: required, but " + missing);
            }
            return true;
        }
        if (!looked) {
            looked = true;
            unavailable = Enclosure.unavailable();
            if (unavailable != null) {
                log.accept("sandbox: auto: without namespaces and an empty root: " + unavailable);
            }
        }
        return unavailable == null;
    }

    private RunningProcess start(
            Enclosure enclosure,
            Enclosure.Runtime runtime,
            ControlGroup group,
            List<String> arguments,
            List<Fd> descriptors,
            Fd errors)
            throws IOException {
        UnixStream[] info = UnixStream.pair();
        try {
            List<String> command;
            if (enclosure == null) {
                command = withParent(runtime.command(arguments));
            } else {
                int infoFd = CommandLines.FIRST_FD + descriptors.size();
                command = enclosure.informing(infoFd).command(arguments);
            }
            Spawn spawn = new Spawn(group.command(command));
            int fd = CommandLines.FIRST_FD;
            for (Fd descriptor : descriptors) {
                spawn.with(fd++, descriptor);
            }
            if (enclosure != null) {
                spawn.with(fd, info[1].fd());
            }
            spawn.with(STANDARD_ERROR, errors);
            Child child = spawn.start();
            info[1].close();
            int pid = enclosure == null ? child.pid() : innerPid(info[0], child);
            return new RunningProcess(child, ProcessFd.open(pid), enclosure != null, group);
        } finally {
            info[0].close();
            info[1].close();
        }
    }

    /** Without a sandbox a process ends with this one all the same, where the tool for it is there. */
    private static List<String> withParent(List<String> command) {
        if (!Files.isExecutable(SETPRIV)) {
            return command;
        }
        List<String> whole =
                new ArrayList<>(List.of(SETPRIV.toString(), "--pdeathsig", "KILL", "--"));
        whole.addAll(command);
        return whole;
    }

    /** Reads the tool's JSON up to the number after {@code "child-pid"}. */
    private static int innerPid(UnixStream info, Child child) throws IOException {
        StringBuilder text = new StringBuilder();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment chunk = arena.allocate(1024);
            while (text.indexOf("}") < 0) {
                int count =
                        info.awaitReadable(INFO_TIMEOUT_NS)
                                ? OutputTail.receive(info, chunk)
                                : UnixStream.END;
                if (count == UnixStream.END) {
                    child.close();
                    throw new IOException(
                            "the sandbox could not be made; its own words are above, or see skerry"
                                    + " doctor");
                }
                byte[] bytes = chunk.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
                text.append(new String(bytes, StandardCharsets.ISO_8859_1));
            }
        }
        int at = text.indexOf("\"child-pid\"");
        String digits = text.substring(text.indexOf(":", at) + 1).strip();
        int end = 0;
        while (Character.isDigit(digits.charAt(end))) {
            end++;
        }
        return Integer.parseInt(digits.substring(0, end));
    }
}
