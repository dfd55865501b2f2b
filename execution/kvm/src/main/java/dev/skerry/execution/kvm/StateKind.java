package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.Structures.Regs;
import dev.skerry.execution.kvm.Structures.Sregs;
import dev.skerry.platform.linux.Ioctl;

/**
 * The parts of a virtual CPU's state that KVM gives and takes as one structure each, in the order in
 * which they are put back: the APIC's base, in the special registers, before the APIC; events, which
 * override what the others imply, last. Between {@link #LAPIC} and {@link #MP_STATE} come the MSRs,
 * whose deadline timer needs the APIC.
 */
enum StateKind {
    SREGS("SREGS", 0x83, 0x84, Sregs.BYTES),
    REGS("REGS", 0x81, 0x82, Regs.BYTES),
    /** {@code kvm_xcrs}: two words, 16 entries of 16 bytes, 16 words of padding. */
    XCRS("XCRS", 0xa6, 0xa7, 8 + 16 * 16 + 16 * 8),
    /**
     * {@code kvm_xsave}, x87 and SSE included. It is longer only for a process that asked for
     * dynamic features by arch_prctl(2).
     */
    XSAVE("XSAVE", 0xa4, 0xa5, 4096),
    /** {@code kvm_debugregs}: DR0 to DR3, DR6, DR7, flags, nine words of padding. */
    DEBUGREGS("DEBUGREGS", 0xa1, 0xa2, 16 * 8),
    /** {@code kvm_lapic_state}: the registers' page up to 0x400. */
    LAPIC("LAPIC", 0x8e, 0x8f, 0x400),
    MP_STATE("MP_STATE", 0x98, 0x99, 4),
    /** {@code kvm_vcpu_events}. */
    EVENTS("VCPU_EVENTS", 0x9f, 0xa0, 64);

    /** {@code kvm_pit_state2}: three channels of 24 bytes, flags, nine words of padding. */
    static final int PIT_BYTES = 3 * 24 + 4 + 9 * 4;

    final Ioctl get;
    final Ioctl set;
    final int sizeBytes;

    StateKind(String name, int getNumber, int setNumber, int sizeBytes) {
        this.sizeBytes = sizeBytes;
        get = Request.get(name, getNumber, sizeBytes);
        set = Request.set(name, setNumber, sizeBytes);
    }
}
