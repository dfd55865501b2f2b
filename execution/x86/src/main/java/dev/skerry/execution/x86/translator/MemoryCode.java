package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_long;

import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Segment;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.util.function.Supplier;

/** Addresses of operands, loads and stores. */
abstract sealed class MemoryCode permits CallingMemory, LeavingMemory {
    static final String WINDOW_FIELD = "WINDOW";
    static final String TABLE_FIELD = "TLBS";

    private static final long LOW = 0xffff_ffffL;

    final CodeBuilder cb;
    private final Frame frame;
    private final ClassDesc self;

    /** Where to go if the present instruction has changed code. */
    Supplier<Label> changed;

    MemoryCode(Frame frame, ClassDesc self) {
        cb = frame.cb;
        this.frame = frame;
        this.self = self;
    }

    /** Pushes the offset in the segment: what LEA gives. */
    void effective(Insn in, int next) {
        boolean any = false;
        if (in.base != CpuState.ZERO) {
            frame.whole(in.base);
            any = true;
        }
        if (in.index != CpuState.ZERO) {
            frame.whole(in.index);
            if (in.scale != 0) {
                cb.loadConstant(in.scale).lshl();
            }
            if (any) {
                cb.ladd();
            }
            any = true;
        }
        long displacement = in.displacement;
        if (in.ripRelative) {
            displacement += next;
            cb.lload(Frame.BASE);
            if (any) {
                cb.ladd();
            }
            any = true;
        }
        if (displacement != 0 || !any) {
            cb.loadConstant(displacement);
            if (any) {
                cb.ladd();
            }
        }
        if (in.addressSize == 4) {
            cb.loadConstant(LOW).land();
        }
    }

    /** Pushes the linear address of the memory operand. */
    void address(Insn in, int next) {
        effective(in, next);
        if (in.segment >= Segment.FS) {
            cb.aload(Frame.STATE).getfield(Names.STATE, "segments", Names.SEGMENTS);
            cb.loadConstant(in.segment).aaload().getfield(Names.SEGMENT, "base", CD_long).ladd();
        }
    }

    /**
     * Before each instruction.
     *
     * @param changed where to go if it has changed code
     */
    void begin(Supplier<Label> changed) {
        this.changed = changed;
    }

    /** Pushes what is at the address in {@link Frame#ADDRESS}, zero-extended. */
    abstract void read(int size);

    /** Reads 16 bytes at {@link Frame#ADDRESS} into {@link Frame#VALUE} and {@link Frame#OTHER}. */
    abstract void read16();

    /**
     * Stores {@link Frame#VALUE} at {@link Frame#ADDRESS}.
     *
     * @param then what else the instruction does
     */
    abstract void write(int size, Runnable then);

    /** Stores {@link Frame#VALUE} at {@link Frame#ADDRESS}, and nothing else. */
    void write(int size) {
        write(size, () -> {});
    }

    /** Stores {@link Frame#VALUE} and {@link Frame#OTHER} at {@link Frame#ADDRESS}. */
    abstract void write16();

    /** Pushes what is at {@link Frame#ADDRESS} and will be changed. */
    abstract void changing(int size);

    /** Stores {@link Frame#VALUE} where {@link #changing} has read. */
    abstract void change(int size);

    final void second() {
        cb.lload(Frame.ADDRESS).loadConstant(8L).ladd().lstore(Frame.ADDRESS);
    }

    final void table() {
        cb.getstatic(self, TABLE_FIELD, Names.LONGS);
    }

    final void window() {
        cb.getstatic(self, WINDOW_FIELD, Names.WINDOW);
    }
}
