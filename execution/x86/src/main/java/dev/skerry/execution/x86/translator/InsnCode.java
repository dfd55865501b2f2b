package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;

import java.lang.classfile.Label;
import java.lang.constant.MethodTypeDesc;

/**
 * Arithmetic and logic on integers, as bytecode. What is computed here is what the
 * semantics classes compute; anything longer than a few operations is a call of them.
 *
 * <p>An instruction reads memory before it changes a variable: a fault finds all as it was.
 */
final class InsnCode extends OperandCode {
    private static final MethodTypeDesc STATUS_OF_SUM =
            Names.type(CD_int, CD_long, CD_long, CD_long, CD_boolean);
    private static final MethodTypeDesc STATUS_OF_SHL =
            Names.type(CD_int, CD_long, CD_long, CD_int, CD_int);
    private static final MethodTypeDesc STATUS_OF_SHR = Names.type(CD_int, CD_long, CD_int, CD_int);
    private static final MethodTypeDesc STATUS_OF_SAR = Names.type(CD_int, CD_long, CD_int);
    private static final MethodTypeDesc STATUS_OF_ROTATION = Names.type(CD_int, CD_long, CD_int);
    private static final MethodTypeDesc STATUS_OF_PRODUCT =
            Names.type(CD_int, CD_long, CD_long, CD_long, CD_int);

    InsnCode(Frame frame, FlagCode flags, MemoryCode memory) {
        super(frame, flags, memory);
    }

    void put(Insn in, int next) {
        this.next = next;
        switch (in.op) {
            case ADD, OR, ADC, SBB, AND, SUB, XOR -> binary(in);
            case CMP, TEST -> compare(in);
            case INC, DEC, NOT, NEG -> unary(in);
            case SHL, SHR, SAR -> shift(in);
            case ROL, ROR -> rotate(in);
            case IMUL -> multiply(in);
            case BT -> testBit(in);
            case BSWAP -> swap(in);
            default -> throw new AssertionError(in.op);
        }
    }

    private void binary(Insn in) {
        boolean toMemory = isInMemory(in);
        if (toMemory) {
            address(in);
            memory.changing(in.size);
            cb.lstore(Frame.VALUE);
        } else if (readsMemory(in)) {
            load(in, in.size);
            cb.lstore(Frame.VALUE);
        }
        Runnable a = toMemory ? () -> cb.lload(Frame.VALUE) : () -> frame.low(in.a);
        compute(in, a, () -> source(in), true);
        if (toMemory) {
            cb.lstore(Frame.VALUE);
            memory.change(in.size);
        } else {
            frame.set(in.a, in.size);
        }
    }

    private void compare(Insn in) {
        boolean fromMemory = isInMemory(in);
        if (fromMemory || readsMemory(in)) {
            load(in, in.size);
            cb.lstore(Frame.VALUE);
        }
        if (!flags.isNeeded()) {
            return;
        }
        Runnable a = fromMemory ? () -> cb.lload(Frame.VALUE) : () -> frame.low(in.a);
        compute(in, a, () -> source(in), false);
    }

    /**
     * Pushes the result of two operands, or only sets flags. Of operands and result the low bytes
     * count; for flags they are extended, on the side: where nobody looks, that is dropped.
     */
    private void compute(Insn in, Runnable a, Runnable b, boolean wanted) {
        switch (in.op) {
            case ADD -> sum(in.size, a, b, Flags.ADD, wanted);
            case SUB, CMP -> sum(in.size, a, b, Flags.SUB, wanted);
            case ADC -> sumWithCarry(in.size, a, b, "adcStatus", true);
            case SBB -> sumWithCarry(in.size, a, b, "sbbStatus", false);
            default -> {
                a.run();
                narrow(in.size);
                b.run();
                narrow(in.size);
                logic(in.size, in.op);
                widen(in.size);
                keep(in.size, Frame.FLAG_RESULT, wanted);
                if (flags.isNeeded()) {
                    flags.are(Flags.LOGIC);
                }
            }
        }
    }

    private void sum(int size, Runnable a, Runnable b, int kind, boolean wanted) {
        a.run();
        keep(size, Frame.FLAG_A, true);
        narrow(size);
        b.run();
        keep(size, Frame.FLAG_B, true);
        narrow(size);
        add(size, kind == Flags.ADD);
        widen(size);
        keep(size, Frame.FLAG_RESULT, wanted);
        if (flags.isNeeded()) {
            flags.are(kind);
        }
    }

    /** Puts what is on the stack into a variable, extended, if flags are needed. */
    private void keep(int size, int variable, boolean wanted) {
        if (flags.isNeeded()) {
            if (wanted) {
                cb.dup2();
            }
            frame.extend(size);
            cb.lstore(variable);
        }
    }

    /** Computes with ints what has 32 bits: the JVM's compiler does not find out by itself. */
    private void narrow(int size) {
        if (size == 4) {
            cb.l2i();
        }
    }

    private void widen(int size) {
        if (size == 4) {
            cb.i2l();
        }
    }

    private void add(int size, boolean plus) {
        if (size != 4) {
            add(plus);
        } else if (plus) {
            cb.iadd();
        } else {
            cb.isub();
        }
    }

    private void add(boolean plus) {
        if (plus) {
            cb.ladd();
        } else {
            cb.lsub();
        }
    }

    private void logic(int size, Op op) {
        boolean four = size == 4;
        switch (op) {
            case OR -> {
                if (four) {
                    cb.ior();
                } else {
                    cb.lor();
                }
            }
            case XOR -> {
                if (four) {
                    cb.ixor();
                } else {
                    cb.lxor();
                }
            }
            default -> {
                if (four) {
                    cb.iand();
                } else {
                    cb.land();
                }
            }
        }
    }

    private void sumWithCarry(int size, Runnable a, Runnable b, String status, boolean plus) {
        flags.carry();
        cb.istore(Frame.COUNT);
        a.run();
        frame.extend(size);
        b.run();
        frame.extend(size);
        cb.lstore(Frame.FLAG_B).dup2().lstore(Frame.FLAG_A).lload(Frame.FLAG_B);
        add(plus);
        cb.iload(Frame.COUNT).i2l();
        add(plus);
        frame.extend(size);
        cb.dup2().lstore(Frame.FLAG_RESULT);
        cb.lload(Frame.FLAG_A).lload(Frame.FLAG_B).lload(Frame.FLAG_RESULT).iload(Frame.COUNT);
        cb.invokestatic(Names.INTEGER, status, STATUS_OF_SUM);
        flags.areResultAnd();
    }

    private void unary(Insn in) {
        boolean toMemory = isInMemory(in);
        if (toMemory) {
            address(in);
            memory.changing(in.size);
            frame.extend(in.size);
        } else {
            frame.get(in.a, in.size);
        }
        switch (in.op) {
            case NOT -> cb.loadConstant(-1L).lxor();
            case NEG -> {
                cb.lstore(Frame.OTHER);
                sum(in.size, cb::lconst_0, () -> cb.lload(Frame.OTHER), Flags.SUB, true);
            }
            default -> count(in, in.op == Op.INC);
        }
        if (toMemory) {
            cb.lstore(Frame.VALUE);
            memory.change(in.size);
        } else {
            frame.set(in.a, in.size);
        }
    }

    /** INC and DEC of what is on the stack: CF stays. */
    private void count(Insn in, boolean up) {
        if (flags.isNeeded()) {
            flags.carry();
            cb.istore(Frame.STATUS);
            cb.dup2().lstore(Frame.FLAG_A);
            cb.lconst_1().lstore(Frame.FLAG_B);
        }
        cb.lconst_1();
        add(up);
        if (flags.isNeeded()) {
            frame.extend(in.size);
            cb.dup2().lstore(Frame.FLAG_RESULT);
            flags.are(up ? Flags.INC : Flags.DEC);
        }
    }

    /** The first operand into {@link Frame#VALUE}, to be changed. */
    private void destination(Insn in) {
        if (isInMemory(in)) {
            address(in);
            memory.changing(in.size);
            frame.extend(in.size);
        } else {
            frame.get(in.a, in.size);
        }
        cb.lstore(Frame.VALUE);
    }

    private void setDestination(Insn in, int variable) {
        if (isInMemory(in)) {
            if (variable != Frame.VALUE) {
                cb.lload(variable).lstore(Frame.VALUE);
            }
            memory.change(in.size);
        } else {
            cb.lload(variable);
            frame.set(in.a, in.size);
        }
    }

    private void shift(Insn in) {
        destination(in);
        if (Usage.hasImmediateCount(in)) {
            int count = Usage.count(in);
            if (count == 0) {
                // A 32-bit register's upper half is cleared all the same.
                if (!isInMemory(in)) {
                    setDestination(in, Frame.VALUE);
                }
                return;
            }
            cb.loadConstant(count).istore(Frame.COUNT);
            shifted(in, flags.isNeeded());
            setDestination(in, Frame.OTHER);
            return;
        }
        Label none = cb.newLabel();
        Label done = cb.newLabel();
        if (flags.isNeeded()) {
            flags.toState();
        }
        frame.whole(CpuState.RCX);
        cb.l2i().loadConstant(in.size == 8 ? 63 : 31).iand().istore(Frame.COUNT);
        cb.iload(Frame.COUNT).ifeq(none);
        shifted(in, flags.isNeeded());
        setDestination(in, Frame.OTHER);
        if (isInMemory(in) || in.size != 4) {
            cb.labelBinding(none);
        } else {
            cb.goto_(done).labelBinding(none);
            setDestination(in, Frame.VALUE);
            cb.labelBinding(done);
        }
        flags.forget();
    }

    /** Shifts {@link Frame#VALUE} by {@link Frame#COUNT}, which is not 0, into OTHER. */
    private void shifted(Insn in, boolean withFlags) {
        cb.lload(Frame.VALUE);
        if (in.size == 4) {
            cb.l2i().iload(Frame.COUNT);
            switch (in.op) {
                case SHL -> cb.ishl();
                case SHR -> cb.iushr();
                default -> cb.ishr();
            }
            cb.i2l();
        } else {
            if (in.op == Op.SHR) {
                frame.zeroExtend(in.size);
            }
            cb.iload(Frame.COUNT);
            switch (in.op) {
                case SHL -> cb.lshl();
                case SHR -> cb.lushr();
                default -> cb.lshr();
            }
            frame.extend(in.size);
        }
        cb.lstore(Frame.OTHER);
        if (!withFlags) {
            return;
        }
        cb.lload(Frame.OTHER).lstore(Frame.FLAG_RESULT);
        cb.lload(Frame.VALUE);
        switch (in.op) {
            case SHL -> {
                cb.lload(Frame.OTHER).iload(Frame.COUNT).loadConstant(in.size);
                cb.invokestatic(Names.SHIFT, "shlStatus", STATUS_OF_SHL);
            }
            case SHR -> {
                cb.iload(Frame.COUNT).loadConstant(in.size);
                cb.invokestatic(Names.SHIFT, "shrStatus", STATUS_OF_SHR);
            }
            default -> {
                cb.iload(Frame.COUNT);
                cb.invokestatic(Names.SHIFT, "sarStatus", STATUS_OF_SAR);
            }
        }
        flags.areResultAnd();
    }

    private void rotate(Insn in) {
        String name = in.op == Op.ROL ? "rol" : "ror";
        String rotate = in.op == Op.ROL ? "rotateLeft" : "rotateRight";
        frame.whole(in.a);
        if (in.size == 4) {
            cb.l2i().loadConstant(Usage.count(in));
            cb.invokestatic(Names.INT, rotate, Names.type(CD_int, CD_int, CD_int)).i2l();
        } else {
            cb.loadConstant(Usage.count(in));
            cb.invokestatic(Names.LONG, rotate, Names.type(CD_long, CD_long, CD_int));
        }
        if (flags.isNeeded()) {
            cb.dup2().loadConstant(in.size);
            cb.invokestatic(Names.SHIFT, name + "Status", STATUS_OF_ROTATION);
            flags.mergeStatus(Eflags.CF | Eflags.OF);
        }
        frame.set(in.a, in.size);
    }

    private void multiply(Insn in) {
        if (readsMemory(in)) {
            load(in, in.size);
            frame.extend(in.size);
        } else {
            frame.get(in.b, in.size);
        }
        cb.lstore(Frame.VALUE);
        if (in.form == Form.RRI || in.form == Form.RMI) {
            cb.loadConstant(in.immediate);
        } else {
            frame.get(in.a, in.size);
        }
        cb.lstore(Frame.OTHER);
        if (in.size == 4) {
            cb.lload(Frame.OTHER).l2i().lload(Frame.VALUE).l2i().imul().i2l();
        } else {
            cb.lload(Frame.OTHER).lload(Frame.VALUE).lmul();
        }
        if (flags.isNeeded()) {
            frame.extend(in.size);
            cb.dup2().lstore(Frame.FLAG_RESULT);
            cb.lload(Frame.OTHER).lload(Frame.VALUE).lload(Frame.FLAG_RESULT);
            cb.loadConstant(in.size);
            cb.invokestatic(Names.MULTIPLY, "imulStatus", STATUS_OF_PRODUCT);
            flags.areResultAnd();
        }
        frame.set(in.a, in.size);
    }

    /** A bit into CF. */
    private void testBit(Insn in) {
        boolean byRegister = in.form == Form.RR || in.form == Form.MR;
        if (isInMemory(in)) {
            memory.address(in, next);
            if (byRegister) {
                operandOfBit(in);
            }
            cb.lstore(Frame.ADDRESS);
            memory.read(in.size);
            cb.lstore(Frame.VALUE);
        }
        if (!flags.isNeeded()) {
            return;
        }
        if (isInMemory(in)) {
            cb.lload(Frame.VALUE);
        } else {
            frame.whole(in.a);
        }
        if (byRegister) {
            frame.whole(in.b);
            cb.l2i().loadConstant(8 * in.size - 1).iand();
        } else {
            cb.loadConstant((int) in.immediate & 8 * in.size - 1);
        }
        cb.lushr().l2i().iconst_1().iand();
        flags.mergeStatus(Eflags.CF);
    }

    /** Adds to an address how far from it the operand is that has the bit: both ways. */
    private void operandOfBit(Insn in) {
        frame.get(in.b, in.size);
        cb.loadConstant(Integer.numberOfTrailingZeros(8 * in.size)).lshr();
        cb.loadConstant(Integer.numberOfTrailingZeros(in.size)).lshl().ladd();
    }

    private void swap(Insn in) {
        frame.whole(in.a);
        if (in.size == 8) {
            cb.invokestatic(Names.LONG, "reverseBytes", Names.type(CD_long, CD_long));
        } else {
            cb.l2i().invokestatic(Names.INT, "reverseBytes", Names.type(CD_int, CD_int)).i2l();
        }
        frame.set(in.a, in.size);
    }
}
