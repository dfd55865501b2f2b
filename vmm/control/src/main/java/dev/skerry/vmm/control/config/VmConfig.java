package dev.skerry.vmm.control.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A virtual machine as {@code vm.yaml} says it, checked as a whole: every reference leads somewhere.
 *
 * @param memoryBytes RAM
 * @param cpuModel as {@code -cpu}, or null
 * @param append the kernel's command line; may be empty
 * @param processes in the order of their first devices
 */
public record VmConfig(
        String name,
        String machine,
        List<String> accelerators,
        long memoryBytes,
        int cpus,
        String cpuModel,
        Path firmware,
        Path kernel,
        Path initrd,
        String append,
        boolean console,
        SandboxMode sandbox,
        List<DeviceConfig> inMachine,
        List<ProcessConfig> processes) {
    /** How much of a sandbox a process must have. */
    public enum SandboxMode {
        REQUIRED,
        AUTO,
        OFF
    }

    /** What follows the end of a device process. */
    public enum OnExit {
        RESTART,
        PAUSE,
        FAIL,
        IGNORE
    }

    /** An image. */
    public record DiskConfig(
            String id, Path file, String format, String cache, boolean readOnly, boolean cdrom) {}

    /**
     * A device with the disks on its bus.
     *
     * @param replyTimeoutMs how long the machine waits for it before it is lost
     */
    public record DeviceConfig(
            String id,
            String driver,
            Map<String, String> properties,
            List<DiskConfig> disks,
            long replyTimeoutMs) {}

    /** How restarts are limited. Times in milliseconds. */
    public record RestartLimit(int most, long windowMs, long backoffMs, long backoffLimitMs) {}

    /** A device process: one policy for all its devices. */
    public record ProcessConfig(
            String name,
            List<DeviceConfig> devices,
            OnExit onExit,
            RestartLimit restart,
            SandboxMode sandbox) {}
}
