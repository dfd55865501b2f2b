package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;

/** Near jumps, calls, returns and loops. Intel SDM 2, by instruction. */
public final class ControlSemantics {
    private ControlSemantics() {}

    public static void execute(Core c, Insn in) {
        CpuState s = c.state;
        switch (in.op) {
            case JMP -> jump(s, target(c, in));
            case JCC -> {
                if (Flags.condition(s, in.condition)) {
                    jump(s, relative(s, in));
                }
            }
            case CALL -> {
                long target = check(s, target(c, in));
                Stack.push(c, s.rip, in.size);
                s.rip = target;
            }
            case RET -> {
                long target = check(s, Registers.zeroExtend(Stack.peek(c, in.size), in.size));
                Stack.drop(c, in.size + (in.form == Form.I ? in.immediate : 0));
                s.rip = target;
            }
            case JCXZ -> {
                if (Registers.zeroExtend(s.gpr[CpuState.RCX], in.addressSize) == 0) {
                    jump(s, relative(s, in));
                }
            }
            default -> loop(s, in);
        }
    }

    private static void loop(CpuState s, Insn in) {
        long count = Registers.zeroExtend(s.gpr[CpuState.RCX] - 1, in.addressSize);
        boolean taken =
                count != 0
                        && switch (in.op) {
                            case LOOPE -> Flags.zero(s);
                            case LOOPNE -> !Flags.zero(s);
                            default -> true;
                        };
        long target = taken ? check(s, relative(s, in)) : s.rip;
        Registers.set(s, CpuState.RCX, in.addressSize, count);
        s.rip = target;
    }

    private static long target(Core c, Insn in) {
        return in.form == Form.I
                ? relative(c.state, in)
                : Registers.zeroExtend(Operand.source(c, in), in.size);
    }

    private static long relative(CpuState s, Insn in) {
        return Registers.zeroExtend(s.rip + in.immediate, in.size);
    }

    private static void jump(CpuState s, long target) {
        s.rip = check(s, target);
    }

    /** A target outside the code segment faults in the jump, not behind it. */
    public static long check(CpuState s, long target) {
        boolean good =
                s.is64() ? target << 16 >> 16 == target : target <= s.segments[Segment.CS].limit;
        if (!good) {
            throw s.fault(GuestFault.GP, 0);
        }
        return target;
    }
}
