package dev.skerry.vmm.control;

import dev.skerry.isolation.sandbox.ControlGroups;
import dev.skerry.isolation.sandbox.Enclosure;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.Landlock;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.platform.linux.Privileges;
import dev.skerry.platform.linux.Seccomp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looks at the host: what Skerry needs, what would be good to have, and how to get it. */
public final class Doctor {
    private static final long ENOUGH_FILES = 256;
    private static final int WHOLE_LANDLOCK = 6;

    /** How serious a finding is. */
    public enum Verdict {
        OK,
        /** It works, with less. */
        WEAK,
        /** It does not work. */
        MISSING
    }

    /**
     * One finding.
     *
     * @param remedy empty if nothing is to be done
     */
    public record Finding(String subject, Verdict verdict, String found, String remedy) {
        @Override
        public String toString() {
            String line = String.format("  %-8s %-22s %s", verdict, subject, found);
            return remedy.isEmpty() ? line : line + "\n" + " ".repeat(34) + remedy;
        }
    }

    private final List<Finding> findings = new ArrayList<>();

    private Doctor() {}

    /** Looks at everything. */
    public static List<Finding> examine() {
        Doctor doctor = new Doctor();
        doctor.java();
        doctor.sandbox();
        doctor.kvm();
        doctor.memory();
        doctor.tools();
        return List.copyOf(doctor.findings);
    }

    private void add(String subject, Verdict verdict, String found, String remedy) {
        findings.add(new Finding(subject, verdict, found, verdict == Verdict.OK ? "" : remedy));
    }

    private void java() {
        Runtime.Version version = Runtime.version();
        add(
                "Java",
                version.feature() >= 25 ? Verdict.OK : Verdict.MISSING,
                version.toString(),
                "install a JDK 25 or set JAVA_HOME to one");
    }

    private void sandbox() {
        String tool = Enclosure.missing();
        if (tool != null) {
            add("bubblewrap", Verdict.MISSING, "not there", tool);
        } else {
            String failure = Enclosure.unavailable();
            add(
                    "namespaces",
                    failure == null ? Verdict.OK : Verdict.MISSING,
                    failure == null ? "user, mount, pid, net, ipc, uts" : failure,
                    "allow user namespaces: sysctl user.max_user_namespaces,"
                            + " kernel.apparmor_restrict_unprivileged_userns=0, or a setuid bwrap");
        }
        int landlock = Landlock.version();
        add(
                "Landlock",
                landlock >= WHOLE_LANDLOCK
                        ? Verdict.OK
                        : landlock > 0 ? Verdict.WEAK : Verdict.MISSING,
                landlock == 0
                        ? "not in this kernel, or switched off"
                        : "version "
                                + landlock
                                + (Landlock.bindsAllThreads()
                                        ? ", for all threads"
                                        : ", not for threads of the JVM's own"),
                "boot a kernel 6.12 or later with landlock in lsm=");
        boolean seccomp = Seccomp.isAvailable();
        add(
                "seccomp",
                seccomp ? Verdict.OK : Verdict.MISSING,
                seccomp ? "filters for all threads" : "not in this kernel",
                "use a kernel with CONFIG_SECCOMP_FILTER");
        cgroups();
    }

    private void cgroups() {
        ControlGroups groups = ControlGroups.look();
        String missing = groups.missing();
        String found = groups.found();
        try {
            groups.close();
        } catch (IOException e) {
            missing = e.getMessage();
        }
        String both = found.isEmpty() || missing.isEmpty() ? "" : ", but not ";
        add(
                "control groups",
                missing.isEmpty() ? Verdict.OK : Verdict.WEAK,
                found + both + missing,
                "limits are setrlimit's alone; to have both, run it as root, or in a group of its"
                        + " own: systemd-run --user --scope -p Delegate=yes bin/skerry run FILE");
    }

    private void kvm() {
        Path kvm = Path.of("/dev/kvm");
        if (!Files.exists(kvm)) {
            add(
                    "KVM",
                    Verdict.WEAK,
                    "no /dev/kvm",
                    "machines run on the software CPU; load kvm_intel or kvm_amd");
        } else if (!Files.isWritable(kvm)) {
            add(
                    "KVM",
                    Verdict.WEAK,
                    "/dev/kvm is not this user's",
                    "add the user to the group kvm");
        } else {
            boolean silicon = isVirtualizing();
            add(
                    "KVM",
                    silicon ? Verdict.OK : Verdict.WEAK,
                    silicon
                            ? "by the processor"
                            : "there, but the processor shows neither vmx nor svm",
                    "it may be an emulation, which few kernels get through: give accelerator: tcg");
        }
    }

    /** Whether /dev/kvm is to be had and the processor has what it needs. */
    public static boolean hasSiliconKvm() {
        return Files.isWritable(Path.of("/dev/kvm")) && isVirtualizing();
    }

    private static boolean isVirtualizing() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
                if (line.startsWith("flags")) {
                    return line.contains(" vmx") || line.contains(" svm");
                }
            }
        } catch (IOException e) {
            return false;
        }
        return false;
    }

    private void memory() {
        try (Fd fd = MemFd.sealed("skerry-doctor", 4096)) {
            add(
                    "memfd",
                    Verdict.OK,
                    "guest memory can be shared, " + fd.status().sizeBytes() + " bytes tried",
                    "");
        } catch (LinuxException e) {
            add("memfd", Verdict.MISSING, e.getMessage(), "use a kernel with CONFIG_MEMFD_CREATE");
        }
        try {
            long files = Privileges.limit(Privileges.Limit.NOFILE);
            boolean enough = Long.compareUnsigned(files, ENOUGH_FILES) >= 0;
            add(
                    "open files",
                    enough ? Verdict.OK : Verdict.WEAK,
                    Long.toUnsignedString(files),
                    "ulimit -n " + ENOUGH_FILES + " or more");
        } catch (LinuxException e) {
            add("open files", Verdict.MISSING, e.getMessage(), "");
        }
    }

    private void tools() {
        for (String[] tool :
                new String[][] {
                    {
                        "/usr/bin/apt-get",
                        "quickstart fetches a kernel with it; else give --kernel and --initrd"
                    },
                    {"/usr/bin/setpriv", "without a sandbox processes outlive a killed control"}
                }) {
            boolean there = Files.isExecutable(Path.of(tool[0]));
            add(tool[0], there ? Verdict.OK : Verdict.WEAK, there ? "there" : "not there", tool[1]);
        }
    }
}
