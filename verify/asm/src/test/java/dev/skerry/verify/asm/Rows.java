package dev.skerry.verify.asm;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/** Instructions with random operands, each as we assemble it and as a line for GNU as. */
final class Rows {
    static final int[] SCALES = {1, 2, 4, 8};

    final int bits;
    final Random random;
    final Map<String, byte[]> rows = new LinkedHashMap<>();

    Rows(int bits, long seed) {
        this.bits = bits;
        this.random = new Random(seed);
    }

    void row(String line, Consumer<Assembler> instruction) {
        Assembler a = new Assembler(bits);
        try {
            instruction.accept(a);
        } catch (IllegalArgumentException e) {
            throw new AssertionError(line, e);
        }
        rows.put(line, a.bytes());
    }

    int size() {
        return sizes().get(random.nextInt(sizes().size()));
    }

    int wordSize() {
        return sizes().get(1 + random.nextInt(sizes().size() - 1));
    }

    List<Integer> sizes() {
        return bits == 64 ? List.of(8, 16, 32, 64) : List.of(8, 16, 32);
    }

    Gp gp(int size) {
        if (size == 8) {
            Gp[] low = {
                Gp.AL, Gp.CL, Gp.DL, Gp.BL, Gp.SPL, Gp.DIL, Gp.R8B, Gp.R15B, Gp.SIL, Gp.BPL
            };
            return low[random.nextInt(bits == 64 ? low.length : 4)];
        }
        return Gp.of(size, random.nextInt(bits == 64 ? 16 : 8));
    }

    Mem mem(int size) {
        Mem mem = address();
        if (random.nextInt(4) == 0) {
            // An override that is the default anyway is left away by GNU as; FS and GS never are.
            mem = mem.in(random.nextBoolean() ? Seg.FS : Seg.GS);
        }
        return mem.sized(size);
    }

    private Mem address() {
        int kind = random.nextInt(8);
        if (bits != 64 && kind < 3) {
            return mem16();
        }
        if (kind == 3) {
            return bits == 64 ? Mem.rip(disp()) : Mem.mem(random.nextInt(0x10000));
        }
        int size = bits != 64 || random.nextInt(4) == 0 ? 32 : 64;
        if (kind == 4) {
            return Mem.mem(Gp.of(size, random.nextInt(bits == 64 ? 16 : 8))).plus(disp());
        }
        int index = random.nextInt(bits == 64 ? 16 : 8);
        Gp indexed = index == 4 ? Gp.of(size, 5) : Gp.of(size, index);
        int scale = SCALES[random.nextInt(4)];
        if (kind == 5) {
            // [reg*1] is shortened to [reg] and [reg*2] kept, by GNU as.
            return Mem.mem(null, indexed, Math.max(scale, 2)).plus(disp());
        }
        return Mem.mem(Gp.of(size, random.nextInt(bits == 64 ? 16 : 8)), indexed, scale)
                .plus(disp());
    }

    private Mem mem16() {
        Gp[] bases = {Gp.BX, Gp.BP};
        Gp[] indexes = {Gp.SI, Gp.DI};
        Gp[] singles = {Gp.BX, Gp.BP, Gp.SI, Gp.DI};
        Mem mem =
                random.nextBoolean()
                        ? Mem.mem(bases[random.nextInt(2)], indexes[random.nextInt(2)])
                        : Mem.mem(singles[random.nextInt(4)]);
        return mem.plus(
                random.nextInt(3) == 0 ? random.nextInt(0x10000) - 0x8000 : random.nextInt(3));
    }

    private int disp() {
        return switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> random.nextInt(256) - 128;
            case 2 -> random.nextInt(0x10000) - 0x8000;
            default -> random.nextInt();
        };
    }

    Rm rm(int size) {
        return random.nextInt(3) == 0 ? gp(size) : mem(size);
    }

    /** A number for an operand of so many bits; of 64 bits, one with a sign-extended encoding. */
    long number(int size) {
        long value = random.nextBoolean() ? random.nextInt(256) - 128 : random.nextInt();
        return size == 8 ? (byte) value : size == 16 ? (short) value : value;
    }

    void times(int count, Runnable row) {
        for (int i = 0; i < count; i++) {
            row.run();
        }
    }

    void rmReg(
            String name, BiFunction<Assembler, Rm, Function<Gp, Assembler>> method, boolean bytes) {
        times(
                20,
                () -> {
                    int size = bytes ? size() : wordSize();
                    Rm rm = rm(size);
                    Gp gp = gp(size);
                    row(name + " " + rm + ", " + gp, a -> method.apply(a, rm).apply(gp));
                });
    }

    void regRm(String name, BiFunction<Assembler, Gp, Function<Rm, Assembler>> method) {
        times(
                20,
                () -> {
                    int size = wordSize();
                    Rm rm = rm(size);
                    Gp gp = gp(size);
                    row(name + " " + gp + ", " + rm, a -> method.apply(a, gp).apply(rm));
                });
    }

    void one(String name, BiFunction<Assembler, Rm, Assembler> method) {
        times(
                20,
                () -> {
                    Rm rm = rm(size());
                    row(name + " " + rm, a -> method.apply(a, rm));
                });
    }

    void number(String name, BiFunction<Assembler, Rm, Function<Long, Assembler>> method) {
        times(
                30,
                () -> {
                    int size = size();
                    Rm rm = random.nextInt(4) == 0 ? Gp.of(size, 0) : rm(size);
                    long value = number(size);
                    row(name + " " + rm + ", " + value, a -> method.apply(a, rm).apply(value));
                });
    }

    void count(
            String name,
            BiFunction<Assembler, Rm, Function<Integer, Assembler>> method,
            boolean bytes) {
        times(
                15,
                () -> {
                    Rm rm = rm(bytes ? size() : wordSize());
                    int count = random.nextInt(4) == 0 ? 1 : random.nextInt(128);
                    row(name + " " + rm + ", " + count, a -> method.apply(a, rm).apply(count));
                });
    }

    void memory(String name, BiFunction<Assembler, Mem, Assembler> method) {
        times(
                10,
                () -> {
                    Mem mem = mem(0);
                    row(name + " " + mem, a -> method.apply(a, mem));
                });
    }

    List<String> differences(List<byte[]> slots) {
        List<String> wrong = new ArrayList<>();
        int i = 0;
        for (Map.Entry<String, byte[]> row : rows.entrySet()) {
            String ours = HexFormat.of().formatHex(GnuAs.slot(row.getValue()));
            String theirs = HexFormat.of().formatHex(slots.get(i++));
            if (!ours.equals(theirs)) {
                wrong.add(
                        row.getKey()
                                + ": ours "
                                + ours.replaceAll("(cc)+$", "")
                                + ", as "
                                + theirs.replaceAll("(cc)+$", ""));
            }
        }
        return wrong;
    }
}
