package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.Structures.ClockData;
import dev.skerry.execution.kvm.Structures.CoalescedZone;
import dev.skerry.execution.kvm.Structures.Cpuid;
import dev.skerry.execution.kvm.Structures.GetDirtyLog;
import dev.skerry.execution.kvm.Structures.IoEventFd;
import dev.skerry.execution.kvm.Structures.IrqChip;
import dev.skerry.execution.kvm.Structures.IrqFd;
import dev.skerry.execution.kvm.Structures.IrqLevel;
import dev.skerry.execution.kvm.Structures.Message;
import dev.skerry.execution.kvm.Structures.Msrs;
import dev.skerry.execution.kvm.Structures.PitConfig;
import dev.skerry.execution.kvm.Structures.Regs;
import dev.skerry.execution.kvm.Structures.Routing;
import dev.skerry.execution.kvm.Structures.Sregs;
import dev.skerry.execution.kvm.Structures.UserMemoryRegion;
import dev.skerry.platform.linux.Ioctl;

/**
 * KVM's requests by the names its documentation has, in three kinds: to the system, to a virtual
 * machine, to a virtual CPU. The numbers are part of the kernel's interface and never change.
 */
final class Request {
    private static final int KVM = 0xae;

    // To /dev/kvm.
    static final Ioctl GET_API_VERSION = Ioctl.plain("KVM_GET_API_VERSION", KVM, 0x00);
    static final Ioctl CREATE_VM = Ioctl.plain("KVM_CREATE_VM", KVM, 0x01);
    static final Ioctl GET_MSR_INDEX_LIST = Ioctl.bothWays("KVM_GET_MSR_INDEX_LIST", KVM, 0x02, 4);
    static final Ioctl CHECK_EXTENSION = Ioctl.plain("KVM_CHECK_EXTENSION", KVM, 0x03);
    static final Ioctl GET_VCPU_MMAP_SIZE = Ioctl.plain("KVM_GET_VCPU_MMAP_SIZE", KVM, 0x04);
    static final Ioctl GET_SUPPORTED_CPUID =
            Ioctl.bothWays("KVM_GET_SUPPORTED_CPUID", KVM, 0x05, Cpuid.BYTES);

    // To a virtual machine.
    static final Ioctl CREATE_VCPU = Ioctl.plain("KVM_CREATE_VCPU", KVM, 0x41);
    static final Ioctl GET_DIRTY_LOG =
            Ioctl.toKernel("KVM_GET_DIRTY_LOG", KVM, 0x42, GetDirtyLog.BYTES);
    static final Ioctl SET_USER_MEMORY_REGION =
            Ioctl.toKernel("KVM_SET_USER_MEMORY_REGION", KVM, 0x46, UserMemoryRegion.BYTES);
    static final Ioctl SET_TSS_ADDR = Ioctl.plain("KVM_SET_TSS_ADDR", KVM, 0x47);
    static final Ioctl SET_IDENTITY_MAP_ADDR =
            Ioctl.toKernel("KVM_SET_IDENTITY_MAP_ADDR", KVM, 0x48, 8);
    static final Ioctl CREATE_IRQCHIP = Ioctl.plain("KVM_CREATE_IRQCHIP", KVM, 0x60);
    static final Ioctl IRQ_LINE = Ioctl.toKernel("KVM_IRQ_LINE", KVM, 0x61, IrqLevel.BYTES);
    static final Ioctl GET_IRQCHIP = Ioctl.bothWays("KVM_GET_IRQCHIP", KVM, 0x62, IrqChip.BYTES);
    // The kernel's number says that it is read from the kernel, though it is not.
    static final Ioctl SET_IRQCHIP = Ioctl.fromKernel("KVM_SET_IRQCHIP", KVM, 0x63, IrqChip.BYTES);
    static final Ioctl REGISTER_COALESCED_MMIO =
            Ioctl.toKernel("KVM_REGISTER_COALESCED_MMIO", KVM, 0x67, CoalescedZone.BYTES);
    static final Ioctl UNREGISTER_COALESCED_MMIO =
            Ioctl.toKernel("KVM_UNREGISTER_COALESCED_MMIO", KVM, 0x68, CoalescedZone.BYTES);
    static final Ioctl SET_GSI_ROUTING =
            Ioctl.toKernel("KVM_SET_GSI_ROUTING", KVM, 0x6a, Routing.BYTES);
    static final Ioctl IRQFD = Ioctl.toKernel("KVM_IRQFD", KVM, 0x76, IrqFd.BYTES);
    static final Ioctl CREATE_PIT2 = Ioctl.toKernel("KVM_CREATE_PIT2", KVM, 0x77, PitConfig.BYTES);
    static final Ioctl IOEVENTFD = Ioctl.toKernel("KVM_IOEVENTFD", KVM, 0x79, IoEventFd.BYTES);
    static final Ioctl SET_CLOCK = Ioctl.toKernel("KVM_SET_CLOCK", KVM, 0x7b, ClockData.BYTES);
    static final Ioctl GET_CLOCK = Ioctl.fromKernel("KVM_GET_CLOCK", KVM, 0x7c, ClockData.BYTES);
    static final Ioctl GET_PIT2 = Ioctl.fromKernel("KVM_GET_PIT2", KVM, 0x9f, StateKind.PIT_BYTES);
    static final Ioctl SET_PIT2 = Ioctl.toKernel("KVM_SET_PIT2", KVM, 0xa0, StateKind.PIT_BYTES);
    static final Ioctl SIGNAL_MSI = Ioctl.toKernel("KVM_SIGNAL_MSI", KVM, 0xa5, Message.BYTES);

    // To a virtual CPU.
    static final Ioctl RUN = Ioctl.plain("KVM_RUN", KVM, 0x80);
    static final Ioctl GET_REGS = Ioctl.fromKernel("KVM_GET_REGS", KVM, 0x81, Regs.BYTES);
    static final Ioctl SET_REGS = Ioctl.toKernel("KVM_SET_REGS", KVM, 0x82, Regs.BYTES);
    static final Ioctl GET_SREGS = Ioctl.fromKernel("KVM_GET_SREGS", KVM, 0x83, Sregs.BYTES);
    static final Ioctl SET_SREGS = Ioctl.toKernel("KVM_SET_SREGS", KVM, 0x84, Sregs.BYTES);
    static final Ioctl GET_MSRS = Ioctl.bothWays("KVM_GET_MSRS", KVM, 0x88, Msrs.BYTES);
    static final Ioctl SET_MSRS = Ioctl.toKernel("KVM_SET_MSRS", KVM, 0x89, Msrs.BYTES);
    static final Ioctl SET_SIGNAL_MASK = Ioctl.toKernel("KVM_SET_SIGNAL_MASK", KVM, 0x8b, 4);
    static final Ioctl SET_CPUID2 = Ioctl.toKernel("KVM_SET_CPUID2", KVM, 0x90, Cpuid.BYTES);
    static final Ioctl NMI = Ioctl.plain("KVM_NMI", KVM, 0x9a);
    static final Ioctl GET_TSC_KHZ = Ioctl.plain("KVM_GET_TSC_KHZ", KVM, 0xa3);

    private Request() {}

    static Ioctl get(String name, int number, int sizeBytes) {
        return Ioctl.fromKernel("KVM_GET_" + name, KVM, number, sizeBytes);
    }

    static Ioctl set(String name, int number, int sizeBytes) {
        return Ioctl.toKernel("KVM_SET_" + name, KVM, number, sizeBytes);
    }
}
