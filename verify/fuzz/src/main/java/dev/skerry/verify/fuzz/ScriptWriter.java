package dev.skerry.verify.fuzz;

import dev.skerry.platform.memory.AddressSpace;

import java.util.HexFormat;

/**
 * Writes SCRIPTS a fuzzer decides on into guest memory: instructions that mostly make sense, with
 * operands near the values that matter, and whole commands for the targets.
 */
final class ScriptWriter {
    static final int DATA_OUT = 0;
    static final int DATA_IN = 1;
    static final int COMMAND = 2;
    static final int STATUS = 3;
    static final int MESSAGE_OUT = 6;
    static final int MESSAGE_IN = 7;

    private static final int PROGRAM_BYTES = 0x800;
    private static final String[] CDBS = {
        "28000000000100000400",
        "2a000000000100000400",
        "08000002010000000000",
        "0a000003020000000000",
        "120000002400",
        "12018300ff00",
        "000000000000",
        "030000001200",
        "1a003f00ff00",
        "5a003f00000000ff0000",
        "151000001800",
        "88000000000000000002000001000000",
        "8a000000000000000002000001000000",
        "a80000000008000000c000000000",
        "42000000000000001800",
        "41000000000000000100",
        "93080000000000000010000000080000",
        "2f020000000000000100",
        "35000000000000000000",
        "a00000000000000000ff0000",
        "5f000000000000001800",
        "5e000000000000001800",
        "1b0000000100",
        "25000000000000000000",
        "28007fffffff00000100",
        "ffffffffffffffffffffffffffffffff"
    };

    private final Choices choices;
    private final AddressSpace memory;
    private final long program;
    private final long data;
    private final long[] bases;
    private int cursor;

    /**
     * @param program where the script goes
     * @param data 16 KiB for messages and commands
     * @param bases addresses worth aiming at
     */
    ScriptWriter(Choices choices, AddressSpace memory, long program, long data, long[] bases) {
        this.choices = choices;
        this.memory = memory;
        this.program = program;
        this.data = data;
        this.bases = bases;
    }

    /** Begins a new script in the old one's place. */
    void begin() {
        cursor = 0;
    }

    long address() {
        long base = bases[choices.below(bases.length)];
        return base + choices.pick(0, 0x40, 4, 1, 0x3ff, 0x14, 0x2c, -1, -3, 0x1ff0);
    }

    private int count() {
        return (int) choices.pick(1, 512, 2048, 0, 3, 36, 4096, 511, 0x10000, 6, 0xff_ffff);
    }

    private int operand() {
        return choices.flag() ? (int) program + 8 * choices.below(32) : (int) address();
    }

    void word(int value) {
        memory.write(program + cursor, 4, value & 0xffff_ffffL);
        cursor = (cursor + 4) % PROGRAM_BYTES;
    }

    void instruction(int first, int second) {
        word(first);
        word(second);
    }

    void move(int phase, int count, long gpa) {
        instruction(0x0800_0000 | phase << 24 | count, (int) gpa);
    }

    void interrupt(int vector) {
        instruction(0x9808_0000, vector);
    }

    /** One instruction of any kind. */
    void any() {
        int phase = choices.below(8);
        switch (choices.below(14)) {
            case 0 -> move(phase, count(), address());
            case 1 -> instruction(phase << 24 | count(), (int) address());
            case 2 -> instruction(0x1800_0000 | phase << 24, choices.below(64) * 4);
            case 3 -> instruction(0x2800_0000 | phase << 24 | count(), (int) address());
            case 4 -> instruction(0x8000_0000 | choices.below(6) << 27 | conditions(), operand());
            case 5 -> {
                instruction(0xc000_0000 | count(), (int) address());
                word((int) address());
            }
            case 6 ->
                    instruction(
                            0xe000_0000
                                    | choices.below(32) << 24
                                    | choices.u8() << 16
                                    | choices.below(5),
                            (int) address());
            case 7 ->
                    instruction(
                            0x4000_0000
                                    | 5 + choices.below(3) << 27
                                    | choices.below(8) << 24
                                    | (int) choices.number(3),
                            0);
            case 8 -> instruction(0x5800_0000 | choices.below(2) << 27 | (int) bits(), 0);
            case 9 -> instruction(0x4800_0000, 0);
            case 10 -> instruction(0x5000_0000, operand());
            case 11 -> instruction(0x4000_0000 | (int) choices.number(3), operand());
            case 12 -> instruction((int) choices.number(4), operand());
            default -> interrupt(choices.u8());
        }
    }

    private long bits() {
        return choices.pick(0x40, 0x08, 0x48, 0x400, 0x200, 0x648);
    }

    private int conditions() {
        return (int) choices.number(3) | choices.below(8) << 24;
    }

    /** A selection, a message, a command, and a move of its data; status and end mostly follow. */
    void command() {
        long at = data + 0x40L * choices.below(64);
        int message = (int) choices.pick(0x80, 0xc0, 0xc1, 0x00, 0x06, 0x0c, 0x01, 0x9f);
        poke(at, new byte[] {(byte) message, (byte) (0x20 + choices.below(3))});
        poke(at + 2, new byte[] {(byte) choices.below(4), 0x01, 0x03, 0x01, 0x0c, 0x0f});
        byte[] cdb = HexFormat.of().parseHex(CDBS[choices.below(CDBS.length)]);
        poke(at + 0x10, cdb);
        instruction(0x4100_0000 | choices.below(3) << 16, operand());
        move(MESSAGE_OUT, (int) choices.pick(1, 3, 2, 4, 8), at);
        move(COMMAND, choices.rarely(8) ? count() : cdb.length, at + 0x10);
        int how = choices.u8();
        if ((how & 1) == 0) {
            move(how >> 1 & 1, count(), address());
        }
        if ((how & 4) == 0) {
            move(STATUS, 1, at + 0x20);
            move(MESSAGE_IN, 1, at + 0x21);
            instruction(0x6000_0040, 0);
            instruction(0x4800_0000, 0);
        }
    }

    private void poke(long gpa, byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            memory.write(gpa + i, 1, bytes[i] & 0xff);
        }
    }
}
