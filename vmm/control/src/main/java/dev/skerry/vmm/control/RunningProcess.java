package dev.skerry.vmm.control;

import dev.skerry.isolation.sandbox.ControlGroup;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.ProcessFd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process of a machine while it runs: the child that was started, and the process in its sandbox,
 * which is another one where a tool waits outside.
 */
final class RunningProcess implements AutoCloseable {
    private static final long END_TIMEOUT_NS = 10_000_000_000L;

    private final Child child;
    private final ProcessFd inner;
    private final boolean enclosed;
    private final ControlGroup group;
    private final long startedNs = System.nanoTime();

    /**
     * @param group the one both are in; closed with this
     */
    RunningProcess(Child child, ProcessFd inner, boolean enclosed, ControlGroup group) {
        this.child = child;
        this.inner = inner;
        this.enclosed = enclosed;
        this.group = group;
    }

    /** The id of the process that does the work. */
    int pid() {
        return inner.pid();
    }

    boolean isEnclosed() {
        return enclosed;
    }

    long runningNs() {
        return System.nanoTime() - startedNs;
    }

    /** Has something run, on a thread of its own, when the process has ended. */
    void whenEnded(String name, Runnable action) {
        Thread.ofPlatform()
                .daemon()
                .name("end of " + name)
                .start(
                        () -> {
                            try {
                                while (!inner.awaitEnd(END_TIMEOUT_NS)) {
                                    Thread.onSpinWait();
                                }
                            } catch (LinuxException | IllegalStateException e) {
                                // Closed meanwhile: whoever did that knows.
                                return;
                            }
                            action.run();
                        });
    }

    void signal(int number) throws LinuxException {
        inner.signal(number);
    }

    void kill() throws LinuxException {
        inner.kill();
    }

    /**
     * Waits until both are gone, so that nothing it held is held any more.
     *
     * @return how it ended, or null when the time is over
     */
    Child.Exit awaitEnd(long timeoutNs) throws LinuxException {
        if (!inner.awaitEnd(timeoutNs)) {
            return null;
        }
        return child.await(END_TIMEOUT_NS);
    }

    /** Kilobytes of resident memory, 0 if it has ended. */
    long residentKb() {
        try {
            for (String line : Files.readAllLines(proc("status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        } catch (IOException e) {
            // It has ended.
            return 0;
        }
        return 0;
    }

    /** Processor time so far, in clock ticks of 10 ms. */
    long cpuTicks() {
        try {
            String stat = Files.readString(proc("stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        } catch (IOException | RuntimeException e) {
            // It has ended.
            return 0;
        }
    }

    private Path proc(String file) {
        return Path.of("/proc", Integer.toString(pid()), file);
    }

    @Override
    public void close() throws LinuxException {
        inner.kill();
        inner.awaitEnd(END_TIMEOUT_NS);
        child.close();
        inner.close();
        group.close();
    }
}
