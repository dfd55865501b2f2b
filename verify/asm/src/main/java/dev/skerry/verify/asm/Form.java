package dev.skerry.verify.asm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An instruction's form in the notation of Intel's manual (SDM 2A 3.1.1.1), parsed; see {@link
 * Assembler#op} for the words.
 */
final class Form {
    /** Operand size: that of the first operand that has one. */
    static final int OF_OPERAND = -1;

    /** No ModRM byte. */
    static final int NO_MODRM = -1;

    /** The reg field holds the first register operand. */
    static final int REG_FIRST = 8;

    /** The reg field holds the second register operand. */
    static final int REG_SECOND = 9;

    /** What follows opcode and ModRM. */
    enum Tail {
        IB(1, false),
        IW(2, false),
        ID(4, false),
        IQ(8, false),
        /** Of operand size, four bytes at most. */
        IZ(0, false),
        /** Of address size. */
        MO(0, false),
        CB(1, true),
        CW(2, true),
        CD(4, true),
        /** Relative, of the mode's size: two bytes or four. */
        CZ(0, true);

        final int bytes;
        final boolean relative;

        Tail(int bytes, boolean relative) {
            this.bytes = bytes;
            this.relative = relative;
        }
    }

    private static final Map<String, Form> KNOWN = new ConcurrentHashMap<>();
    private static final List<Integer> PREFIXES = List.of(0x66, 0xf2, 0xf3, 0xf0);

    final String text;
    final int[] prefixes;
    final int[] opcode;
    final List<Tail> tail = new ArrayList<>();
    int operandSize;
    int addressSize;
    boolean default64;
    boolean registerInOpcode;

    /** Whether FWAIT, an instruction of its own, comes before all prefixes. */
    boolean waits;

    int modrm = NO_MODRM;

    private Form(String text) {
        this.text = text;
        List<Integer> bytes = new ArrayList<>();
        for (String word : text.split(" ")) {
            take(word, bytes);
        }
        waits = bytes.size() > 1 && bytes.getFirst() == 0x9b;
        if (waits) {
            bytes.removeFirst();
        }
        int leading = 0;
        while (leading < bytes.size() - 1 && PREFIXES.contains(bytes.get(leading))) {
            leading++;
        }
        int[] all = bytes.stream().mapToInt(Integer::intValue).toArray();
        prefixes = Arrays.copyOf(all, leading);
        opcode = Arrays.copyOfRange(all, leading, all.length);
        if (opcode.length == 0) {
            throw new IllegalArgumentException("no opcode in " + text);
        }
    }

    static Form of(String text) {
        return KNOWN.computeIfAbsent(text, Form::new);
    }

    private void take(String word, List<Integer> bytes) {
        switch (word) {
            case "os" -> operandSize = OF_OPERAND;
            case "o16" -> operandSize = 16;
            case "o32" -> operandSize = 32;
            case "o64", "REX.W" -> operandSize = 64;
            case "d64" -> default64 = true;
            case "a16" -> addressSize = 16;
            case "a32" -> addressSize = 32;
            case "a64" -> addressSize = 64;
            case "/r" -> modrm = REG_FIRST;
            case "/mr" -> modrm = REG_SECOND;
            case "ib", "iw", "id", "iq", "iz", "mo", "cb", "cw", "cd", "cz" ->
                    tail.add(Tail.valueOf(word.toUpperCase(java.util.Locale.ROOT)));
            default -> takeByte(word, bytes);
        }
    }

    private void takeByte(String word, List<Integer> bytes) {
        if (word.length() == 2
                && word.charAt(0) == '/'
                && word.charAt(1) >= '0'
                && word.charAt(1) <= '7') {
            modrm = word.charAt(1) - '0';
            return;
        }
        String digits = word;
        if (word.length() == 4 && (word.endsWith("+r") || word.endsWith("+i"))) {
            registerInOpcode = true;
            digits = word.substring(0, 2);
        }
        if (!digits.matches("[0-9A-Fa-f]{2}")) {
            throw new IllegalArgumentException("'" + word + "' in the form " + text);
        }
        bytes.add(Integer.parseInt(digits, 16));
    }
}
