/**
 * The KVM accelerator: virtual CPUs in hardware, through {@code /dev/kvm} and nothing else.
 *
 * <p>Knows guest memory and ports as address spaces, and nothing of devices, machines, processes or
 * of the software CPU. Structures and request numbers: the kernel's documentation "The Definitive
 * KVM API Documentation" and its user-space headers. Enter by {@link
 * dev.skerry.execution.kvm.KvmSystem}.
 */
module dev.skerry.execution.kvm {
    requires transitive dev.skerry.platform.linux;
    requires transitive dev.skerry.platform.memory;
    requires transitive dev.skerry.platform.log;
    requires transitive dev.skerry.platform.options;

    exports dev.skerry.execution.kvm;
}
