package dev.skerry.execution.kvm;

/**
 * What a KVM can do beyond its first version, by KVM_CHECK_EXTENSION. Those that are required have
 * been there for years on processors with hardware virtualisation.
 */
enum Capability {
    IRQCHIP(0, "Linux 2.6.20", true),
    USER_MEMORY(3, "Linux 2.6.24", true),
    SET_TSS_ADDR(4, "Linux 2.6.24", true),
    EXT_CPUID(7, "Linux 2.6.26", true),
    MP_STATE(14, "Linux 2.6.26", true),
    USER_NMI(22, "Linux 2.6.30", true),
    IRQ_ROUTING(25, "Linux 2.6.30", true),
    IRQFD(32, "Linux 2.6.32", true),
    PIT2(33, "Linux 2.6.32", true),
    PIT_STATE2(35, "Linux 2.6.32", true),
    IOEVENTFD(36, "Linux 2.6.32", true),
    SET_IDENTITY_MAP_ADDR(37, "Linux 2.6.32", true),
    ADJUST_CLOCK(39, "Linux 2.6.33", true),
    VCPU_EVENTS(41, "Linux 2.6.33", true),
    DEBUGREGS(50, "Linux 2.6.35", true),
    XSAVE(55, "Linux 2.6.36", true),
    XCRS(56, "Linux 2.6.36", true),
    SIGNAL_MSI(77, "Linux 3.5", true),
    READONLY_MEM(81, "Linux 3.7", true),
    IRQFD_RESAMPLE(82, "Linux 3.9", true),
    IMMEDIATE_EXIT(136, "Linux 4.11", true),

    /** Its value says which page of a virtual CPU's mapping holds the ring. */
    COALESCED_MMIO(15, "Linux 2.6.26", false),
    /** How many memory slots a machine can have. */
    NR_MEMSLOTS(10, "Linux 2.6.24", false),
    /** How many virtual CPUs a machine can have. */
    MAX_VCPUS(66, "Linux 2.6.39", false),
    GET_TSC_KHZ(61, "Linux 2.6.38", false);

    final int number;
    final String since;
    final boolean isRequired;

    Capability(int number, String since, boolean isRequired) {
        this.number = number;
        this.since = since;
        this.isRequired = isRequired;
    }
}
