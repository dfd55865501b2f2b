package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.mmu.TlbTable;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;

/**
 * The variables of a generated method: the guest's registers and flags, and what is at hand all the
 * time. Values on the operand stack are sign-extended from their size.
 */
final class Frame {
    static final int THIS = 0;
    static final int CORE = 1;
    static final int STATE = 2;
    static final int MMU = 3;

    /** Where the TLB's entries begin. */
    static final int TLB_BASE = 4;

    /** {@code CpuState.gpr}. */
    static final int GPR = 5;

    /** The linear address at which the region was entered. */
    static final int BASE = 6;

    /** Which {@link Sites site} runs; set before each one that may fault. */
    static final int SITE = 8;

    /** Instructions done. */
    static final int DONE = 9;

    // Flags that were set in the present block, as in CpuState; see Flags.
    static final int FLAG_A = 12;
    static final int FLAG_B = 14;
    static final int FLAG_RESULT = 16;
    static final int STATUS = 29;

    /** On the way out: where to go on. */
    static final int RIP = 18;

    // For the duration of one instruction.
    static final int ADDRESS = 20;
    static final int PLACE = 22;
    static final int VALUE = 24;
    static final int OTHER = 26;
    static final int COUNT = 28;

    private static final int REGISTERS = 30;

    /** {@code CpuState.xmm}, in regions that use it. */
    static final int XMM = REGISTERS + 32;

    private static final long LOW = 0xffff_ffffL;

    final CodeBuilder cb;

    Frame(CodeBuilder cb) {
        this.cb = cb;
    }

    /** As {@link #open}, for vectors. */
    void openVectors() {
        cb.aload(STATE).getfield(Names.STATE, "xmm", Names.LONGS).astore(XMM);
    }

    private static int slot(int register) {
        return REGISTERS + 2 * register;
    }

    /** Loads all that the region uses from the CPU's state. */
    void open(ClassDesc self, int registers) {
        cb.aload(STATE).getfield(Names.STATE, "rip", CD_long).lstore(BASE);
        cb.aload(MMU).invokevirtual(Names.MMU, "tlbBase", Names.type(CD_int));
        // Changes nothing, but HotSpot knows from it that no index is beyond the table.
        cb.getstatic(self, MemoryCode.TABLE_FIELD, Names.LONGS).arraylength();
        cb.loadConstant(TlbTable.STRETCH).isub().iand().istore(TLB_BASE);
        cb.aload(STATE).getfield(Names.STATE, "gpr", Names.LONGS).astore(GPR);
        cb.iconst_0().istore(SITE);
        cb.lconst_0().lstore(DONE);
        loadRegisters(registers);
    }

    void loadRegisters(int registers) {
        for (int n = 0; n < 16; n++) {
            if ((registers >>> n & 1) != 0) {
                cb.aload(GPR).loadConstant(n).laload().lstore(slot(n));
            }
        }
    }

    void storeRegisters(int registers) {
        for (int n = 0; n < 16; n++) {
            if ((registers >>> n & 1) != 0) {
                cb.aload(GPR).loadConstant(n).lload(slot(n)).lastore();
            }
        }
    }

    /** Pushes all 64 bits of a register. */
    void whole(int n) {
        cb.lload(slot(n));
    }

    void setWhole(int n) {
        cb.lstore(slot(n));
    }

    /** Pushes a register. */
    void get(int n, int size) {
        if (n >= Insn.HIGH) {
            cb.lload(slot(n - Insn.HIGH)).bipush(8).lushr();
            extend(1);
        } else {
            cb.lload(slot(n));
            extend(size);
        }
    }

    /** Pushes a register, of which only the low bytes count. */
    void low(int n) {
        if (n >= Insn.HIGH) {
            cb.lload(slot(n - Insn.HIGH)).bipush(8).lushr();
        } else {
            cb.lload(slot(n));
        }
    }

    /** Pops a value, of which only the low bytes count, into a register. */
    void set(int n, int size) {
        switch (size) {
            case 8 -> cb.lstore(slot(n));
            case 4 -> cb.loadConstant(LOW).land().lstore(slot(n));
            case 2 -> merge(n, 0xffffL, 0);
            default -> {
                if (n >= Insn.HIGH) {
                    merge(n - Insn.HIGH, 0xffL, 8);
                } else {
                    merge(n, 0xffL, 0);
                }
            }
        }
    }

    private void merge(int n, long mask, int shift) {
        cb.loadConstant(mask).land();
        if (shift != 0) {
            cb.bipush(shift).lshl();
        }
        cb.lload(slot(n)).loadConstant(~(mask << shift)).land().lor().lstore(slot(n));
    }

    /** Sign-extends what is on top of the stack. */
    void extend(int size) {
        switch (size) {
            case 4 -> cb.l2i().i2l();
            case 2 -> cb.l2i().i2s().i2l();
            case 1 -> cb.l2i().i2b().i2l();
            default -> {}
        }
    }

    void zeroExtend(int size) {
        switch (size) {
            case 4 -> cb.loadConstant(LOW).land();
            case 2 -> cb.loadConstant(0xffffL).land();
            case 1 -> cb.loadConstant(0xffL).land();
            default -> {}
        }
    }

    /** Pushes a linear address some way from the region's begin. */
    void place(long distance) {
        cb.lload(BASE);
        if (distance != 0) {
            cb.loadConstant(distance).ladd();
        }
    }
}
