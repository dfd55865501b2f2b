package dev.skerry.verify.asm;

/**
 * An operand in memory.
 *
 * @param base a register of 16, 32 or 64 bits, or null
 * @param index a register of the base's size (16 bits: SI or DI), or null
 * @param scale what the index is multiplied with: 1, 2, 4 or 8
 * @param disp the displacement; to {@code label}'s address if there is one
 * @param label a place in the program, or null. Without registers it is addressed relative to RIP in
 *     64-bit code and by its address otherwise
 * @param rip whether the displacement counts from the next instruction (64-bit code)
 * @param segment the override, or null
 * @param size bits of the operand, 0 if another operand says it
 * @param addressSize bits of the address if no register says them; 0 is the mode's own size
 */
public record Mem(
        Gp base,
        Gp index,
        int scale,
        long disp,
        Label label,
        boolean rip,
        Seg segment,
        int size,
        int addressSize)
        implements Operand, Rm {
    /** Checks that the registers fit together. */
    public Mem {
        if (base != null && base.size() == 8 || index != null && index.size() == 8) {
            throw new IllegalArgumentException("a byte register cannot hold an address");
        }
        if (base != null && index != null && base.size() != index.size()) {
            throw new IllegalArgumentException(base + " and " + index + " differ in size");
        }
        if (index != null && index.size() != 16 && index.code() == 4) {
            throw new IllegalArgumentException(index + " cannot be an index");
        }
        if (Integer.bitCount(scale) != 1 || scale > 8 || scale < 1) {
            throw new IllegalArgumentException("scale " + scale + " is none of 1, 2, 4, 8");
        }
    }

    private static Mem of(Gp base, Gp index, int scale, long disp, Label label) {
        return new Mem(base, index, scale, disp, label, false, null, 0, 0);
    }

    /** {@code [base]}. */
    public static Mem mem(Gp base) {
        return of(base, null, 1, 0, null);
    }

    /** {@code [base + index]}. */
    public static Mem mem(Gp base, Gp index) {
        return of(base, index, 1, 0, null);
    }

    /** {@code [base + index * scale]}; base may be null. */
    public static Mem mem(Gp base, Gp index, int scale) {
        return of(base, index, scale, 0, null);
    }

    /** {@code [address]}, absolute. */
    public static Mem mem(long address) {
        return of(null, null, 1, address, null);
    }

    /** {@code [label]}: relative to RIP in 64-bit code, absolute otherwise. */
    public static Mem mem(Label label) {
        return of(null, null, 1, 0, label);
    }

    /** {@code [rip + disp]}, counted from the next instruction. */
    public static Mem rip(long disp) {
        return new Mem(null, null, 1, disp, null, true, null, 0, 0);
    }

    /** The same, {@code bytes} further. */
    public Mem plus(long bytes) {
        return new Mem(base, index, scale, disp + bytes, label, rip, segment, size, addressSize);
    }

    /** The same and a label's address more. */
    public Mem plus(Label place) {
        return new Mem(base, index, scale, disp, place, rip, segment, size, addressSize);
    }

    /** The same with an index. */
    public Mem plus(Gp register, int times) {
        return new Mem(base, register, times, disp, label, rip, segment, size, addressSize);
    }

    /** The same in a segment. */
    public Mem in(Seg override) {
        return new Mem(base, index, scale, disp, label, rip, override, size, addressSize);
    }

    /** The same as an operand of so many bits (8 to 128; 80 of x87). */
    public Mem sized(int bits) {
        return new Mem(base, index, scale, disp, label, rip, segment, bits, addressSize);
    }

    /** A byte. */
    public Mem byteSized() {
        return sized(8);
    }

    /** Two bytes. */
    public Mem word() {
        return sized(16);
    }

    /** Four bytes. */
    public Mem dword() {
        return sized(32);
    }

    /** Eight bytes. */
    public Mem qword() {
        return sized(64);
    }

    /** The same with an absolute address of so many bits. */
    public Mem addressed(int bits) {
        return new Mem(base, index, scale, disp, label, rip, segment, size, bits);
    }

    int addressBits(int mode) {
        if (base != null) {
            return base.size();
        }
        if (index != null) {
            return index.size();
        }
        return addressSize != 0 ? addressSize : mode;
    }

    private String sizeName() {
        return switch (size) {
            case 8 -> "byte ptr ";
            case 16 -> "word ptr ";
            case 32 -> "dword ptr ";
            case 64 -> "qword ptr ";
            case 80 -> "tbyte ptr ";
            case 128 -> "xmmword ptr ";
            default -> "";
        };
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(sizeName());
        boolean bare = base == null && index == null && !rip;
        if (segment != null || bare && label == null) {
            text.append(segment == null ? "ds" : segment).append(':');
        }
        text.append('[');
        String join = "";
        if (rip) {
            text.append("rip");
            join = "+";
        }
        if (base != null) {
            text.append(base);
            join = "+";
        }
        if (index != null) {
            text.append(join).append(index);
            if (index.size() != 16) {
                text.append('*').append(scale);
            }
            join = "+";
        }
        if (label != null) {
            text.append(join).append(label);
            join = "+";
        }
        if (disp != 0 || join.isEmpty()) {
            text.append(disp < 0 ? "-" : join)
                    .append("0x")
                    .append(Long.toHexString(Math.abs(disp)));
        }
        return text.append(']').toString();
    }
}
