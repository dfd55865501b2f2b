package dev.skerry.execution.x86.interpreter;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.decode.Code;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.semantics.Address;
import dev.skerry.execution.x86.semantics.ControlSemantics;
import dev.skerry.execution.x86.semantics.Dispatch;
import dev.skerry.execution.x86.semantics.IntegerSemantics;
import dev.skerry.execution.x86.semantics.MultiplySemantics;
import dev.skerry.execution.x86.semantics.ShiftSemantics;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Flags;
import dev.skerry.execution.x86.state.GuestFault;

/**
 * Runs the instructions of a block. The ones programs are mostly made of are cases of one switch,
 * each in the words of the semantics classes; it must stay below 8,000 bytes of bytecode, above
 * which HotSpot does not compile a method.
 */
final class BlockRunner {
    private static final long LOW = 0xffff_ffffL;

    private final Core core;
    private final CpuState s;
    private final Mmu mmu;

    /** Instructions done; one that faults does not count. */
    long instructions;

    /** Where the block run last began. */
    long blockGva;

    BlockRunner(Core core) {
        this.core = core;
        s = core.state;
        mmu = core.mmu;
    }

    /**
     * Runs the first instructions of a block.
     *
     * @throws GuestFault with {@code rip} at the instruction that raised it
     */
    void run(Block block, int count) {
        CpuState s = this.s;
        Mmu m = mmu;
        long[] g = s.gpr;
        Insn[] code = block.instructions;
        long start = s.rip;
        blockGva = start + s.codeBase;
        int i = 0;
        try {
            while (i < count) {
                Insn in = code[i];
                start = s.rip;
                s.rip = start + in.length;
                execute(s, m, g, in);
                i++;
                if (m.codeChanged) {
                    m.codeChanged = false;
                    if (block.stale) {
                        break;
                    }
                }
            }
        } catch (GuestFault fault) {
            s.rip = start;
            throw fault;
        } finally {
            instructions += i;
        }
    }

    /** The linear address of a memory operand. */
    private static long at(CpuState s, long[] g, Insn in, int size, int access) {
        if (in.flat) {
            long offset = g[in.base] + (g[in.index] << in.scale) + in.displacement;
            return in.ripRelative ? offset + s.rip : offset;
        }
        return Address.linear(s, in, size, access);
    }

    private static long load4(CpuState s, Mmu m, long[] g, Insn in) {
        return (int) m.read32(at(s, g, in, 4, Mmu.READ));
    }

    private static long load8(CpuState s, Mmu m, long[] g, Insn in) {
        return m.read64(at(s, g, in, 8, Mmu.READ));
    }

    private void execute(CpuState s, Mmu m, long[] g, Insn in) {
        switch (in.code) {
            case Code.ADD + Code.RR4 ->
                    g[in.a] = IntegerSemantics.add(s, (int) g[in.a], (int) g[in.b], 4) & LOW;
            case Code.ADD + Code.RR8 -> g[in.a] = IntegerSemantics.add(s, g[in.a], g[in.b], 8);
            case Code.ADD + Code.RI4 ->
                    g[in.a] = IntegerSemantics.add(s, (int) g[in.a], in.immediate, 4) & LOW;
            case Code.ADD + Code.RI8 -> g[in.a] = IntegerSemantics.add(s, g[in.a], in.immediate, 8);
            case Code.ADD + Code.RM4 ->
                    g[in.a] = IntegerSemantics.add(s, (int) g[in.a], load4(s, m, g, in), 4) & LOW;
            case Code.ADD + Code.RM8 ->
                    g[in.a] = IntegerSemantics.add(s, g[in.a], load8(s, m, g, in), 8);
            case Code.SUB + Code.RR4 ->
                    g[in.a] = IntegerSemantics.sub(s, (int) g[in.a], (int) g[in.b], 4) & LOW;
            case Code.SUB + Code.RR8 -> g[in.a] = IntegerSemantics.sub(s, g[in.a], g[in.b], 8);
            case Code.SUB + Code.RI4 ->
                    g[in.a] = IntegerSemantics.sub(s, (int) g[in.a], in.immediate, 4) & LOW;
            case Code.SUB + Code.RI8 -> g[in.a] = IntegerSemantics.sub(s, g[in.a], in.immediate, 8);
            case Code.SUB + Code.RM4 ->
                    g[in.a] = IntegerSemantics.sub(s, (int) g[in.a], load4(s, m, g, in), 4) & LOW;
            case Code.SUB + Code.RM8 ->
                    g[in.a] = IntegerSemantics.sub(s, g[in.a], load8(s, m, g, in), 8);
            case Code.AND + Code.RR4 ->
                    g[in.a] = IntegerSemantics.and(s, (int) g[in.a], (int) g[in.b]) & LOW;
            case Code.AND + Code.RR8 -> g[in.a] = IntegerSemantics.and(s, g[in.a], g[in.b]);
            case Code.AND + Code.RI4 ->
                    g[in.a] = IntegerSemantics.and(s, (int) g[in.a], in.immediate) & LOW;
            case Code.AND + Code.RI8 -> g[in.a] = IntegerSemantics.and(s, g[in.a], in.immediate);
            case Code.AND + Code.RM4 ->
                    g[in.a] = IntegerSemantics.and(s, (int) g[in.a], load4(s, m, g, in)) & LOW;
            case Code.AND + Code.RM8 ->
                    g[in.a] = IntegerSemantics.and(s, g[in.a], load8(s, m, g, in));
            case Code.OR + Code.RR4 ->
                    g[in.a] = IntegerSemantics.or(s, (int) g[in.a], (int) g[in.b]) & LOW;
            case Code.OR + Code.RR8 -> g[in.a] = IntegerSemantics.or(s, g[in.a], g[in.b]);
            case Code.OR + Code.RI4 ->
                    g[in.a] = IntegerSemantics.or(s, (int) g[in.a], in.immediate) & LOW;
            case Code.OR + Code.RI8 -> g[in.a] = IntegerSemantics.or(s, g[in.a], in.immediate);
            case Code.OR + Code.RM4 ->
                    g[in.a] = IntegerSemantics.or(s, (int) g[in.a], load4(s, m, g, in)) & LOW;
            case Code.OR + Code.RM8 ->
                    g[in.a] = IntegerSemantics.or(s, g[in.a], load8(s, m, g, in));
            case Code.XOR + Code.RR4 ->
                    g[in.a] = IntegerSemantics.xor(s, (int) g[in.a], (int) g[in.b]) & LOW;
            case Code.XOR + Code.RR8 -> g[in.a] = IntegerSemantics.xor(s, g[in.a], g[in.b]);
            case Code.XOR + Code.RI4 ->
                    g[in.a] = IntegerSemantics.xor(s, (int) g[in.a], in.immediate) & LOW;
            case Code.XOR + Code.RI8 -> g[in.a] = IntegerSemantics.xor(s, g[in.a], in.immediate);
            case Code.XOR + Code.RM4 ->
                    g[in.a] = IntegerSemantics.xor(s, (int) g[in.a], load4(s, m, g, in)) & LOW;
            case Code.XOR + Code.RM8 ->
                    g[in.a] = IntegerSemantics.xor(s, g[in.a], load8(s, m, g, in));
            case Code.CMP + Code.RR4 -> IntegerSemantics.sub(s, (int) g[in.a], (int) g[in.b], 4);
            case Code.CMP + Code.RR8 -> IntegerSemantics.sub(s, g[in.a], g[in.b], 8);
            case Code.CMP + Code.RI4 -> IntegerSemantics.sub(s, (int) g[in.a], in.immediate, 4);
            case Code.CMP + Code.RI8 -> IntegerSemantics.sub(s, g[in.a], in.immediate, 8);
            case Code.CMP + Code.RM4 ->
                    IntegerSemantics.sub(s, (int) g[in.a], load4(s, m, g, in), 4);
            case Code.CMP + Code.RM8 -> IntegerSemantics.sub(s, g[in.a], load8(s, m, g, in), 8);
            case Code.TEST + Code.RR4 -> IntegerSemantics.and(s, (int) g[in.a], (int) g[in.b]);
            case Code.TEST + Code.RR8 -> IntegerSemantics.and(s, g[in.a], g[in.b]);
            case Code.TEST + Code.RI4 -> IntegerSemantics.and(s, (int) g[in.a], in.immediate);
            case Code.TEST + Code.RI8 -> IntegerSemantics.and(s, g[in.a], in.immediate);
            case Code.MOV + Code.RR4 -> g[in.a] = g[in.b] & LOW;
            case Code.MOV + Code.RR8 -> g[in.a] = g[in.b];
            case Code.MOV + Code.RI4 -> g[in.a] = in.immediate & LOW;
            case Code.MOV + Code.RI8 -> g[in.a] = in.immediate;
            case Code.MOV + Code.RM4 -> g[in.a] = m.read32(at(s, g, in, 4, Mmu.READ));
            case Code.MOV + Code.RM8 -> g[in.a] = m.read64(at(s, g, in, 8, Mmu.READ));
            case Code.CMP_MR4 -> IntegerSemantics.sub(s, load4(s, m, g, in), (int) g[in.b], 4);
            case Code.CMP_MR8 -> IntegerSemantics.sub(s, load8(s, m, g, in), g[in.b], 8);
            case Code.CMP_MI1 ->
                    IntegerSemantics.sub(
                            s, (byte) m.read8(at(s, g, in, 1, Mmu.READ)), in.immediate, 1);
            case Code.CMP_MI4 -> IntegerSemantics.sub(s, load4(s, m, g, in), in.immediate, 4);
            case Code.CMP_MI8 -> IntegerSemantics.sub(s, load8(s, m, g, in), in.immediate, 8);
            case Code.TEST_MI1 ->
                    IntegerSemantics.and(
                            s, (byte) m.read8(at(s, g, in, 1, Mmu.READ)), in.immediate);
            case Code.TEST_MI4 -> IntegerSemantics.and(s, load4(s, m, g, in), in.immediate);
            case Code.TEST_RR1 -> IntegerSemantics.and(s, (byte) g[in.a], (byte) g[in.b]);
            case Code.MOV_MR1 -> m.write8(at(s, g, in, 1, Mmu.WRITE), g[in.b]);
            case Code.MOV_MR2 -> m.write16(at(s, g, in, 2, Mmu.WRITE), g[in.b]);
            case Code.MOV_MR4 -> m.write32(at(s, g, in, 4, Mmu.WRITE), g[in.b]);
            case Code.MOV_MR8 -> m.write64(at(s, g, in, 8, Mmu.WRITE), g[in.b]);
            case Code.MOV_MI1 -> m.write8(at(s, g, in, 1, Mmu.WRITE), in.immediate);
            case Code.MOV_MI4 -> m.write32(at(s, g, in, 4, Mmu.WRITE), in.immediate);
            case Code.MOV_MI8 -> m.write64(at(s, g, in, 8, Mmu.WRITE), in.immediate);
            case Code.MOVZX_RR1 -> g[in.a] = g[in.b] & 0xff;
            case Code.MOVZX_RR2 -> g[in.a] = g[in.b] & 0xffff;
            case Code.MOVZX_RM1 -> g[in.a] = m.read8(at(s, g, in, 1, Mmu.READ));
            case Code.MOVZX_RM2 -> g[in.a] = m.read16(at(s, g, in, 2, Mmu.READ));
            case Code.MOVSXD_RR -> g[in.a] = (int) g[in.b];
            case Code.MOVSXD_RM -> g[in.a] = load4(s, m, g, in);
            case Code.LEA4 -> g[in.a] = Address.effective(s, in) & LOW;
            case Code.LEA8 -> g[in.a] = Address.effective(s, in);
            case Code.PUSH_R8 -> push8(s, m, g, g[in.a]);
            case Code.POP_R8 -> {
                long value = m.read64(g[CpuState.RSP]);
                g[CpuState.RSP] += 8;
                g[in.a] = value;
            }
            case Code.INC_R4 -> g[in.a] = IntegerSemantics.inc(s, (int) g[in.a], 4) & LOW;
            case Code.INC_R8 -> g[in.a] = IntegerSemantics.inc(s, g[in.a], 8);
            case Code.DEC_R4 -> g[in.a] = IntegerSemantics.dec(s, (int) g[in.a], 4) & LOW;
            case Code.DEC_R8 -> g[in.a] = IntegerSemantics.dec(s, g[in.a], 8);
            case Code.SHL_RI4 ->
                    g[in.a] =
                            ShiftSemantics.shl(s, (int) g[in.a], (int) in.immediate & 31, 4) & LOW;
            case Code.SHL_RI8 ->
                    g[in.a] = ShiftSemantics.shl(s, g[in.a], (int) in.immediate & 63, 8);
            case Code.SHR_RI4 ->
                    g[in.a] =
                            ShiftSemantics.shr(s, (int) g[in.a], (int) in.immediate & 31, 4) & LOW;
            case Code.SHR_RI8 ->
                    g[in.a] = ShiftSemantics.shr(s, g[in.a], (int) in.immediate & 63, 8);
            case Code.SAR_RI4 ->
                    g[in.a] =
                            ShiftSemantics.sar(s, (int) g[in.a], (int) in.immediate & 31, 4) & LOW;
            case Code.SAR_RI8 ->
                    g[in.a] = ShiftSemantics.sar(s, g[in.a], (int) in.immediate & 63, 8);
            case Code.CMOV_RR4 ->
                    g[in.a] = (Flags.condition(s, in.condition) ? g[in.b] : g[in.a]) & LOW;
            case Code.CMOV_RR8 -> {
                if (Flags.condition(s, in.condition)) {
                    g[in.a] = g[in.b];
                }
            }
            case Code.SETCC_R ->
                    g[in.a] = g[in.a] & ~0xffL | (Flags.condition(s, in.condition) ? 1 : 0);
            case Code.NOP -> {}
            case Code.JCC8 -> {
                if (Flags.condition(s, in.condition)) {
                    s.rip = ControlSemantics.check(s, s.rip + in.immediate);
                }
            }
            case Code.JMP_I8 -> s.rip = ControlSemantics.check(s, s.rip + in.immediate);
            case Code.JMP_R8 -> s.rip = ControlSemantics.check(s, g[in.a]);
            case Code.CALL_I8 -> {
                long target = ControlSemantics.check(s, s.rip + in.immediate);
                push8(s, m, g, s.rip);
                s.rip = target;
            }
            case Code.CALL_R8 -> {
                long target = ControlSemantics.check(s, g[in.a]);
                push8(s, m, g, s.rip);
                s.rip = target;
            }
            case Code.RET8 -> {
                long target = ControlSemantics.check(s, m.read64(g[CpuState.RSP]));
                g[CpuState.RSP] += 8;
                s.rip = target;
            }
            case Code.IMUL_RR4 ->
                    g[in.a] = MultiplySemantics.imul(s, (int) g[in.a], (int) g[in.b], 4) & LOW;
            case Code.IMUL_RR8 -> g[in.a] = MultiplySemantics.imul(s, g[in.a], g[in.b], 8);
            default -> Dispatch.execute(core, in);
        }
    }

    private void push8(CpuState s, Mmu m, long[] g, long value) {
        long pointer = g[CpuState.RSP] - 8;
        m.write64(pointer, value);
        g[CpuState.RSP] = pointer;
    }
}
