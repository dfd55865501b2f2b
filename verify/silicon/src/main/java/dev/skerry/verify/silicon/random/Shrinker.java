package dev.skerry.verify.silicon.random;

import dev.skerry.verify.silicon.FxState;
import dev.skerry.verify.silicon.NativeCase;
import dev.skerry.verify.silicon.random.Step.Block;
import dev.skerry.verify.silicon.random.Step.Instruction;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Makes a failing program small: takes steps out, opens blocks, and clears registers, flags and
 * memory, as long as it still fails.
 */
public final class Shrinker {
    private final Predicate<Program> fails;
    private int attempts;

    private Shrinker(Predicate<Program> fails, int attempts) {
        this.fails = fails;
        this.attempts = attempts;
    }

    /**
     * The smallest program found.
     *
     * @param program one that fails
     * @param fails whether a program does; asked for well-defined programs alone
     * @param attempts how often {@code fails} may be asked
     */
    public static Program shrink(Program program, Predicate<Program> fails, int attempts) {
        return new Shrinker(fails, attempts).shrink(program);
    }

    private boolean stillFails(Program candidate) {
        return candidate.isWellDefined() && attempts-- > 0 && fails.test(candidate);
    }

    private Program shrink(Program program) {
        Program best = program;
        while (true) {
            Program smaller = state(steps(best));
            if (smaller == best || attempts <= 0) {
                return smaller;
            }
            best = smaller;
        }
    }

    private Program steps(Program program) {
        Program best = program;
        for (int chunk = Math.max(1, best.steps().size() / 2); chunk >= 1; chunk /= 2) {
            for (int at = 0; at + chunk <= best.steps().size(); ) {
                List<Step> fewer = new ArrayList<>(best.steps());
                fewer.subList(at, at + chunk).clear();
                Program candidate = best.withSteps(fewer);
                if (stillFails(candidate)) {
                    best = candidate;
                } else {
                    at++;
                }
            }
        }
        for (int at = 0; at < best.steps().size(); at++) {
            for (List<Step> replacement : simpler(best.steps().get(at))) {
                List<Step> others = new ArrayList<>(best.steps());
                others.remove(at);
                others.addAll(at, replacement);
                Program candidate = best.withSteps(others);
                if (stillFails(candidate)) {
                    best = candidate;
                    break;
                }
            }
        }
        return best;
    }

    /** What might stand for a step: a block's body, a block with less in it, fewer prefixes. */
    private static List<List<Step>> simpler(Step step) {
        List<List<Step>> replacements = new ArrayList<>();
        switch (step) {
            case Block block -> {
                replacements.add(block.body());
                for (int i = 0; i < block.body().size(); i++) {
                    List<Step> body = new ArrayList<>(block.body());
                    body.remove(i);
                    replacements.add(
                            List.of(
                                    new Block(
                                            block.shape(),
                                            block.cond(),
                                            block.count(),
                                            List.copyOf(body))));
                }
            }
            case Instruction i -> {
                if (!i.prefixes().isEmpty()) {
                    replacements.add(
                            List.of(
                                    new Instruction(
                                            i.name(),
                                            i.prelude(),
                                            List.of(),
                                            i.main(),
                                            i.flags(),
                                            i.looseness())));
                }
            }
        }
        return replacements;
    }

    private Program state(Program program) {
        Program best = program;
        for (int i = 0; i < 16; i++) {
            NativeCase c = best.nativeCase();
            if (i != 4 && c.gpr()[i] != 0) {
                long[] gpr = c.gpr().clone();
                gpr[i] = 0;
                best =
                        better(
                                best,
                                new NativeCase(
                                        c.bits(), c.code(), gpr, c.rflags(), c.fxsave(), c.data()));
            }
        }
        NativeCase c = best.nativeCase();
        if (c.rflags() != 0) {
            best =
                    better(
                            best,
                            new NativeCase(c.bits(), c.code(), c.gpr(), 0, c.fxsave(), c.data()));
        }
        best = clear(best, FxState.initial(), 0, FxState.ST);
        for (int at = FxState.ST; at < FxState.END; at += 16) {
            best = clear(best, new byte[FxState.BYTES], at, 16);
        }
        c = best.nativeCase();
        for (int pieces = 1; pieces <= 64 && c.data().length > 0; pieces *= 8) {
            int bytes = c.data().length / pieces;
            for (int at = 0; at + bytes <= c.data().length; at += bytes) {
                best = clearData(best, at, bytes);
            }
        }
        return best;
    }

    private Program better(Program best, NativeCase start) {
        Program candidate = best.withStart(start);
        return stillFails(candidate) ? candidate : best;
    }

    private Program clear(Program best, byte[] with, int at, int bytes) {
        NativeCase c = best.nativeCase();
        byte[] image = c.fxsave().clone();
        System.arraycopy(with, at, image, at, bytes);
        if (Arrays.equals(image, c.fxsave())) {
            return best;
        }
        return better(
                best, new NativeCase(c.bits(), c.code(), c.gpr(), c.rflags(), image, c.data()));
    }

    private Program clearData(Program best, int at, int bytes) {
        NativeCase c = best.nativeCase();
        byte[] data = c.data().clone();
        Arrays.fill(data, at, at + bytes, (byte) 0);
        if (Arrays.equals(data, c.data())) {
            return best;
        }
        return better(
                best, new NativeCase(c.bits(), c.code(), c.gpr(), c.rflags(), c.fxsave(), data));
    }
}
