package dev.skerry.vmm.control;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.Terminal;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.vmm.control.config.VmConfig;
import dev.skerry.vmm.control.config.VmConfig.OnExit;
import dev.skerry.vmm.control.config.VmConfig.ProcessConfig;
import dev.skerry.vmm.lifeline.Lifeline;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Runs a machine: starts its processes, puts a new one in the place of each that ends or hangs, as
 * its policy says, and ends them all with the machine. One thread does everything, {@link #run}'s;
 * others post to it.
 */
public final class Supervisor {
    private static final int SUCCESS = 0;
    private static final int FAILURE = 1;
    private static final int SIGNALLED = 128;
    private static final long MACHINE_END_NS = 10_000_000_000L;
    private static final long DEVICE_END_NS = 3_000_000_000L;
    private static final long PEACE_MS = 2000;
    private static final long TRAFFIC_MS = 1000;

    /** The machine process among the names of processes. */
    static final String MACHINE = "machine";

    private final VmConfig config;
    private final Launcher launcher;
    private final Consumer<String> log;
    private final BlockingQueue<Action> queue = new LinkedBlockingQueue<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Map<String, SupervisedDevices> devices = new LinkedHashMap<>();
    private final OutputTail machineOutput;
    private RunningProcess machine;
    private Lifeline lifeline;
    private Integer status;
    private boolean stopping;
    private Runnable whenUp;
    private boolean up;
    private boolean paused;
    private final List<CompletableFuture<Answer>> waitingForTraffic = new ArrayList<>();
    private boolean asksForTraffic;

    /** Something to do on the supervisor's thread. */
    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    /**
     * @param home where Skerry is
     * @param log gets a line for each thing a person should know
     */
    public Supervisor(VmConfig config, Path home, Consumer<String> log) {
        this.config = config;
        this.log = log;
        launcher = new Launcher(home, config.memoryBytes(), log);
        machineOutput = new OutputTail(line -> log.accept("machine: " + line));
        for (ProcessConfig process : config.processes()) {
            devices.put(process.name(), new SupervisedDevices(process, log));
        }
    }

    /** The machine as stock QEMU's command lines. */
    public static String stockCommandLines(VmConfig config) {
        return CommandLines.forStock(config);
    }

    void log(String line) {
        log.accept(line);
    }

    public VmConfig config() {
        return config;
    }

    /**
     * Starts everything and returns when everything has ended.
     *
     * @param started is run once the machine has been put together
     * @return the machine's exit status, or 1 if a device's policy ended it
     */
    public int run(Runnable started) throws IOException, InterruptedException {
        Runnable terminal = Terminal.remember(0);
        try {
            whenUp = started;
            start();
            while (status == null) {
                Action action = queue.take();
                try {
                    action.run();
                } catch (IOException e) {
                    log.accept(e.getMessage());
                    end(FAILURE);
                }
            }
            return status;
        } finally {
            close();
            terminal.run();
            over.countDown();
        }
    }

    private void start() throws IOException {
        List<UnixStream> links = new ArrayList<>();
        UnixStream[] pair = UnixStream.pair();
        try {
            for (SupervisedDevices process : devices.values()) {
                links.addAll(start(process, false));
            }
            lifeline = new Lifeline(pair[0]);
            Fd errors = machineOutput.open("machine");
            try {
                machine = launcher.startMachine(config, links, pair[1].fd(), errors);
            } finally {
                errors.close();
            }
            machine.whenEnded("machine", () -> post(this::machineEnded));
            Thread.ofPlatform().daemon().name("lifeline").start(this::listen);
        } finally {
            links.forEach(UnixStream::close);
            pair[1].close();
        }
    }

    private List<UnixStream> start(SupervisedDevices process, boolean standIn) throws IOException {
        Fd errors = process.output().open(process.name());
        try {
            Launcher.StartedDevices started =
                    launcher.startDevices(process.config(), standIn, errors);
            RunningProcess running = started.process();
            process.started(running);
            running.whenEnded(process.name(), () -> post(() -> ended(process, running)));
            return started.links();
        } finally {
            errors.close();
        }
    }

    private void post(Action action) {
        queue.add(action);
    }

    private void postLater(long delayMs, Action action) {
        Thread.ofPlatform()
                .daemon()
                .name("back-off")
                .start(
                        () -> {
                            try {
                                TimeUnit.MILLISECONDS.sleep(delayMs);
                            } catch (InterruptedException e) {
                                return;
                            }
                            post(action);
                        });
    }

    private void listen() {
        try {
            Lifeline.Message message;
            while ((message = lifeline.receive()) != null) {
                Lifeline.Message told = message;
                post(() -> told(told));
            }
        } catch (IOException e) {
            log.accept("the machine's lifeline: " + e.getMessage());
        }
    }

    private void told(Lifeline.Message message) throws IOException {
        SupervisedDevices process =
                devices.values().stream()
                        .filter(candidate -> candidate.has(message.device()))
                        .findFirst()
                        .orElse(null);
        switch (message.verb()) {
            case "up" -> {
                up = true;
                whenUp.run();
            }
            case "failed" -> {
                log.accept("the machine cannot go on: " + message.device());
                end(FAILURE);
            }
            case "lost" -> {
                if (process != null) {
                    lost(process, message.device(), message.rest());
                }
            }
            case "replaced" -> {
                if (process != null) {
                    process.taken(message.device());
                }
                log.accept(message.device() + ": back in the machine");
            }
            case "refused" -> {
                log.accept(message.device() + ": its new process was refused: " + message.rest());
                if (process != null && process.isRunning()) {
                    process.running().kill();
                }
            }
            case "stats" -> {
                if (message.device().isEmpty()) {
                    asksForTraffic = false;
                    trafficKnown();
                } else if (process != null) {
                    process.saw(message.device(), Traffic.parse(message.rest()));
                }
            }
            default -> {
                // Of a newer machine, perhaps; nothing depends on it.
            }
        }
    }

    /** The machine gave a device up: what hangs or talks nonsense is ended, which brings a new one. */
    private void lost(SupervisedDevices process, String device, String reason) throws IOException {
        if (process.isRunning() && !process.isFreshFor(device)) {
            log.accept(device + ": lost: " + reason);
            process.running().kill();
        }
    }

    private void ended(SupervisedDevices process, RunningProcess which) throws IOException {
        if (process.running() != which || status != null) {
            return;
        }
        Child.Exit exit = which.awaitEnd(DEVICE_END_NS);
        process.ended();
        if (stopping || machine == null) {
            return;
        }
        if (exit != null && exit.status() == SUCCESS) {
            // Its links were closed in peace: most likely the machine is ending, and is still at
            // it.
            postLater(PEACE_MS, () -> follow(process, exit));
        } else {
            follow(process, exit);
        }
    }

    /** Does what the policy wants when a device process has ended. */
    private void follow(SupervisedDevices process, Child.Exit exit) throws IOException {
        if (stopping || status != null || process.isRunning()) {
            return;
        }
        log.accept(process.name() + ": its process has ended: " + exit);
        switch (process.config().onExit()) {
            case RESTART -> restart(process);
            case PAUSE -> {
                lifeline.send("pause");
                paused = true;
                log.accept(
                        "the machine is paused; 'skerry resume "
                                + config.name()
                                + "' starts the device anew and goes on");
            }
            case FAIL -> {
                log.accept(process.name() + ": on-exit: fail ends the machine");
                end(FAILURE);
            }
            case IGNORE ->
                    log.accept(process.name() + ": on-exit: ignore, the guest goes on without");
        }
    }

    private void restart(SupervisedDevices process) throws IOException {
        long delayMs = process.nextRestartDelayMs();
        if (delayMs < 0) {
            log.accept(
                    process.name()
                            + ": "
                            + process.config().restart().most()
                            + " restarts in "
                            + process.config().restart().windowMs()
                            + " ms are enough; the machine ends");
            end(FAILURE);
        } else if (delayMs == 0) {
            replace(process);
        } else {
            postLater(delayMs, () -> replace(process));
        }
    }

    private void replace(SupervisedDevices process) throws IOException {
        if (stopping || status != null || process.isRunning()) {
            return;
        }
        List<UnixStream> links = start(process, true);
        try {
            for (int i = 0; i < links.size(); i++) {
                String device = process.config().devices().get(i).id();
                process.handedOver(device);
                lifeline.send("replace " + device, links.get(i).fd());
            }
        } finally {
            links.forEach(UnixStream::close);
        }
    }

    private void machineEnded() throws IOException {
        Child.Exit exit = machine.awaitEnd(MACHINE_END_NS);
        if (exit == null) {
            end(FAILURE);
        } else {
            if (exit.signal() >= 0 && !stopping) {
                log.accept("the machine process has ended: " + exit);
            }
            end(exit.signal() >= 0 ? SIGNALLED + exit.signal() : exit.status());
        }
    }

    private void end(int exitStatus) {
        if (status == null) {
            status = exitStatus;
        }
    }

    /** Ends everything, and returns when all has ended. For a signal's handler; from any thread. */
    public void stop() throws InterruptedException {
        post(this::quit);
        over.await(2 * MACHINE_END_NS, TimeUnit.NANOSECONDS);
    }

    /** Has the machine end, and the devices with it. */
    private void quit() throws IOException {
        stopping = true;
        if (machine == null) {
            end(SUCCESS);
            return;
        }
        lifeline.send("quit");
        postLater(MACHINE_END_NS / 1_000_000, () -> end(FAILURE));
    }

    /** Answers a request of another {@code skerry}. From any thread. */
    Answer answer(String request) throws InterruptedException {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        post(
                () -> {
                    try {
                        answerHere(request, answer);
                    } catch (IOException e) {
                        answer.complete(Answer.refused(e.getMessage()));
                        throw e;
                    }
                });
        // Once it is over nobody takes actions any more.
        while (over.getCount() > 0) {
            try {
                return answer.get(100, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                continue;
            } catch (ExecutionException e) {
                throw new AssertionError("answers are given, failures too", e);
            }
        }
        return answer.getNow(Answer.refused("the machine has ended"));
    }

    private void answerHere(String request, CompletableFuture<Answer> answer) throws IOException {
        String[] words = request.split(" ", 2);
        String name = words.length > 1 ? words[1] : "";
        if (!name.isEmpty() && !name.equals(MACHINE) && !devices.containsKey(name)) {
            answer.complete(
                    Answer.refused(
                            "the machine has no process '"
                                    + name
                                    + "'; it has "
                                    + MACHINE
                                    + devices.keySet().stream()
                                            .map(each -> ", " + each)
                                            .collect(Collectors.joining())));
            return;
        }
        switch (words[0]) {
            case "ps" -> answer.complete(Answer.of(pictureHere()));
            case "stats" -> lookAtTraffic(answer);
            case "logs" -> answer.complete(Answer.of(logs(devices.get(name))));
            case "kill" -> answer.complete(kill(name));
            case "resume" -> answer.complete(resume());
            default -> answer.complete(Answer.refused("not understood: " + words[0]));
        }
    }

    /**
     * What a process said last.
     *
     * @param process null for the machine
     */
    private String logs(SupervisedDevices process) {
        OutputTail output = process == null ? machineOutput : process.output();
        return output.lines().stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    private Answer kill(String name) throws IOException {
        if (name.isEmpty()) {
            quit();
        } else if (name.equals(MACHINE)) {
            machine.kill();
        } else if (devices.get(name).isRunning()) {
            devices.get(name).running().kill();
        } else {
            return Answer.refused("the process '" + name + "' does not run");
        }
        return Answer.of("");
    }

    /** A process that cannot be started leaves the machine as it is. */
    private Answer resume() throws IOException {
        for (SupervisedDevices each : devices.values()) {
            if (!each.isRunning() && each.config().onExit() == OnExit.PAUSE) {
                try {
                    replace(each);
                } catch (IOException e) {
                    return Answer.refused(each.name() + " cannot be started: " + e.getMessage());
                }
            }
        }
        lifeline.send("resume");
        paused = false;
        return Answer.of("");
    }

    /** Asks the machine, unless it still owes an answer; without one the last is good enough. */
    private void lookAtTraffic(CompletableFuture<Answer> answer) throws IOException {
        waitingForTraffic.add(answer);
        if (!up) {
            trafficKnown();
            return;
        }
        if (!asksForTraffic) {
            asksForTraffic = true;
            lifeline.send("stats");
        }
        postLater(TRAFFIC_MS, this::trafficKnown);
    }

    private void trafficKnown() {
        if (!waitingForTraffic.isEmpty()) {
            Answer answer = Answer.of(Status.samples(config, machine, state(), devices.values()));
            waitingForTraffic.forEach(each -> each.complete(answer));
            waitingForTraffic.clear();
        }
    }

    private String state() {
        return paused ? "paused" : up ? "running" : "starting";
    }

    /** A picture of the processes, for a person. For what {@link #run} runs at the start. */
    public String pictureHere() {
        return Status.of(config, machine, state(), devices.values());
    }

    private void close() throws IOException {
        stopping = true;
        if (lifeline != null) {
            lifeline.shutdown();
        }
        if (machine != null) {
            machine.close();
        }
        long deadlineNs = System.nanoTime() + DEVICE_END_NS;
        for (SupervisedDevices process : devices.values()) {
            if (process.isRunning()) {
                // Its links have ended with the machine: it flushes its images and goes by itself.
                process.running().awaitEnd(Math.max(0, deadlineNs - System.nanoTime()));
                process.running().close();
            }
        }
        launcher.close();
    }
}
