package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.constant.ClassDesc;

/**
 * Accesses that call the slow path where an address is not in the TLB. For code that is checked: all
 * its accesses go there, to take notes.
 */
final class CallingMemory extends MemoryCode {
    CallingMemory(Frame frame, ClassDesc self) {
        super(frame, self);
    }

    @Override
    void read(int size) {
        parts();
        cb.invokestatic(Names.DIRECT, "read" + 8 * size, Names.READ);
    }

    @Override
    void read16() {
        read(8);
        cb.lstore(Frame.VALUE);
        second();
        read(8);
        cb.lstore(Frame.OTHER);
    }

    @Override
    void write(int size, Runnable then) {
        write(size, Frame.VALUE);
        cb.istore(Frame.COUNT);
        then.run();
        cb.iload(Frame.COUNT).ifne(changed.get());
    }

    @Override
    void write16() {
        // Both halves must be writable before one is written.
        cb.aload(Frame.MMU).lload(Frame.ADDRESS).loadConstant(16);
        cb.invokevirtual(Names.MMU, "probeWrite", Names.type(CD_void, CD_long, CD_int));
        write(8, Frame.VALUE);
        second();
        write(8, Frame.OTHER);
        cb.ior().ifne(changed.get());
    }

    /** Pushes whether that has changed code. */
    private void write(int size, int variable) {
        parts();
        cb.lload(variable).invokestatic(Names.DIRECT, "write" + 8 * size, Names.WRITE);
    }

    private void parts() {
        cb.aload(Frame.MMU);
        table();
        window();
        cb.iload(Frame.TLB_BASE).lload(Frame.ADDRESS);
    }

    @Override
    void changing(int size) {
        table();
        cb.iload(Frame.TLB_BASE).lload(Frame.ADDRESS).loadConstant(size);
        cb.invokestatic(Names.DIRECT, "place", Names.PLACE).lstore(Frame.PLACE);
        cb.aload(Frame.MMU);
        window();
        cb.lload(Frame.PLACE).lload(Frame.ADDRESS).loadConstant(size);
        cb.invokestatic(Names.DIRECT, "changing", Names.CHANGING);
    }

    @Override
    void change(int size) {
        cb.aload(Frame.MMU);
        window();
        cb.lload(Frame.PLACE).lload(Frame.ADDRESS).loadConstant(size).lload(Frame.VALUE);
        cb.invokestatic(Names.DIRECT, "change", Names.CHANGE).ifne(changed.get());
    }
}
