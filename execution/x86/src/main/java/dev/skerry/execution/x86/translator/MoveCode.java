package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.state.CpuState;

import java.lang.classfile.Label;

/** Instructions that move data, as bytecode: between registers, to and from memory, the stack. */
final class MoveCode extends OperandCode {
    MoveCode(Frame frame, FlagCode flags, MemoryCode memory) {
        super(frame, flags, memory);
    }

    void put(Insn in, int next) {
        this.next = next;
        switch (in.op) {
            case MOV -> {
                if (isInMemory(in)) {
                    address(in);
                    source(in);
                    store(in.size);
                } else if (in.form == Form.RM) {
                    load(in, in.size);
                    putLow(in.a, in.size);
                } else {
                    source(in);
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
    private void putLow(int n, int size) {
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
            memory.write(1);
        } else {
            cb.lload(Frame.VALUE);
            frame.set(in.a, 1);
        }
    }

    private void stack(Insn in) {
        switch (in.op) {
            case PUSH -> {
                if (in.form == Form.M) {
                    load(in, 8);
                } else {
                    source(in);
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
    void push() {
        frame.whole(CpuState.RSP);
        cb.loadConstant(8L).lsub().lstore(Frame.ADDRESS);
        // RSP is set before code that has changed is left, but not before a fault.
        memory.write(
                8,
                () -> {
                    cb.lload(Frame.ADDRESS);
                    frame.setWhole(CpuState.RSP);
                });
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
