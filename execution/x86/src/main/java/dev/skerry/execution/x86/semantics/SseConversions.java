package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.VectorOp;
import dev.skerry.execution.x86.fp.Binary32;
import dev.skerry.execution.x86.fp.Binary64;
import dev.skerry.execution.x86.fp.FpEnv;
import dev.skerry.execution.x86.state.CpuState;

/** Conversions between integers, single and double precision. Intel SDM 2, by instruction. */
final class SseConversions {
    private static final long LOW = 0xffff_ffffL;

    private SseConversions() {}

    static void execute(Core c, Insn in) {
        switch (in.vector) {
            case CVTSI2SS, CVTSI2SD, CVTSS2SD, CVTSD2SS -> toScalar(c, in);
            case CVTSS2SI, CVTTSS2SI, CVTSD2SI, CVTTSD2SI -> toGeneral(c, in);
            case CVTPI2PS, CVTPI2PD -> fromMmx(c, in);
            case CVTPS2PI, CVTTPS2PI, CVTPD2PI, CVTTPD2PI -> toMmx(c, in);
            default -> packed(c, in);
        }
    }

    private static void toScalar(Core c, Insn in) {
        CpuState s = c.state;
        FpEnv e = s.sse;
        int n = 2 * in.a;
        long value =
                switch (in.vector) {
                    case CVTSI2SS -> {
                        long a = general(c, in);
                        int r =
                                in.size == 8
                                        ? Binary32.fromLong(e, a)
                                        : Binary32.fromInt(e, (int) a);
                        yield s.xmm[n] & ~LOW | r & LOW;
                    }
                    case CVTSI2SD -> {
                        long a = general(c, in);
                        yield in.size == 8 ? Binary64.fromLong(e, a) : Binary64.fromInt((int) a);
                    }
                    case CVTSS2SD -> Binary64.fromSingle(e, (int) SseSemantics.scalar(c, in, 4));
                    default -> {
                        int r = Binary32.fromDouble(e, SseSemantics.scalar(c, in, 8));
                        yield s.xmm[n] & ~LOW | r & LOW;
                    }
                };
        SseSemantics.settle(s);
        s.xmm[n] = value;
    }

    private static long general(Core c, Insn in) {
        return in.form == Form.M ? SseSemantics.load(c, in, in.size) : c.state.gpr[in.b];
    }

    private static void toGeneral(Core c, Insn in) {
        CpuState s = c.state;
        FpEnv e = s.sse;
        boolean wide = in.size == 8;
        long value =
                switch (in.vector) {
                    case CVTSS2SI -> {
                        int a = (int) SseSemantics.scalar(c, in, 4);
                        yield wide ? Binary32.roundToLong(e, a) : Binary32.roundToInt(e, a);
                    }
                    case CVTTSS2SI -> {
                        int a = (int) SseSemantics.scalar(c, in, 4);
                        yield wide ? Binary32.truncateToLong(e, a) : Binary32.truncateToInt(e, a);
                    }
                    case CVTSD2SI -> {
                        long a = SseSemantics.scalar(c, in, 8);
                        yield wide ? Binary64.roundToLong(e, a) : Binary64.roundToInt(e, a);
                    }
                    default -> {
                        long a = SseSemantics.scalar(c, in, 8);
                        yield wide ? Binary64.truncateToLong(e, a) : Binary64.truncateToInt(e, a);
                    }
                };
        SseSemantics.settle(s);
        Registers.set(s, in.a, in.size, value);
    }

    private static long both(int low, int high) {
        return low & LOW | (long) high << 32;
    }

    private static void fromMmx(Core c, Insn in) {
        CpuState s = c.state;
        FpEnv e = s.sse;
        boolean memory = in.form == Form.M;
        long a = memory ? SseSemantics.load(c, in, 8) : SseSemantics.mmx(s, in.b);
        int low = (int) a;
        int high = (int) (a >>> 32);
        if (in.vector == VectorOp.CVTPI2PS) {
            long value = both(Binary32.fromInt(e, low), Binary32.fromInt(e, high));
            if (!memory) {
                SseSemantics.enterMmx(s);
            }
            SseSemantics.settle(s);
            s.xmm[2 * in.a] = value;
        } else {
            if (!memory) {
                SseSemantics.enterMmx(s);
            }
            SseSemantics.setXmm(s, in.a, Binary64.fromInt(low), Binary64.fromInt(high));
        }
    }

    private static void toMmx(Core c, Insn in) {
        CpuState s = c.state;
        FpEnv e = s.sse;
        long value =
                switch (in.vector) {
                    case CVTPS2PI -> {
                        long a = SseSemantics.scalar(c, in, 8);
                        yield both(
                                Binary32.roundToInt(e, (int) a),
                                Binary32.roundToInt(e, (int) (a >>> 32)));
                    }
                    case CVTTPS2PI -> {
                        long a = SseSemantics.scalar(c, in, 8);
                        yield both(
                                Binary32.truncateToInt(e, (int) a),
                                Binary32.truncateToInt(e, (int) (a >>> 32)));
                    }
                    case CVTPD2PI -> {
                        SseSemantics.source(c, in, false);
                        yield both(
                                Binary64.roundToInt(e, s.sourceLow),
                                Binary64.roundToInt(e, s.sourceHigh));
                    }
                    default -> {
                        SseSemantics.source(c, in, false);
                        yield both(
                                Binary64.truncateToInt(e, s.sourceLow),
                                Binary64.truncateToInt(e, s.sourceHigh));
                    }
                };
        // Processors have changed to MMX when they notice an unmasked exception.
        SseSemantics.enterMmx(s);
        SseSemantics.settle(s);
        SseSemantics.setMmx(s, in.a, value);
    }

    private static void packed(Core c, Insn in) {
        CpuState s = c.state;
        FpEnv e = s.sse;
        switch (in.vector) {
            case CVTPS2PD, CVTDQ2PD -> {
                long a = SseSemantics.scalar(c, in, 8);
                boolean single = in.vector == VectorOp.CVTPS2PD;
                s.low = single ? Binary64.fromSingle(e, (int) a) : Binary64.fromInt((int) a);
                int upper = (int) (a >>> 32);
                s.high = single ? Binary64.fromSingle(e, upper) : Binary64.fromInt(upper);
            }
            case CVTPD2PS -> {
                SseSemantics.source(c, in, false);
                s.low =
                        both(
                                Binary32.fromDouble(e, s.sourceLow),
                                Binary32.fromDouble(e, s.sourceHigh));
                s.high = 0;
            }
            case CVTPD2DQ -> {
                SseSemantics.source(c, in, false);
                s.low =
                        both(
                                Binary64.roundToInt(e, s.sourceLow),
                                Binary64.roundToInt(e, s.sourceHigh));
                s.high = 0;
            }
            case CVTTPD2DQ -> {
                SseSemantics.source(c, in, false);
                s.low =
                        both(
                                Binary64.truncateToInt(e, s.sourceLow),
                                Binary64.truncateToInt(e, s.sourceHigh));
                s.high = 0;
            }
            default -> {
                SseSemantics.source(c, in, false);
                s.low = fourByFour(e, in, s.sourceLow);
                s.high = fourByFour(e, in, s.sourceHigh);
            }
        }
        SseSemantics.settle(s);
        SseSemantics.setXmm(s, in.a, s.low, s.high);
    }

    /** Conversions between doublewords and singles, two at a time. */
    private static long fourByFour(FpEnv e, Insn in, long value) {
        int low = (int) value;
        int high = (int) (value >>> 32);
        return switch (in.vector) {
            case CVTDQ2PS -> both(Binary32.fromInt(e, low), Binary32.fromInt(e, high));
            case CVTPS2DQ -> both(Binary32.roundToInt(e, low), Binary32.roundToInt(e, high));
            default -> both(Binary32.truncateToInt(e, low), Binary32.truncateToInt(e, high));
        };
    }
}
