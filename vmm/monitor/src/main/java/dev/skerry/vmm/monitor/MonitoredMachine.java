package dev.skerry.vmm.monitor;

import dev.skerry.vmm.chardev.HostChar;
import dev.skerry.vmm.machine.Machine;

import java.util.Map;

/**
 * A machine, and what monitors tell of it that it does not know itself.
 *
 * @param name the guest's, or null
 * @param version of this program
 * @param chars all character devices by id
 * @param devices the driver of each {@code -device} by its id
 * @param kvmPresent whether the host offers KVM, which in a sandbox cannot be seen later
 */
public record MonitoredMachine(
        Machine machine,
        String name,
        String version,
        Map<String, HostChar> chars,
        Map<String, String> devices,
        boolean kvmPresent) {}
