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

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.MethodTypeDesc;

/**
 * The instructions that programs are mostly made of, as bytecode. What is computed here is what the
 * semantics classes compute; anything longer than a few operations is a call of them.
 *
 * <p>An instruction reads memory before it changes a variable: a fault finds all as it was.
 */
final class InsnCode {
    private static final MethodTypeDesc STATUS_OF_SUM =
            Names.type(CD_int, CD_long, CD_long, CD_long, CD_boolean);
    private static final MethodTypeDesc STATUS_OF_SHL =
            Names.type(CD_int, CD_long, CD_long, CD_int, CD_int);
    private static final MethodTypeDesc STATUS_OF_SHR = Names.type(CD_int, CD_long, CD_int, CD_int);
    private static final MethodTypeDesc STATUS_OF_SAR = Names.type(CD_int, CD_long, CD_int);
    private static final MethodTypeDesc STATUS_OF_ROTATION = Names.type(CD_int, CD_long, CD_int);
    private static final MethodTypeDesc STATUS_OF_PRODUCT =
            Names.type(CD_int, CD_long, CD_long, CD_long, CD_int);

    private final CodeBuilder cb;
    private final Frame frame;
    private final FlagCode flags;
    private final MemoryCode memory;

    /** Where the present instruction ends. */
    private int next;

    /** Where to go if it has changed code. */
    private Label changed;

    InsnCode(Frame frame, FlagCode flags, MemoryCode memory) {
        cb = frame.cb;
        this.frame = frame;
        this.flags = flags;
        this.memory = memory;
    }

    /** @param changed where to go if it has changed code; null if it cannot */
    void put(Insn in, int next, Label changed) {
        this.next = next;
        this.changed = changed;
        switch (in.op) {
            case ADD, OR, ADC, SBB, AND, SUB, XOR -> binary(in);
            case CMP, TEST -> compare(in);
            case INC, DEC, NOT, NEG -> unary(in);
            case SHL, SHR, SAR -> shift(in);
            case ROL, ROR -> rotate(in);
            case IMUL -> multiply(in);
            case BT -> testBit(in);
            default -> move(in);
        }
    }

    /** Puts the memory operand's address into {@link Frame#ADDRESS}. */
    private void address(Insn in) {
        memory.address(in, next);
        cb.lstore(Frame.ADDRESS);
    }

    /** Pushes the memory operand. */
    private void load(Insn in, int size) {
        address(in);
        memory.read(size);
    }

    /** Pops the memory operand's new value. */
    private void store(int size) {
        cb.lstore(Frame.VALUE);
        memory.write(size, changed);
    }

    private static boolean isInMemory(Insn in) {
        return switch (in.form) {
            case M, MR, MI, MRI -> true;
            default -> false;
        };
    }

    private static boolean readsMemory(Insn in) {
        return in.form == Form.RM || in.form == Form.RMI;
    }

    /** Pushes the last operand; a memory operand is in {@link Frame#VALUE} by now. */
    private void source(Insn in, int size) {
        switch (in.form) {
            case I, RI, MI -> cb.loadConstant(in.immediate);
            case RR, MR -> frame.get(in.b, size);
            case R -> frame.get(in.a, size);
            default -> cb.lload(Frame.VALUE);
        }
    }

    private void binary(Insn in) {
        boolean toMemory = isInMemory(in);
        if (toMemory) {
            address(in);
            memory.changing(in.size);
            frame.extend(in.size);
            cb.lstore(Frame.VALUE);
        } else if (readsMemory(in)) {
            load(in, in.size);
            frame.extend(in.size);
            cb.lstore(Frame.VALUE);
        }
        Runnable a = toMemory ? () -> cb.lload(Frame.VALUE) : () -> frame.get(in.a, in.size);
        compute(in, a, () -> source(in, in.size), true);
        if (toMemory) {
            cb.lstore(Frame.VALUE);
            memory.change(in.size, changed);
        } else {
            frame.set(in.a, in.size);
        }
    }

    private void compare(Insn in) {
        boolean fromMemory = isInMemory(in);
        if (fromMemory || readsMemory(in)) {
            load(in, in.size);
            frame.extend(in.size);
            cb.lstore(Frame.VALUE);
        }
        if (!flags.isNeeded()) {
            return;
        }
        Runnable a = fromMemory ? () -> cb.lload(Frame.VALUE) : () -> frame.get(in.a, in.size);
        compute(in, a, () -> source(in, in.size), false);
    }

    /** Pushes the result of two operands, or only sets flags. */
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
                if (flags.isNeeded()) {
                    if (wanted) {
                        cb.dup2();
                    }
                    cb.lstore(Frame.FLAG_RESULT);
                    flags.are(Flags.LOGIC);
                }
            }
        }
    }

    private void sum(int size, Runnable a, Runnable b, int kind, boolean wanted) {
        if (!flags.isNeeded()) {
            a.run();
            narrow(size);
            b.run();
            narrow(size);
            add(size, kind == Flags.ADD);
            widen(size);
            return;
        }
        // Both before either is kept: the flags' variables may be operands of neither.
        a.run();
        b.run();
        cb.lstore(Frame.FLAG_B).lstore(Frame.FLAG_A);
        cb.lload(Frame.FLAG_A);
        narrow(size);
        cb.lload(Frame.FLAG_B);
        narrow(size);
        add(size, kind == Flags.ADD);
        widen(size);
        frame.extend(size == 4 ? 8 : size);
        if (wanted) {
            cb.dup2();
        }
        cb.lstore(Frame.FLAG_RESULT);
        flags.are(kind);
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
        b.run();
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
            memory.change(in.size, changed);
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
            memory.change(in.size, changed);
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

    /** A bit of a register, into CF. */
    private void testBit(Insn in) {
        if (!flags.isNeeded()) {
            return;
        }
        frame.whole(in.a);
        if (in.form == Form.RI) {
            cb.loadConstant((int) in.immediate & 8 * in.size - 1);
        } else {
            frame.whole(in.b);
            cb.l2i().loadConstant(8 * in.size - 1).iand();
        }
        cb.lushr().l2i().iconst_1().iand();
        flags.mergeStatus(Eflags.CF);
    }

    private void move(Insn in) {
        switch (in.op) {
            case MOV -> {
                if (isInMemory(in)) {
                    address(in);
                    source(in, in.size);
                    store(in.size);
                } else if (in.form == Form.RM) {
                    load(in, in.size);
                    put(in.a, in.size);
                } else {
                    source(in, in.size);
                    frame.set(in.a, in.size);
                }
            }
            case MOVZX, MOVSX -> extended(in);
            case LEA -> {
                memory.effective(in, next);
                frame.set(in.a, in.size);
            }
            case CMOV -> conditional(in);
            case SETCC -> setOnCondition(in);
            case NOP -> {}
            case BSWAP -> swap(in);
            case XCHG -> {
                frame.get(in.a, in.size);
                frame.get(in.b, in.size);
                frame.set(in.a, in.size);
                frame.set(in.b, in.size);
            }
            case CBW -> {
                frame.get(CpuState.RAX, in.size / 2);
                frame.set(CpuState.RAX, in.size);
            }
            case CWD -> {
                frame.get(CpuState.RAX, in.size);
                cb.bipush(63).lshr();
                frame.set(CpuState.RDX, in.size);
            }
            default -> stack(in);
        }
    }

    /** Pops a zero-extended value into a register. */
    private void put(int n, int size) {
        if (size == 4) {
            frame.setWhole(n);
        } else {
            frame.set(n, size);
        }
    }

    private void extended(Insn in) {
        if (in.form == Form.RM) {
            load(in, in.sourceSize);
            if (in.op == Op.MOVSX) {
                frame.extend(in.sourceSize);
            }
        } else {
            frame.get(in.b, in.sourceSize);
            if (in.op == Op.MOVZX) {
                frame.zeroExtend(in.sourceSize);
            }
        }
        frame.set(in.a, in.size);
    }

    private void conditional(Insn in) {
        if (in.form == Form.RM) {
            load(in, in.size);
            cb.lstore(Frame.VALUE);
        } else {
            frame.get(in.b, in.size);
            cb.lstore(Frame.VALUE);
        }
        Label not = cb.newLabel();
        Label done = cb.newLabel();
        flags.jump(in.condition ^ 1, not);
        cb.lload(Frame.VALUE);
        frame.set(in.a, in.size);
        if (in.size == 4) {
            cb.goto_(done).labelBinding(not);
            frame.get(in.a, 4);
            frame.set(in.a, 4);
            cb.labelBinding(done);
        } else {
            cb.labelBinding(not);
        }
    }

    private void setOnCondition(Insn in) {
        Label yes = cb.newLabel();
        Label done = cb.newLabel();
        if (isInMemory(in)) {
            address(in);
        }
        cb.lconst_1().lstore(Frame.VALUE);
        flags.jump(in.condition, yes);
        cb.lconst_0().lstore(Frame.VALUE);
        cb.labelBinding(yes).labelBinding(done);
        if (isInMemory(in)) {
            memory.write(1, changed);
        } else {
            cb.lload(Frame.VALUE);
            frame.set(in.a, 1);
        }
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

    private void stack(Insn in) {
        switch (in.op) {
            case PUSH -> {
                if (in.form == Form.M) {
                    load(in, 8);
                } else {
                    source(in, 8);
                }
                cb.lstore(Frame.VALUE);
                push();
            }
            case POP -> {
                pop(8);
                frame.setWhole(in.a);
            }
            case LEAVE -> {
                frame.whole(CpuState.RBP);
                cb.lstore(Frame.ADDRESS);
                memory.read(8);
                cb.lload(Frame.ADDRESS).loadConstant(8L).ladd();
                frame.setWhole(CpuState.RSP);
                frame.setWhole(CpuState.RBP);
            }
            default -> throw new AssertionError(in.op);
        }
    }

    /** Pushes {@link Frame#VALUE} on the guest's stack. */
    private void push() {
        push(changed);
    }

    /** As an instruction that goes on at {@code changed} if it has changed code. */
    void push(Label changed) {
        frame.whole(CpuState.RSP);
        cb.loadConstant(8L).lsub().lstore(Frame.ADDRESS);
        // RSP is set before code that has changed is left, but not before a fault.
        Label same = cb.newLabel();
        Label other = cb.newLabel();
        memory.write(8, other);
        cb.lload(Frame.ADDRESS);
        frame.setWhole(CpuState.RSP);
        cb.goto_(same).labelBinding(other).lload(Frame.ADDRESS);
        frame.setWhole(CpuState.RSP);
        cb.goto_(changed).labelBinding(same);
    }

    /** Takes a value from the guest's stack and leaves it on the JVM's. */
    void pop(long bytes) {
        frame.whole(CpuState.RSP);
        cb.lstore(Frame.ADDRESS);
        memory.read(8);
        cb.lload(Frame.ADDRESS).loadConstant(bytes).ladd();
        frame.setWhole(CpuState.RSP);
    }

    /** Pushes the target of a transfer that is in a register or in memory. */
    void target(Insn in, int next) {
        this.next = next;
        if (in.form == Form.M) {
            load(in, 8);
        } else {
            frame.whole(in.a);
        }
    }
}
