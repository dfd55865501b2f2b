package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/** System instructions. Intel SDM 3A, chapter 2; 2, by instruction. */
public final class SystemSemantics {
    private SystemSemantics() {}

    public static void execute(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.op) {
            case CLI -> {
                checkIopl(s);
                s.systemFlags &= ~Eflags.IF;
            }
            case STI -> {
                checkIopl(s);
                s.interruptShadow = (s.systemFlags & Eflags.IF) == 0;
                s.systemFlags |= Eflags.IF;
            }
            case HLT -> {
                checkPrivileged(s);
                s.halted = true;
            }
            case PAUSE -> c.platform.pause();
            case IN -> {
                int port = port(s, in);
                checkPort(c, port, in.size);
                Registers.set(s, CpuState.RAX, in.size, c.ports.read(port, in.size));
            }
            case OUT -> {
                int port = port(s, in);
                checkPort(c, port, in.size);
                c.ports.write(port, in.size, Registers.zeroExtend(s.gpr[CpuState.RAX], in.size));
            }
            case MOV_FROM_CR, MOV_TO_CR, MOV_FROM_DR, MOV_TO_DR, SMSW, LMSW, CLTS, XSETBV ->
                    ControlRegisters.execute(c, in);
            case SGDT -> storeTable(c, in, s.gdtrBase, s.gdtrLimit);
            case SIDT -> storeTable(c, in, s.idtrBase, s.idtrLimit);
            case LGDT, LIDT -> loadTable(c, in);
            case INVLPG -> {
                checkPrivileged(s);
                long offset = Address.effective(s, in);
                c.mmu.flushPage(
                        s.is64() && in.segment < Segment.FS
                                ? offset
                                : linear(s, s.segments[in.segment].base + offset));
            }
            case INVPCID -> invpcid(c, in);
            case INVD, WBINVD -> checkPrivileged(s);
            case CLFLUSH -> c.mmu.probeRead(Address.linear(s, in, 1, Mmu.READ));
            default -> registers(c, in);
        }
    }

    private static long linear(CpuState s, long address) {
        return s.is64() ? address : address & 0xffff_ffffL;
    }

    private static void registers(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.op) {
            case RDMSR -> {
                checkPrivileged(s);
                setPair(s, c.platform.readMsr(c, (int) s.gpr[CpuState.RCX]));
            }
            case WRMSR -> {
                checkPrivileged(s);
                long value = s.gpr[CpuState.RAX] & 0xffff_ffffL | s.gpr[CpuState.RDX] << 32;
                c.platform.writeMsr(c, (int) s.gpr[CpuState.RCX], value);
            }
            case RDTSC -> {
                checkTimeStamp(s);
                setPair(s, c.platform.timeStamp());
            }
            case RDTSCP -> {
                checkTimeStamp(s);
                setPair(s, c.platform.timeStamp());
                s.gpr[CpuState.RCX] = s.tscAux & 0xffff_ffffL;
            }
            // No performance counters.
            case RDPMC -> throw s.fault(GuestFault.GP, 0);
            case CPUID -> c.platform.cpuid(c);
            case SWAPGS -> {
                checkPrivileged(s);
                long base = s.segments[Segment.GS].base;
                s.segments[Segment.GS].base = s.kernelGsBase;
                s.kernelGsBase = base;
            }
            case CLAC, STAC -> accessControl(c, in);
            case XGETBV -> {
                checkXsave(s);
                if ((int) s.gpr[CpuState.RCX] != 0) {
                    throw s.fault(GuestFault.GP, 0);
                }
                setPair(s, s.xcr0);
            }
            case RDFSBASE -> Registers.set(s, in.a, in.size, base(s, Segment.FS).base);
            case RDGSBASE -> Registers.set(s, in.a, in.size, base(s, Segment.GS).base);
            case WRFSBASE -> setBase(s, in, Segment.FS);
            case WRGSBASE -> setBase(s, in, Segment.GS);
            case RDRAND -> {
                Registers.set(s, in.a, in.size, c.platform.random());
                Flags.set(s, Eflags.CF);
            }
            // There is no system management mode.
            default -> throw s.fault(GuestFault.UD);
        }
    }

    static void checkPrivileged(CpuState s) {
        if (s.cpl != 0) {
            throw s.fault(GuestFault.GP, 0);
        }
    }

    private static void checkIopl(CpuState s) {
        if (s.isProtected() && s.cpl > (s.systemFlags >>> Eflags.IOPL_SHIFT & 3)) {
            throw s.fault(GuestFault.GP, 0);
        }
    }

    private static void checkTimeStamp(CpuState s) {
        if ((s.cr4 & Control.CR4_TSD) != 0 && s.cpl != 0) {
            throw s.fault(GuestFault.GP, 0);
        }
    }

    static void checkXsave(CpuState s) {
        if ((s.cr4 & Control.CR4_OSXSAVE) == 0) {
            throw s.fault(GuestFault.UD);
        }
    }

    private static void setPair(CpuState s, long value) {
        s.gpr[CpuState.RAX] = value & 0xffff_ffffL;
        s.gpr[CpuState.RDX] = value >>> 32;
    }

    private static int port(CpuState s, Insn in) {
        return in.form == Form.I ? (int) in.immediate & 0xff : (int) s.gpr[CpuState.RDX] & 0xffff;
    }

    /** Raises #GP(0) unless the present privilege may use some ports. Intel SDM 1, 19.5. */
    public static void checkPort(Core c, int port, int size) {
        CpuState s = c.state;
        boolean free = s.cpl <= (s.systemFlags >>> Eflags.IOPL_SHIFT & 3) && !s.isVirtual8086();
        if (!s.isProtected() || free) {
            return;
        }
        if ((s.tr.type() & 8) == 0 || s.tr.limit < 0x67) {
            throw s.fault(GuestFault.GP, 0);
        }
        int map = (int) c.mmu.readSystem(s.tr.base + 0x66, 2);
        int at = map + (port >>> 3);
        // Two bytes are read, even for one port.
        if (at + 1 > s.tr.limit) {
            throw s.fault(GuestFault.GP, 0);
        }
        long bits = c.mmu.readSystem(s.tr.base + at, 2) >>> (port & 7);
        if ((bits & (1 << size) - 1) != 0) {
            throw s.fault(GuestFault.GP, 0);
        }
    }

    private static void accessControl(Core c, Insn in) {
        CpuState s = c.state;
        if (s.cpl != 0) {
            throw s.fault(GuestFault.UD);
        }
        if (in.op == Op.STAC) {
            s.systemFlags |= Eflags.AC;
        } else {
            s.systemFlags &= ~Eflags.AC;
        }
        c.mmu.updatePrivilege();
    }

    private static Segment base(CpuState s, int segment) {
        if ((s.cr4 & Control.CR4_FSGSBASE) == 0) {
            throw s.fault(GuestFault.UD);
        }
        return s.segments[segment];
    }

    private static void setBase(CpuState s, Insn in, int segment) {
        Segment register = base(s, segment);
        long value = Registers.zeroExtend(s.gpr[in.a], in.size);
        if (value << 16 >> 16 != value) {
            throw s.fault(GuestFault.GP, 0);
        }
        register.base = value;
    }

    private static void storeTable(Core c, Insn in, long base, int limit) {
        CpuState s = c.state;
        int size = s.is64() ? 8 : 4;
        long gva = Address.linear(s, in, size + 2, Mmu.WRITE);
        c.mmu.probeWrite(gva, size + 2);
        c.mmu.write16(gva, limit);
        c.mmu.write(gva + 2, size, base);
    }

    private static void loadTable(Core c, Insn in) {
        CpuState s = c.state;
        checkPrivileged(s);
        int size = s.is64() ? 8 : 4;
        long gva = Address.linear(s, in, size + 2, Mmu.READ);
        int limit = (int) c.mmu.read16(gva);
        long base = c.mmu.read(gva + 2, size);
        if (in.size == 2) {
            base &= 0xff_ffff;
        }
        if (s.is64() && base << 16 >> 16 != base) {
            throw s.fault(GuestFault.GP, 0);
        }
        if (in.op == Op.LGDT) {
            s.gdtrBase = base;
            s.gdtrLimit = limit;
        } else {
            s.idtrBase = base;
            s.idtrLimit = limit;
        }
    }

    private static void invpcid(Core c, Insn in) {
        CpuState s = c.state;
        checkPrivileged(s);
        long type = Registers.zeroExtend(s.gpr[in.a], in.size);
        long gva = Address.linear(s, in, 16, Mmu.READ);
        long pcid = c.mmu.read64(gva);
        long address = c.mmu.read64(gva + 8);
        boolean wrong = pcid >>> 12 != 0 && type <= 1;
        wrong |= type == 0 && address << 16 >> 16 != address;
        wrong |= type <= 1 && pcid != 0 && (s.cr4 & Control.CR4_PCIDE) == 0;
        if (type > 3 || wrong) {
            throw s.fault(GuestFault.GP, 0);
        }
        // Translations are not kept by PCID, so more is dropped than was asked for.
        if (type == 0) {
            c.mmu.flushPage(address);
        } else if (type == 2) {
            c.mmu.flush();
        } else {
            c.mmu.flushLocal();
        }
    }
}
