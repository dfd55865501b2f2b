package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.fp.Binary32;
import dev.skerry.execution.x86.fp.Binary64;
import dev.skerry.execution.x86.fp.Comparison;
import dev.skerry.execution.x86.fp.FpEnv;
import dev.skerry.execution.x86.mmu.Direct;
import dev.skerry.execution.x86.mmu.Hits;
import dev.skerry.execution.x86.mmu.Miss;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.semantics.ControlSemantics;
import dev.skerry.execution.x86.semantics.Dispatch;
import dev.skerry.execution.x86.semantics.IntegerSemantics;
import dev.skerry.execution.x86.semantics.MultiplySemantics;
import dev.skerry.execution.x86.semantics.PackedIntegers;
import dev.skerry.execution.x86.semantics.ShiftSemantics;
import dev.skerry.execution.x86.semantics.SseSemantics;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.Segment;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;

/** Classes and method types that generated code names. */
final class Names {
    static final ClassDesc CORE = of(Core.class);
    static final ClassDesc STATE = of(CpuState.class);
    static final ClassDesc MMU = of(Mmu.class);
    static final ClassDesc DIRECT = of(Direct.class);
    static final ClassDesc HITS = of(Hits.class);
    static final ClassDesc MISS = of(Miss.class);
    static final ClassDesc FLAGS = of(Flags.class);
    static final ClassDesc INSN = of(Insn.class);
    static final ClassDesc SEGMENT = of(Segment.class);
    static final ClassDesc WINDOW = of(MemorySegment.class);
    static final ClassDesc REGION = of(Region.class);
    static final ClassDesc DISPATCH = of(Dispatch.class);
    static final ClassDesc INTEGERS = of(PackedIntegers.class);
    static final ClassDesc INTEGER = of(IntegerSemantics.class);
    static final ClassDesc SHIFT = of(ShiftSemantics.class);
    static final ClassDesc MULTIPLY = of(MultiplySemantics.class);
    static final ClassDesc CONTROL = of(ControlSemantics.class);
    static final ClassDesc SSE = of(SseSemantics.class);
    static final ClassDesc DOUBLES = of(Binary64.class);
    static final ClassDesc SINGLES = of(Binary32.class);
    static final ClassDesc COMPARISON = of(Comparison.class);
    static final ClassDesc ENVIRONMENT = of(FpEnv.class);
    static final ClassDesc LONG = of(Long.class);
    static final ClassDesc INT = of(Integer.class);

    static final ClassDesc LONGS = CD_long.arrayType();
    static final ClassDesc SEGMENTS = SEGMENT.arrayType();

    static final MethodTypeDesc RUN = type(CD_int, CORE, STATE, MMU);
    static final MethodTypeDesc LEFT_AT = type(CD_void, STATE, CD_long, CD_int, CD_long);
    static final MethodTypeDesc READ = type(CD_long, MMU, LONGS, WINDOW, CD_int, CD_long);
    static final MethodTypeDesc WRITE =
            type(CD_boolean, MMU, LONGS, WINDOW, CD_int, CD_long, CD_long);
    static final MethodTypeDesc PLACE = type(CD_long, LONGS, CD_int, CD_long, CD_int);
    static final MethodTypeDesc CHANGING = type(CD_long, MMU, WINDOW, CD_long, CD_long, CD_int);
    static final MethodTypeDesc CHANGE =
            type(CD_boolean, MMU, WINDOW, CD_long, CD_long, CD_int, CD_long);
    static final MethodTypeDesc EXECUTE = type(CD_void, CORE, INSN);
    static final MethodTypeDesc CHECK = type(CD_long, STATE, CD_long);
    static final MethodTypeDesc CONDITION =
            type(CD_boolean, CD_int, CD_long, CD_long, CD_long, CD_int, CD_int);
    static final MethodTypeDesc ALL_FLAGS = type(CD_int, CD_int, CD_long, CD_long, CD_long, CD_int);
    static final MethodTypeDesc COMPARE = type(CD_int, CD_long, CD_long);

    private Names() {}

    static ClassDesc of(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    static MethodTypeDesc type(ClassDesc result, ClassDesc... parameters) {
        return MethodTypeDesc.of(result, parameters);
    }
}
