package dev.skerry.execution.x86.msr;

import dev.skerry.execution.x86.apic.LocalApic;
import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.model.CpuFeature;
import dev.skerry.execution.x86.model.CpuModel;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;
import dev.skerry.execution.x86.time.TimeStamp;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** One CPU's model-specific registers. Owned by the vCPU's thread. */
public final class Msrs {
    private static final int LIMIT_CPUID = 1 << 22;
    private static final int FAST_STRINGS = 1;

    /** Memory types: UC, WC, WT, WP, WB; PAT also has UC- (7). Intel SDM 3A, table 13-10. */
    private static final int MTRR_TYPES = 1 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6;

    private final CpuModel model;
    private final LocalApic apic;
    private final TimeStamp timeStamp;
    private final long[] values = new long[Msr.COUNT];

    public Msrs(CpuModel model, LocalApic apic, TimeStamp timeStamp) {
        this.model = model;
        this.apic = apic;
        this.timeStamp = timeStamp;
        reset();
    }

    /** Power-on, for those that are not part of {@link CpuState}. */
    public void reset() {
        for (Msr msr : Msr.values()) {
            for (int i = 0; i < msr.count; i++) {
                values[msr.slot(msr.number + i)] = msr.reset;
            }
        }
    }

    /** Whether CPUID is to stop at leaf 2. */
    public boolean limitsCpuid() {
        return (values[Msr.MISC_ENABLE.slot(Msr.MISC_ENABLE.number)] & LIMIT_CPUID) != 0;
    }

    /** RDMSR; throws #GP(0) for one that does not exist. */
    public long read(Core core, int number) {
        CpuState s = core.state;
        if (number >= LocalApic.FIRST_MSR && number <= LocalApic.LAST_MSR) {
            if (!apic.isReadable(number)) {
                throw s.fault(GuestFault.GP, 0);
            }
            return apic.readMsr(number);
        }
        Msr msr = Msr.of(number);
        if (msr == null || msr.access == Msr.Access.WRITE || !isThere(msr)) {
            throw s.fault(GuestFault.GP, 0);
        }
        return switch (msr) {
            case TIME_STAMP_COUNTER -> timeStamp.now();
            case APIC_BASE -> apic.base();
            case TSC_ADJUST -> timeStamp.adjustment();
            case TSC_DEADLINE -> apic.deadline();
            case SYSENTER_CS -> s.sysenterCs;
            case SYSENTER_ESP -> s.sysenterEsp;
            case SYSENTER_EIP -> s.sysenterEip;
            case EFER -> s.efer;
            case STAR -> s.star;
            case LSTAR -> s.lstar;
            case CSTAR -> s.cstar;
            case SFMASK -> s.sfmask;
            case FS_BASE -> s.segments[Segment.FS].base;
            case GS_BASE -> s.segments[Segment.GS].base;
            case KERNEL_GS_BASE -> s.kernelGsBase;
            case TSC_AUX -> s.tscAux;
            default -> values[msr.slot(number)];
        };
    }

    /** WRMSR; throws #GP(0) for one that does not exist or is read-only, and for bad values. */
    public void write(Core core, int number, long value) {
        CpuState s = core.state;
        if (number >= LocalApic.FIRST_MSR && number <= LocalApic.LAST_MSR) {
            require(s, apic.writeMsr(number, value));
            return;
        }
        Msr msr = Msr.of(number);
        require(s, msr != null && msr.access != Msr.Access.READ && isThere(msr));
        require(s, (value & ~msr.writable) == 0);
        switch (msr) {
            case TIME_STAMP_COUNTER -> {
                timeStamp.set(value);
                apic.timeStampChanged();
            }
            case TSC_ADJUST -> {
                timeStamp.setAdjustment(value);
                apic.timeStampChanged();
            }
            case APIC_BASE -> require(s, apic.setBase(value));
            case TSC_DEADLINE -> apic.setDeadline(value);
            case BIOS_UPDATE_TRIGGER, BIOS_SIGNATURE_ID -> {
                // Accepted: there is no microcode.
            }
            case MISC_ENABLE -> setMiscEnable(value);
            case PAT -> {
                require(s, areTypes(value, MTRR_TYPES | 1 << 7));
                values[msr.slot(number)] = value;
            }
            case MTRR_VARIABLE, MTRR_FIXED_64K, MTRR_FIXED_16K, MTRR_FIXED_4K, MTRR_DEFAULT -> {
                require(s, isMtrr(msr, number, value));
                values[msr.slot(number)] = value;
            }
            case EFER -> setEfer(core, value);
            default -> writeState(s, msr, number, value);
        }
    }

    /** Those that instructions use, and those that only keep their value. */
    private void writeState(CpuState s, Msr msr, int number, long value) {
        switch (msr) {
            case SYSENTER_CS -> s.sysenterCs = value;
            case SYSENTER_ESP -> s.sysenterEsp = canonical(s, value);
            case SYSENTER_EIP -> s.sysenterEip = canonical(s, value);
            case STAR -> s.star = value;
            case LSTAR -> s.lstar = canonical(s, value);
            case CSTAR -> s.cstar = canonical(s, value);
            case SFMASK -> s.sfmask = value;
            case FS_BASE -> s.segments[Segment.FS].base = canonical(s, value);
            case GS_BASE -> s.segments[Segment.GS].base = canonical(s, value);
            case KERNEL_GS_BASE -> s.kernelGsBase = canonical(s, value);
            case TSC_AUX -> s.tscAux = value;
            default -> values[msr.slot(number)] = value;
        }
    }

    private static void require(CpuState s, boolean holds) {
        if (!holds) {
            throw s.fault(GuestFault.GP, 0);
        }
    }

    private static long canonical(CpuState s, long gva) {
        int spare = 64 - CpuModel.LINEAR_BITS;
        require(s, gva << spare >> spare == gva);
        return gva;
    }

    /** Whether the model has what a register belongs to. */
    private boolean isThere(Msr msr) {
        return switch (msr) {
            case TSC_ADJUST -> model.has(CpuFeature.TSC_ADJUST);
            case TSC_DEADLINE -> model.has(CpuFeature.TSC_DEADLINE);
            case ARCH_CAPABILITIES -> model.has(CpuFeature.ARCH_CAPABILITIES);
            case TSC_AUX -> model.has(CpuFeature.RDTSCP);
            case MTRR_CAPABILITIES,
                    MTRR_VARIABLE,
                    MTRR_FIXED_64K,
                    MTRR_FIXED_16K,
                    MTRR_FIXED_4K,
                    MTRR_DEFAULT ->
                    model.has(CpuFeature.MTRR);
            default -> true;
        };
    }

    /** Other bits belong to parts of a CPU that are not here: they keep their value. */
    private void setMiscEnable(long value) {
        int slot = Msr.MISC_ENABLE.slot(Msr.MISC_ENABLE.number);
        long mine = FAST_STRINGS | LIMIT_CPUID;
        values[slot] = values[slot] & ~mine | value & mine;
    }

    private static boolean areTypes(long value, int allowed) {
        for (int i = 0; i < 64; i += 8) {
            if (!isType((int) (value >>> i) & 0xff, allowed)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isType(int type, int allowed) {
        return type < 8 && (allowed >>> type & 1) != 0;
    }

    /** Intel SDM 3A, section 13.11.2. What they say has no effect: all memory is coherent. */
    private static boolean isMtrr(Msr msr, int number, long value) {
        long address = (1L << CpuModel.PHYSICAL_BITS) - 4096;
        return switch (msr) {
            case MTRR_DEFAULT -> isType((int) value & 0xff, MTRR_TYPES);
            case MTRR_VARIABLE ->
                    (number & 1) == 0
                            ? (value & ~(address | 0xff)) == 0
                                    && isType((int) value & 0xff, MTRR_TYPES)
                            : (value & ~(address | 1 << 11)) == 0;
            default -> areTypes(value, MTRR_TYPES);
        };
    }

    /** Intel SDM 3A, section 2.2.1. */
    private void setEfer(Core core, long value) {
        CpuState s = core.state;
        long known = Control.EFER_LME | Control.EFER_LMA;
        known |= model.has(CpuFeature.SYSCALL) ? Control.EFER_SCE : 0;
        known |= model.has(CpuFeature.NX) ? Control.EFER_NXE : 0;
        require(s, (value & ~known) == 0);
        long changed = value ^ s.efer;
        // Long mode is entered and left by paging: LME is fixed while paging is on.
        require(s, (changed & Control.EFER_LME) == 0 || (s.cr0 & Control.CR0_PG) == 0);
        s.efer = value & ~Control.EFER_LMA | s.efer & Control.EFER_LMA;
        if ((changed & Control.EFER_NXE) != 0) {
            core.mmu.flush();
        }
        s.updateMode();
    }

    /** Writes those that are not part of {@link CpuState}, the APIC or the time stamp. */
    public void save(DataOutput out) throws IOException {
        out.writeInt(values.length);
        for (long value : values) {
            out.writeLong(value);
        }
    }

    /** Takes back what {@link #save} wrote. */
    public void restore(DataInput in) throws IOException {
        int count = in.readInt();
        if (count != values.length) {
            throw new IOException(count + " model-specific registers, not " + values.length);
        }
        for (int i = 0; i < count; i++) {
            values[i] = in.readLong();
        }
    }
}
