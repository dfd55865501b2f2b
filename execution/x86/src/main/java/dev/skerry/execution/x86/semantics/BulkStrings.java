package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Segment;

/**
 * REP MOVS and REP STOS upwards in flat memory, as many elements at once as lie on one page of RAM
 * at both ends.
 */
final class BulkStrings {
    private BulkStrings() {}

    /**
     * Does some elements and advances RSI and RDI.
     *
     * @return how many; 0 if this is not a case for it
     */
    static int run(Core c, Insn in) {
        CpuState s = c.state;
        boolean store = in.op == Op.STOS;
        if (!s.is64()
                || in.addressSize != 8
                || in.op != Op.MOVS && !store
                || in.segment >= Segment.FS
                || (s.systemFlags & Eflags.DF) != 0) {
            return 0;
        }
        long to = s.gpr[CpuState.RDI];
        long from = s.gpr[CpuState.RSI];
        int room = 4096 - (int) (to & 4095);
        if (!store) {
            room = Math.min(room, 4096 - (int) (from & 4095));
        }
        int many =
                (int)
                        Math.min(
                                room / in.size,
                                Math.min(s.gpr[CpuState.RCX] & Long.MAX_VALUE, 4096));
        int bytes = many * in.size;
        if (many < 4) {
            return 0;
        }
        boolean done =
                store
                        ? c.mmu.fill(to, bytes, in.size, s.gpr[CpuState.RAX])
                        : c.mmu.copy(from, to, bytes);
        if (!done) {
            return 0;
        }
        s.gpr[CpuState.RDI] = to + bytes;
        if (!store) {
            s.gpr[CpuState.RSI] = from + bytes;
        }
        return many;
    }
}
