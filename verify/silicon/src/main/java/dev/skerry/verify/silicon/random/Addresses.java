package dev.skerry.verify.silicon.random;

import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Mem;
import dev.skerry.verify.asm.Seg;
import dev.skerry.verify.silicon.Layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Memory operands of all addressing forms whose address is known beforehand: some registers are
 * pinned, pointing into the window or holding a small number, and no generated instruction writes
 * them.
 */
final class Addresses {
    private static final int[] CANDIDATES_64 = {3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    private static final int[] CANDIDATES_32 = {3, 5, 6, 7};

    private final Random random;
    private final int bits;
    private final List<Integer> pointers = new ArrayList<>();
    private final List<Integer> indexes = new ArrayList<>();
    private final long[] gpr;

    Addresses(Random random, int bits, long[] gpr) {
        this.random = random;
        this.bits = bits;
        this.gpr = gpr;
        int[] candidates = bits == 64 ? CANDIDATES_64 : CANDIDATES_32;
        int wanted = bits == 64 ? 4 : 2;
        while (pointers.size() + indexes.size() < wanted) {
            int register = candidates[random.nextInt(candidates.length)];
            if (isPinned(register)) {
                continue;
            }
            if (pointers.size() < wanted / 2) {
                pointers.add(register);
                gpr[register] = Layout.DATA + random.nextInt(Layout.DATA_BYTES);
            } else {
                indexes.add(register);
                long small = random.nextInt(256) - (random.nextInt(4) == 0 ? 256 : 0);
                gpr[register] = bits == 64 ? small : small & 0xffffffffL;
            }
        }
    }

    boolean isPinned(int register) {
        return pointers.contains(register) || indexes.contains(register);
    }

    /** A target in an area for an operand of so many bytes; now and then one that faults. */
    long target(Values.Area area, int bytes, int alignment) {
        if (random.nextInt(60) == 0) {
            return random.nextBoolean()
                    ? Layout.DATA - 1 - random.nextInt(16)
                    : Layout.DATA + Layout.DATA_BYTES - random.nextInt(bytes);
        }
        int start = area.ordinal() * Values.AREA_BYTES;
        int room = Values.AREA_BYTES;
        if (random.nextInt(5) == 0) {
            start = 0;
            room = Layout.DATA_BYTES;
        }
        int offset = start + random.nextInt(Math.max(1, room - bytes));
        if (random.nextInt(100) < 75 || alignment > 8 && random.nextInt(100) < 90) {
            offset &= -alignment;
        }
        return Layout.DATA + offset;
    }

    /** An operand of {@code size} bits at an address, by any of the forms there are. */
    Mem at(long target, int size) {
        Mem mem =
                switch (random.nextInt(bits == 64 ? 9 : 5)) {
                    case 0 -> absolute(target);
                    case 1, 2 -> based(target, addressSize());
                    case 3 -> indexed(target, addressSize());
                    case 4 -> scaled(target, addressSize());
                    case 5 -> Mem.rip(target - Layout.DATA);
                    case 6 -> absolute(target - Layout.FS_BASE).in(Seg.FS);
                    case 7 -> scaled(target - Layout.GS_BASE, 64).in(Seg.GS);
                    default -> based(target, addressSize());
                };
        return mem.sized(size);
    }

    private int addressSize() {
        return bits == 64 && random.nextInt(6) != 0 ? 64 : 32;
    }

    private Mem absolute(long target) {
        return Mem.mem((int) target);
    }

    private int pick(List<Integer> from) {
        return from.get(random.nextInt(from.size()));
    }

    private Mem based(long target, int size) {
        int base = pick(pointers);
        return Mem.mem(Gp.of(size, base)).plus((int) (target - gpr[base]));
    }

    private Mem indexed(long target, int size) {
        int base = pick(pointers);
        int index = pick(indexes);
        int scale = 1 << random.nextInt(4);
        long disp = target - gpr[base] - gpr[index] * scale;
        return Mem.mem(Gp.of(size, base), Gp.of(size, index), scale).plus((int) disp);
    }

    private Mem scaled(long target, int size) {
        int index = pick(indexes);
        int scale = 1 << random.nextInt(4);
        return Mem.mem(null, Gp.of(size, index), scale).plus((int) (target - gpr[index] * scale));
    }

    /** An address that is computed and not used: any registers. */
    Mem anything() {
        int size = addressSize();
        int registers = bits == 64 ? 16 : 8;
        Gp base = random.nextInt(8) == 0 ? null : Gp.of(size, random.nextInt(registers));
        int index = random.nextInt(registers);
        Gp indexed = index == 4 || random.nextInt(3) == 0 ? null : Gp.of(size, index);
        int disp = random.nextBoolean() ? random.nextInt(256) - 128 : random.nextInt();
        return Mem.mem(base, indexed, 1 << random.nextInt(4))
                .plus(random.nextInt(3) == 0 ? 0 : disp);
    }
}
