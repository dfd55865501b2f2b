package dev.skerry.verify.silicon.random;

import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Operand;
import dev.skerry.verify.silicon.Flags;

import java.util.List;

/** A piece of a program that can be taken out of it without the rest changing. */
public sealed interface Step {
    /**
     * An instruction's form and operands. Memory relative to RIP counts from the data window's
     * first byte here, so that it does not depend on where the instruction lies.
     */
    record Encoded(String form, List<Operand> operands) {
        @Override
        public String toString() {
            return form + " " + operands;
        }
    }

    /**
     * One instruction under test.
     *
     * @param name for people
     * @param prelude what sets its operands up; changes no flags
     * @param prefixes bytes before it
     * @param main the instruction
     * @param flags what it does with RFLAGS
     * @param looseness in what its result may differ from one CPU to another
     */
    record Instruction(
            String name,
            List<Encoded> prelude,
            List<Integer> prefixes,
            Encoded main,
            FlagEffect flags,
            Looseness looseness)
            implements Step {
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            prelude.forEach(encoded -> text.append(encoded).append(", "));
            prefixes.forEach(prefix -> text.append(Integer.toHexString(prefix)).append(' '));
            return text.append(name).append(" = ").append(main).toString();
        }
    }

    /** Shapes of control flow. */
    enum Shape {
        /** A conditional jump over the body. */
        SKIP,
        /** A call of the body. */
        CALL,
        /** The body a few times, counted in RCX. */
        LOOP
    }

    /**
     * A body with control flow around it.
     *
     * @param shape which
     * @param cond of a SKIP
     * @param count of a LOOP
     * @param body what is in it; leaves RSP, and in a LOOP RCX, as they were
     */
    record Block(Shape shape, Cond cond, int count, List<Step> body) implements Step {
        @Override
        public String toString() {
            String head =
                    shape
                            + (shape == Shape.LOOP
                                    ? " " + count
                                    : shape == Shape.SKIP ? " " + cond : "");
            return head + " " + body;
        }
    }

    /**
     * What an instruction does with RFLAGS' status flags.
     *
     * @param reads whose values matter to it
     * @param defines what it sets as the manual says
     * @param undefines what it leaves undefined
     */
    record FlagEffect(int reads, int defines, int undefines) {
        static final FlagEffect NONE = new FlagEffect(0, 0, 0);

        /** What is undefined after it, if {@code before} was. */
        int after(int before) {
            return before & ~defines | undefines;
        }
    }

    /**
     * In what a result may differ.
     *
     * @param kind why
     * @param from the first byte of the data window it concerns, or the SSE register's number
     * @param bytes how many bytes of the window
     */
    record Looseness(Kind kind, int from, int bytes) {
        /** Why a result may differ. */
        public enum Kind {
            /** It may not. */
            NONE,
            /** An SSE register's four floats may be 1.5 * 2^-12 off (SDM 2, RCPPS and RSQRTPS). */
            RELATIVE,
            /** ST(0) and ST(1) may differ in their last places, and so may C1 and PE. */
            X87,
            /** Bytes of the window hold the x87's instruction and operand pointers. */
            POINTERS
        }

        static final Looseness NONE = new Looseness(Kind.NONE, 0, 0);
    }

    /** The status flags a condition looks at. */
    static int flagsOf(Cond cond) {
        return switch (cond.code() >> 1) {
            case 0 -> Flags.OF;
            case 1 -> Flags.CF;
            case 2 -> Flags.ZF;
            case 3 -> Flags.CF | Flags.ZF;
            case 4 -> Flags.SF;
            case 5 -> Flags.PF;
            case 6 -> Flags.SF | Flags.OF;
            default -> Flags.ZF | Flags.SF | Flags.OF;
        };
    }
}
