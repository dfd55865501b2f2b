package dev.skerry.verify.silicon.random;

import static dev.skerry.verify.asm.Imm.imm;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Imm;
import dev.skerry.verify.asm.Mem;
import dev.skerry.verify.asm.Mmx;
import dev.skerry.verify.asm.Operand;
import dev.skerry.verify.asm.St;
import dev.skerry.verify.asm.Xmm;
import dev.skerry.verify.silicon.Flags;
import dev.skerry.verify.silicon.Layout;
import dev.skerry.verify.silicon.random.Step.Encoded;
import dev.skerry.verify.silicon.random.Step.FlagEffect;
import dev.skerry.verify.silicon.random.Step.Instruction;
import dev.skerry.verify.silicon.random.Step.Looseness;
import dev.skerry.verify.silicon.random.Template.Kind;
import dev.skerry.verify.silicon.random.Template.Place;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Makes instructions of templates. */
final class Maker {
    private static final Map<Character, Integer> REGISTERS =
            Map.of('a', 0, 'c', 1, 'd', 2, 'b', 3, 'B', 5, 'S', 6, 'D', 7);
    private static final Map<String, Integer> POINTERS =
            Map.of("ptrB", 3, "ptrP", 5, "ptrS", 6, "ptrD", 7);

    private static final Map<Template, int[]> WRITTEN = new ConcurrentHashMap<>();

    private final Random random;
    private final Values values;
    private final Addresses addresses;
    private final int bits;

    /** Off where a write could hit a return address and lead the program anywhere. */
    private boolean memoryAllowed = true;

    Maker(Random random, Values values, Addresses addresses, int bits) {
        this.random = random;
        this.values = values;
        this.addresses = addresses;
        this.bits = bits;
    }

    int bits() {
        return bits;
    }

    void allowMemory(boolean allowed) {
        memoryAllowed = allowed;
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /** Whether a template leaves alone what must be left alone. */
    boolean mayUse(Template template, Set<Integer> reserved) {
        if (!memoryAllowed && usesMemory(template)) {
            return false;
        }
        for (int register : WRITTEN.computeIfAbsent(template, Maker::written)) {
            if (reserved.contains(register) || addresses.isPinned(register)) {
                return false;
            }
        }
        return true;
    }

    private static boolean usesMemory(Template template) {
        return template.places().stream().anyMatch(place -> place.kind() == Kind.MEMORY)
                || POINTERS.keySet().stream().anyMatch(template::is);
    }

    /** The registers a template writes, or its prelude, that are no operands. */
    private static int[] written(Template template) {
        List<Integer> written = new ArrayList<>();
        for (char letter : template.value("clobbers").toCharArray()) {
            written.add(REGISTERS.get(letter));
        }
        POINTERS.forEach(
                (trait, register) -> {
                    if (template.is(trait)) {
                        written.add(register);
                    }
                });
        if (template.is("cl") || template.is("rep") || template.is("repne")) {
            written.add(1);
        }
        if (template.is("div") || template.is("lengths")) {
            written.add(0);
            written.add(2);
        }
        return written.stream().mapToInt(Integer::intValue).toArray();
    }

    /** CMP EAX, EAX: every flag is defined after it. */
    Instruction compare() {
        return new Instruction(
                "CMP",
                List.of(),
                List.of(),
                new Encoded("o32 39 /mr", List.of(Gp.EAX, Gp.EAX)),
                new FlagEffect(0, Flags.STATUS, 0),
                Looseness.NONE);
    }

    /** An instruction of a template; retries what cannot be encoded, such as AH beside REX. */
    Instruction make(Template template, Set<Integer> reserved) {
        while (true) {
            Instruction made = attempt(template, reserved);
            try {
                Assembler a = new Assembler(bits, Layout.CODE);
                a.op(made.main().form(), made.main().operands().toArray(Operand[]::new));
                return made;
            } catch (IllegalArgumentException e) {
                if (!e.getMessage().contains("REX") && !e.getMessage().contains("fit")) {
                    throw e;
                }
            }
        }
    }

    private int chooseSize(Template template) {
        for (Place place : template.places()) {
            if (place.size() == Template.STACK_SIZES) {
                return chance(80) ? bits : 16;
            }
        }
        return 16 << random.nextInt(bits == 64 ? 3 : 2);
    }

    private Instruction attempt(Template template, Set<Integer> reserved) {
        int size = chooseSize(template);
        List<Operand> operands = new ArrayList<>();
        long target = 0;
        int memoryBytes = 0;
        for (Place place : template.places()) {
            boolean memory =
                    place.kind() == Kind.MEMORY
                            || place.memorySize() != 0 && memoryAllowed && chance(50);
            if (memory && target == 0) {
                int wanted = place.memorySize() < 0 ? size : place.memorySize();
                memoryBytes = Math.max(1, wanted / 8);
                target =
                        addresses.target(
                                area(template, wanted), memoryBytes, alignment(template, wanted));
                operands.add(
                        template.name().equals("LEA")
                                ? addresses.anything()
                                : addresses.at(target, wanted));
            } else {
                operands.add(operand(template, place, size, reserved));
            }
        }
        List<Encoded> prelude = new ArrayList<>();
        int count = prepare(template, operands, size, target, prelude);
        List<Integer> prefixes = prefixes(template, operands, prelude);
        return new Instruction(
                template.name(),
                List.copyOf(prelude),
                prefixes,
                new Encoded(template.form(), List.copyOf(operands)),
                effect(template, operands, size, count),
                looseness(template, operands, target));
    }

    private static Values.Area area(Template template, int size) {
        if (template.is("f32")) {
            return Values.Area.FLOATS;
        }
        if (template.is("f64")) {
            return Values.Area.DOUBLES;
        }
        return template.is("f80") ? Values.Area.EXTENDED : Values.Area.INTEGERS;
    }

    private static int alignment(Template template, int size) {
        return switch (size) {
            case 80 -> 16;
            case 128 -> template.is("unaligned") ? 8 : 16;
            case 16, 32, 64 -> size / 8;
            default -> 1;
        };
    }

    private Operand operand(Template template, Place place, int size, Set<Integer> reserved) {
        return switch (place.kind()) {
            case GP -> register(place.size() < 0 ? size : place.size(), reserved);
            case XMM -> Xmm.values()[random.nextInt(bits == 64 ? 16 : 8)];
            case MMX -> Mmx.values()[random.nextInt(8)];
            case ST -> St.values()[chance(60) ? random.nextInt(3) : random.nextInt(8)];
            case IMMEDIATE -> imm(immediate(template, place, size));
            case MEMORY -> throw new IllegalStateException("two memory operands: " + template);
        };
    }

    private Gp register(int size, Set<Integer> reserved) {
        while (true) {
            int code = random.nextInt(bits == 64 ? 16 : 8);
            if (size == 8 && code < 4 && chance(30)) {
                Gp high = Gp.values()[Gp.AH.ordinal() + code];
                if (!reserved.contains(code) && !addresses.isPinned(code)) {
                    return high;
                }
            }
            boolean exists = bits == 64 || size != 8 || code < 4;
            if (exists && code != 4 && !reserved.contains(code) && !addresses.isPinned(code)) {
                return Gp.of(size, code);
            }
        }
    }

    private long immediate(Template template, Place place, int size) {
        if (template.is("predicate")) {
            return random.nextInt(8);
        }
        if (template.is("rounding")) {
            return random.nextInt(16);
        }
        if (template.is("small") && chance(80)) {
            return random.nextInt(40);
        }
        if (template.is("double") && size == 16) {
            // Beyond the operand's size the result is undefined (SDM 2, SHLD).
            return random.nextInt(17) + 32L * random.nextInt(4);
        }
        if (template.is("shift") || template.is("rotate") || template.is("double")) {
            return chance(70) ? random.nextInt(70) : random.nextInt(256);
        }
        if (template.is("frame")) {
            return place.size() == 16 ? 8 * random.nextInt(8) : random.nextInt(4);
        }
        long value = values.integer();
        if (place.size() == 8) {
            return (byte) value;
        }
        boolean narrow = place.size() == 16 || template.is("wordImmediate");
        boolean sized = template.form().startsWith("os ");
        return narrow || sized && size == 16 ? (short) value : (int) value;
    }

    private Encoded load(int register, long value) {
        if (bits == 32) {
            return new Encoded("o32 B8+r iz", List.of(Gp.of(32, register), imm((int) value)));
        }
        return new Encoded("REX.W C7 /0 id", List.of(Gp.of(64, register), imm((int) value)));
    }

    /** Adds what an instruction needs beforehand; returns the count of a shift by CL, else -1. */
    private int prepare(
            Template template,
            List<Operand> operands,
            int size,
            long target,
            List<Encoded> prelude) {
        for (Map.Entry<String, Integer> pointer :
                POINTERS.entrySet().stream().sorted(Map.Entry.comparingByKey()).toList()) {
            if (template.is(pointer.getKey())) {
                prelude.add(load(pointer.getValue(), Layout.DATA + 1024 + random.nextInt(2048)));
            }
        }
        if (template.is("lengths")) {
            prelude.add(load(0, random.nextInt(40) - 20));
            prelude.add(load(2, random.nextInt(40) - 20));
        }
        if (template.is("bit")
                && operands.get(0) instanceof Mem
                && operands.get(1) instanceof Gp bit) {
            prelude.add(load(bit.code(), random.nextInt(1024) - 512));
        }
        if (template.is("div") && chance(70)) {
            divide(template, size, prelude);
        }
        if (template.is("flagsOnStack")) {
            int flags = random.nextInt() & (Flags.STATUS | Flags.DF) | 2;
            prelude.add(new Encoded("68 iz", List.of(imm(flags))));
        }
        if (template.is("mxcsr") && chance(90)) {
            prelude.add(store("C7 /0 id", operands.get(0), values.mxcsr()));
        }
        if (template.is("control") && chance(90)) {
            prelude.add(store("o16 C7 /0 iw", operands.get(0), values.controlWord()));
        }
        if (!template.is("cl")) {
            return -1;
        }
        int count = (int) immediate(template, new Place(Kind.IMMEDIATE, 8, 0), size);
        prelude.add(load(1, values.integer() & 0x7fffff00 | count));
        return count;
    }

    private static Encoded store(String form, Operand to, int value) {
        return new Encoded(form, List.of(to, imm(value)));
    }

    private void divide(Template template, int size, List<Encoded> prelude) {
        boolean bytes = template.form().startsWith("F6");
        if (bytes) {
            prelude.add(new Encoded("o32 0F B6 /r", List.of(Gp.EAX, Gp.AL)));
        } else if (template.name().equals("IDIV")) {
            prelude.add(new Encoded("o" + size + " 99", List.of()));
        } else {
            prelude.add(load(2, random.nextInt(4)));
        }
    }

    private List<Integer> prefixes(
            Template template, List<Operand> operands, List<Encoded> prelude) {
        List<Integer> prefixes = new ArrayList<>();
        boolean memory = !operands.isEmpty() && operands.getFirst() instanceof Mem;
        if (template.is("lock") && memory && chance(30)) {
            prefixes.add(0xf0);
        }
        if (template.is("rep")) {
            if (bits == 64 && chance(10)) {
                prefixes.add(0x67);
            }
            if (chance(60)) {
                prefixes.add(template.is("repne") && chance(50) ? 0xf2 : 0xf3);
                int most = chance(5) ? 2000 : 20;
                prelude.add(load(1, random.nextInt(most)));
            }
        }
        return List.copyOf(prefixes);
    }

    private FlagEffect effect(Template template, List<Operand> operands, int size, int cl) {
        boolean shift = template.is("shift");
        boolean rotate = template.is("rotate");
        if (shift || rotate || template.is("double")) {
            int count = template.is("one") ? 1 : cl;
            if (count < 0) {
                count = (int) ((Imm) operands.getLast()).value();
            }
            return Counts.effect(template, template.form().startsWith("os") ? size : 8, count);
        }
        boolean repeated = template.is("rep") && template.defines() != 0;
        // With a count of 0 nothing is compared and the flags stay: they are defined only if they
        // were.
        int defines = repeated ? 0 : template.defines();
        return new FlagEffect(template.reads(), defines, template.undefines());
    }

    private static Looseness looseness(Template template, List<Operand> operands, long target) {
        if (template.is("relative")) {
            return new Looseness(Looseness.Kind.RELATIVE, ((Xmm) operands.getFirst()).code(), 16);
        }
        if (template.is("x87")) {
            return new Looseness(Looseness.Kind.X87, 0, 0);
        }
        if (template.is("pointers")) {
            // FCS:FIP, FOP, FDS:FDP of the 32-bit format (SDM 1, figure 8-9).
            return new Looseness(Looseness.Kind.POINTERS, (int) (target - Layout.DATA) + 12, 16);
        }
        return Looseness.NONE;
    }
}
