package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.decode.Form;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.decode.Op;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.CodePage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A region to be translated: blocks, where they are, and which follows which. Not changed. */
final class Plan {
    /** A block in a region. */
    static final class Node {
        final Block block;

        /** From the region's begin, in bytes of linear addresses. */
        final int distance;

        /** How many of its instructions are translated; the rest is the interpreter's. */
        final int count;

        /** Place in the region's code. */
        int index;

        /** @param onlyRepeatable whether what differs each time is left to the interpreter */
        Node(Block block, int distance, boolean onlyRepeatable) {
            this.block = block;
            this.distance = distance;
            int n = 0;
            while (n < block.instructions.length
                    && (!onlyRepeatable || Usage.isRepeatable(block.instructions[n]))
                    && Usage.way(block.instructions[n]) != Usage.Way.NONE) {
                n++;
            }
            count = n;
        }

        boolean isWhole() {
            return count == block.instructions.length;
        }

        /** Its last instruction if that is translated, otherwise null. */
        Insn last() {
            return isWhole() ? block.instructions[count - 1] : null;
        }

        /** Where its translated part ends. */
        int end() {
            int at = distance;
            for (int i = 0; i < count; i++) {
                at += block.instructions[i].length;
            }
            return at;
        }

        /** Where a direct transfer at its end goes. */
        int target() {
            return end() + (int) last().immediate;
        }

        private boolean endsWith(Op op) {
            return last() != null && last().op == op;
        }

        /** Whether it ends with a transfer whose target is known. */
        boolean hasTarget() {
            Insn last = last();
            if (last == null || last.form != Form.I || last.immediate != (int) last.immediate) {
                return false;
            }
            return last.op == Op.JCC || last.op == Op.JMP || last.op == Op.CALL;
        }

        boolean isCall() {
            return endsWith(Op.CALL);
        }

        boolean isReturn() {
            return endsWith(Op.RET);
        }

        /** Whether what is behind it in memory may follow it. */
        boolean fallsThrough() {
            Insn last = last();
            return last != null
                    && (!last.endsBlock || last.op == Op.JCC || Usage.isRepeatedString(last));
        }
    }

    private final List<Node> nodes = new ArrayList<>();
    private final Map<Integer, Node> byDistance = new LinkedHashMap<>();
    private final List<Node> returnPoints = new ArrayList<>();
    private final int[] pageDistances;
    private final CodePage[] pages;

    /**
     * @param found in the order of their importance; the first one is where the region begins
     * @param most how many of them to use
     */
    Plan(List<Node> found, int most, int[] pageDistances, CodePage[] pages) {
        this.pageDistances = pageDistances;
        this.pages = pages;
        for (Node node : found.subList(0, Math.min(most, found.size()))) {
            byDistance.put(node.distance, node);
        }
        order(found.getFirst());
        byDistance.values().retainAll(nodes);
        for (Node node : nodes) {
            if (node.isCall() && node.hasTarget() && at(node.target()) != null) {
                Node back = at(node.end());
                if (back != null && !returnPoints.contains(back)) {
                    returnPoints.add(back);
                }
            }
        }
    }

    /**
     * Reverse postorder, so that few jumps lead backwards: those look whether something was
     * requested.
     */
    private void order(Node begin) {
        List<Node> seen = new ArrayList<>();
        visit(begin, seen);
        for (int i = 0; i < nodes.size(); i++) {
            nodes.get(i).index = i;
        }
    }

    private void visit(Node node, List<Node> seen) {
        if (node == null || seen.contains(node)) {
            return;
        }
        seen.add(node);
        if (node.isCall()) {
            // What a call comes back to is of use only if the call itself is in here.
            Node callee = node.hasTarget() ? at(node.target()) : null;
            if (callee != null) {
                visit(at(node.end()), seen);
                visit(callee, seen);
            }
        } else {
            if (node.hasTarget()) {
                visit(at(node.target()), seen);
            }
            if (node.fallsThrough()) {
                visit(at(node.end()), seen);
            }
        }
        nodes.addFirst(node);
    }

    /** In the order of their code. */
    List<Node> nodes() {
        return nodes;
    }

    /** The node that begins at a distance, or null. */
    Node at(int distance) {
        return byDistance.get(distance);
    }

    /** Where returns of functions in the region may lead inside it. */
    List<Node> returnPoints() {
        return returnPoints;
    }

    Block[] blocks() {
        return nodes.stream().map(node -> node.block).toArray(Block[]::new);
    }

    /** The pages it is on, by the distance of their begin from that of the first one. */
    int[] pageDistances() {
        return pageDistances;
    }

    CodePage[] pages() {
        return pages;
    }
}
