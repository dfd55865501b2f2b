package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;

import java.lang.classfile.CodeBuilder;

/** What the bytecode of all instructions has in common: operands. */
abstract sealed class OperandCode permits InsnCode, MoveCode {
    final CodeBuilder cb;
    final Frame frame;
    final FlagCode flags;
    final MemoryCode memory;

    /** Where the present instruction ends. */
    int next;

    OperandCode(Frame frame, FlagCode flags, MemoryCode memory) {
        cb = frame.cb;
        this.frame = frame;
        this.flags = flags;
        this.memory = memory;
    }

    /** Puts the memory operand's address into {@link Frame#ADDRESS}. */
    void address(Insn in) {
        memory.address(in, next);
        cb.lstore(Frame.ADDRESS);
    }

    /** Pushes the memory operand. */
    void load(Insn in, int size) {
        address(in);
        memory.read(size);
    }

    /** Pops the memory operand's new value. */
    void store(int size) {
        cb.lstore(Frame.VALUE);
        memory.write(size);
    }

    static boolean isInMemory(Insn in) {
        return switch (in.form) {
            case M, MR, MI, MRI -> true;
            default -> false;
        };
    }

    static boolean readsMemory(Insn in) {
        return in.form == Form.RM || in.form == Form.RMI;
    }

    /** Pushes the last operand, as {@link Frame#low}; a memory operand is in {@link Frame#VALUE} by now. */
    void source(Insn in) {
        switch (in.form) {
            case I, RI, MI -> cb.loadConstant(in.immediate);
            case RR, MR -> frame.low(in.b);
            case R -> frame.low(in.a);
            default -> cb.lload(Frame.VALUE);
        }
    }
}
