package dev.skerry.execution.kvm;

import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AddressSpace;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The host's KVM: {@code /dev/kvm} with everything this module needs of it. Safe for use by many
 * threads.
 */
public final class KvmSystem implements AutoCloseable {
    /** Where the kernel offers KVM. */
    public static final String DEVICE = "/dev/kvm";

    private static final Path MODULES = Path.of("/sys/module");
    private static final int API_VERSION = 12;
    private static final int ENOENT = 2;
    private static final int ENXIO = 6;
    private static final int EACCES = 13;
    private static final int EPERM = 1;
    private static final int EBUSY = 16;
    private static final int ENODEV = 19;

    private final Fd fd;

    private KvmSystem(Fd fd) {
        this.fd = fd;
    }

    /**
     * Opens it and looks for what is needed.
     *
     * @throws KvmMissingException if it cannot be used
     */
    public static KvmSystem open() throws KvmMissingException {
        return open(DEVICE);
    }

    static KvmSystem open(String path) throws KvmMissingException {
        Fd fd;
        try {
            fd = Fd.openDevice(path);
        } catch (LinuxException e) {
            throw new KvmMissingException(whyNotOpen(path, e.errno().value()), e);
        }
        KvmSystem system = new KvmSystem(fd);
        try {
            system.requireEverything(path);
        } catch (KvmMissingException e) {
            fd.close();
            throw e;
        }
        return system;
    }

    static String whyNotOpen(String path, int errno) {
        String start = "cannot use KVM: ";
        return switch (errno) {
            case ENOENT ->
                    start
                            + path
                            + " is not there; enable virtualisation in the host's firmware and load"
                            + " kvm_intel or kvm_amd, or choose -accel tcg";
            case ENXIO, ENODEV ->
                    start
                            + path
                            + " has no driver behind it; load kvm_intel or kvm_amd, or choose"
                            + " -accel tcg";
            case EACCES, EPERM ->
                    start
                            + path
                            + " may not be opened by this user; add the user to the group that owns"
                            + " it (usually kvm), or choose -accel tcg";
            default -> start + path + ": " + new Errno(errno) + "; or choose -accel tcg";
        };
    }

    private void requireEverything(String path) throws KvmMissingException {
        long version = Request.GET_API_VERSION.tryCall(fd, 0);
        if (version != API_VERSION) {
            String what =
                    version < 0
                            ? " is not KVM's device"
                            : " speaks version " + version + " of KVM's interface, not 12";
            throw new KvmMissingException(
                    "cannot use KVM: " + path + what + "; or choose -accel tcg", null);
        }
        for (Capability capability : Capability.values()) {
            if (capability.isRequired && check(capability) == 0) {
                throw new KvmMissingException(
                        "cannot use KVM: the host's kernel lacks KVM_CAP_"
                                + capability
                                + "; it needs "
                                + capability.since
                                + " or later, or choose -accel tcg",
                        null);
            }
        }
    }

    /** A capability's value, zero if the kernel does not have it. */
    int check(Capability capability) {
        return (int) Math.max(0, Request.CHECK_EXTENSION.tryCall(fd, capability.number));
    }

    /**
     * Whether guests run on the processor's own extensions: {@code hardware}, or {@code emulated:}
     * and why it is taken for that. A KVM without hardware below it runs firmware and small guests;
     * it cannot do all a kernel does. Nothing but a test should care.
     *
     * <p>What it goes by: hardware is announced among the processor's flags (vmx, svm), and its
     * driver is one of two.
     */
    public static String kind() {
        boolean driver =
                Files.isDirectory(MODULES.resolve("kvm_intel"))
                        || Files.isDirectory(MODULES.resolve("kvm_amd"));
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            List<String> flags =
                    lines.filter(line -> line.startsWith("flags"))
                            .limit(1)
                            .flatMap(line -> Stream.of(line.split("\\s+")))
                            .toList();
            if (!flags.contains("vmx") && !flags.contains("svm")) {
                return "emulated: the processor has neither vmx nor svm";
            }
        } catch (IOException e) {
            return "emulated: the processor's flags cannot be read";
        }
        return driver ? "hardware" : "emulated: neither kvm_intel nor kvm_amd is loaded";
    }

    /** How many virtual CPUs a machine can have here. */
    public int mostCpus() {
        return Math.max(1, check(Capability.MAX_VCPUS));
    }

    /** What CPUID can be made to say on this host. */
    public CpuidTable supportedCpuid() throws LinuxException {
        return CpuidTable.supported(fd);
    }

    /** The MSRs that are a virtual CPU's state. */
    int[] msrs() throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            int most = 1024;
            MemorySegment list = arena.allocate(4 + 4L * most, 8);
            Words.put32(list, 0, most);
            Request.GET_MSR_INDEX_LIST.call(fd, list);
            int[] indices = new int[Words.i32(list, 0)];
            for (int i = 0; i < indices.length; i++) {
                indices[i] = Words.i32(list, 4 + 4L * i);
            }
            return indices;
        }
    }

    /**
     * A new virtual machine with the interrupt controllers and the timer of a PC in the kernel, and
     * without CPUs.
     *
     * @param memory what its CPUs see as physical memory
     * @param ports what IN and OUT reach, 64 KiB
     * @throws KvmMissingException if the processor's extensions are taken by another hypervisor
     */
    public KvmVm createVm(AddressSpace memory, AddressSpace ports, Log log)
            throws LinuxException, KvmMissingException {
        Fd vm;
        try {
            vm = Request.CREATE_VM.open(fd, 0);
        } catch (LinuxException e) {
            if (e.errno().value() == EBUSY) {
                throw new KvmMissingException(
                        "cannot use KVM: another hypervisor uses the processor's extensions; stop"
                                + " it, or choose -accel tcg",
                        e);
            }
            throw e;
        }
        return KvmVm.of(this, vm, memory, ports, log);
    }

    /** How many bytes of a virtual CPU's descriptor are to be mapped. */
    long runBytes() throws LinuxException {
        return Request.GET_VCPU_MMAP_SIZE.call(fd, 0);
    }

    /** Closes the device; machines made from it go on. */
    @Override
    public void close() {
        fd.close();
    }
}
