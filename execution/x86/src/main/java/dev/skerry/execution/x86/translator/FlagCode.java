package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;

/**
 * Flags in variables. What kind they are of is mostly known while translating: then a condition is
 * one comparison of the operands, and what nobody looks at is dropped by the JVM's compiler.
 */
final class FlagCode {
    private static final int UNKNOWN = -1;

    private final CodeBuilder cb;

    /** The kind that the flags have at this point, if that is known. */
    private int kind = UNKNOWN;

    /** Whether anybody may look at the flags that the present instruction sets. */
    private boolean needed;

    FlagCode(CodeBuilder cb) {
        this.cb = cb;
    }

    /** At a point that is reached in several ways, or after a call that has set flags. */
    void forget() {
        kind = UNKNOWN;
    }

    void setNeeded(boolean needed) {
        this.needed = needed;
    }

    boolean isNeeded() {
        return needed;
    }

    /** The flags are of a kind now; operands and result are in their variables. */
    void are(int kind) {
        this.kind = kind;
        cb.loadConstant(kind).istore(Frame.KIND);
    }

    /** SF, ZF and PF are by the result, the others what is on the stack. */
    void areResultAnd() {
        cb.istore(Frame.STATUS);
        are(Flags.RESULT);
    }

    /** Pops CF, leaves the others as they are. Pushed as a status, not as a number. */
    void mergeStatus(int which) {
        // new status on the stack
        pushFlags();
        cb.invokestatic(Names.FLAGS, "get", Names.ALL_FLAGS);
        cb.loadConstant(~which).iand().ior().istore(Frame.STATUS);
        are(Flags.EXPLICIT);
    }

    private void pushFlags() {
        if (kind == UNKNOWN) {
            cb.iload(Frame.KIND);
        } else {
            cb.loadConstant(kind);
        }
        cb.lload(Frame.FLAG_A).lload(Frame.FLAG_B).lload(Frame.FLAG_RESULT).iload(Frame.STATUS);
    }

    /** Pushes CF, as 0 or 1. */
    void carry() {
        pushFlags();
        cb.invokestatic(Names.FLAGS, "carryBit", Names.ALL_FLAGS);
    }

    /** Jumps if a condition holds. */
    void jump(int condition, Label target) {
        boolean holds = (condition & 1) == 0;
        switch (kind) {
            case Flags.SUB -> afterSubtraction(condition >>> 1, holds, target, condition);
            case Flags.LOGIC -> afterLogic(condition >>> 1, holds, target, condition);
            case Flags.ADD, Flags.INC, Flags.DEC, Flags.RESULT ->
                    afterOther(condition >>> 1, holds, target, condition);
            default -> any(condition, target);
        }
    }

    private void any(int condition, Label target) {
        pushFlags();
        cb.loadConstant(condition).invokestatic(Names.FLAGS, "condition", Names.CONDITION);
        cb.ifne(target);
    }

    private void afterSubtraction(int which, boolean holds, Label target, int condition) {
        switch (which) {
            case 1 -> unsigned(Frame.FLAG_A, Frame.FLAG_B).when(holds, Sign.NEGATIVE, target);
            case 2 -> signed().when(holds, Sign.ZERO, target);
            case 3 -> unsigned(Frame.FLAG_A, Frame.FLAG_B).when(holds, Sign.NOT_POSITIVE, target);
            case 4 -> result().when(holds, Sign.NEGATIVE, target);
            case 6 -> signed().when(holds, Sign.NEGATIVE, target);
            case 7 -> signed().when(holds, Sign.NOT_POSITIVE, target);
            default -> any(condition, target);
        }
    }

    /** CF and OF are clear. */
    private void afterLogic(int which, boolean holds, Label target, int condition) {
        switch (which) {
            case 0, 1 -> {
                if (!holds) {
                    cb.goto_(target);
                }
            }
            case 2, 3 -> result().when(holds, Sign.ZERO, target);
            case 4, 6 -> result().when(holds, Sign.NEGATIVE, target);
            case 7 -> result().when(holds, Sign.NOT_POSITIVE, target);
            default -> any(condition, target);
        }
    }

    private void afterOther(int which, boolean holds, Label target, int condition) {
        if (which == 2) {
            result().when(holds, Sign.ZERO, target);
        } else if (which == 4) {
            result().when(holds, Sign.NEGATIVE, target);
        } else if (which == 1 && kind == Flags.ADD) {
            unsigned(Frame.FLAG_RESULT, Frame.FLAG_A).when(holds, Sign.NEGATIVE, target);
        } else if (which == 1) {
            cb.iload(Frame.STATUS).loadConstant(Eflags.CF).iand();
            if (holds) {
                cb.ifne(target);
            } else {
                cb.ifeq(target);
            }
        } else {
            any(condition, target);
        }
    }

    private enum Sign {
        NEGATIVE,
        ZERO,
        NOT_POSITIVE
    }

    private FlagCode unsigned(int a, int b) {
        cb.lload(a).lload(b).invokestatic(Names.LONG, "compareUnsigned", Names.COMPARE);
        return this;
    }

    private FlagCode signed() {
        cb.lload(Frame.FLAG_A).lload(Frame.FLAG_B).lcmp();
        return this;
    }

    private FlagCode result() {
        cb.lload(Frame.FLAG_RESULT).lconst_0().lcmp();
        return this;
    }

    private void when(boolean holds, Sign sign, Label target) {
        switch (sign) {
            case NEGATIVE -> {
                if (holds) {
                    cb.iflt(target);
                } else {
                    cb.ifge(target);
                }
            }
            case ZERO -> {
                if (holds) {
                    cb.ifeq(target);
                } else {
                    cb.ifne(target);
                }
            }
            case NOT_POSITIVE -> {
                if (holds) {
                    cb.ifle(target);
                } else {
                    cb.ifgt(target);
                }
            }
        }
    }
}
