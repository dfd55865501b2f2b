package dev.skerry.verify.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A small assembler of SCRIPTS (LSI53C895A Technical Manual, version 2.2, chapter 5). Labels become
 * absolute addresses when the program is placed.
 */
public final class LsiScript {
    public static final int DATA_OUT = 0;
    public static final int DATA_IN = 1;
    public static final int COMMAND = 2;
    public static final int STATUS = 3;
    public static final int MSG_OUT = 6;
    public static final int MSG_IN = 7;

    public static final int IF_TRUE = 1 << 19;
    public static final int WAIT = 1 << 16;
    public static final int ON_PHASE = 1 << 17;
    public static final int ON_DATA = 1 << 18;
    public static final int ON_CARRY = 1 << 21;

    public static final int ACK = 0x40;
    public static final int ATN = 0x08;
    public static final int CARRY = 0x400;

    /** Register operators. */
    public static final int SET = 0;

    public static final int SHIFT_LEFT = 1;
    public static final int OR = 2;
    public static final int XOR = 3;
    public static final int AND = 4;
    public static final int SHIFT_RIGHT = 5;
    public static final int ADD = 6;
    public static final int ADD_WITH_CARRY = 7;

    private static final int FROM_SFBR = 5;
    private static final int TO_SFBR = 6;
    private static final int IN_PLACE = 7;

    private record Reference(int word, String label) {}

    private final List<Integer> words = new ArrayList<>();
    private final List<Reference> references = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();

    /** An empty program. */
    public LsiScript() {}

    public LsiScript label(String name) {
        labels.put(name, 4 * words.size());
        return this;
    }

    /** Any instruction of two words. */
    public LsiScript word(int first, int second) {
        words.add(first);
        words.add(second);
        return this;
    }

    /** Any instruction whose second word is a label's address. */
    public LsiScript word(int first, String label) {
        references.add(new Reference(words.size() + 1, label));
        return word(first, 0);
    }

    /** A word that is no instruction's first: the third of a memory move, say. */
    public LsiScript single(int word) {
        words.add(word);
        return this;
    }

    /** MOVE COUNT, ADDRESS, WHEN phase. */
    public LsiScript move(int phase, int count, long gpa) {
        return word(0x0800_0000 | phase << 24 | count, (int) gpa);
    }

    /** CHMOV COUNT, ADDRESS, WHEN phase. */
    public LsiScript chainedMove(int phase, int count, long gpa) {
        return word(phase << 24 | count, (int) gpa);
    }

    /** MOVE COUNT, PTR ADDRESS, WHEN phase. */
    public LsiScript moveIndirect(int phase, int count, long pointerGpa) {
        return word(0x2800_0000 | phase << 24 | count, (int) pointerGpa);
    }

    /** MOVE FROM offset, WHEN phase: count and address are in memory at DSA plus the offset. */
    public LsiScript moveTable(int phase, int offset) {
        return word(0x1800_0000 | phase << 24, offset);
    }

    public LsiScript select(int id, boolean attention, String otherwise) {
        return word(0x4000_0000 | (attention ? 1 << 24 : 0) | id << 16, otherwise);
    }

    /** SELECT ATN FROM offset. */
    public LsiScript selectTable(int offset, String otherwise) {
        return word(0x4300_0000 | offset, otherwise);
    }

    public LsiScript waitDisconnect() {
        return word(0x4800_0000, 0);
    }

    public LsiScript waitReselect(String signalled) {
        return word(0x5000_0000, signalled);
    }

    /** SET {@link #ACK}, {@link #ATN}, {@link #CARRY}. */
    public LsiScript set(int what) {
        return word(0x5800_0000 | what, 0);
    }

    public LsiScript clear(int what) {
        return word(0x6000_0000 | what, 0);
    }

    /** JUMP, if a condition made of the constants above holds. */
    public LsiScript jump(int condition, String label) {
        return word(0x8000_0000 | condition, label);
    }

    public LsiScript jump(String label) {
        return jump(IF_TRUE, label);
    }

    public LsiScript jumpIfPhase(int phase, String label) {
        return jump(IF_TRUE | ON_PHASE | phase << 24, label);
    }

    /** JUMP once the target asks for something, if it is this phase. */
    public LsiScript jumpWhenPhase(int phase, String label) {
        return jump(IF_TRUE | WAIT | ON_PHASE | phase << 24, label);
    }

    public LsiScript jumpUnlessPhase(int phase, String label) {
        return jump(WAIT | ON_PHASE | phase << 24, label);
    }

    /** JUMP if SFBR is a value. */
    public LsiScript jumpIfData(int value, String label) {
        return jump(IF_TRUE | ON_DATA | value, label);
    }

    /** CALL, whose return address goes to TEMP. */
    public LsiScript call(long gpa) {
        return word(0x8808_0000, (int) gpa);
    }

    public LsiScript returnToCaller() {
        return word(0x9008_0000, 0);
    }

    public LsiScript interrupt(int vector) {
        return word(0x9808_0000, vector);
    }

    public LsiScript interruptOnTheFly(int vector) {
        return word(0x9818_0000, vector);
    }

    public LsiScript memoryMove(int count, long fromGpa, long toGpa) {
        return word(0xc000_0000 | count, (int) fromGpa).single((int) toGpa);
    }

    /** A register becomes itself, operated on with a constant. */
    public LsiScript modify(int register, int operator, int data) {
        return register(IN_PLACE, operator, register, data);
    }

    /** SFBR becomes a register, operated on with a constant. */
    public LsiScript toSfbr(int register, int operator, int data) {
        return register(TO_SFBR, operator, register, data);
    }

    /** A register becomes SFBR, operated on with a constant. */
    public LsiScript fromSfbr(int register, int operator, int data) {
        return register(FROM_SFBR, operator, register, data);
    }

    private LsiScript register(int opcode, int operator, int register, int data) {
        return word(
                0x4000_0000
                        | opcode << 27
                        | operator << 24
                        | (register & 0x7f) << 16
                        | register & 0x80
                        | data << 8,
                0);
    }

    /** LOAD registers from memory at DSA plus an offset. */
    public LsiScript loadRelative(int register, int count, int offset) {
        return word(0xf100_0000 | register << 16 | count, offset & 0xff_ffff);
    }

    /** STORE registers to memory at DSA plus an offset. */
    public LsiScript storeRelative(int register, int count, int offset) {
        return word(0xf000_0000 | register << 16 | count, offset & 0xff_ffff);
    }

    public LsiScript load(int register, int count, long gpa) {
        return word(0xe100_0000 | register << 16 | count, (int) gpa);
    }

    public LsiScript store(int register, int count, long gpa) {
        return word(0xe000_0000 | register << 16 | count, (int) gpa);
    }

    /** Words for memory, with labels as they are at an address. */
    public int[] at(long gpa) {
        int[] placed = words.stream().mapToInt(Integer::intValue).toArray();
        for (Reference reference : references) {
            placed[reference.word()] = (int) gpa + offset(reference.label());
        }
        return placed;
    }

    /** Where a label is from the program's begin, in bytes. */
    public int offset(String label) {
        Integer offset = labels.get(label);
        if (offset == null) {
            throw new IllegalArgumentException("no label " + label);
        }
        return offset;
    }
}
