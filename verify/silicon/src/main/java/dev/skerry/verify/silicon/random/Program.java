package dev.skerry.verify.silicon.random;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Mem;
import dev.skerry.verify.asm.Operand;
import dev.skerry.verify.silicon.Layout;
import dev.skerry.verify.silicon.NativeCase;
import dev.skerry.verify.silicon.random.Step.Block;
import dev.skerry.verify.silicon.random.Step.Encoded;
import dev.skerry.verify.silicon.random.Step.FlagEffect;
import dev.skerry.verify.silicon.random.Step.Instruction;
import dev.skerry.verify.silicon.random.Step.Looseness;
import dev.skerry.verify.silicon.random.Step.Shape;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A program and the state it starts from, with what is known of it beforehand: where RFLAGS are
 * undefined.
 */
public final class Program {
    private static final int LARGEST_REGISTER_BITS = 128;

    private final List<Step> steps;
    private final NativeCase start;
    private final NativeCase runnable;
    private final Map<Long, Integer> undefinedBefore = new HashMap<>();
    private final Set<Long> accessesInParts = new HashSet<>();
    private final int undefinedAtEnd;
    private int undefinedAnywhere;
    private boolean wellDefined = true;
    private Looseness looseness = Looseness.NONE;

    /**
     * Assembles a program.
     *
     * @param steps in order
     * @param start the state; its code does not count
     * @throws IllegalArgumentException if a step cannot be encoded
     */
    public Program(List<Step> steps, NativeCase start) {
        this.steps = List.copyOf(steps);
        this.start = start;
        Assembler a = new Assembler(start.bits(), Layout.DATA);
        Label window = a.mark();
        a.org(Layout.CODE);
        undefinedAtEnd = emit(a, window, this.steps, 0);
        runnable = start.withCode(a.bytes());
    }

    /** The case to run. */
    public NativeCase nativeCase() {
        return runnable;
    }

    /** The steps. */
    public List<Step> steps() {
        return steps;
    }

    /** The same steps from another state. */
    public Program withStart(NativeCase other) {
        return new Program(steps, other);
    }

    /** The same state with other steps. */
    public Program withSteps(List<Step> others) {
        return new Program(others, start);
    }

    /** Whether no instruction looks at a flag that is undefined. */
    public boolean isWellDefined() {
        return wellDefined;
    }

    /** In what the last instruction's result may differ. */
    public Looseness looseness() {
        return looseness;
    }

    /** The flags that are undefined when the program has come to an address. */
    public int undefinedFlags(long rip) {
        long offset = rip - Layout.CODE;
        if (offset == runnable.code().length) {
            return undefinedAtEnd;
        }
        // Left by a wild jump or trap: somewhere.
        return undefinedBefore.getOrDefault(offset, undefinedAnywhere);
    }

    /**
     * Whether the instruction at an address has a memory operand that is accessed in parts, in an
     * order of the CPU's own: which of its bytes on a page that is not there a #PF reports differs.
     */
    public boolean accessesInParts(long rip) {
        return accessesInParts.contains(rip - Layout.CODE);
    }

    /** What is undefined after {@code steps}, without emitting them. */
    static int after(List<Step> steps, int undefined) {
        int now = undefined;
        for (Step step : steps) {
            now =
                    switch (step) {
                        case Instruction i -> i.flags().after(now);
                        case Block b ->
                                switch (b.shape()) {
                                    case SKIP -> now | after(b.body(), now);
                                    case CALL -> after(b.body(), now);
                                    case LOOP -> after(b.body(), now | after(b.body(), now));
                                };
                    };
        }
        return now;
    }

    private int emit(Assembler a, Label window, List<Step> body, int undefined) {
        int now = undefined;
        for (Step step : body) {
            now =
                    switch (step) {
                        case Instruction i -> emit(a, window, i, now);
                        case Block b -> emit(a, window, b, now);
                    };
        }
        return now;
    }

    private void note(Assembler a, int undefined) {
        undefinedBefore.merge((long) a.length(), undefined, (x, y) -> x | y);
        undefinedAnywhere |= undefined;
    }

    private int emit(Assembler a, Label window, Instruction instruction, int undefined) {
        for (Encoded encoded : instruction.prelude()) {
            note(a, undefined);
            emit(a, window, encoded);
        }
        note(a, undefined);
        if (instruction.main().operands().stream().anyMatch(Program::isInParts)) {
            accessesInParts.add((long) a.length());
        }
        instruction.prefixes().forEach(prefix -> a.raw(prefix));
        emit(a, window, instruction.main());
        FlagEffect flags = instruction.flags();
        wellDefined &= (flags.reads() & undefined) == 0;
        if (instruction.looseness().kind() != Looseness.Kind.NONE) {
            looseness = instruction.looseness();
        }
        int after = flags.after(undefined);
        undefinedAnywhere |= after;
        return after;
    }

    private static boolean isInParts(Operand operand) {
        return operand instanceof Mem m && m.size() > LARGEST_REGISTER_BITS;
    }

    private static void emit(Assembler a, Label window, Encoded encoded) {
        Operand[] operands = new Operand[encoded.operands().size()];
        for (int i = 0; i < operands.length; i++) {
            Operand operand = encoded.operands().get(i);
            operands[i] =
                    operand instanceof Mem m && m.rip()
                            ? Mem.mem(window).plus(m.disp()).sized(m.size())
                            : operand;
        }
        a.op(encoded.form(), operands);
    }

    private int emit(Assembler a, Label window, Block block, int undefined) {
        Label end = a.label();
        note(a, undefined);
        if (block.shape() == Shape.SKIP) {
            wellDefined &= (Step.flagsOf(block.cond()) & undefined) == 0;
            a.jccNear(block.cond(), end);
            int after = emit(a, window, block.body(), undefined) | undefined;
            a.bind(end);
            return after;
        }
        if (block.shape() == Shape.CALL) {
            Label body = a.label();
            a.call(body);
            int after = Program.after(block.body(), undefined);
            note(a, after);
            a.jmp(end).bind(body);
            emit(a, window, block.body(), undefined);
            note(a, after);
            a.ret().bind(end);
            return after;
        }
        a.mov(Gp.ECX, block.count());
        Label again = a.mark();
        int entry = undefined | Program.after(block.body(), undefined);
        int after = emit(a, window, block.body(), entry);
        note(a, after);
        // LOOP reaches 128 bytes back and a body may be longer, so it goes over two jumps.
        Label back = a.label();
        a.loop(back);
        note(a, after);
        a.jmp(end).bind(back);
        note(a, after);
        a.jmp(again).bind(end);
        return after;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Step step : steps) {
            text.append("  ").append(step).append('\n');
        }
        return text.append("  ").append(runnable).append('\n').toString();
    }
}
