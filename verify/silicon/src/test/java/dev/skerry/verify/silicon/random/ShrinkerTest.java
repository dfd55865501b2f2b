package dev.skerry.verify.silicon.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.silicon.Executor;
import dev.skerry.verify.silicon.NativeResult;
import dev.skerry.verify.silicon.Silicon;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Arrays;

/** Failing programs become small and still fail. */
class ShrinkerTest {
    private static final long SEED = Long.getLong("skerry.seed", System.nanoTime());

    private static boolean has(Program program, String name) {
        return GeneratorTest.instructions(program).stream().anyMatch(i -> i.name().equals(name));
    }

    @Test
    void what_is_not_needed_goes() {
        Generator generator = new Generator(SEED);
        int shrunk = 0;
        while (shrunk < 20) {
            Program program = generator.next(Family.INTEGER, 64);
            if (!has(program, "BSF")) {
                continue;
            }
            Program small = Shrinker.shrink(program, p -> has(p, "BSF"), 5000);
            assertEquals(1, small.steps().size(), "seed " + SEED + "\n" + small);
            assertTrue(has(small, "BSF"));
            long[] registers = small.nativeCase().gpr();
            assertEquals(1, Arrays.stream(registers).filter(r -> r != 0).count(), "RSP is left");
            assertEquals(0, small.nativeCase().rflags());
            for (byte b : small.nativeCase().data()) {
                assertEquals(0, b);
            }
            shrunk++;
        }
    }

    /** A CPU with a mistake: a program that has an INC ends with carry the other way round. */
    @Test
    void a_mistake_of_a_cpu_is_narrowed_down_to_the_instruction() throws IOException {
        assumeTrue(Silicon.missing() == null, Silicon.missing());
        try (Silicon silicon = Silicon.start()) {
            Generator generator = new Generator(SEED);
            int found = 0;
            while (found < 5) {
                Program program = generator.next(Family.INTEGER, 64);
                Executor wrong = c -> wrong(silicon, program, c.code());
                NativeResult expected = silicon.run(program.nativeCase());
                NativeResult actual = wrong.run(program.nativeCase());
                if (Comparison.differences(program, expected, actual).isEmpty()) {
                    continue;
                }
                Program small = Shrinker.shrink(program, p -> differs(silicon, p), 2000);
                assertTrue(has(small, "INC"), "seed " + SEED + "\n" + program + small);
                assertTrue(small.steps().size() <= 2, "seed " + SEED + "\n" + program + small);
                found++;
            }
        }
    }

    private static boolean differs(Silicon silicon, Program program) {
        NativeResult expected = silicon.run(program.nativeCase());
        NativeResult actual = wrong(silicon, program, program.nativeCase().code());
        return !Comparison.differences(program, expected, actual).isEmpty();
    }

    private static NativeResult wrong(Silicon silicon, Program program, byte[] code) {
        NativeResult right = silicon.run(program.nativeCase().withCode(code));
        long carry = has(program, "INC") ? 1 : 0;
        return new NativeResult(
                right.ending(),
                right.fault(),
                right.gpr(),
                right.rip(),
                right.rflags() ^ carry,
                right.fxsave(),
                right.data());
    }
}
