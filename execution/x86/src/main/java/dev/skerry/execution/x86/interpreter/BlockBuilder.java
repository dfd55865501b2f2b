package dev.skerry.execution.x86.interpreter;

import dev.skerry.execution.x86.decode.Decoder;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.CodePage;
import dev.skerry.execution.x86.mmu.Mmu;

import java.util.ArrayList;
import java.util.List;

/** Makes blocks of the code in memory. Owned by one CPU. */
final class BlockBuilder {
    private static final int MOST_INSTRUCTIONS = 48;
    private static final int PAGE = 4096;

    private final Mmu mmu;
    private final Decoder decoder = new Decoder();
    private final byte[] bytes = new byte[MOST_INSTRUCTIONS * Decoder.MOST];
    private final List<Insn> instructions = new ArrayList<>();

    /** Decoded so far; a counter for those who watch. */
    long built;

    BlockBuilder(Mmu mmu) {
        this.mmu = mmu;
    }

    /**
     * The block at an address, decoded and kept.
     *
     * @param gva where it begins
     * @throws dev.skerry.execution.x86.state.GuestFault if an instruction reaches into a page that
     *     may not be executed
     */
    Block build(CodePage page, long gva, int mode) {
        int start = (int) gva & PAGE - 1;
        while (true) {
            int available = page.fetch(start, bytes, 0);
            Block block = decode(page, start, available, mode);
            if (block == null) {
                block = decodeAcross(page, gva, available, mode);
            } else {
                block = page.add(block, bytes, 0, block.lengthBytes, mmu);
            }
            if (block != null) {
                built++;
                return block;
            }
        }
    }

    /** Null if the first instruction does not end on the page. */
    private Block decode(CodePage page, int start, int available, int mode) {
        instructions.clear();
        int at = 0;
        while (instructions.size() < MOST_INSTRUCTIONS && at < available) {
            Insn in = decoder.decode(bytes, at, available, mode);
            if (in == null) {
                break;
            }
            instructions.add(in);
            at += in.length;
            if (in.endsBlock) {
                break;
            }
        }
        return instructions.isEmpty()
                ? null
                : new Block(page, null, start, at, mode, instructions.toArray(new Insn[0]));
    }

    private Block decodeAcross(CodePage page, long gva, int here, int mode) {
        CodePage second = mmu.codePage((gva & -PAGE) + PAGE);
        second.fetch(0, bytes, here);
        Insn in = decoder.decode(bytes, 0, here + Decoder.MOST, mode);
        int start = (int) gva & PAGE - 1;
        Block block = new Block(page, second, start, in.length, mode, new Insn[] {in});
        // Too long an instruction is cut to one byte, and then does not reach the second page.
        int there = in.length - here;
        if (page.add(block, bytes, 0, Math.min(here, in.length), mmu) == null) {
            return null;
        }
        return there <= 0 ? block : second.add(block, bytes, here, there, mmu);
    }
}
