package dev.skerry.execution.x86.interpreter;

import dev.skerry.execution.x86.Jit;
import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.CodePage;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.mmu.Translation;
import dev.skerry.execution.x86.semantics.Exceptions;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;
import dev.skerry.execution.x86.translator.Checker;
import dev.skerry.execution.x86.translator.Runner;
import dev.skerry.execution.x86.translator.Translator;

/**
 * Runs a CPU: finds or decodes the block at the instruction pointer, runs it, and between blocks
 * looks at what was requested of it. Owned by the vCPU's thread.
 */
public final class Interpreter {
    private static final int PAGE = 4096;

    private final Core core;
    private final CpuState s;
    private final Mmu mmu;
    private final BlockBuilder builder;
    private final BlockRunner runner;
    private final Events events;

    /** Null if nothing is translated. */
    private final Translator translator;

    private final Runner regions;

    /** How often a block runs before it is translated; a power of two. */
    private final int threshold;

    /** One that only interprets. */
    public Interpreter(Core core) {
        this(core, null);
    }

    /** @param translator what code that runs often is handed to, or null */
    public Interpreter(Core core, Translator translator) {
        this.core = core;
        this.translator = translator;
        regions = translator == null ? null : new Runner(core, referee());
        threshold = translator == null ? 0 : translator.threshold();
        s = core.state;
        mmu = core.mmu;
        builder = new BlockBuilder(mmu);
        runner = new BlockRunner(core);
        events = new Events(core);
    }

    private Checker.Referee referee() {
        return translator.mode() == Jit.Mode.CHECK ? this::interpret : null;
    }

    /** Runs some instructions, whatever is requested. */
    private void interpret(long instructions) {
        long end = runner.instructions + instructions;
        while (runner.instructions < end) {
            Block block = find();
            int most = (int) Math.min(block.instructions.length, end - runner.instructions);
            runner.run(block, most);
        }
    }

    /** Instructions done so far. */
    public long instructions() {
        return runner.instructions + s.translated;
    }

    /** Blocks decoded so far. */
    public long blocksDecoded() {
        return builder.built;
    }

    /** Runs until it is stopped by {@link Core#STOP}, or shuts down. */
    public Exit run() {
        while (true) {
            try {
                Exit exit = runBlocks();
                if (exit != null) {
                    return exit;
                }
            } catch (GuestFault fault) {
                s.interruptShadow = false;
                if (!Exceptions.deliver(core)) {
                    return Exit.SHUTDOWN;
                }
            }
        }
    }

    /** Null: look again. A fault leaves with {@code rip} at the instruction. */
    private Exit runBlocks() {
        Block block = null;
        int generation = 0;
        while (true) {
            if (core.isRequested() || s.halted) {
                Exit exit = events.handle();
                if (exit != null) {
                    return exit;
                }
                block = null;
            }
            if ((s.systemFlags & (Eflags.TF | Eflags.RF)) != 0
                    || s.interruptShadow
                    || s.debugArmed) {
                block = null;
                if (!events.step(find(), runner)) {
                    return Exit.SHUTDOWN;
                }
                continue;
            }
            Block next = null;
            if (block != null && generation == mmu.codeGeneration()) {
                next = successor(block);
            }
            if (next == null) {
                next = find();
                generation = mmu.codeGeneration();
                link(block, next);
            }
            block = next;
            if (translator != null && !regions.takeMiss() && isTranslated(block)) {
                block = null;
                continue;
            }
            runner.run(block, block.instructions.length);
        }
    }

    /** Runs a block's translation, if it has one and that can be entered. */
    private boolean isTranslated(Block block) {
        Translation known = block.translation;
        if (known == null || known.isStale()) {
            if ((++block.entries & threshold - 1) != 0) {
                return false;
            }
            translator.request(mmu, block, s.codeBase + s.rip);
            if (block.translation == null) {
                return false;
            }
        }
        return regions.run(block);
    }

    /** The block that followed this one before, if it is the one to follow now. */
    private Block successor(Block block) {
        long start = s.rip + s.codeBase & PAGE - 1;
        long startedAt = runner.blockGva;
        if (((startedAt ^ s.rip + s.codeBase) & -PAGE) != 0) {
            return null;
        }
        Block next = block.next;
        if (next == null || next.start != start) {
            next = block.target;
        }
        return next != null && next.start == start && next.mode == s.mode && !next.stale
                ? next
                : null;
    }

    /** Remembers who followed whom, on one page. */
    private void link(Block from, Block to) {
        if (from == null || from.page != to.page || to.secondPage != null) {
            return;
        }
        if (to.start == from.start + from.lengthBytes) {
            from.next = to;
        } else {
            from.target = to;
        }
    }

    private Block find() {
        long gva = s.codeBase + s.rip;
        if (!s.is64()) {
            gva &= 0xffff_ffffL;
            if (s.rip > s.segments[Segment.CS].limit) {
                throw s.fault(GuestFault.GP, 0);
            }
        }
        CodePage page = mmu.codePage(gva);
        Block block = page.find((int) gva & PAGE - 1, s.mode);
        if (block == null
                || block.secondPage != null
                        && mmu.codePage((gva & -PAGE) + PAGE) != block.secondPage) {
            block = builder.build(page, gva, s.mode);
        }
        return block;
    }
}
