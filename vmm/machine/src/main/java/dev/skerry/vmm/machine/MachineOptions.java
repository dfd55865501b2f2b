package dev.skerry.vmm.machine;

import dev.skerry.platform.options.OptionList;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a machine is made of, as a command line says it, every option's syntax understood but the
 * devices' properties, which their models know.
 *
 * @param type the machine's type by QEMU's name, {@code pc} or {@code q35}; {@code none} is one
 *     without anything
 * @param properties what else {@code -machine} said, but {@code type}, {@code accel} and {@code
 *     memory-backend}
 * @param ram its size is the machine's RAM
 * @param cpus 1 to 255
 * @param cpuModel {@code -cpu}'s text, or null
 * @param accelerators in the order of preference, never empty
 * @param boot what runs first
 * @param chars all character devices by id
 * @param serials the serial ports COM1 to COM4; an entry is null for {@code none}
 * @param debugConsole where {@code -debugcon} sends port 0xe9, or null
 * @param drives {@code -drive}, in order
 * @param blockdevs {@code -blockdev}, in order
 * @param devices {@code -device}, in order; their first element is {@code driver}
 * @param globals {@code -global}, in order: {@code driver}, {@code property}, {@code value}
 * @param run what the machine does at its begin and end
 */
public record MachineOptions(
        String type,
        OptionList properties,
        MemoryBackend ram,
        int cpus,
        String cpuModel,
        List<AcceleratorChoice> accelerators,
        Boot boot,
        Map<String, CharDevice> chars,
        List<CharDevice> serials,
        CharDevice debugConsole,
        List<OptionList> drives,
        List<OptionList> blockdevs,
        List<OptionList> devices,
        List<OptionList> globals,
        Run run) {
    /** {@code -m}'s default. */
    public static final long DEFAULT_RAM_BYTES = 128L << 20;

    /**
     * One {@code -accel}.
     *
     * @param name {@code kvm}, {@code tcg} or {@code qtest}
     * @param properties with {@code accel} as its first element; may hold that alone
     */
    public record AcceleratorChoice(String name, OptionList properties) {}

    /**
     * @param firmware {@code -bios}, or null for SeaBIOS where Debian puts it
     * @param kernel entered directly, or null
     * @param initrd the argument of {@code -initrd}: a file, for Multiboot a list of modules; or null
     * @param append the kernel's command line; may be empty
     */
    public record Boot(Path firmware, Path kernel, String initrd, String append) {}

    /**
     * @param paused {@code -S}: the CPUs wait for {@link Machine#cont}
     * @param noReboot {@code -no-reboot}: the guest's reset ends the machine
     * @param noShutdown {@code -no-shutdown}: the guest's power-off only stops it
     */
    public record Run(boolean paused, boolean noReboot, boolean noShutdown) {}
}
