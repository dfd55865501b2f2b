package dev.skerry.execution.x86.interpreter;

import dev.skerry.execution.x86.core.TestJit;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.CodePage;
import dev.skerry.execution.x86.semantics.X87Twin;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.translator.Runner;
import dev.skerry.execution.x86.translator.Translator;
import dev.skerry.verify.silicon.Fault;
import dev.skerry.verify.silicon.Layout;
import dev.skerry.verify.silicon.NativeCase;

import java.util.Arrays;

/** Runs the host CPU's cases as the interpreter runs a program: block by block, out of memory. */
final class InterpreterTwin extends X87Twin {
    // Code gets pages in turns: one whose code changes often is not translated.
    private static final long CODE_PAGES = 0x10_0000;
    private static final int PAGES = 3000;

    /** HLT: what a case that is done comes upon, and which it may not. */
    private static final byte END = (byte) 0xf4;

    /** Far more than any program takes; one that has not ended by then never will. */
    private static final int MOST_BLOCKS = 1_000_000;

    private final BlockBuilder builder = new BlockBuilder(rig.core.mmu);
    private final BlockRunner runner = new BlockRunner(rig.core);

    private final Translator translator = TestJit.translator(rig.memory);
    private final Runner regions = new Runner(rig.core, null);
    private int cases;

    InterpreterTwin() {
        rig.put64(0x3000 + 8 * (Layout.CODE >>> 21), 0x5007);
    }

    @Override
    protected Fault execute(NativeCase c) {
        byte[] page = new byte[4096];
        Arrays.fill(page, END);
        System.arraycopy(c.code(), 0, page, 0, c.code().length);
        long at = CODE_PAGES + 4096L * (cases++ % PAGES);
        rig.put64(0x5000, at | 5);
        rig.put(at, page);
        rig.code.beginEpoch();
        rig.core.mmu.flush();
        // Nobody looks between blocks here; a request would end each round of a string instruction.
        rig.core.take(-1);
        long end = Layout.CODE + c.code().length;
        try {
            for (int i = 0; i < MOST_BLOCKS; i++) {
                CodePage code = rig.core.mmu.codePage(s.rip);
                Block block = code.find((int) s.rip & 4095, s.mode);
                if (block == null) {
                    block = builder.build(code, s.rip, s.mode);
                }
                if (translator != null) {
                    block.entries++;
                    translator.request(rig.core.mmu, block, s.rip);
                }
                if (block.translation == null || !regions.run(block)) {
                    runner.run(block, block.instructions.length);
                }
            }
            throw new AssertionError("it does not end: " + c);
        } catch (GuestFault thrown) {
            return s.rip == end ? null : Fault.of(thrown.vector(), thrown.errorCode(), s.cr2);
        }
    }
}
