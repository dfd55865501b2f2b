package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.state.GuestFault;

/** Runs any instruction by its operation's family. */
public final class Dispatch {
    /** UD2: undefined on purpose. */
    private static final int UD2 = Insn.MAP_0F | 0x0b;

    private Dispatch() {}

    public static void execute(Core c, Insn in) {
        switch (in.op.family) {
            case INTEGER -> IntegerSemantics.execute(c, in);
            case SHIFT -> ShiftSemantics.execute(c, in);
            case BIT -> BitSemantics.execute(c, in);
            case DATA -> DataSemantics.execute(c, in);
            case STRING -> StringSemantics.execute(c, in);
            case DECIMAL -> DecimalSemantics.execute(c, in);
            case CONTROL -> ControlSemantics.execute(c, in);
            case FAR -> FarSemantics.execute(c, in);
            case SYSTEM -> system(c, in);
            case X87 -> X87Semantics.execute(c, in);
            case SSE -> SseSemantics.execute(c, in);
            // Too long.
            case NONE -> throw c.state.fault(GuestFault.GP, 0);
        }
    }

    private static void system(Core c, Insn in) {
        if (in.op != Op.UD) {
            SystemSemantics.execute(c, in);
            return;
        }
        if (in.opcode != UD2) {
            c.platform.unknownInstruction(c, c.state.rip - in.length);
        }
        throw c.state.fault(GuestFault.UD);
    }
}
