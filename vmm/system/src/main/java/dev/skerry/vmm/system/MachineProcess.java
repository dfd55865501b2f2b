package dev.skerry.vmm.system;

import dev.skerry.isolation.sandbox.Sandbox;
import dev.skerry.platform.linux.CurrentProcess;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.UnixListener;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.vmm.machine.Cause;
import dev.skerry.vmm.machine.ControlLink;
import dev.skerry.vmm.machine.HostEventLoop;
import dev.skerry.vmm.machine.Machine;
import dev.skerry.vmm.machine.MachineOptions;
import dev.skerry.vmm.machine.PcMachine;
import dev.skerry.vmm.monitor.HumanMonitor;
import dev.skerry.vmm.monitor.MonitoredMachine;
import dev.skerry.vmm.monitor.QmpSession;
import dev.skerry.vmm.monitor.QtestServer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The life of a machine process: makes the machine and all that talks to it, waits for its end, gives
 * back what it took from the host, the terminal's settings above all. A signal to terminate ends it the
 * same way, with status 0.
 */
final class MachineProcess {
    private static final int SUCCESS = 0;
    private static final Path KVM = Path.of("/dev/kvm");

    /** How long a signal lets the machine take; then the process ends all the same. */
    private static final int PATIENCE_SECONDS = 10;

    private final CommandLine line;
    private final Log log;
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile Machine machine;
    private volatile boolean terminated;

    MachineProcess(CommandLine line, Log log) {
        this.line = line;
        this.log = log;
    }

    /**
     * Runs the machine.
     *
     * @return the exit status
     */
    int run() throws OptionException, InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(this::terminate, "termination"));
        try {
            followParent();
            return runWithLoop();
        } catch (LinuxException e) {
            throw new OptionException("the host refuses: " + e.getMessage());
        } finally {
            deletePidFile();
            finished.countDown();
        }
    }

    private void followParent() throws LinuxException {
        if (line.endsWithParent()) {
            CurrentProcess.endWithParent();
        }
    }

    /** A shutdown hook runs only for a signal here: the program itself ends by halting. */
    private void terminate() {
        terminated = true;
        Machine running = machine;
        if (running != null) {
            running.quit(Cause.HOST_SIGNAL);
        }
        boolean interrupted = false;
        try {
            // Without a machine the main thread sees the flag, unless it waits for a peer.
            finished.await(running == null ? 1 : PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        Runtime.getRuntime().halt(interrupted ? 1 : SUCCESS);
    }

    private int runWithLoop() throws LinuxException, OptionException, InterruptedException {
        try (HostEventLoop loop = new HostEventLoop(log);
                Streams streams = new Streams(line, loop, this::leave)) {
            MachineOptions options = MachinePlan.of(line, streams);
            try (Machine made = create(options, loop)) {
                writePidFile();
                talk(made, streams);
                enterSandbox();
                made.start();
                machine = made;
                if (terminated) {
                    made.quit(Cause.HOST_SIGNAL);
                }
                return made.awaitEnd();
            }
        }
    }

    /** All that has a name is open, and nothing of the guest has run. */
    private void enterSandbox() throws OptionException {
        try {
            Sandbox.enter("machine", line.sandbox(), log);
        } catch (IOException e) {
            throw new OptionException("-sandbox: " + e.getMessage());
        }
    }

    private Machine create(MachineOptions options, HostEventLoop loop) throws OptionException {
        return options.type().equals("none")
                ? new EmptyMachine(options, loop)
                : PcMachine.create(options, loop, log);
    }

    /** The key to leave was pressed. */
    private void leave() {
        Machine running = machine;
        if (running != null) {
            running.quit(Cause.HOST_UI);
        }
    }

    private void talk(Machine made, Streams streams) throws OptionException {
        MonitoredMachine monitored =
                new MonitoredMachine(
                        made,
                        line.name(),
                        Version.TEXT,
                        streams.all(),
                        devices(),
                        Files.exists(KVM));
        for (Streams.Monitor monitor : streams.monitors()) {
            if (monitor.control()) {
                new QmpSession(monitored, monitor.chars(), monitor.pretty());
            } else {
                new HumanMonitor(monitored, monitor.chars(), monitor.shared());
            }
        }
        if (line.controlFd() >= 0) {
            try {
                ControlLink.open(made, Fd.inherited(line.controlFd()), log);
            } catch (LinuxException e) {
                throw new OptionException(
                        "-object " + CommandLine.CONTROL_OBJECT + ": " + e.getMessage());
            }
        }
        if (line.qtest() != null) {
            new QtestServer(made, qtestSocket(), qtestTrace(), log);
        }
    }

    private Map<String, String> devices() {
        Map<String, String> devices = new LinkedHashMap<>();
        for (OptionList device : line.devices()) {
            if (device.has("id")) {
                devices.put(device.get("id"), device.get("driver"));
            }
        }
        return devices;
    }

    private UnixStream qtestSocket() throws OptionException {
        String text = line.qtest();
        if (!text.startsWith("unix:")) {
            throw new OptionException("-qtest " + text + ": only unix:PATH is supported");
        }
        OptionList options =
                OptionList.parse("-qtest unix:", text.substring("unix:".length()), "path");
        String path = options.require("path");
        try {
            if (!options.has("server") || !CommandLine.bool(options, "server")) {
                return UnixStream.connect(path);
            }
            Files.deleteIfExists(Path.of(path));
            try (UnixListener listener = UnixListener.listen(path)) {
                return listener.accept();
            }
        } catch (IOException e) {
            throw options.error("Failed to connect to '" + path + "': " + e.getMessage());
        }
    }

    /** Null for none. */
    private OutputStream qtestTrace() throws OptionException {
        String path = line.qtestLog();
        if (path == null || path.equals("none") || path.equals("/dev/null")) {
            return null;
        }
        try {
            return Files.newOutputStream(Path.of(path));
        } catch (IOException e) {
            throw new OptionException("-qtest-log " + path + ": " + e);
        }
    }

    private void writePidFile() throws OptionException {
        if (line.pidFile() != null) {
            try {
                Files.writeString(line.pidFile(), CurrentProcess.id() + "\n");
            } catch (IOException e) {
                throw new OptionException("cannot create PID file: " + e);
            }
        }
    }

    private void deletePidFile() {
        if (line.pidFile() != null) {
            try {
                Files.deleteIfExists(line.pidFile());
            } catch (IOException e) {
                log.warning("the PID file stays behind: " + e);
            }
        }
    }
}
