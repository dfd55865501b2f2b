package dev.skerry.verify.asm;

/**
 * A memory operand's ModRM, SIB and displacement (Intel SDM 2A 2.1.5, tables 2-1 to 2-3).
 *
 * @param mod the mod field
 * @param rm the r/m field, three bits
 * @param sib the SIB byte, or -1
 * @param dispBytes bytes of displacement
 * @param disp the displacement
 * @param rip whether the displacement counts from the end of the instruction
 */
record ModRm(int mod, int rm, int sib, int dispBytes, long disp, boolean rip) {
    static ModRm of(Mem mem, int mode) {
        int address = mem.addressBits(mode);
        if (address == 16) {
            return mem.rip() ? refuse(mem, mode) : of16(mem);
        }
        boolean bare = mem.base() == null && mem.index() == null;
        if (mem.rip() || bare && mem.label() != null && mode == 64) {
            if (mode != 64 || !bare) {
                return refuse(mem, mode);
            }
            return new ModRm(0, 5, -1, 4, mem.disp(), true);
        }
        long disp = address == 32 ? (int) mem.disp() : mem.disp();
        boolean fits = address == 32 ? fits32(mem.disp()) : disp == (int) disp;
        if (!fits) {
            throw new IllegalArgumentException(mem + ": displacement beyond 32 bits");
        }
        return of32(mem, mode, disp);
    }

    private static boolean fits32(long disp) {
        return disp == (int) disp || disp >>> 32 == 0;
    }

    private static ModRm refuse(Mem mem, int mode) {
        throw new IllegalArgumentException(mem + " does not exist in " + mode + "-bit code");
    }

    private static ModRm of32(Mem mem, int mode, long disp) {
        int scale = Integer.numberOfTrailingZeros(mem.scale()) << 6;
        if (mem.base() == null) {
            if (mem.index() == null) {
                // In 64-bit code r/m 5 is relative to RIP; the absolute form needs a SIB byte.
                return mode == 64
                        ? new ModRm(0, 4, 0x25, 4, disp, false)
                        : new ModRm(0, 5, -1, 4, disp, false);
            }
            return new ModRm(0, 4, scale | (mem.index().code() & 7) << 3 | 5, 4, disp, false);
        }
        int base = mem.base().code() & 7;
        int bytes = dispBytes(mem, disp, base == 5, 4);
        int mod = bytes == 0 ? 0 : bytes == 1 ? 1 : 2;
        if (mem.index() != null) {
            return new ModRm(
                    mod, 4, scale | (mem.index().code() & 7) << 3 | base, bytes, disp, false);
        }
        return base == 4
                ? new ModRm(mod, 4, 0x24, bytes, disp, false)
                : new ModRm(mod, base, -1, bytes, disp, false);
    }

    private static int dispBytes(Mem mem, long disp, boolean always, int most) {
        if (mem.label() != null) {
            return most;
        }
        if (disp == 0 && !always) {
            return 0;
        }
        return disp == (byte) disp ? 1 : most;
    }

    private static ModRm of16(Mem mem) {
        if (mem.disp() < -0x8000 || mem.disp() > 0xffff) {
            throw new IllegalArgumentException(mem + ": displacement beyond 16 bits");
        }
        long disp = (short) mem.disp();
        if (mem.base() == null && mem.index() == null) {
            return new ModRm(0, 6, -1, 2, disp, false);
        }
        int rm = rm16(mem);
        int bytes = dispBytes(mem, disp, rm == 6, 2);
        return new ModRm(bytes == 0 ? 0 : bytes == 1 ? 1 : 2, rm, -1, bytes, disp, false);
    }

    private static int rm16(Mem mem) {
        Gp base = mem.base();
        Gp index = mem.index();
        if (mem.scale() == 1 && base != null) {
            if (index == null) {
                switch (base) {
                    case SI:
                        return 4;
                    case DI:
                        return 5;
                    case BP:
                        return 6;
                    case BX:
                        return 7;
                    default:
                        break;
                }
            } else if ((base == Gp.BX || base == Gp.BP) && (index == Gp.SI || index == Gp.DI)) {
                return (base == Gp.BX ? 0 : 2) + (index == Gp.SI ? 0 : 1);
            }
        }
        throw new IllegalArgumentException(mem + " is no 16-bit form");
    }
}
