package dev.skerry.execution.x86.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.silicon.FxState;
import dev.skerry.verify.silicon.Layout;
import dev.skerry.verify.silicon.NativeCase;
import dev.skerry.verify.silicon.NativeResult;
import dev.skerry.verify.silicon.Silicon;
import dev.skerry.verify.silicon.random.Comparison;
import dev.skerry.verify.silicon.random.Family;
import dev.skerry.verify.silicon.random.Generator;
import dev.skerry.verify.silicon.random.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Every x87 encoding, from random register stacks, status and control words, here and on the host's
 * Intel processor. {@code -Dskerry.test.flags=-Dx87.seed=N} repeats a run.
 */
class X87SiliconTest {
    private static final int CASES = Integer.getInteger("x87.cases", 120);
    private static final int OPERAND = 0x100;
    private static final long SEED = Long.getLong("x87.seed", System.nanoTime());
    private static final int C1 = 0x200;
    private static final int PAGE_FAULT = 14;

    private static final int[] EXPONENTS = {
        0, 0, 1, 0x3fff, 0x3ffe, 0x4000, 0x3ffc, 0x400e, 0x401d, 0x401e, 0x403d, 0x403e, 0x403f,
        0x7ffe, 0x7fff, 0x7fff
    };
    private static final long[] SIGNIFICANDS = {
        0,
        1,
        0x8000_0000_0000_0000L,
        0xc000_0000_0000_0000L,
        0xa000_0000_0000_0000L,
        0xffff_ffff_ffff_ffffL,
        0x8000_0000_0000_0001L,
        0x4000_0000_0000_0000L
    };

    private static Silicon silicon;
    private static X87Twin twin;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(Silicon.missing() == null, Silicon::missing);
        boolean intel = Files.readString(Path.of("/proc/cpuinfo")).contains("GenuineIntel");
        assumeTrue(intel, "the host's processor is not Intel's, which the x87 unit here follows");
        silicon = Silicon.start();
        twin = new X87Twin();
    }

    @AfterAll
    static void stop() throws IOException {
        if (silicon != null) {
            silicon.close();
            twin.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf})
    void every_register_form_does_what_the_processor_does(int opcode) {
        List<Integer> modrms = new ArrayList<>();
        for (int modrm = 0xc0; modrm < 0x100; modrm++) {
            modrms.add(modrm);
        }
        compare(opcode, modrms);
    }

    @ParameterizedTest
    @ValueSource(ints = {0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf})
    void every_memory_form_does_what_the_processor_does(int opcode) {
        List<Integer> modrms = new ArrayList<>();
        for (int reg = 0; reg < 8; reg++) {
            // [RDI].
            modrms.add(reg << 3 | 7);
        }
        compare(opcode, modrms);
    }

    @Test
    void random_programs_end_as_on_the_processor() {
        Generator generator = new Generator(SEED);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < Integer.getInteger("x87.programs", 3000) && lines.size() < 5; i++) {
            Program program = generator.next(Family.X87, i % 6 == 0 ? 32 : 64);
            NativeResult there = silicon.run(program.nativeCase());
            List<String> differences = new ArrayList<>();
            differences.addAll(
                    Comparison.differences(program, there, twin.run(program.nativeCase())));
            if (there.fault() != null && there.fault().vector() == PAGE_FAULT) {
                // The processor has stored the first part of what reaches beyond the window's end.
                differences.removeIf(line -> line.startsWith("data at 0xff"));
            }
            if (!differences.isEmpty()) {
                lines.add(program + String.join("\n", differences));
            }
        }
        assertEquals("", String.join("\n", lines), "seed " + SEED);
    }

    private static void compare(int opcode, List<Integer> modrms) {
        Random random = new Random(SEED ^ opcode);
        List<NativeCase> cases = new ArrayList<>();
        for (int modrm : modrms) {
            for (int i = 0; i < CASES; i++) {
                boolean narrow = modrm < 0xc0 && random.nextInt(4) == 0;
                byte[] code = {(byte) opcode, (byte) modrm};
                byte[] prefixed = {0x66, (byte) opcode, (byte) modrm};
                cases.add(randomCase(random, narrow ? prefixed : code));
            }
        }
        List<NativeResult> there = silicon.run(cases);
        List<String> lines = new ArrayList<>();
        int last = -1;
        for (int i = 0; i < cases.size(); i++) {
            int modrm = i / CASES;
            if (modrm == last) {
                continue;
            }
            NativeCase c = cases.get(i);
            String before = describe(c.fxsave());
            String expected = outcome(c, there.get(i), there.get(i));
            String actual = outcome(c, twin.run(c), there.get(i));
            if (!expected.equals(actual)) {
                // One of each encoding will do.
                last = modrm;
                String code = HexFormat.of().formatHex(c.code());
                lines.add(
                        "%s from %s\n   host %s\n   here %s"
                                .formatted(code, before, expected, actual));
            }
        }
        assertEquals("", String.join("\n", lines), "seed " + SEED);
    }

    private static NativeCase randomCase(Random random, byte[] code) {
        byte[] image = FxState.initial();
        int control = random.nextInt(3) == 0 ? 0x37f : 0x40 | random.nextInt() & 0xf3f;
        FxState.put(image, FxState.FCW, 2, control);
        // A pending exception now and then.
        int flags = random.nextInt() & 0x7f;
        flags &= random.nextInt(16) == 0 ? -1 : control | 0x40;
        FxState.put(image, FxState.FSW, 2, random.nextInt() & 0x7f00 | flags);
        int top = (int) FxState.get(image, FxState.FSW, 2) >>> 11 & 7;
        // Mostly room for one and two numbers there.
        int inUse = random.nextInt() & 0xff;
        if (random.nextInt(3) != 0) {
            inUse = inUse & ~(1 << (top + 7 & 7)) | 1 << top | 1 << (top + 1 & 7);
        }
        FxState.put(image, FxState.FTW, 1, inUse);
        FxState.put(image, FxState.FIP, 8, 0x1234_5678);
        FxState.put(image, FxState.FDP, 8, 0x1abc_def0);
        FxState.put(image, FxState.FOP, 2, 0x123);
        for (int n = 0; n < 8; n++) {
            number(random, image, n);
        }
        long[] gpr = new long[16];
        Arrays.setAll(gpr, i -> 0x1111_1111_1111_1111L * i);
        gpr[4] = Layout.DATA + 0x800;
        gpr[7] = Layout.DATA + OPERAND;
        byte[] data = new byte[Layout.DATA_BYTES];
        random.nextBytes(data);
        operand(random, code, data);
        long rflags = random.nextLong() & 0x8d5;
        return new NativeCase(code, gpr, rflags, image, data);
    }

    private static void number(Random random, byte[] image, int n) {
        int exponent =
                random.nextInt(6) == 0
                        ? random.nextInt() & 0x7fff
                        : random.nextInt(2) == 0
                                ? 0x3fff - 70 + random.nextInt(140)
                                : EXPONENTS[random.nextInt(EXPONENTS.length)];
        long significand =
                random.nextInt(2) == 0
                        ? random.nextLong() | Long.MIN_VALUE
                        : SIGNIFICANDS[random.nextInt(SIGNIFICANDS.length)];
        FxState.st(image, n, exponent | random.nextInt(2) << 15, significand);
    }

    private static void operand(Random random, byte[] code, byte[] data) {
        byte[] spare = new byte[FxState.BYTES];
        number(random, spare, 0);
        switch (random.nextInt(5)) {
            case 0 -> System.arraycopy(spare, FxState.ST, data, OPERAND, 10);
            case 1 -> {
                double value = (random.nextInt(2000) - 1000) / 8.0;
                FxState.put(data, OPERAND, 8, Double.doubleToRawLongBits(value));
            }
            case 2 -> {
                float value = (random.nextInt(2000) - 1000) / 8.0f;
                FxState.put(data, OPERAND, 4, Float.floatToRawIntBits(value));
            }
            case 3 -> {
                long[] special = {
                    0,
                    1,
                    0x8000_0000L,
                    0x7f80_0001L,
                    0x7fc0_0000L,
                    0x7ff0_0000_0000_0001L,
                    0x7ff8_0000_0000_0000L,
                    Long.MIN_VALUE,
                    0x000f_ffff_ffff_ffffL,
                    0x7f80_0000L
                };
                FxState.put(data, OPERAND, 8, special[random.nextInt(special.length)]);
            }
            default -> {}
        }
        boolean bcd = (code[code.length - 2] & 0xff) == 0xdf;
        for (int i = 0; bcd && i < 10; i++) {
            // Other digits are undefined.
            int digits = data[OPERAND + i];
            data[OPERAND + i] = (byte) (digits & ~(digits >>> 1 & 0x44 | digits >>> 2 & 0x22));
        }
    }

    private static boolean isApproximate(NativeCase c) {
        int modrm = c.code()[c.code().length - 1] & 0xff;
        boolean transcendental =
                switch (modrm) {
                    case 0xf0, 0xf1, 0xf2, 0xf3, 0xf9, 0xfb, 0xfe, 0xff -> true;
                    default -> false;
                };
        return transcendental && c.code()[0] == (byte) 0xd9;
    }

    // FNSTENV's and FNSAVE's pointers: later processors give selectors of zero.
    private static byte[] withoutPointers(NativeCase c, byte[] data) {
        byte[] copy = data.clone();
        int reg = c.code()[c.code().length - 1] >>> 3 & 7;
        int opcode = c.code()[c.code().length - 2] & 0xff;
        if (reg == 6 && (opcode == 0xd9 || opcode == 0xdd)) {
            boolean narrow = c.code().length == 3;
            Arrays.fill(copy, OPERAND + (narrow ? 6 : 12), OPERAND + (narrow ? 14 : 28), (byte) 0);
        }
        return copy;
    }

    private static String outcome(NativeCase c, NativeResult result, NativeResult host) {
        byte[] image = result.fxsave();
        if (isApproximate(c)) {
            // Whether it was rounded up is the processor's own affair, and so is the last place.
            image = image.clone();
            FxState.put(image, FxState.FSW, 2, FxState.get(image, FxState.FSW, 2) & ~C1);
            for (int at = FxState.ST; at <= FxState.ST + 16; at += 16) {
                if (areNeighbours(image, host.fxsave(), at)) {
                    System.arraycopy(host.fxsave(), at, image, at, 10);
                }
            }
        }
        StringBuilder text = new StringBuilder();
        text.append(result.fault() == null ? "done" : result.fault());
        text.append(" flags %x ax %x ".formatted(result.rflags(), result.gpr()[0]));
        text.append(describe(image));
        byte[] data = withoutPointers(c, result.data());
        byte[] changed = Arrays.copyOfRange(data, OPERAND, OPERAND + 108);
        if (!Arrays.equals(changed, Arrays.copyOfRange(c.data(), OPERAND, OPERAND + 108))) {
            text.append(" wrote ").append(HexFormat.of().formatHex(changed));
        }
        return text.toString();
    }

    /** Whether two numbers are at most a last place apart, across a power of two as well. */
    private static boolean areNeighbours(byte[] one, byte[] two, int at) {
        long significand = FxState.get(one, at, 8);
        long other = FxState.get(two, at, 8);
        return switch ((int) (FxState.get(one, at + 8, 2) - FxState.get(two, at + 8, 2))) {
            case 0 -> Math.abs(significand - other) <= 1;
            case 1 -> significand == Long.MIN_VALUE && other == -1;
            case -1 -> significand == -1 && other == Long.MIN_VALUE;
            default -> false;
        };
    }

    private static String describe(byte[] image) {
        StringBuilder text = new StringBuilder();
        text.append(
                "control %04x status %04x in use %02x ip %x"
                        .formatted(
                                FxState.get(image, FxState.FCW, 2),
                                FxState.get(image, FxState.FSW, 2),
                                FxState.get(image, FxState.FTW, 1),
                                FxState.get(image, FxState.FIP, 8)));
        for (int n = 0; n < 8; n++) {
            text.append(
                    " %04x:%016x"
                            .formatted(
                                    FxState.get(image, FxState.ST + 16 * n + 8, 2),
                                    FxState.get(image, FxState.ST + 16 * n, 8)));
        }
        return text.toString();
    }
}
