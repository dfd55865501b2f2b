package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;

/**
 * Accesses that leave the region where an address is not in the TLB, with all as it was before the
 * instruction. What is in it for writing is not code.
 */
final class LeavingMemory extends MemoryCode {
    private static final MethodTypeDesc READ =
            Names.type(CD_long, Names.LONGS, Names.WINDOW, CD_int, CD_long);
    private static final MethodTypeDesc WRITE =
            Names.type(CD_void, Names.LONGS, Names.WINDOW, CD_int, CD_long, CD_long);
    private static final MethodTypeDesc PLACE =
            Names.type(CD_long, Names.LONGS, CD_int, CD_long, CD_int);
    private static final MethodTypeDesc GET = Names.type(CD_long, Names.WINDOW, CD_long);
    private static final MethodTypeDesc SET = Names.type(CD_void, Names.WINDOW, CD_long, CD_long);

    private final Exits exits;

    LeavingMemory(Frame frame, ClassDesc self, Exits exits) {
        super(frame, self);
        this.exits = exits;
    }

    @Override
    void read(int size) {
        table();
        window();
        cb.iload(Frame.TLB_BASE).lload(Frame.ADDRESS);
        hit("read" + 8 * size, READ);
    }

    private void hit(String name, MethodTypeDesc type) {
        Label begin = cb.newBoundLabel();
        cb.invokestatic(Names.HITS, name, type);
        exits.mayMiss(begin, cb.newBoundLabel());
    }

    /** The operand's place in the window into {@link Frame#PLACE}. */
    private void place(String name, int size) {
        table();
        cb.iload(Frame.TLB_BASE).lload(Frame.ADDRESS).loadConstant(size - 1);
        hit(name, PLACE);
        cb.lstore(Frame.PLACE);
    }

    private void get(int size, int distance) {
        window();
        cb.lload(Frame.PLACE);
        distant(distance);
        cb.invokestatic(Names.DIRECT, "get" + 8 * size, GET);
    }

    private void set(int size, int distance, int variable) {
        window();
        cb.lload(Frame.PLACE);
        distant(distance);
        cb.lload(variable).invokestatic(Names.DIRECT, "set" + 8 * size, SET);
    }

    private void distant(int distance) {
        if (distance != 0) {
            cb.loadConstant((long) distance).ladd();
        }
    }

    @Override
    void read16() {
        place("readable", 16);
        get(8, 0);
        cb.lstore(Frame.VALUE);
        get(8, 8);
        cb.lstore(Frame.OTHER);
    }

    @Override
    void write(int size, Runnable then) {
        table();
        window();
        cb.iload(Frame.TLB_BASE).lload(Frame.ADDRESS).lload(Frame.VALUE);
        hit("write" + 8 * size, WRITE);
        then.run();
    }

    @Override
    void write16() {
        place("writable", 16);
        set(8, 0, Frame.VALUE);
        set(8, 8, Frame.OTHER);
    }

    @Override
    void changing(int size) {
        place("writable", size);
        get(size, 0);
    }

    @Override
    void change(int size) {
        set(size, 0, Frame.VALUE);
    }
}
