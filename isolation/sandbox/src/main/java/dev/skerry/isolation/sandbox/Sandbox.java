package dev.skerry.isolation.sandbox;

import dev.skerry.isolation.sandbox.SandboxOptions.Mode;
import dev.skerry.platform.linux.Attempt;
import dev.skerry.platform.linux.CurrentProcess;
import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.Landlock;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.Privileges;
import dev.skerry.platform.linux.Seccomp;
import dev.skerry.platform.log.Log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The inner layer: this process gives up what its role does not need, and proves it.
 *
 * <p>Comes after everything that is opened by name is open, and before the first thread starts that
 * handles anything hostile: capabilities are a thread's own and go to the threads it starts, and so
 * is Landlock before version 8 of its interface; limits and the filter are the whole process'.
 */
public final class Sandbox {
    private static final long UNLIMITED = -1;

    private final Policy policy;
    private final SandboxOptions options;
    private final List<String> missing = new ArrayList<>();
    private int landlock;

    private Sandbox(Policy policy, SandboxOptions options) {
        this.policy = policy;
        this.options = options;
    }

    /**
     * Enters the sandbox of a role. With {@code off} nothing happens.
     *
     * @param log gets a line about what was given up, and warnings about what could not be
     * @throws IOException if less was given up than the options ask for, with what and why; the
     *     process must not go on then
     */
    public static void enter(String role, SandboxOptions options, Log log) throws IOException {
        if (options.isOff()) {
            return;
        }
        Sandbox sandbox = new Sandbox(Policy.of(role), options);
        ClassSources.open();
        sandbox.look();
        sandbox.shrink();
        sandbox.landlock();
        sandbox.filter();
        sandbox.report(log);
    }

    /** The outer layer is somebody else's work; what it left is looked at, not believed. */
    private void look() throws LinuxException {
        if (options.mode() == Mode.ON) {
            return;
        }
        String found = Surroundings.firstFile();
        if (found != null) {
            missing.add("an empty root: " + found + " is there");
        }
        if (Surroundings.reachesNetwork()) {
            missing.add("a network of its own: there is a way out");
        }
        if (!Surroundings.isFirstProcess()) {
            missing.add("a pid namespace: its parent is process " + Privileges.parentId());
        }
        if (Privileges.hasCapabilities()) {
            missing.add("no capabilities: there were some before its threads started");
        }
    }

    private void shrink() throws LinuxException {
        Privileges.renounceNewOnes();
        Privileges.forbidDumping();
        Privileges.dropCapabilities();
        for (Policy.LimitRule rule : policy.limits()) {
            // Outside a user namespace of its own it would count the processes of all the user
            // does.
            if (rule.limit() != Privileges.Limit.NPROC || Surroundings.isFirstProcess()) {
                Privileges.lower(rule.limit(), options.rehearse() ? UNLIMITED : rule.value());
            }
        }
    }

    private void landlock() throws IOException {
        landlock = Landlock.version();
        String without = Landlock.restrict(!options.rehearse());
        if (!without.isEmpty()) {
            missing.add(
                    "Landlock for " + without + ": this kernel's version is " + Landlock.version());
        }
        Errno error = Attempt.OPEN_A_FILE.make();
        if (landlock > 0 && !options.rehearse() && !error.equals(Errno.EACCES)) {
            throw new IOException("Landlock lets a folder be opened: " + error);
        }
    }

    private void filter() throws IOException {
        long[] program = Filter.of(policy, CurrentProcess.id());
        if (!Seccomp.isAvailable()) {
            missing.add("a system call filter: this kernel has no seccomp");
            return;
        }
        if (!options.rehearse()) {
            Seccomp.installOnAllThreads(program);
        }
        Set<Attempt> forbidden = policy.forbidden();
        for (Attempt attempt : forbidden) {
            Errno error = attempt.make();
            if (!options.rehearse() && !error.equals(Errno.EPERM)) {
                throw new IOException("the filter lets a process " + attempt.what() + ": " + error);
            }
        }
    }

    private void report(Log log) throws IOException {
        boolean must = options.mode() != Mode.AUTO && !options.rehearse();
        if (must && !missing.isEmpty()) {
            throw new IOException("it lacks " + String.join("; ", missing));
        }
        for (String what : missing) {
            log.warning("sandbox: it lacks " + what);
        }
        log.debug(
                "sandbox: role "
                        + policy.role()
                        + ", Landlock "
                        + landlock
                        + (Landlock.bindsAllThreads() ? " on all threads, " : " on new threads, ")
                        + policy.forbidden().size()
                        + " forbidden things tried and refused");
    }
}
