package dev.skerry.verify.silicon.random;

import dev.skerry.verify.silicon.Flags;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * One row of a table of instruction forms.
 *
 * @param name for people
 * @param form as {@link dev.skerry.verify.asm.Assembler#op} takes it
 * @param places kinds of operands
 * @param reads RFLAGS it reads
 * @param defines RFLAGS it sets to something the manual defines
 * @param undefines RFLAGS it leaves undefined
 * @param traits the rest, see {@link #of}
 */
record Template(
        String name,
        String form,
        List<Place> places,
        int reads,
        int defines,
        int undefines,
        Set<String> traits) {

    /** Kinds of operands. */
    enum Kind {
        GP,
        XMM,
        MMX,
        ST,
        MEMORY,
        IMMEDIATE
    }

    /** Sizes that are chosen when an instruction is made. */
    static final int WORD_SIZES = -1;

    static final int STACK_SIZES = -2;

    /**
     * One operand.
     *
     * @param kind a register's kind, or memory or immediate alone
     * @param size bits, {@link #WORD_SIZES} or {@link #STACK_SIZES}; of an immediate 8, 16 or
     *     WORD_SIZES
     * @param memorySize bits of the memory that may stand for the register, 0 if none may
     */
    record Place(Kind kind, int size, int memorySize) {}

    /**
     * Parses a row: {@code name operands ; form ; traits}. Operands, separated by commas:
     *
     * <ul>
     *   <li>{@code r8 r16 r32 r64}, {@code rv} (16, 32 or 64 bits), {@code rs} (a stack size);
     *   <li>{@code rm8} and so on: the same or memory; {@code r32/m8}: a register or memory of
     *       another size;
     *   <li>{@code m8} to {@code m128}, {@code mv}: memory;
     *   <li>{@code x}, {@code x/m128}: an SSE register; {@code q}, {@code q/m64}: an MMX register;
     *       {@code st}: an x87 one;
     *   <li>{@code ib iw iz}: an immediate.
     * </ul>
     *
     * Traits, separated by blanks: {@code r=C w=OSZAPC u=A}: flags read, written, left undefined;
     * the others are words {@link Generator} knows.
     */
    static Template of(String row) {
        String[] parts = row.split(";", -1);
        String[] head = parts[0].trim().split(" +");
        List<Place> places = new ArrayList<>();
        if (head.length > 1) {
            for (String operand : head[1].split(",")) {
                places.add(place(operand));
            }
        }
        int reads = 0;
        int defines = 0;
        int undefines = 0;
        List<String> traits = new ArrayList<>();
        for (String trait : parts.length > 2 ? parts[2].trim().split(" +") : new String[0]) {
            if (trait.startsWith("r=")) {
                reads = flags(trait.substring(2));
            } else if (trait.startsWith("w=")) {
                defines = flags(trait.substring(2));
            } else if (trait.startsWith("u=")) {
                undefines = flags(trait.substring(2));
            } else if (!trait.isEmpty()) {
                traits.add(trait);
            }
        }
        return new Template(
                head[0], parts[1].trim(), places, reads, defines, undefines, Set.copyOf(traits));
    }

    /** A table of rows, one a line; blank lines and those that begin with # do not count. */
    static List<Template> table(String rows) {
        return rows.lines()
                .map(String::strip)
                .filter(row -> !row.isEmpty() && !row.startsWith("#"))
                .map(Template::of)
                .toList();
    }

    private static Place place(String text) {
        int slash = text.indexOf('/');
        int memory = slash < 0 ? 0 : size(text.substring(slash + 2));
        String register = slash < 0 ? text : text.substring(0, slash);
        return switch (register) {
            case "x" -> new Place(Kind.XMM, 128, memory);
            case "q" -> new Place(Kind.MMX, 64, memory);
            case "st" -> new Place(Kind.ST, 80, 0);
            case "ib" -> new Place(Kind.IMMEDIATE, 8, 0);
            case "iw" -> new Place(Kind.IMMEDIATE, 16, 0);
            case "iz" -> new Place(Kind.IMMEDIATE, WORD_SIZES, 0);
            default -> {
                if (register.startsWith("rm")) {
                    int size = size(register.substring(2));
                    yield new Place(Kind.GP, size, size);
                }
                int size = size(register.substring(1));
                yield switch (register.charAt(0)) {
                    case 'r' -> new Place(Kind.GP, size, memory);
                    case 'm' -> new Place(Kind.MEMORY, 0, size);
                    default -> throw new IllegalArgumentException("operand " + text);
                };
            }
        };
    }

    private static int size(String text) {
        return switch (text) {
            case "v" -> WORD_SIZES;
            case "s" -> STACK_SIZES;
            default -> Integer.parseInt(text);
        };
    }

    private static int flags(String letters) {
        int flags = 0;
        for (char letter : letters.toCharArray()) {
            flags |=
                    switch (letter) {
                        case 'O' -> Flags.OF;
                        case 'S' -> Flags.SF;
                        case 'Z' -> Flags.ZF;
                        case 'A' -> Flags.AF;
                        case 'P' -> Flags.PF;
                        case 'C' -> Flags.CF;
                        default -> throw new IllegalArgumentException("flag " + letter);
                    };
        }
        return flags;
    }

    boolean is(String trait) {
        return traits.contains(trait);
    }

    /** The value of a trait {@code key=value}, or an empty string. */
    String value(String key) {
        return traits.stream()
                .filter(trait -> trait.startsWith(key + "="))
                .map(trait -> trait.substring(key.length() + 1))
                .findFirst()
                .orElse("");
    }

    boolean needs64() {
        return is("64") || form.contains("REX.W") || Arrays.asList(form.split(" ")).contains("o64");
    }
}
