package dev.skerry.execution.x86.fp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Random x87 cases, run here and on the host. Two registers hold numbers; the others are empty. */
final class X87HostComparison {
    private static final int CONDITIONS = 0x4700;
    private static final int C1 = 0x200;
    private static final int COMPARE_CONDITIONS = 0x4500;
    private static final int STATUS = 4;
    private static final int TWO_REGISTERS = 0x3;

    /** A register stack of three and a memory operand of 16 bytes, before and after an instruction. */
    static final class Machine {
        final FpEnv env;
        int se;
        long significand;
        int secondSe;
        long second;
        long memoryLow;
        int memoryHigh;
        int memoryBytes;
        int conditions;
        // How many numbers the instruction pushed (or popped, if negative).
        int pushed;

        Machine(FpEnv env) {
            this.env = env;
        }

        boolean blocked() {
            return env.blocked();
        }

        // Writes ST(0) unless the exception response forbids.
        void top(long result) {
            if (!blocked()) {
                significand = result;
                se = env.signExponent;
            }
        }

        void push(long result) {
            if (!blocked()) {
                second = significand;
                secondSe = se;
                significand = result;
                se = env.signExponent;
                pushed = 1;
            }
        }

        // FLD of m32 and m64: an unmasked denormal is loaded all the same.
        void load(long result) {
            if (!ExtendedFormats.loadBlocked(env)) {
                second = significand;
                secondSe = se;
                significand = result;
                se = env.signExponent;
                pushed = 1;
            }
        }

        void pop() {
            significand = second;
            se = secondSe;
            second = 0;
            secondSe = 0;
            pushed = -1;
        }

        // Writes ST(1) and pops.
        void topOfTwo(long result) {
            if (!blocked()) {
                second = result;
                secondSe = env.signExponent;
                pop();
            }
        }

        void compared(int outcome) {
            conditions = conditions & ~COMPARE_CONDITIONS | Comparison.conditions(outcome);
        }

        // Condition codes of the instructions that say which they change.
        void conditionsFromEnv() {
            conditions = conditions & ~env.conditionsMask | env.conditions;
        }

        void store(long low, int high, int bytes) {
            if (!ExtendedFormats.storeBlocked(env)) {
                long mask = bytes >= 8 ? -1 : (1L << 8 * bytes) - 1;
                memoryLow = memoryLow & ~mask | low & mask;
                memoryHigh = bytes > 8 ? high : memoryHigh;
            }
        }
    }

    /** One instruction as this package does it. */
    interface Operation {
        void run(Machine machine);
    }

    /** Arithmetic of ST(0) and another number. */
    interface Binary {
        long run(FpEnv env, int aSe, long a, int bSe, long b);
    }

    /** Arithmetic of ST(0) alone. */
    interface Unary {
        long run(FpEnv env, int se, long a);
    }

    static final Map<String, Operation> OPERATIONS = operations();

    private X87HostComparison() {}

    private static Operation registers(Binary binary) {
        return m -> m.top(binary.run(m.env, m.se, m.significand, m.secondSe, m.second));
    }

    private static Operation reversed(Binary binary) {
        return m -> m.top(binary.run(m.env, m.secondSe, m.second, m.se, m.significand));
    }

    private static Operation one(Unary unary) {
        return m -> m.top(unary.run(m.env, m.se, m.significand));
    }

    private static Operation memory64(Binary binary) {
        return m -> {
            long b = ExtendedFormats.operand64(m.env, m.memoryLow);
            m.top(binary.run(m.env, m.se, m.significand, m.env.signExponent, b));
        };
    }

    private static Operation memory32(Binary binary) {
        return m -> {
            long b = ExtendedFormats.operand32(m.env, (int) m.memoryLow);
            m.top(binary.run(m.env, m.se, m.significand, m.env.signExponent, b));
        };
    }

    private static Operation integer(int bits, Binary binary) {
        return m -> {
            long b = ExtendedFormats.fromInteger(m.env, m.memoryLow << 64 - bits >> 64 - bits);
            m.top(binary.run(m.env, m.se, m.significand, m.env.signExponent, b));
        };
    }

    private static Binary swapped(Binary binary) {
        return (env, aSe, a, bSe, b) -> binary.run(env, bSe, b, aSe, a);
    }

    private static Map<String, Operation> operations() {
        Map<String, Operation> map = new LinkedHashMap<>();
        map.put("fadd", registers(Extended::add));
        map.put("fsub", registers(Extended::subtract));
        map.put("fsubr", reversed(Extended::subtract));
        map.put("fmul", registers(Extended::multiply));
        map.put("fdiv", registers(Extended::divide));
        map.put("fdivr", reversed(Extended::divide));
        map.put("fsqrt", one(Extended::squareRoot));
        map.put("frndint", one(ExtendedFormats::toIntegral));
        map.put("fscale", registers(ExtendedScaling::scale));
        map.put(
                "fprem",
                m -> {
                    m.top(
                            ExtendedScaling.remainder(
                                    m.env, m.se, m.significand, m.secondSe, m.second));
                    m.conditionsFromEnv();
                });
        map.put(
                "fprem1",
                m -> {
                    m.top(
                            ExtendedScaling.nearestRemainder(
                                    m.env, m.se, m.significand, m.secondSe, m.second));
                    m.conditionsFromEnv();
                });
        map.put(
                "fxtract",
                m -> {
                    long result = ExtendedScaling.extract(m.env, m.se, m.significand);
                    int se = m.env.signExponent;
                    if (!m.blocked()) {
                        m.significand = m.env.second;
                        m.se = m.env.secondSignExponent;
                        m.env.signExponent = se;
                        m.push(result);
                    }
                });
        map.put("fxam", m -> m.conditions = Extended.examine(m.se, m.significand));
        map.put("ftst", m -> m.compared(Extended.compare(m.env, m.se, m.significand, 0, 0, true)));
        map.put(
                "fcom",
                m ->
                        m.compared(
                                Extended.compare(
                                        m.env, m.se, m.significand, m.secondSe, m.second, true)));
        map.put(
                "fucom",
                m ->
                        m.compared(
                                Extended.compare(
                                        m.env, m.se, m.significand, m.secondSe, m.second, false)));
        map.put("fldz", m -> m.push(ExtendedConstants.ZERO.load(m.env)));
        map.put("fld1", m -> m.push(ExtendedConstants.ONE.load(m.env)));
        map.put("fldpi", m -> m.push(ExtendedConstants.PI.load(m.env)));
        map.put("fldl2t", m -> m.push(ExtendedConstants.LOG2_TEN.load(m.env)));
        map.put("fldl2e", m -> m.push(ExtendedConstants.LOG2_E.load(m.env)));
        map.put("fldlg2", m -> m.push(ExtendedConstants.LOG10_TWO.load(m.env)));
        map.put("fldln2", m -> m.push(ExtendedConstants.LN_TWO.load(m.env)));
        map.put("flds", m -> m.load(ExtendedFormats.load32(m.env, (int) m.memoryLow)));
        map.put("fldl", m -> m.load(ExtendedFormats.load64(m.env, m.memoryLow)));
        map.put("filds", m -> m.push(ExtendedFormats.fromInteger(m.env, (short) m.memoryLow)));
        map.put("fildl", m -> m.push(ExtendedFormats.fromInteger(m.env, (int) m.memoryLow)));
        map.put("fildll", m -> m.push(ExtendedFormats.fromInteger(m.env, m.memoryLow)));
        map.put("fbld", m -> m.push(ExtendedFormats.fromBcd(m.env, m.memoryLow, m.memoryHigh)));
        map.put("fsts", m -> m.store(ExtendedFormats.store32(m.env, m.se, m.significand), 0, 4));
        map.put("fstl", m -> m.store(ExtendedFormats.store64(m.env, m.se, m.significand), 0, 8));
        map.put(
                "fists",
                m -> m.store(ExtendedFormats.toInteger(m.env, m.se, m.significand, 16), 0, 2));
        map.put(
                "fistl",
                m -> m.store(ExtendedFormats.toInteger(m.env, m.se, m.significand, 32), 0, 4));
        map.put(
                "fistpll",
                popping(
                        m ->
                                m.store(
                                        ExtendedFormats.toInteger(m.env, m.se, m.significand, 64),
                                        0,
                                        8)));
        map.put(
                "fisttps",
                popping(
                        m ->
                                m.store(
                                        ExtendedFormats.truncateToInteger(
                                                m.env, m.se, m.significand, 16),
                                        0,
                                        2)));
        map.put(
                "fisttpl",
                popping(
                        m ->
                                m.store(
                                        ExtendedFormats.truncateToInteger(
                                                m.env, m.se, m.significand, 32),
                                        0,
                                        4)));
        map.put(
                "fisttpll",
                popping(
                        m ->
                                m.store(
                                        ExtendedFormats.truncateToInteger(
                                                m.env, m.se, m.significand, 64),
                                        0,
                                        8)));
        map.put(
                "fbstp",
                popping(
                        m -> {
                            long low = ExtendedFormats.toBcd(m.env, m.se, m.significand);
                            m.store(low, m.env.signExponent, 10);
                        }));
        map.put("fadds", memory32(Extended::add));
        map.put("faddl", memory64(Extended::add));
        map.put("fsubs", memory32(Extended::subtract));
        map.put("fsubl", memory64(Extended::subtract));
        map.put("fsubrl", memory64(swapped(Extended::subtract)));
        map.put("fmuls", memory32(Extended::multiply));
        map.put("fmull", memory64(Extended::multiply));
        map.put("fdivs", memory32(Extended::divide));
        map.put("fdivrs", memory32(swapped(Extended::divide)));
        map.put("fdivl", memory64(Extended::divide));
        map.put("fiadds", integer(16, Extended::add));
        map.put("fiaddl", integer(32, Extended::add));
        map.put("fidivrl", integer(32, swapped(Extended::divide)));
        map.put(
                "fcoms",
                m -> {
                    long b = ExtendedFormats.operand32(m.env, (int) m.memoryLow);
                    m.compared(
                            Extended.compare(
                                    m.env, m.se, m.significand, m.env.signExponent, b, true));
                });
        map.put(
                "fcoml",
                m -> {
                    long b = ExtendedFormats.operand64(m.env, m.memoryLow);
                    m.compared(
                            Extended.compare(
                                    m.env, m.se, m.significand, m.env.signExponent, b, true));
                });
        map.put(
                "ficoml",
                m -> {
                    long b = ExtendedFormats.fromInteger(m.env, (int) m.memoryLow);
                    m.compared(
                            Extended.compare(
                                    m.env, m.se, m.significand, m.env.signExponent, b, true));
                });
        map.put("f2xm1", one(ExtendedLogarithm::exponential));
        map.put(
                "fyl2x",
                m ->
                        m.topOfTwo(
                                ExtendedLogarithm.logarithm(
                                        m.env, m.se, m.significand, m.secondSe, m.second)));
        map.put(
                "fyl2xp1",
                m ->
                        m.topOfTwo(
                                ExtendedLogarithm.logarithmOfOnePlus(
                                        m.env, m.se, m.significand, m.secondSe, m.second)));
        map.put(
                "fpatan",
                m ->
                        m.topOfTwo(
                                ExtendedTrigonometry.arctangent(
                                        m.env, m.se, m.significand, m.secondSe, m.second)));
        map.put("fsin", reduced(one(ExtendedTrigonometry::sine)));
        map.put("fcos", reduced(one(ExtendedTrigonometry::cosine)));
        map.put("fsincos", reduced(replacingAndPushing(ExtendedTrigonometry::sineAndCosine)));
        map.put("fptan", reduced(replacingAndPushing(ExtendedTrigonometry::tangent)));
        return map;
    }

    private static Operation reduced(Operation operation) {
        return m -> {
            operation.run(m);
            m.conditionsFromEnv();
        };
    }

    private static Operation replacingAndPushing(Unary unary) {
        return m -> {
            long top = unary.run(m.env, m.se, m.significand);
            int topSe = m.env.signExponent;
            if (!m.blocked() && m.env.conditions == 0) {
                m.significand = m.env.second;
                m.se = m.env.secondSignExponent;
                m.env.signExponent = topSe;
                m.push(top);
            }
        };
    }

    private static Operation popping(Operation store) {
        return m -> {
            store.run(m);
            if (!ExtendedFormats.storeBlocked(m.env)) {
                m.pop();
            }
        };
    }

    /** Instructions whose last bit, and whether it was rounded up, is the processor's own affair. */
    static final List<String> APPROXIMATE =
            List.of("f2xm1", "fyl2x", "fyl2xp1", "fpatan", "fsin", "fcos", "fsincos", "fptan");

    static List<String> exact() {
        return OPERATIONS.keySet().stream().filter(name -> !APPROXIMATE.contains(name)).toList();
    }

    private static boolean agree(Outcome here, Outcome there, boolean approximately) {
        if (!approximately) {
            return here.equals(there);
        }
        boolean rest =
                here.flags() == there.flags()
                        && here.pushed() == there.pushed()
                        && (here.conditions() & ~C1) == (there.conditions() & ~C1);
        return rest && here.top().isNear(there.top()) && here.second().isNear(there.second());
    }

    /** A register's content. */
    record Number(int se, long significand) {
        // At most one unit in the last place away, across a power of two as well.
        boolean isNear(Number other) {
            // Denormal and smallest normal numbers have the same unit.
            int exponent = Math.max(1, se & 0x7fff);
            int otherExponent = Math.max(1, other.se & 0x7fff);
            if ((se ^ other.se) > 0x7fff) {
                return false;
            }
            return switch (exponent - otherExponent) {
                case 0 -> Math.abs(significand - other.significand) <= 1;
                case 1 -> significand == Long.MIN_VALUE && other.significand == -1;
                case -1 -> other.significand == Long.MIN_VALUE && significand == -1;
                default -> false;
            };
        }

        @Override
        public String toString() {
            return String.format("%04x:%016x", se, significand);
        }
    }

    /** What an instruction left. */
    record Outcome(
            Number top,
            Number second,
            long memoryLow,
            int memoryHigh,
            int flags,
            int conditions,
            int pushed) {
        @Override
        public String toString() {
            return String.format(
                    "%s, %s, memory %04x%016x, flags %02x, conditions %04x, pushed %d",
                    top, second, memoryHigh, memoryLow, flags, conditions, pushed);
        }
    }

    /** The first few differences, as lines to read; empty if there are none. */
    static List<String> differences(HostFpu host, String name, long seed, int count)
            throws IOException, InterruptedException {
        ByteBuffer cases = cases(host.number(name), new Operands(seed ^ name.hashCode()), count);
        ByteBuffer answers = host.run("x87", cases);
        List<String> lines = new ArrayList<>();
        Operation operation = OPERATIONS.get(name);
        for (int i = 0; i < count && lines.size() < 10; i++) {
            Outcome here = outcomeHere(operation, answers, i * HostFpu.X87_BYTES);
            Outcome there = outcomeThere(answers, i * HostFpu.X87_BYTES);
            if (!agree(here, there, APPROXIMATE.contains(name))) {
                lines.add(
                        before(name, answers, i * HostFpu.X87_BYTES)
                                + ": here "
                                + here
                                + ", host "
                                + there);
            }
        }
        return lines;
    }

    static ByteBuffer cases(int number, Operands operands, int count) {
        ByteBuffer cases =
                ByteBuffer.allocate(count * HostFpu.X87_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            int at = i * HostFpu.X87_BYTES;
            cases.putShort(at, (short) number).putShort(at + 2, (short) control(operands));
            cases.putShort(
                    at + STATUS,
                    (short) (operands.below(2) == 0 ? 0 : (int) operands.bits() & CONDITIONS));
            cases.putInt(at + 8, TWO_REGISTERS);
            int se = operands.extendedExponent(0x3fff);
            long significand = operands.extendedSignificand(operands.bits());
            cases.putLong(at + 16, significand).putShort(at + 24, (short) se);
            cases.putLong(at + 32, operands.extendedSignificand(significand));
            cases.putShort(at + 40, (short) operands.extendedExponent(se));
            cases.putLong(at + 48, memory(operands))
                    .putShort(at + 56, (short) digits(operands.bits()));
        }
        return cases;
    }

    private static long memory(Operands operands) {
        return switch (operands.below(4)) {
            case 0 -> operands.binary64(0x3ff0000000000000L);
            case 1 -> operands.binary32(0x3f800000) & 0xffff_ffffL | operands.bits() << 32;
            case 2 -> operands.integer();
            default -> digits(operands.bits());
        };
    }

    // Only digits below 10.
    private static long digits(long bits) {
        return bits & ~(bits >>> 1 & 0x4444_4444_4444_4444L | bits >>> 2 & 0x2222_2222_2222_2222L);
    }

    private static int control(Operands operands) {
        return switch (operands.below(4)) {
            case 0 -> FpEnv.CONTROL_WORD_INIT;
            case 1 -> FpEnv.CONTROL_WORD_INIT & ~0xf00 | (int) operands.bits() & 0xf00;
            default -> 0x40 | (int) operands.bits() & 0xf3f;
        };
    }

    static String before(String name, ByteBuffer cases, int at) {
        return String.format(
                "%s control %04x, status %04x, %s, %s, memory %04x%016x",
                name,
                cases.getShort(at + 2),
                cases.getShort(at + STATUS),
                number(cases, at + 16),
                number(cases, at + 32),
                cases.getShort(at + 56),
                cases.getLong(at + 48));
    }

    private static Number number(ByteBuffer cases, int at) {
        return new Number(cases.getShort(at + 8) & 0xffff, cases.getLong(at));
    }

    static Outcome outcomeThere(ByteBuffer answers, int at) {
        int status = answers.getShort(at + 6) & 0xffff;
        int top = status >>> 11 & 7;
        return new Outcome(
                number(answers, at + 64),
                number(answers, at + 80),
                answers.getLong(at + 96),
                answers.getShort(at + 104) & 0xffff,
                status & FpEnv.ALL,
                status & CONDITIONS,
                -(byte) (top << 5) / 32);
    }

    static Machine machine(ByteBuffer cases, int at) {
        Machine m = new Machine(new FpEnv());
        m.env.loadControlWord(cases.getShort(at + 2));
        m.significand = cases.getLong(at + 16);
        m.se = cases.getShort(at + 24) & 0xffff;
        m.second = cases.getLong(at + 32);
        m.secondSe = cases.getShort(at + 40) & 0xffff;
        m.memoryLow = cases.getLong(at + 48);
        m.memoryHigh = cases.getShort(at + 56) & 0xffff;
        // Every instruction but FPREM and FXAM says with C1 whether it rounded up.
        m.conditions = cases.getShort(at + STATUS) & COMPARE_CONDITIONS;
        return m;
    }

    static Outcome outcomeHere(Operation operation, ByteBuffer cases, int at) {
        Machine m = machine(cases, at);
        operation.run(m);
        m.env.settle();
        int conditions = m.conditions | (m.env.roundedUp ? C1 : 0);
        return new Outcome(
                new Number(m.se, m.significand),
                new Number(m.secondSe, m.second),
                m.memoryLow,
                m.memoryHigh,
                m.env.flags(),
                conditions,
                m.pushed);
    }
}
