package dev.skerry.execution.x86;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Segment;

/**
 * A CPU's registers from outside. Only while the CPU does not run. Setting them checks nothing: a
 * combination that no program can reach has no meaning.
 */
public final class CpuRegisters {
    /** Segment registers, by number. */
    public enum SegmentName {
        ES,
        CS,
        SS,
        DS,
        FS,
        GS,
        LDTR,
        TR
    }

    private final Core core;
    private final CpuState s;

    CpuRegisters(Core core) {
        this.core = core;
        s = core.state;
    }

    /** @param number 0 to 15: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15 */
    public long general(int number) {
        return s.gpr[checked(number)];
    }

    public void setGeneral(int number, long value) {
        s.gpr[checked(number)] = value;
    }

    private static int checked(int number) {
        if (number < 0 || number > 15) {
            throw new IllegalArgumentException("general register " + number);
        }
        return number;
    }

    public long rip() {
        return s.rip;
    }

    public void setRip(long value) {
        s.rip = value;
    }

    public long rflags() {
        return s.rflags();
    }

    public void setRflags(long value) {
        s.setRflags(value);
        CpuPlatform.settle(core);
    }

    /** CR0, CR2, CR3 or CR4. */
    public long control(int number) {
        return switch (number) {
            case 0 -> s.cr0;
            case 2 -> s.cr2;
            case 3 -> s.cr3;
            case 4 -> s.cr4;
            default -> throw new IllegalArgumentException("control register " + number);
        };
    }

    public void setControl(int number, long value) {
        switch (number) {
            case 0 -> s.cr0 = value;
            case 2 -> s.cr2 = value;
            case 3 -> s.cr3 = value;
            case 4 -> s.cr4 = value;
            default -> throw new IllegalArgumentException("control register " + number);
        }
        CpuPlatform.settle(core);
    }

    public long efer() {
        return s.efer;
    }

    /** Sets EFER, with LMA: there is no mode switch to set it. */
    public void setEfer(long value) {
        s.efer = value;
        CpuPlatform.settle(core);
    }

    /** The privilege level is the DPL of SS. */
    public int privilege() {
        return s.cpl;
    }

    public int selector(SegmentName name) {
        return segment(name).selector;
    }

    public long base(SegmentName name) {
        return segment(name).base;
    }

    /** In bytes, granularity applied: the last offset. */
    public long limit(SegmentName name) {
        return segment(name).limit;
    }

    /** See {@link #setSegment}. */
    public int attributes(SegmentName name) {
        return segment(name).attributes;
    }

    /**
     * Sets a segment register with its hidden part.
     *
     * @param limit in bytes, the last offset
     * @param attributes bits 8 to 23 of a descriptor's second word, shifted down by 8; the limit's
     *     bits among them are zero. 0xa09b is 64-bit code, 0xc09b 32-bit code, 0xc093 data
     */
    public void setSegment(SegmentName name, int selector, long base, long limit, int attributes) {
        segment(name).set(selector, base, limit, attributes);
        if (name == SegmentName.SS) {
            s.cpl = segment(name).dpl();
        }
        CpuPlatform.settle(core);
    }

    private Segment segment(SegmentName name) {
        return switch (name) {
            case LDTR -> s.ldtr;
            case TR -> s.tr;
            default -> s.segments[name.ordinal()];
        };
    }

    public void setGdt(long base, int limit) {
        s.gdtrBase = base;
        s.gdtrLimit = limit;
    }

    public void setIdt(long base, int limit) {
        s.idtrBase = base;
        s.idtrLimit = limit;
    }

    public long gdtBase() {
        return s.gdtrBase;
    }

    public long idtBase() {
        return s.idtrBase;
    }

    public boolean isHalted() {
        return s.halted;
    }

    /** Whether it waits for another CPU to start it. */
    public boolean isWaitingForStartup() {
        return s.waitingForStartup;
    }
}
