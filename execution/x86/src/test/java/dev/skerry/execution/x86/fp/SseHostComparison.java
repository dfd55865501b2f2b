package dev.skerry.execution.x86.fp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Random SSE cases, run here and on the host. */
final class SseHostComparison {
    private static final long LOW = 0xffff_ffffL;
    private static final int ALL_MASKED = 0x1f80;

    /** One instruction as this package does it; scalars of 32 bits in the lower half. */
    interface Operation {
        long run(FpEnv env, long a, long b);
    }

    private enum Kind {
        SINGLE,
        DOUBLE,
        INTEGER
    }

    private record Entry(Kind kind, Operation operation) {}

    private static final Map<String, Entry> ENTRIES = entries();

    private SseHostComparison() {}

    static List<String> names() {
        return List.copyOf(ENTRIES.keySet());
    }

    private static Map<String, Entry> entries() {
        Map<String, Entry> map = new LinkedHashMap<>();
        single(map, "addss", (env, a, b) -> Binary32.add(env, (int) a, (int) b) & LOW);
        single(map, "subss", (env, a, b) -> Binary32.subtract(env, (int) a, (int) b) & LOW);
        single(map, "mulss", (env, a, b) -> Binary32.multiply(env, (int) a, (int) b) & LOW);
        single(map, "divss", (env, a, b) -> Binary32.divide(env, (int) a, (int) b) & LOW);
        single(map, "minss", (env, a, b) -> Binary32.minimum(env, (int) a, (int) b) & LOW);
        single(map, "maxss", (env, a, b) -> Binary32.maximum(env, (int) a, (int) b) & LOW);
        single(map, "sqrtss", (env, a, b) -> Binary32.squareRoot(env, (int) a) & LOW);
        single(
                map,
                "comiss",
                (env, a, b) -> Comparison.flags(Binary32.compare(env, (int) a, (int) b, true)));
        single(
                map,
                "ucomiss",
                (env, a, b) -> Comparison.flags(Binary32.compare(env, (int) a, (int) b, false)));
        single(map, "cvtss2sd", (env, a, b) -> Binary64.fromSingle(env, (int) a));
        single(map, "cvtss2si32", (env, a, b) -> Binary32.roundToInt(env, (int) a) & LOW);
        single(map, "cvtss2si64", (env, a, b) -> Binary32.roundToLong(env, (int) a));
        single(map, "cvttss2si32", (env, a, b) -> Binary32.truncateToInt(env, (int) a) & LOW);
        single(map, "cvttss2si64", (env, a, b) -> Binary32.truncateToLong(env, (int) a));
        single(map, "rcpss", (env, a, b) -> Approximation.reciprocal((int) a) & LOW);
        single(map, "rsqrtss", (env, a, b) -> Approximation.reciprocalRoot((int) a) & LOW);
        wide(map, "addsd", Binary64::add);
        wide(map, "subsd", Binary64::subtract);
        wide(map, "mulsd", Binary64::multiply);
        wide(map, "divsd", Binary64::divide);
        wide(map, "minsd", Binary64::minimum);
        wide(map, "maxsd", Binary64::maximum);
        wide(map, "sqrtsd", (env, a, b) -> Binary64.squareRoot(env, a));
        wide(map, "comisd", (env, a, b) -> Comparison.flags(Binary64.compare(env, a, b, true)));
        wide(map, "ucomisd", (env, a, b) -> Comparison.flags(Binary64.compare(env, a, b, false)));
        wide(map, "cvtsd2ss", (env, a, b) -> a & ~LOW | Binary32.fromDouble(env, a) & LOW);
        wide(map, "cvtsd2si32", (env, a, b) -> Binary64.roundToInt(env, a) & LOW);
        wide(map, "cvtsd2si64", (env, a, b) -> Binary64.roundToLong(env, a));
        wide(map, "cvttsd2si32", (env, a, b) -> Binary64.truncateToInt(env, a) & LOW);
        wide(map, "cvttsd2si64", (env, a, b) -> Binary64.truncateToLong(env, a));
        integer(map, "cvtsi2ss32", (env, a, b) -> Binary32.fromInt(env, (int) a) & LOW);
        integer(map, "cvtsi2ss64", (env, a, b) -> Binary32.fromLong(env, a) & LOW);
        integer(map, "cvtsi2sd32", (env, a, b) -> Binary64.fromInt((int) a));
        integer(map, "cvtsi2sd64", (env, a, b) -> Binary64.fromLong(env, a));
        for (int i = 0; i < 8; i++) {
            int predicate = i;
            single(
                    map,
                    "cmpss" + i,
                    (env, a, b) -> Binary32.compareMask(env, (int) a, (int) b, predicate) & LOW);
            wide(map, "cmpsd" + i, (env, a, b) -> Binary64.compareMask(env, a, b, predicate));
        }
        for (int i : new int[] {0, 1, 2, 3, 4, 8, 9, 10, 11, 12}) {
            single(map, "roundss" + i, (env, a, b) -> Binary32.toIntegral(env, (int) a, i) & LOW);
            wide(map, "roundsd" + i, (env, a, b) -> Binary64.toIntegral(env, a, i));
        }
        return map;
    }

    private static void single(Map<String, Entry> map, String name, Operation operation) {
        map.put(name, new Entry(Kind.SINGLE, operation));
    }

    private static void wide(Map<String, Entry> map, String name, Operation operation) {
        map.put(name, new Entry(Kind.DOUBLE, operation));
    }

    private static void integer(Map<String, Entry> map, String name, Operation operation) {
        map.put(name, new Entry(Kind.INTEGER, operation));
    }

    /** The first few differences, as lines to read; empty if there are none. */
    static List<String> differences(HostFpu host, String name, long seed, int count)
            throws IOException, InterruptedException {
        Entry entry = ENTRIES.get(name);
        Operands operands = new Operands(seed ^ name.hashCode());
        ByteBuffer cases =
                ByteBuffer.allocate(count * HostFpu.SSE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int number = host.number(name);
        for (int i = 0; i < count; i++) {
            long a = operand(operands, entry.kind(), operands.bits());
            long b = operand(operands, entry.kind(), a);
            cases.putInt(number)
                    .putInt(mxcsr(operands))
                    .putLong(a)
                    .putLong(b)
                    .putLong(0)
                    .putInt(0)
                    .putInt(0);
        }
        ByteBuffer answers = host.run("sse", cases.flip());
        List<String> lines = new ArrayList<>();
        FpEnv env = new FpEnv();
        for (int i = 0; i < count && lines.size() < 10; i++) {
            int at = i * HostFpu.SSE_BYTES;
            int mxcsr = answers.getInt(at + 4);
            long a = answers.getLong(at + 8);
            long b = answers.getLong(at + 16);
            long expected = answers.getLong(at + 24);
            int expectedMxcsr = answers.getInt(at + 32);
            boolean expectedTrap = answers.getInt(at + 36) != 0;
            env.loadMxcsr(mxcsr);
            long result = entry.operation().run(env, a, b);
            boolean trap = env.raised != 0 && env.settle();
            if (trap != expectedTrap
                    || env.mxcsr() != expectedMxcsr
                    || !trap && result != expected) {
                lines.add(
                        String.format(
                                "%s mxcsr %04x, %016x, %016x: here %016x %04x%s, host %016x %04x%s",
                                name,
                                mxcsr,
                                a,
                                b,
                                result,
                                env.mxcsr(),
                                trap ? " trap" : "",
                                expected,
                                expectedMxcsr,
                                expectedTrap ? " trap" : ""));
            }
        }
        return lines;
    }

    private static long operand(Operands operands, Kind kind, long neighbour) {
        return switch (kind) {
            case SINGLE -> operands.binary32((int) neighbour) & LOW;
            case DOUBLE -> operands.binary64(neighbour);
            case INTEGER -> operands.integer();
        };
    }

    // A third as most guests run (nearest, all masked, PE set already or not), the others anything.
    private static int mxcsr(Operands operands) {
        return switch (operands.below(6)) {
            case 0 -> ALL_MASKED;
            case 1 -> ALL_MASKED | FpEnv.PRECISION;
            case 2 ->
                    (int) operands.bits() & 0xe040 | ALL_MASKED | (int) operands.bits() & FpEnv.ALL;
            // A flag set whose exception is unmasked does not trap by itself.
            default -> (int) operands.bits() & 0xffff;
        };
    }
}
