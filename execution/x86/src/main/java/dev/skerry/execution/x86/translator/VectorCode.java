package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.Flags;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.MethodTypeDesc;

/**
 * The SSE instructions that programs are mostly made of: moves, logic, scalar arithmetic. XMM
 * registers stay in their array; arithmetic is that of the {@code fp} package.
 */
final class VectorCode {
    private static final long LOW = 0xffff_ffffL;
    private static final MethodTypeDesc OF_STATE = Names.type(CD_void, Names.STATE);
    private static final MethodTypeDesc OF_HALF = Names.type(CD_long, CD_long);
    private static final MethodTypeDesc OF_TWO_HALVES = Names.type(CD_long, CD_long, CD_long);
    private static final MethodTypeDesc DOUBLE =
            Names.type(CD_long, Names.ENVIRONMENT, CD_long, CD_long);
    private static final MethodTypeDesc SINGLE =
            Names.type(CD_int, Names.ENVIRONMENT, CD_int, CD_int);
    private static final MethodTypeDesc COMPARE_DOUBLES =
            Names.type(CD_int, Names.ENVIRONMENT, CD_long, CD_long, CD_boolean);
    private static final MethodTypeDesc COMPARE_SINGLES =
            Names.type(CD_int, Names.ENVIRONMENT, CD_int, CD_int, CD_boolean);

    private final CodeBuilder cb;
    private final Frame frame;
    private final FlagCode flags;
    private final MemoryCode memory;
    private boolean isRequired;
    private int next;

    VectorCode(Frame frame, FlagCode flags, MemoryCode memory) {
        cb = frame.cb;
        this.frame = frame;
        this.flags = flags;
        this.memory = memory;
    }

    /** At the begin of a block, within which SSE is not switched off. */
    void begin() {
        isRequired = false;
    }

    /** As {@link InsnCode#put}. */
    void put(Insn in, int next) {
        this.next = next;
        if (!isRequired) {
            cb.aload(Frame.STATE).invokestatic(Names.SSE, "require", OF_STATE);
            isRequired = true;
        }
        switch (in.vector) {
            case LOAD_UNALIGNED -> load16(in, false);
            case LOAD_ALIGNED -> load16(in, true);
            case STORE_UNALIGNED -> store16(in, false);
            case STORE_ALIGNED -> store16(in, true);
            case MOVSS, MOVSD, MOVQ, MOVD -> loadScalar(in);
            case MOVSS_STORE, MOVSD_STORE, MOVQ_STORE, MOVD_STORE -> storeScalar(in);
            case PAND, PANDN, POR, PXOR, PADDQ, PSUBQ, PCMPEQB -> logic(in);
            case PMOVMSKB -> signs(in);
            case ADDSD -> arithmetic(in, "add");
            case SUBSD -> arithmetic(in, "subtract");
            case MULSD -> arithmetic(in, "multiply");
            case DIVSD -> arithmetic(in, "divide");
            case ADDSS -> singles(in, "add");
            case SUBSS -> singles(in, "subtract");
            case MULSS -> singles(in, "multiply");
            case DIVSS -> singles(in, "divide");
            case UCOMISD, COMISD, UCOMISS, COMISS -> compare(in);
            default -> convert(in);
        }
    }

    private void get(int index) {
        cb.aload(Frame.XMM).loadConstant(index).laload();
    }

    /** Sets half a register from a variable. */
    private void set(int index, int variable) {
        cb.aload(Frame.XMM).loadConstant(index).lload(variable).lastore();
    }

    private void clear(int index) {
        cb.aload(Frame.XMM).loadConstant(index).lconst_0().lastore();
    }

    private void address(Insn in, boolean aligned) {
        if (aligned) {
            cb.aload(Frame.STATE);
        }
        memory.address(in, next);
        if (aligned) {
            cb.invokestatic(Names.SSE, "aligned", Names.type(CD_long, Names.STATE, CD_long));
        }
        cb.lstore(Frame.ADDRESS);
    }

    /** Reads 16 bytes into VALUE and OTHER. */
    private void read16(Insn in, boolean aligned) {
        address(in, aligned);
        memory.read16();
    }

    private void load16(Insn in, boolean aligned) {
        if (in.form == Form.M) {
            read16(in, aligned);
        } else {
            get(2 * in.b);
            cb.lstore(Frame.VALUE);
            get(2 * in.b + 1);
            cb.lstore(Frame.OTHER);
        }
        set(2 * in.a, Frame.VALUE);
        set(2 * in.a + 1, Frame.OTHER);
    }

    private void store16(Insn in, boolean aligned) {
        get(2 * in.a);
        cb.lstore(Frame.VALUE);
        if (in.form != Form.M) {
            set(2 * in.b, Frame.VALUE);
            get(2 * in.a + 1);
            cb.lstore(Frame.VALUE);
            set(2 * in.b + 1, Frame.VALUE);
            return;
        }
        address(in, aligned);
        get(2 * in.a + 1);
        cb.lstore(Frame.OTHER);
        memory.write16();
    }

    private int scalarSize(Insn in) {
        return switch (in.vector) {
            case MOVSS, MOVSS_STORE -> 4;
            case MOVD, MOVD_STORE -> in.size;
            default -> 8;
        };
    }

    /** A load clears the rest of the register; MOVSS and MOVSD between registers leave it. */
    private void loadScalar(Insn in) {
        if (in.form == Form.M) {
            address(in, false);
            memory.read(scalarSize(in));
            cb.lstore(Frame.VALUE);
            set(2 * in.a, Frame.VALUE);
            clear(2 * in.a + 1);
            return;
        }
        switch (in.vector) {
            case MOVD -> {
                frame.whole(in.b);
                frame.zeroExtend(in.size);
                cb.lstore(Frame.VALUE);
                set(2 * in.a, Frame.VALUE);
                clear(2 * in.a + 1);
            }
            case MOVQ -> {
                get(2 * in.b);
                cb.lstore(Frame.VALUE);
                set(2 * in.a, Frame.VALUE);
                clear(2 * in.a + 1);
            }
            case MOVSS -> mergeLow(in.a, in.b);
            default -> {
                get(2 * in.b);
                cb.lstore(Frame.VALUE);
                set(2 * in.a, Frame.VALUE);
            }
        }
    }

    private void mergeLow(int to, int from) {
        get(2 * from);
        cb.loadConstant(LOW).land().lstore(Frame.VALUE);
        setLow32(2 * to);
    }

    /** Sets the low 32 bits of a half from VALUE, whose others are clear. */
    private void setLow32(int index) {
        get(index);
        cb.loadConstant(~LOW).land().lload(Frame.VALUE).lor().lstore(Frame.VALUE);
        set(index, Frame.VALUE);
    }

    private void storeScalar(Insn in) {
        get(2 * in.a);
        cb.lstore(Frame.VALUE);
        if (in.form == Form.M) {
            address(in, false);
            memory.write(scalarSize(in));
            return;
        }
        switch (in.vector) {
            case MOVD_STORE -> {
                cb.lload(Frame.VALUE);
                frame.set(in.b, in.size);
            }
            case MOVQ_STORE -> {
                set(2 * in.b, Frame.VALUE);
                clear(2 * in.b + 1);
            }
            case MOVSS_STORE -> mergeLow(in.b, in.a);
            default -> set(2 * in.b, Frame.VALUE);
        }
    }

    private void logic(Insn in) {
        if (in.form == Form.M) {
            read16(in, true);
        } else {
            get(2 * in.b);
            cb.lstore(Frame.VALUE);
            get(2 * in.b + 1);
            cb.lstore(Frame.OTHER);
        }
        half(in, 2 * in.a, Frame.VALUE);
        half(in, 2 * in.a + 1, Frame.OTHER);
    }

    /** A bit for each byte's sign. */
    private void signs(Insn in) {
        get(2 * in.b + 1);
        cb.invokestatic(Names.INTEGERS, "signs", OF_HALF).bipush(8).lshl();
        get(2 * in.b);
        cb.invokestatic(Names.INTEGERS, "signs", OF_HALF).lor();
        frame.setWhole(in.a);
    }

    private void half(Insn in, int index, int source) {
        get(index);
        switch (in.vector) {
            case PAND -> cb.lload(source).land();
            case PANDN -> cb.loadConstant(-1L).lxor().lload(source).land();
            case POR -> cb.lload(source).lor();
            case PXOR -> cb.lload(source).lxor();
            case PADDQ -> cb.lload(source).ladd();
            case PCMPEQB ->
                    cb.lload(source).invokestatic(Names.INTEGERS, "equalBytes", OF_TWO_HALVES);
            default -> cb.lload(source).lsub();
        }
        cb.lstore(source);
        set(index, source);
    }

    /** The scalar source into VALUE. */
    private void source(Insn in, int size) {
        if (in.form == Form.M) {
            address(in, false);
            memory.read(size);
        } else {
            get(2 * in.b);
        }
        cb.lstore(Frame.VALUE);
    }

    private void environment() {
        cb.aload(Frame.STATE).getfield(Names.STATE, "sse", Names.ENVIRONMENT);
    }

    /** What was raised becomes sticky, or a fault, before anything is written. */
    private void settle() {
        cb.aload(Frame.STATE).invokestatic(Names.SSE, "settle", OF_STATE);
    }

    private void arithmetic(Insn in, String name) {
        source(in, 8);
        environment();
        get(2 * in.a);
        cb.lload(Frame.VALUE).invokestatic(Names.DOUBLES, name, DOUBLE).lstore(Frame.VALUE);
        settle();
        set(2 * in.a, Frame.VALUE);
    }

    private void singles(Insn in, String name) {
        source(in, 4);
        environment();
        get(2 * in.a);
        cb.l2i().lload(Frame.VALUE).l2i().invokestatic(Names.SINGLES, name, SINGLE);
        setSingle(in);
    }

    /** Pops a result of 32 bits. */
    private void setSingle(Insn in) {
        cb.i2l().loadConstant(LOW).land().lstore(Frame.VALUE);
        settle();
        setLow32(2 * in.a);
    }

    private void compare(Insn in) {
        boolean doubles =
                switch (in.vector) {
                    case UCOMISD, COMISD -> true;
                    default -> false;
                };
        boolean signaling =
                switch (in.vector) {
                    case COMISD, COMISS -> true;
                    default -> false;
                };
        source(in, doubles ? 8 : 4);
        environment();
        get(2 * in.a);
        if (doubles) {
            cb.lload(Frame.VALUE).loadConstant(signaling ? 1 : 0);
            cb.invokestatic(Names.DOUBLES, "compare", COMPARE_DOUBLES);
        } else {
            cb.l2i().lload(Frame.VALUE).l2i().loadConstant(signaling ? 1 : 0);
            cb.invokestatic(Names.SINGLES, "compare", COMPARE_SINGLES);
        }
        cb.istore(Frame.COUNT);
        settle();
        cb.iload(Frame.COUNT).invokestatic(Names.COMPARISON, "flags", Names.type(CD_int, CD_int));
        cb.istore(Frame.STATUS);
        flags.are(Flags.EXPLICIT);
    }

    private void convert(Insn in) {
        switch (in.vector) {
            case CVTSI2SD -> fromInteger(in);
            case CVTTSD2SI -> {
                source(in, 8);
                environment();
                cb.lload(Frame.VALUE);
                if (in.size == 8) {
                    cb.invokestatic(
                            Names.DOUBLES,
                            "truncateToLong",
                            Names.type(CD_long, Names.ENVIRONMENT, CD_long));
                } else {
                    cb.invokestatic(
                            Names.DOUBLES,
                            "truncateToInt",
                            Names.type(CD_int, Names.ENVIRONMENT, CD_long));
                    cb.i2l();
                }
                cb.lstore(Frame.VALUE);
                settle();
                cb.lload(Frame.VALUE);
                frame.set(in.a, in.size);
            }
            case CVTSS2SD -> {
                source(in, 4);
                environment();
                cb.lload(Frame.VALUE).l2i();
                cb.invokestatic(
                        Names.DOUBLES,
                        "fromSingle",
                        Names.type(CD_long, Names.ENVIRONMENT, CD_int));
                cb.lstore(Frame.VALUE);
                settle();
                set(2 * in.a, Frame.VALUE);
            }
            case SQRTSS -> {
                source(in, 4);
                environment();
                cb.lload(Frame.VALUE).l2i();
                cb.invokestatic(
                        Names.SINGLES, "squareRoot", Names.type(CD_int, Names.ENVIRONMENT, CD_int));
                setSingle(in);
            }
            case SQRTSD -> {
                source(in, 8);
                environment();
                cb.lload(Frame.VALUE);
                cb.invokestatic(
                        Names.DOUBLES,
                        "squareRoot",
                        Names.type(CD_long, Names.ENVIRONMENT, CD_long));
                cb.lstore(Frame.VALUE);
                settle();
                set(2 * in.a, Frame.VALUE);
            }
            default -> throw new AssertionError(in.vector);
        }
    }

    private void fromInteger(Insn in) {
        if (in.form == Form.M) {
            address(in, false);
            memory.read(in.size);
        } else {
            frame.whole(in.b);
        }
        cb.lstore(Frame.VALUE);
        if (in.size == 8) {
            environment();
            cb.lload(Frame.VALUE);
            cb.invokestatic(
                    Names.DOUBLES, "fromLong", Names.type(CD_long, Names.ENVIRONMENT, CD_long));
        } else {
            cb.lload(Frame.VALUE).l2i();
            cb.invokestatic(Names.DOUBLES, "fromInt", Names.type(CD_long, CD_int));
        }
        cb.lstore(Frame.VALUE);
        settle();
        set(2 * in.a, Frame.VALUE);
    }
}
