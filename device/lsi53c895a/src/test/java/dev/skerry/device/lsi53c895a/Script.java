package dev.skerry.device.lsi53c895a;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A small assembler of SCRIPTS. Labels are absolute addresses once placed. */
final class Script {
    static final int DATA_OUT = 0;
    static final int DATA_IN = 1;
    static final int COMMAND = 2;
    static final int STATUS = 3;
    static final int MSG_OUT = 6;
    static final int MSG_IN = 7;

    static final int IF_TRUE = 1 << 19;
    static final int WAIT = 1 << 16;
    static final int ON_PHASE = 1 << 17;
    static final int ON_DATA = 1 << 18;
    static final int ON_CARRY = 1 << 21;

    private record Reference(int word, String label) {}

    private final List<Integer> words = new ArrayList<>();
    private final List<Reference> references = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();

    Script label(String name) {
        labels.put(name, 4 * words.size());
        return this;
    }

    Script word(int first, int second) {
        words.add(first);
        words.add(second);
        return this;
    }

    Script word(int first, String label) {
        references.add(new Reference(words.size() + 1, label));
        return word(first, 0);
    }

    /** MOVE COUNT, ADDRESS, WHEN phase. */
    Script move(int phase, int count, long gpa) {
        return word(0x0800_0000 | phase << 24 | count, (int) gpa);
    }

    Script chainedMove(int phase, int count, long gpa) {
        return word(phase << 24 | count, (int) gpa);
    }

    /** MOVE FROM offset, WHEN phase. */
    Script moveTable(int phase, int offset) {
        return word(0x1800_0000 | phase << 24, offset);
    }

    Script select(int id, boolean atn, String otherwise) {
        return word(0x4000_0000 | (atn ? 1 << 24 : 0) | id << 16, otherwise);
    }

    Script waitDisconnect() {
        return word(0x4800_0000, 0);
    }

    Script waitReselect(String signalled) {
        return word(0x5000_0000, signalled);
    }

    /** ACK is 0x40, ATN 0x08, carry 0x400. */
    Script set(int what) {
        return word(0x5800_0000 | what, 0);
    }

    Script clear(int what) {
        return word(0x6000_0000 | what, 0);
    }

    Script jump(int condition, String label) {
        return word(0x8000_0000 | condition, label);
    }

    Script jump(String label) {
        return jump(IF_TRUE, label);
    }

    Script jumpWhen(int phase, String label) {
        return jump(IF_TRUE | WAIT | ON_PHASE | phase << 24, label);
    }

    Script interrupt(int vector) {
        return word(0x9808_0000, vector);
    }

    Script interruptOnTheFly(int vector) {
        return word(0x9818_0000, vector);
    }

    Script memoryMove(int count, long from, long to) {
        word(0xc000_0000 | count, (int) from);
        words.add((int) to);
        return this;
    }

    /** Register operation: opcode 5 from SFBR, 6 to SFBR, 7 in place. */
    Script register(int opcode, int operator, int register, int data) {
        return word(
                0x4000_0000
                        | opcode << 27
                        | operator << 24
                        | (register & 0x7f) << 16
                        | register & 0x80
                        | data << 8,
                0);
    }

    /** Words for memory, with labels as they are at an address. */
    int[] at(long gpa) {
        int[] placed = words.stream().mapToInt(Integer::intValue).toArray();
        for (Reference reference : references) {
            placed[reference.word()] = (int) gpa + labels.get(reference.label());
        }
        return placed;
    }

    int offset(String label) {
        return labels.get(label);
    }
}
