package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.mmu.CodePage;

import java.util.List;

/** What was found worth translating together, in the order of importance. */
record Candidate(List<Plan.Node> nodes, int[] pageDistances, CodePage[] pages) {
    /** A region of the first so many blocks. */
    Plan plan(int most) {
        return new Plan(nodes, most, pageDistances, pages);
    }
}
