package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/** Control and debug registers. Intel SDM 3A, sections 2.5, 2.6, 9.8.5, 18.2; 2, MOV. */
public final class ControlRegisters {
    private static final long CR0_KNOWN =
            Control.CR0_PE
                    | Control.CR0_MP
                    | Control.CR0_EM
                    | Control.CR0_TS
                    | Control.CR0_ET
                    | Control.CR0_NE
                    | Control.CR0_WP
                    | Control.CR0_AM
                    | Control.CR0_NW
                    | Control.CR0_CD
                    | Control.CR0_PG;

    /** Every CR4 bit of a feature that can be announced. VME and PVI are not. */
    private static final long CR4_KNOWN =
            Control.CR4_TSD
                    | Control.CR4_DE
                    | Control.CR4_PSE
                    | Control.CR4_PAE
                    | Control.CR4_MCE
                    | Control.CR4_PGE
                    | Control.CR4_PCE
                    | Control.CR4_OSFXSR
                    | Control.CR4_OSXMMEXCPT
                    | Control.CR4_FSGSBASE
                    | Control.CR4_PCIDE
                    | Control.CR4_OSXSAVE
                    | Control.CR4_SMEP
                    | Control.CR4_SMAP;

    /** A change of one of these drops all translations. */
    private static final long CR4_FLUSHES =
            Control.CR4_PSE
                    | Control.CR4_PAE
                    | Control.CR4_PGE
                    | Control.CR4_PCIDE
                    | Control.CR4_SMEP
                    | Control.CR4_SMAP;

    private static final long XCR0_KNOWN = 3;
    private static final long DR6_FIXED = 0xffff_0ff0L;
    private static final long DR7_FIXED = 1 << 10;
    private static final long DR7_GD = 1 << 13;
    private static final long DR7_ENABLES = 0xff;
    private static final long DR6_BD = 1 << 13;

    private ControlRegisters() {}

    static void execute(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.op) {
            case MOV_FROM_CR -> {
                SystemSemantics.checkPrivileged(s);
                Registers.set(s, in.a, in.size, read(c, in.b));
            }
            case MOV_TO_CR -> {
                SystemSemantics.checkPrivileged(s);
                write(c, in.a, Registers.zeroExtend(s.gpr[in.b], in.size));
            }
            case MOV_FROM_DR -> Registers.set(s, in.a, in.size, s.dr[debugRegister(s, in.b)]);
            case MOV_TO_DR -> {
                int n = debugRegister(s, in.a);
                writeDebug(c, n, Registers.zeroExtend(s.gpr[in.b], in.size));
            }
            case SMSW -> {
                if (in.form == Form.R) {
                    Registers.set(s, in.a, in.size, s.cr0);
                } else {
                    Operand.store(c, in, 2, s.cr0);
                }
            }
            case LMSW -> {
                SystemSemantics.checkPrivileged(s);
                // It can set PE but not clear it.
                long low = Operand.source(c, in, 2) & 0xf | s.cr0 & Control.CR0_PE;
                setCr0(c, s.cr0 & ~0xfL | low);
            }
            case CLTS -> {
                SystemSemantics.checkPrivileged(s);
                s.cr0 &= ~Control.CR0_TS;
            }
            default -> xsetbv(s);
        }
    }

    private static long read(Core c, int n) {
        CpuState s = c.state;
        return switch (n) {
            case 0 -> s.cr0;
            case 2 -> s.cr2;
            case 3 -> s.cr3;
            case 4 -> s.cr4;
            case 8 -> c.platform.taskPriority();
            default -> throw s.fault(GuestFault.UD);
        };
    }

    private static void write(Core c, int n, long value) {
        CpuState s = c.state;
        switch (n) {
            case 0 -> setCr0(c, value);
            case 2 -> s.cr2 = value;
            case 3 -> setCr3(c, value);
            case 4 -> setCr4(c, value);
            case 8 -> {
                if (value >>> 4 != 0) {
                    throw s.fault(GuestFault.GP, 0);
                }
                c.platform.setTaskPriority((int) value);
            }
            default -> throw s.fault(GuestFault.UD);
        }
    }

    private static void setCr0(Core c, long wanted) {
        CpuState s = c.state;
        long value = wanted & (CR0_KNOWN | ~0xffff_ffffL) | Control.CR0_ET;
        boolean paging = (value & Control.CR0_PG) != 0;
        boolean wrong =
                value >>> 32 != 0
                        || paging && (value & Control.CR0_PE) == 0
                        || (value & (Control.CR0_NW | Control.CR0_CD)) == Control.CR0_NW
                        || !paging && s.is64()
                        || !paging && (s.cr4 & Control.CR4_PCIDE) != 0;
        if (wrong) {
            throw s.fault(GuestFault.GP, 0);
        }
        long changed = value ^ s.cr0;
        if ((changed & Control.CR0_PG) != 0) {
            switchPaging(c, paging);
        }
        s.cr0 = value;
        if ((changed & (Control.CR0_PG | Control.CR0_PE | Control.CR0_WP)) != 0) {
            c.mmu.flush();
        }
        s.updateMode();
        c.mmu.updatePrivilege();
    }

    private static void switchPaging(Core c, boolean on) {
        CpuState s = c.state;
        if (!on) {
            s.efer &= ~Control.EFER_LMA;
            return;
        }
        if ((s.efer & Control.EFER_LME) != 0) {
            boolean bigCode = s.segments[Segment.CS].has(Segment.LONG);
            if ((s.cr4 & Control.CR4_PAE) == 0 || bigCode) {
                throw s.fault(GuestFault.GP, 0);
            }
            s.efer |= Control.EFER_LMA;
        } else if ((s.cr4 & Control.CR4_PAE) != 0) {
            loadPdptes(c, s.cr3);
        }
    }

    /** Reads the four top entries of PAE paging; none is taken if one has a reserved bit. */
    private static void loadPdptes(Core c, long cr3) {
        CpuState s = c.state;
        long table = cr3 & 0xffff_ffe0L;
        long[] entries = new long[4];
        for (int i = 0; i < 4; i++) {
            entries[i] = c.mmu.readPhysical(table + 8 * i);
            boolean reserved = (entries[i] & (0x1e6 | -1L << 40)) != 0;
            if ((entries[i] & 1) != 0 && reserved) {
                throw s.fault(GuestFault.GP, 0);
            }
        }
        System.arraycopy(entries, 0, s.pdpte, 0, 4);
    }

    private static boolean isPae(CpuState s) {
        return (s.cr0 & Control.CR0_PG) != 0 && (s.cr4 & Control.CR4_PAE) != 0 && !s.isLongMode();
    }

    private static void setCr3(Core c, long wanted) {
        CpuState s = c.state;
        long value = wanted;
        if (s.isLongMode()) {
            boolean pcid = (s.cr4 & Control.CR4_PCIDE) != 0;
            // Bit 63 asks to keep translations of the PCID; they may be dropped all the same.
            value = pcid ? value & Long.MAX_VALUE : value;
            if ((value & -1L << 40) != 0) {
                throw s.fault(GuestFault.GP, 0);
            }
        } else if (isPae(s)) {
            loadPdptes(c, value);
        }
        s.cr3 = value;
        c.mmu.flushLocal();
    }

    private static void setCr4(Core c, long value) {
        CpuState s = c.state;
        long changed = value ^ s.cr4;
        boolean wrong =
                (value & ~CR4_KNOWN) != 0
                        || s.isLongMode() && (value & Control.CR4_PAE) == 0
                        || (changed & value & Control.CR4_PCIDE) != 0
                                && (!s.isLongMode() || (s.cr3 & 0xfff) != 0);
        if (wrong) {
            throw s.fault(GuestFault.GP, 0);
        }
        long before = s.cr4;
        s.cr4 = value;
        if (isPae(s) && (changed & (Control.CR4_PAE | Control.CR4_PGE | Control.CR4_PSE)) != 0) {
            try {
                loadPdptes(c, s.cr3);
            } catch (GuestFault fault) {
                s.cr4 = before;
                throw fault;
            }
        }
        if ((changed & CR4_FLUSHES) != 0) {
            c.mmu.flush();
        }
        c.mmu.updatePrivilege();
    }

    private static int debugRegister(CpuState s, int n) {
        if (n > 7 || (n == 4 || n == 5) && (s.cr4 & Control.CR4_DE) != 0) {
            throw s.fault(GuestFault.UD);
        }
        SystemSemantics.checkPrivileged(s);
        if ((s.dr[7] & DR7_GD) != 0) {
            s.dr[7] &= ~DR7_GD;
            s.dr[6] |= DR6_BD;
            throw s.fault(GuestFault.DB);
        }
        return n == 4 || n == 5 ? n + 2 : n;
    }

    private static void writeDebug(Core c, int n, long value) {
        CpuState s = c.state;
        if (n >= 6 && value >>> 32 != 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        s.dr[n] =
                switch (n) {
                    case 6 -> value & 0xe00f | DR6_FIXED;
                    case 7 -> value & 0xffff_2bffL | DR7_FIXED;
                    default -> value;
                };
        boolean before = s.debugArmed;
        s.debugArmed = (s.dr[7] & DR7_ENABLES) != 0;
        if (before || s.debugArmed) {
            // Pages with data breakpoints are not to be in the TLB.
            c.mmu.flush();
        }
    }

    private static void xsetbv(CpuState s) {
        SystemSemantics.checkXsave(s);
        SystemSemantics.checkPrivileged(s);
        long value = s.gpr[CpuState.RAX] & 0xffff_ffffL | s.gpr[CpuState.RDX] << 32;
        if ((int) s.gpr[CpuState.RCX] != 0 || (value & 1) == 0 || (value & ~XCR0_KNOWN) != 0) {
            throw s.fault(GuestFault.GP, 0);
        }
        s.xcr0 = value;
    }
}
