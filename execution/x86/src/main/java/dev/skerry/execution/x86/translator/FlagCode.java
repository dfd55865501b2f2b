package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Flags;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;

/**
 * Flags. Those set in the present block are in variables, and their kind is known while translating:
 * then a condition is one comparison of the operands, and what nobody looks at is dropped by the
 * JVM's compiler. Others are in the CPU's state, where these are stored too if {@link FlagFlow} says
 * so; a way out of the region stores what is {@link #pending}.
 */
final class FlagCode {
    /** Of flags that are in the CPU's state. */
    static final int STORED = -1;

    private final CodeBuilder cb;

    /** The kind of the flags in the variables; {@link #STORED} if they are in the state alone. */
    private int kind = STORED;

    private boolean isStored = true;
    private boolean isNeeded;
    private boolean isVisible;

    FlagCode(CodeBuilder cb) {
        this.cb = cb;
    }

    /** At a point that is reached in several ways, or after a call that has set flags. */
    void forget() {
        kind = STORED;
        isStored = true;
    }

    /** Whether the flags that the present instruction sets are looked at, and from the state. */
    void begin(boolean isNeeded, boolean isVisible) {
        this.isNeeded = isNeeded;
        this.isVisible = isVisible;
    }

    /** Whether anybody may look at the flags that the present instruction sets. */
    boolean isNeeded() {
        return isNeeded;
    }

    /** The flags are of a kind now; operands and result are in their variables. */
    void are(int kind) {
        this.kind = kind;
        isStored = isVisible;
        if (isVisible) {
            store(kind);
        }
    }

    /** The kind of flags that have to be stored before the region is left, or {@link #STORED}. */
    int pending() {
        return isStored ? STORED : kind;
    }

    /**
     * For an instruction that may or may not set flags: from here on they are in the state, and so
     * are those it sets.
     */
    void toState() {
        settle();
        isVisible = true;
    }

    /** Stores flags that are pending. */
    void settle() {
        store(pending());
        isStored = true;
    }

    /** Stores flags of a kind from their variables. */
    void store(int kind) {
        if (kind == STORED) {
            return;
        }
        cb.aload(Frame.STATE).loadConstant(kind).putfield(Names.STATE, "flagsKind", CD_int);
        if (hasOperands(kind)) {
            cb.aload(Frame.STATE).lload(Frame.FLAG_A).putfield(Names.STATE, "flagsA", CD_long);
            cb.aload(Frame.STATE).lload(Frame.FLAG_B).putfield(Names.STATE, "flagsB", CD_long);
        }
        if (hasResult(kind)) {
            cb.aload(Frame.STATE).lload(Frame.FLAG_RESULT);
            cb.putfield(Names.STATE, "flagsResult", CD_long);
        }
        if (hasStatus(kind)) {
            cb.aload(Frame.STATE).iload(Frame.STATUS).putfield(Names.STATE, "status", CD_int);
        }
    }

    private static boolean hasOperands(int kind) {
        return kind == Flags.ADD || kind == Flags.SUB || kind == Flags.INC || kind == Flags.DEC;
    }

    private static boolean hasResult(int kind) {
        return kind != Flags.EXPLICIT;
    }

    private static boolean hasStatus(int kind) {
        return !hasOperands(kind) && kind != Flags.LOGIC || kind == Flags.INC || kind == Flags.DEC;
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

    /** Pushes kind, operands, result and status; what the kind has not is 0. */
    private void pushFlags() {
        if (kind == STORED) {
            cb.aload(Frame.STATE).getfield(Names.STATE, "flagsKind", CD_int);
            cb.aload(Frame.STATE).getfield(Names.STATE, "flagsA", CD_long);
            cb.aload(Frame.STATE).getfield(Names.STATE, "flagsB", CD_long);
            cb.aload(Frame.STATE).getfield(Names.STATE, "flagsResult", CD_long);
            cb.aload(Frame.STATE).getfield(Names.STATE, "status", CD_int);
            return;
        }
        cb.loadConstant(kind);
        push(Frame.FLAG_A, hasOperands(kind));
        push(Frame.FLAG_B, hasOperands(kind));
        push(Frame.FLAG_RESULT, hasResult(kind));
        if (hasStatus(kind)) {
            cb.iload(Frame.STATUS);
        } else {
            cb.iconst_0();
        }
    }

    private void push(int variable, boolean isSet) {
        if (isSet) {
            cb.lload(variable);
        } else {
            cb.lconst_0();
        }
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
