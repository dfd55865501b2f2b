package dev.skerry.verify.silicon.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.asm.Mem;
import dev.skerry.verify.silicon.NativeCase;
import dev.skerry.verify.silicon.NativeResult;
import dev.skerry.verify.silicon.NativeResult.Ending;
import dev.skerry.verify.silicon.Silicon;
import dev.skerry.verify.silicon.random.Step.Block;
import dev.skerry.verify.silicon.random.Step.Instruction;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Random programs: what they are made of, and that the host's CPU gets through them. */
class GeneratorTest {
    private static final long SEED = Long.getLong("skerry.seed", System.nanoTime());
    private static final int PROGRAMS = Integer.getInteger("skerry.programs", 2000);

    private static void instructions(List<Step> steps, List<Instruction> into) {
        for (Step step : steps) {
            switch (step) {
                case Instruction i -> into.add(i);
                case Block b -> instructions(b.body(), into);
            }
        }
    }

    static List<Instruction> instructions(Program program) {
        List<Instruction> all = new ArrayList<>();
        instructions(program.steps(), all);
        return all;
    }

    @Test
    void a_seed_gives_the_same_programs_again() {
        Generator one = new Generator(SEED);
        Generator other = new Generator(SEED);
        for (int i = 0; i < 500; i++) {
            NativeCase c = one.next().nativeCase();
            assertEquals(c, other.next().nativeCase(), "seed " + SEED + ", program " + i);
        }
    }

    @Test
    void every_form_of_every_table_comes_up() {
        Set<String> wanted = new TreeSet<>();
        List<List<Template>> tables =
                List.of(
                        IntegerForms.ALL,
                        IntegerForms.MEMORY,
                        VectorForms.SSE_FLOAT,
                        VectorForms.SSE_INTEGER,
                        VectorForms.MMX,
                        X87Forms.ALL,
                        X87Forms.APPROXIMATE);
        tables.forEach(table -> table.forEach(row -> wanted.add(row.name() + " " + row.form())));
        int forms = wanted.size();
        assertTrue(forms > 600, "forms: " + forms);
        Generator generator = new Generator(SEED);
        for (int i = 0; i < 200_000 && !wanted.isEmpty(); i++) {
            for (Instruction instruction : instructions(generator.next())) {
                wanted.remove(instruction.name() + " " + instruction.main().form());
            }
        }
        assertEquals(Set.of(), wanted, "never made of " + forms + ", seed " + SEED);
    }

    @Test
    void no_program_looks_at_an_undefined_flag() {
        Generator generator = new Generator(SEED);
        int open = 0;
        for (int i = 0; i < 4_000; i++) {
            Program program = generator.next();
            assertTrue(program.isWellDefined(), "seed " + SEED + "\n" + program);
            NativeCase c = program.nativeCase();
            open += program.undefinedFlags(0x2000_0000L + c.code().length) == 0 ? 0 : 1;
        }
        assertTrue(open > 200, "programs that end with undefined flags: " + open);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void the_host_runs_most_programs_to_their_end_and_does_so_again(Family family)
            throws IOException {
        assumeTrue(Silicon.missing() == null, Silicon.missing());
        Generator generator = new Generator(SEED);
        List<Program> programs = new ArrayList<>();
        List<NativeCase> cases = new ArrayList<>();
        for (int i = 0; i < PROGRAMS; i++) {
            programs.add(generator.next(family, i % 6 == 0 ? 32 : 64));
            cases.add(programs.getLast().nativeCase());
        }
        Map<String, Integer> endings = new TreeMap<>();
        try (Silicon silicon = Silicon.start()) {
            List<NativeResult> first = silicon.run(cases);
            List<NativeResult> second = silicon.run(cases);
            for (int i = 0; i < PROGRAMS; i++) {
                String what = "seed " + SEED + ", program " + i + "\n" + programs.get(i);
                NativeResult result = first.get(i);
                List<String> differences =
                        Comparison.differences(programs.get(i), result, second.get(i));
                assertEquals(List.of(), differences, what);
                String ending =
                        result.fault() == null
                                ? result.ending().name()
                                : result.fault().toString().replaceAll("[(].*", "");
                endings.merge(ending, 1, Integer::sum);
                assertTrue(result.ending() != Ending.DIED, what);
                assertTrue(result.ending() != Ending.RUNAWAY, what);
            }
        }
        System.out.println(family + " " + endings);
        assertTrue(endings.getOrDefault("DONE", 0) > PROGRAMS / 3, family + " " + endings);
        assertTrue(!endings.containsKey("#UD"), "forms that do not exist: " + endings);
    }

    @Test
    void addresses_take_every_form() {
        Set<String> forms = new HashSet<>();
        Generator generator = new Generator(SEED);
        for (int i = 0; i < 1000; i++) {
            for (Instruction instruction : instructions(generator.next(Family.INTEGER, 64))) {
                instruction.main().operands().stream()
                        .filter(Mem.class::isInstance)
                        .map(Mem.class::cast)
                        .filter(m -> !instruction.name().equals("LEA"))
                        .forEach(
                                m ->
                                        forms.add(
                                                (m.rip() ? "rip" : "")
                                                        + (m.base() != null
                                                                ? "base" + m.base().size()
                                                                : "")
                                                        + (m.index() != null
                                                                ? "index" + m.scale()
                                                                : "")
                                                        + (m.segment() != null
                                                                ? m.segment()
                                                                : "")));
            }
        }
        Set<String> wanted =
                Set.of(
                        "rip",
                        "",
                        "base64",
                        "base32",
                        "base64index1",
                        "base64index8",
                        "index4",
                        "fs",
                        "index2gs");
        assertTrue(forms.containsAll(wanted), forms.toString());
    }
}
