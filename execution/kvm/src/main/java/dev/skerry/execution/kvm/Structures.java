package dev.skerry.execution.kvm;

/**
 * The kernel's structures that this module gives and takes, but for {@code kvm_run} ({@link RunPage})
 * and those that are only kept as bytes. One class for each, with the offsets of its fields in the
 * order they have there.
 */
final class Structures {
    private Structures() {}

    /** {@code kvm_userspace_memory_region}. */
    static final class UserMemoryRegion {
        private static final Layout L = new Layout("kvm_userspace_memory_region");
        static final int SLOT = L.u32();
        static final int FLAGS = L.u32();
        static final int GPA = L.u64();
        static final int SIZE_BYTES = L.u64();
        static final int HVA = L.u64();
        static final int BYTES = L.end(32);

        static final int LOG_DIRTY_PAGES = 1;
        static final int READ_ONLY = 2;

        private UserMemoryRegion() {}
    }

    /** {@code kvm_dirty_log}. */
    static final class GetDirtyLog {
        private static final Layout L = new Layout("kvm_dirty_log");
        static final int SLOT = L.u32();
        static final int PADDING = L.u32();
        static final int BITMAP_HVA = L.u64();
        static final int BYTES = L.end(16);

        private GetDirtyLog() {}
    }

    /** {@code kvm_irq_level}. */
    static final class IrqLevel {
        private static final Layout L = new Layout("kvm_irq_level");
        static final int GSI = L.u32();
        static final int LEVEL = L.u32();
        static final int BYTES = L.end(8);

        private IrqLevel() {}
    }

    /** {@code kvm_irqchip}: a chip's number and its state. */
    static final class IrqChip {
        private static final Layout L = new Layout("kvm_irqchip");
        static final int CHIP = L.u32();
        static final int PADDING = L.u32();
        static final int STATE = L.bytes(512);
        static final int BYTES = L.end(520);

        static final int FIRST_PIC = 0;
        static final int SECOND_PIC = 1;
        static final int IOAPIC = 2;
        static final int COUNT = 3;

        private IrqChip() {}
    }

    /** {@code kvm_pit_config}. */
    static final class PitConfig {
        private static final Layout L = new Layout("kvm_pit_config");
        static final int FLAGS = L.u32();
        static final int PADDING = L.bytes(60);
        static final int BYTES = L.end(64);

        /** The kernel answers port 0x61 too. */
        static final int SPEAKER_PORT = 1;

        private PitConfig() {}
    }

    /** {@code kvm_irq_routing_entry}: one pin or message a GSI leads to. */
    static final class RoutingEntry {
        private static final Layout L = new Layout("kvm_irq_routing_entry");
        static final int GSI = L.u32();
        static final int TYPE = L.u32();
        static final int FLAGS = L.u32();
        static final int PADDING = L.u32();

        /** Of a pin: chip, pin. Of a message: address low, high, data. */
        static final int FIRST = L.u32();

        static final int SECOND = L.u32();
        static final int THIRD = L.u32();
        static final int REST = L.bytes(20);
        static final int BYTES = L.end(48);

        static final int PIN = 1;
        static final int MESSAGE = 2;

        private RoutingEntry() {}
    }

    /** The head of {@code kvm_irq_routing}, before its entries. */
    static final class Routing {
        private static final Layout L = new Layout("kvm_irq_routing");
        static final int COUNT = L.u32();
        static final int FLAGS = L.u32();
        static final int BYTES = L.end(8);

        private Routing() {}
    }

    /** {@code kvm_irqfd}. */
    static final class IrqFd {
        private static final Layout L = new Layout("kvm_irqfd");
        static final int FD = L.u32();
        static final int GSI = L.u32();
        static final int FLAGS = L.u32();
        static final int RESAMPLE_FD = L.u32();
        static final int PADDING = L.bytes(16);
        static final int BYTES = L.end(32);

        static final int DEASSIGN = 1;
        static final int RESAMPLE = 2;

        private IrqFd() {}
    }

    /** {@code kvm_ioeventfd}. */
    static final class IoEventFd {
        private static final Layout L = new Layout("kvm_ioeventfd");
        static final int DATA_MATCH = L.u64();
        static final int ADDRESS = L.u64();
        static final int LENGTH = L.u32();
        static final int FD = L.u32();
        static final int FLAGS = L.u32();
        static final int PADDING = L.bytes(36);
        static final int BYTES = L.end(64);

        static final int MATCH = 1;
        static final int PORT = 2;
        static final int DEASSIGN = 4;

        private IoEventFd() {}
    }

    /** {@code kvm_msi}. */
    static final class Message {
        private static final Layout L = new Layout("kvm_msi");
        static final int ADDRESS_LOW = L.u32();
        static final int ADDRESS_HIGH = L.u32();
        static final int DATA = L.u32();
        static final int FLAGS = L.u32();
        static final int DEVICE = L.u32();
        static final int PADDING = L.bytes(12);
        static final int BYTES = L.end(32);

        private Message() {}
    }

    /** {@code kvm_coalesced_mmio_zone}. */
    static final class CoalescedZone {
        private static final Layout L = new Layout("kvm_coalesced_mmio_zone");
        static final int ADDRESS = L.u64();
        static final int SIZE_BYTES = L.u32();
        static final int PORT = L.u32();
        static final int BYTES = L.end(16);

        private CoalescedZone() {}
    }

    /** {@code kvm_coalesced_mmio}: one write that waits in the ring. */
    static final class CoalescedWrite {
        private static final Layout L = new Layout("kvm_coalesced_mmio");
        static final int ADDRESS = L.u64();
        static final int LENGTH = L.u32();
        static final int PORT = L.u32();
        static final int DATA = L.u64();
        static final int BYTES = L.end(24);

        private CoalescedWrite() {}
    }

    /** The head of {@code kvm_coalesced_mmio_ring}. */
    static final class CoalescedRing {
        private static final Layout L = new Layout("kvm_coalesced_mmio_ring");
        static final int FIRST = L.u32();
        static final int LAST = L.u32();
        static final int BYTES = L.end(8);

        private CoalescedRing() {}
    }

    /** {@code kvm_clock_data}. */
    static final class ClockData {
        private static final Layout L = new Layout("kvm_clock_data");
        static final int CLOCK_NS = L.u64();
        static final int FLAGS = L.u32();
        static final int PADDING = L.u32();
        static final int REAL_TIME = L.u64();
        static final int HOST_TSC = L.u64();
        static final int MORE_PADDING = L.bytes(16);
        static final int BYTES = L.end(48);

        private ClockData() {}
    }

    /** {@code kvm_cpuid_entry2}. */
    static final class CpuidEntry {
        private static final Layout L = new Layout("kvm_cpuid_entry2");
        static final int FUNCTION = L.u32();
        static final int INDEX = L.u32();
        static final int FLAGS = L.u32();
        static final int EAX = L.u32();
        static final int EBX = L.u32();
        static final int ECX = L.u32();
        static final int EDX = L.u32();
        static final int PADDING = L.bytes(12);
        static final int BYTES = L.end(40);

        private CpuidEntry() {}
    }

    /** The head of {@code kvm_cpuid2}, before its entries. */
    static final class Cpuid {
        private static final Layout L = new Layout("kvm_cpuid2");
        static final int COUNT = L.u32();
        static final int PADDING = L.u32();
        static final int BYTES = L.end(8);

        private Cpuid() {}
    }

    /** {@code kvm_msr_entry}. */
    static final class MsrEntry {
        private static final Layout L = new Layout("kvm_msr_entry");
        static final int INDEX = L.u32();
        static final int RESERVED = L.u32();
        static final int DATA = L.u64();
        static final int BYTES = L.end(16);

        private MsrEntry() {}
    }

    /** The head of {@code kvm_msrs}, before its entries. */
    static final class Msrs {
        private static final Layout L = new Layout("kvm_msrs");
        static final int COUNT = L.u32();
        static final int PADDING = L.u32();
        static final int BYTES = L.end(8);

        private Msrs() {}
    }

    /** {@code kvm_regs}. */
    static final class Regs {
        private static final Layout L = new Layout("kvm_regs");
        static final int RAX = L.u64();
        static final int RBX = L.u64();
        static final int RCX = L.u64();
        static final int RDX = L.u64();
        static final int RSI = L.u64();
        static final int RDI = L.u64();
        static final int RSP = L.u64();
        static final int RBP = L.u64();

        /** R8 to R15. */
        static final int R8 = L.bytes(64);

        static final int RIP = L.u64();
        static final int RFLAGS = L.u64();
        static final int BYTES = L.end(144);

        private Regs() {}
    }

    /** {@code kvm_segment}. */
    static final class SegmentRegister {
        private static final Layout L = new Layout("kvm_segment");
        static final int BASE = L.u64();
        static final int LIMIT = L.u32();
        static final int SELECTOR = L.u16();
        static final int TYPE = L.u8();
        static final int PRESENT = L.u8();
        static final int DPL = L.u8();
        static final int DB = L.u8();
        static final int S = L.u8();
        static final int L_BIT = L.u8();
        static final int G = L.u8();
        static final int AVL = L.u8();
        static final int UNUSABLE = L.u8();
        static final int PADDING = L.u8();
        static final int BYTES = L.end(24);

        private SegmentRegister() {}
    }

    /** {@code kvm_sregs}. */
    static final class Sregs {
        private static final Layout L = new Layout("kvm_sregs");
        static final int CS = L.bytes(SegmentRegister.BYTES);
        static final int DS = L.bytes(SegmentRegister.BYTES);
        static final int ES = L.bytes(SegmentRegister.BYTES);
        static final int FS = L.bytes(SegmentRegister.BYTES);
        static final int GS = L.bytes(SegmentRegister.BYTES);
        static final int SS = L.bytes(SegmentRegister.BYTES);
        static final int TR = L.bytes(SegmentRegister.BYTES);
        static final int LDT = L.bytes(SegmentRegister.BYTES);

        /** {@code kvm_dtable}: base, limit in 16 bits, padding. */
        static final int GDT_BASE = L.u64();

        static final int GDT_LIMIT = L.u64();
        static final int IDT_BASE = L.u64();
        static final int IDT_LIMIT = L.u64();
        static final int CR0 = L.u64();
        static final int CR2 = L.u64();
        static final int CR3 = L.u64();
        static final int CR4 = L.u64();
        static final int CR8 = L.u64();
        static final int EFER = L.u64();
        static final int APIC_BASE = L.u64();
        static final int INTERRUPT_BITMAP = L.bytes(32);
        static final int BYTES = L.end(312);

        private Sregs() {}
    }
}
