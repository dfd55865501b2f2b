package dev.skerry.verify.silicon.random;

import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.silicon.Flags;
import dev.skerry.verify.silicon.Layout;
import dev.skerry.verify.silicon.NativeCase;
import dev.skerry.verify.silicon.random.Step.Block;
import dev.skerry.verify.silicon.random.Step.Instruction;
import dev.skerry.verify.silicon.random.Step.Shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Random programs. The same seed gives the same programs. A program's instructions never look at a
 * flag that is undefined, so what the manual leaves open does not spread.
 */
public final class Generator {
    /** The most instructions at the top of a program. */
    private static final int MOST_STEPS = 10;

    private static final int RCX = 1;

    private final Random random;
    private final long seed;

    /**
     * A generator.
     *
     * @param seed what the programs follow from
     */
    public Generator(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    /** The seed. */
    public long seed() {
        return seed;
    }

    /** A program of any family, one in six of 32-bit code. */
    public Program next() {
        Family[] families = Family.values();
        return next(families[random.nextInt(families.length)], random.nextInt(6) == 0 ? 32 : 64);
    }

    /**
     * A program of a family.
     *
     * @param bits 64 or 32
     */
    public Program next(Family family, int bits) {
        while (true) {
            try {
                return attempt(family, bits);
            } catch (IllegalArgumentException e) {
                // More code than a case may have; rare, and another one will do.
                if (!e.getMessage().endsWith("bytes of code")) {
                    throw e;
                }
            }
        }
    }

    private Program attempt(Family family, int bits) {
        Values values = new Values(random);
        long[] gpr = new long[16];
        for (int i = 0; i < (bits == 64 ? 16 : 8); i++) {
            gpr[i] = bits == 64 ? values.integer() : values.integer() & 0xffffffffL;
        }
        Addresses addresses = new Addresses(random, bits, gpr);
        gpr[4] = Layout.DATA + Layout.DATA_BYTES / 2 + 8L * random.nextInt(16);
        long rflags = random.nextLong() & (Flags.STATUS | Flags.DF);
        byte[] fxsave = values.floatState(family);
        Maker maker = new Maker(random, values, addresses, bits);
        List<Step> steps = new ArrayList<>();
        fill(maker, family, steps, 1 + random.nextInt(MOST_STEPS), 0, Set.of(), true);
        if (family == Family.APPROXIMATE) {
            steps.add(maker.make(choose(X87Forms.APPROXIMATE, bits), Set.of()));
        }
        return new Program(
                steps, new NativeCase(bits, new byte[0], gpr, rflags, fxsave, values.window()));
    }

    /** Adds {@code count} steps; returns what flags are undefined behind them. */
    private int fill(
            Maker maker,
            Family family,
            List<Step> steps,
            int count,
            int undefined,
            Set<Integer> reserved,
            boolean top) {
        int now = undefined;
        for (int i = 0; i < count; i++) {
            if (top && random.nextInt(12) == 0) {
                Block block = block(maker, family, now);
                if (block.shape() == Shape.SKIP) {
                    now = define(maker, steps, now, Step.flagsOf(block.cond()));
                }
                steps.add(block);
                now = Program.after(List.of(block), now);
                continue;
            }
            Template template = choose(family, maker, reserved, top && i == count - 1, top);
            Instruction made = maker.make(template, reserved);
            now = define(maker, steps, now, made.flags().reads());
            steps.add(made);
            now = made.flags().after(now);
        }
        return now;
    }

    /** Makes all flags defined if one that matters is not. */
    private int define(Maker maker, List<Step> steps, int undefined, int needed) {
        if ((undefined & needed) == 0) {
            return undefined;
        }
        Instruction compare = maker.compare();
        steps.add(compare);
        return compare.flags().after(undefined);
    }

    private Block block(Maker maker, Family family, int undefined) {
        Shape shape = Shape.values()[random.nextInt(3)];
        Cond cond = Cond.values()[random.nextInt(16)];
        List<Step> body = new ArrayList<>();
        Set<Integer> reserved = shape == Shape.LOOP ? Set.of(RCX) : Set.of();
        int entry = undefined;
        if (shape == Shape.SKIP) {
            entry &= ~Step.flagsOf(cond);
        }
        maker.allowMemory(shape != Shape.CALL);
        int after = fill(maker, family, body, 1 + random.nextInt(3), entry, reserved, false);
        maker.allowMemory(true);
        if (shape == Shape.LOOP) {
            // What the end of the body leaves undefined, its beginning sees the next time.
            define(maker, body, after, after & ~entry);
        }
        return new Block(shape, cond, 1 + random.nextInt(4), body);
    }

    private Template choose(
            Family family, Maker maker, Set<Integer> reserved, boolean last, boolean top) {
        while (true) {
            Template template = choose(table(family, top), maker.bits());
            boolean fits = !template.is("last") || last;
            boolean often = !template.is("rare") || random.nextInt(6) == 0;
            if (fits && often && maker.mayUse(template, reserved)) {
                return template;
            }
        }
    }

    private Template choose(List<Template> table, int bits) {
        while (true) {
            Template template = table.get(random.nextInt(table.size()));
            if (!(template.needs64() && bits != 64 || template.is("32") && bits != 32)) {
                return template;
            }
        }
    }

    /** Mostly the family's own instructions; integer ones between them move data about. */
    private List<Template> table(Family family, boolean top) {
        if (random.nextInt(8) == 0) {
            return IntegerForms.ALL;
        }
        return switch (family) {
            case INTEGER -> IntegerForms.ALL;
            // A body must leave the stack as it was.
            case MEMORY -> top && random.nextInt(3) != 0 ? IntegerForms.MEMORY : IntegerForms.ALL;
            case SSE_FLOAT -> VectorForms.SSE_FLOAT;
            case SSE_INTEGER -> VectorForms.SSE_INTEGER;
            case MMX -> VectorForms.MMX;
            case X87 -> X87Forms.ALL;
            case APPROXIMATE -> X87Forms.ALL.subList(0, X87Forms.ALL.size() / 2);
        };
    }
}
