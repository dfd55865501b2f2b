package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_long;

import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Segment;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;

/** Addresses of operands, loads and stores. */
final class MemoryCode {
    static final String WINDOW_FIELD = "WINDOW";

    private static final long LOW = 0xffff_ffffL;

    private final CodeBuilder cb;
    private final Frame frame;
    private final ClassDesc self;

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

    /** Pushes what is at the address in {@link Frame#ADDRESS}, zero-extended. */
    void read(int size) {
        cb.aload(Frame.MMU).aload(Frame.TLB);
        window();
        cb.lload(Frame.ADDRESS).invokestatic(Names.DIRECT, "read" + 8 * size, Names.READ);
    }

    private void window() {
        cb.getstatic(self, WINDOW_FIELD, Names.WINDOW);
    }

    /** Stores {@link Frame#VALUE} at {@link Frame#ADDRESS}; jumps if that has changed code. */
    void write(int size, Label changed) {
        write(size);
        cb.ifne(changed);
    }

    /** Stores {@link Frame#VALUE} at {@link Frame#ADDRESS}; pushes whether that has changed code. */
    void write(int size) {
        cb.aload(Frame.MMU).aload(Frame.TLB);
        window();
        cb.lload(Frame.ADDRESS).lload(Frame.VALUE);
        cb.invokestatic(Names.DIRECT, "write" + 8 * size, Names.WRITE);
    }

    /** Pushes what is at {@link Frame#ADDRESS} and will be changed. */
    void changing(int size) {
        cb.aload(Frame.TLB).lload(Frame.ADDRESS).loadConstant(size);
        cb.invokestatic(Names.DIRECT, "place", Names.PLACE).lstore(Frame.PLACE);
        cb.aload(Frame.MMU);
        window();
        cb.lload(Frame.PLACE).lload(Frame.ADDRESS).loadConstant(size);
        cb.invokestatic(Names.DIRECT, "changing", Names.CHANGING);
    }

    /** Stores {@link Frame#VALUE} where {@link #changing} has read. */
    void change(int size, Label changed) {
        cb.aload(Frame.MMU);
        window();
        cb.lload(Frame.PLACE).lload(Frame.ADDRESS).loadConstant(size).lload(Frame.VALUE);
        cb.invokestatic(Names.DIRECT, "change", Names.CHANGE).ifne(changed);
    }
}
