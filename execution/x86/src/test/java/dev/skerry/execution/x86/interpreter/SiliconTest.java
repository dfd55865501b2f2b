package dev.skerry.execution.x86.interpreter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.silicon.Flags;
import dev.skerry.verify.silicon.FxState;
import dev.skerry.verify.silicon.Layout;
import dev.skerry.verify.silicon.NativeCase;
import dev.skerry.verify.silicon.NativeResult;
import dev.skerry.verify.silicon.NativeResult.Ending;
import dev.skerry.verify.silicon.Silicon;
import dev.skerry.verify.silicon.random.Comparison;
import dev.skerry.verify.silicon.random.Family;
import dev.skerry.verify.silicon.random.Generator;
import dev.skerry.verify.silicon.random.Program;
import dev.skerry.verify.silicon.random.Shrinker;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Random programs of every family, here and on the host's processor: the same registers, flags where
 * they are defined, memory and faults. {@code -Dskerry.test.flags=-Dcpu.seed=N} repeats a run,
 * {@code -Dcpu.programs=N} makes it as long as one likes.
 */
class SiliconTest {
    private static final int PROGRAMS = Integer.getInteger("cpu.programs", 4000);
    private static final long SEED = Long.getLong("cpu.seed", System.nanoTime());
    private static final int BATCH = 500;
    private static final int SHRINKINGS = 400;
    private static final int SHOWN = 3;

    private static Silicon silicon;
    private static InterpreterTwin twin;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(Silicon.missing() == null, Silicon::missing);
        boolean intel = Files.readString(Path.of("/proc/cpuinfo")).contains("GenuineIntel");
        assumeTrue(intel, "the host's processor is not Intel's, which the CPU here follows");
        silicon = Silicon.start();
        twin = new InterpreterTwin();
    }

    @AfterAll
    static void stop() throws IOException {
        if (silicon != null) {
            silicon.close();
            twin.close();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Family.class,
            names = {"X87", "APPROXIMATE"},
            mode = EnumSource.Mode.EXCLUDE)
    void random_programs_do_what_they_do_on_the_processor(Family family) {
        Generator generator = new Generator(SEED ^ family.name().hashCode());
        List<String> found = new ArrayList<>();
        for (int done = 0; done < PROGRAMS && found.size() < SHOWN; done += BATCH) {
            List<Program> programs = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                programs.add(generator.next(family, i % 4 == 0 ? 32 : 64));
            }
            List<NativeResult> there =
                    silicon.run(programs.stream().map(Program::nativeCase).toList());
            for (int i = 0; i < BATCH && found.size() < SHOWN; i++) {
                if (!differences(programs.get(i), there.get(i)).isEmpty()) {
                    found.add(shrunk(programs.get(i)));
                }
            }
        }
        assertEquals("", String.join("\n", found), "seed " + SEED);
    }

    /** RDI is DATA + 1, RFLAGS.AC set: with CR0.AM, as Linux has it, alignment is checked. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "8b07", // mov eax, [rdi]
                "8b4703", // mov eax, [rdi+3]: aligned
                "8a07", // mov al, [rdi]
                "66890f", // mov [rdi], cx
                "48890f", // mov [rdi], rcx
                "ff07", // inc dword [rdi]
                "f0ff07", // lock inc dword [rdi]
                "f0ff4703", // lock inc dword [rdi+3]: aligned
                "870f", // xchg [rdi], ecx
                "488bbfff0f0000" // mov rdi, [rdi+0xfff]: aligned, and beyond the window
            })
    void alignment_is_checked_as_on_the_processor(String hex) {
        long[] gpr = new long[16];
        gpr[4] = Layout.DATA + 0x800;
        gpr[7] = Layout.DATA + 1;
        byte[] code = HexFormat.of().parseHex(hex);
        NativeCase c =
                new NativeCase(code, gpr, Flags.AC, FxState.initial(), new byte[Layout.DATA_BYTES]);
        NativeResult there = silicon.run(c);
        NativeResult here = twin.run(c);
        assertEquals(there.toString(), here.toString());
        assertArrayEquals(there.data(), here.data());
    }

    /** A program that the processor did not survive, or that went on for ever, says nothing. */
    private static List<String> differences(Program program, NativeResult there) {
        if (there.ending() == Ending.DIED || there.ending() == Ending.RUNAWAY) {
            return List.of();
        }
        return Comparison.differences(program, there, twin.run(program.nativeCase()));
    }

    private static String shrunk(Program program) {
        Program least =
                Shrinker.shrink(
                        program,
                        p -> !differences(p, silicon.run(p.nativeCase())).isEmpty(),
                        SHRINKINGS);
        NativeResult there = silicon.run(least.nativeCase());
        return least + "\n" + String.join("\n", differences(least, there));
    }
}
