package dev.skerry.verify.asm;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A program of x86 instructions and data in the making. Every method that emits returns this
 * assembler, so that prefixes read as they are written: {@code a.lock().add(mem(RBX), EAX)}.
 *
 * <p>Encodings are those GNU as chooses where an instruction has several. An instruction that cannot
 * be encoded, and a label that cannot be reached, is an {@link IllegalArgumentException} or {@link
 * IllegalStateException} that names it. One thread at a time.
 *
 * <p>Source: Intel SDM volume 2, chapters 2 to 5.
 */
public final class Assembler
        implements MoveInstructions, DataInstructions, ControlInstructions, SystemInstructions {
    private byte[] code = new byte[256];
    private int length;
    private int bits;

    /** The address of the byte at offset 0, as {@link #org} left it. */
    private long base;

    private int labels;
    private final List<Fixup> fixups = new ArrayList<>();

    /**
     * A hole for a label's address.
     *
     * @param end what a relative one counts from; for absolute ones 0
     */
    private record Fixup(
            int offset, int bytes, Label label, long addend, long end, boolean relative) {}

    /**
     * An empty program at address 0.
     *
     * @param bits 16, 32 or 64
     */
    public Assembler(int bits) {
        this(bits, 0);
    }

    /**
     * An empty program.
     *
     * @param bits 16, 32 or 64
     * @param origin the address of its first byte
     */
    public Assembler(int bits, long origin) {
        checkBits(bits);
        this.bits = bits;
        this.base = origin;
    }

    private static void checkBits(int bits) {
        if (bits != 16 && bits != 32 && bits != 64) {
            throw new IllegalArgumentException("no mode of " + bits + " bits");
        }
    }

    /** The mode what follows is assembled for: 16, 32 or 64. */
    public Assembler bits(int mode) {
        checkBits(mode);
        bits = mode;
        return this;
    }

    @Override
    public int bits() {
        return bits;
    }

    /** Gives the next byte an address, without emitting anything. */
    public Assembler org(long address) {
        base = address - length;
        return this;
    }

    /** The next byte's address. */
    public long here() {
        return base + length;
    }

    /** Bytes so far. */
    public int length() {
        return length;
    }

    /** A label to be bound later. */
    public Label label() {
        return label("L" + labels++);
    }

    /** A named label to be bound later. */
    public Label label(String name) {
        return new Label(this, name);
    }

    /** Says that a label is here. */
    public Assembler bind(Label label) {
        label.bind(this, here());
        return this;
    }

    /** A new label, here. */
    public Label mark() {
        Label label = label();
        bind(label);
        return label;
    }

    /** The program, with every label's address put in. */
    public byte[] bytes() {
        byte[] done = Arrays.copyOf(code, length);
        for (Fixup fixup : fixups) {
            put(done, fixup.offset, fixup.bytes, resolve(fixup));
        }
        return done;
    }

    private static long resolve(Fixup fixup) {
        long value = fixup.label.value() + fixup.addend - fixup.end;
        boolean fits =
                switch (fixup.bytes) {
                    case 1 -> value == (byte) value;
                    // IP wraps, so both signs reach every place of a segment.
                    case 2 -> value >= -0xffff && value <= 0xffff;
                    case 4 -> value >= -0xffffffffL && value <= 0xffffffffL;
                    default -> true;
                };
        if (!fits) {
            throw new IllegalStateException(
                    "%s does not fit %d bytes at offset 0x%x (0x%x)"
                            .formatted(fixup.label, fixup.bytes, fixup.offset, value));
        }
        return value;
    }

    private static void put(byte[] into, int offset, int bytes, long value) {
        for (int i = 0; i < bytes; i++) {
            into[offset + i] = (byte) (value >> 8 * i);
        }
    }

    private void emit(int bytes, long value) {
        if (length + bytes > code.length) {
            code = Arrays.copyOf(code, Math.max(code.length * 2, length + bytes));
        }
        put(code, length, bytes, value);
        length += bytes;
    }

    private void emit(int bytes, Imm imm) {
        if (imm.label() != null) {
            fixups.add(new Fixup(length, bytes, imm.label(), imm.value(), 0, false));
            emit(bytes, 0);
            return;
        }
        long value = imm.value();
        int spare = 64 - 8 * bytes;
        if (value << spare >> spare != value && value << spare >>> spare != value) {
            throw new IllegalArgumentException(
                    "0x%x does not fit %d bytes".formatted(value, bytes));
        }
        emit(bytes, value);
    }

    /** Bytes as they are, each -128 to 255. */
    public Assembler raw(int... bytes) {
        for (int b : bytes) {
            emit(1, Imm.imm(b));
        }
        return this;
    }

    /** Bytes as they are. */
    public Assembler raw(byte[] bytes) {
        for (byte b : bytes) {
            emit(1, b);
        }
        return this;
    }

    /** Bytes. */
    public Assembler db(int... values) {
        return raw(values);
    }

    /** Words of two bytes. */
    public Assembler dw(int... values) {
        for (int value : values) {
            emit(2, Imm.imm(value));
        }
        return this;
    }

    /** Words of four bytes. */
    public Assembler dd(long... values) {
        for (long value : values) {
            emit(4, Imm.imm(value));
        }
        return this;
    }

    /** Words of eight bytes. */
    public Assembler dq(long... values) {
        for (long value : values) {
            emit(8, value);
        }
        return this;
    }

    /** A label's address in two bytes. */
    public Assembler dw(Imm value) {
        emit(2, value);
        return this;
    }

    /** A label's address in four bytes. */
    public Assembler dd(Imm value) {
        emit(4, value);
        return this;
    }

    /** A label's address in eight bytes. */
    public Assembler dq(Imm value) {
        emit(8, value);
        return this;
    }

    /** Text, one byte a character, with nothing behind it. */
    public Assembler ascii(String text) {
        return raw(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** {@code count} bytes of {@code value}. */
    public Assembler fill(int count, int value) {
        for (int i = 0; i < count; i++) {
            raw(value);
        }
        return this;
    }

    /** NOPs up to a multiple of {@code bytes}, a power of two. */
    public Assembler align(int bytes) {
        return align(bytes, 0x90);
    }

    /** {@code value}s up to an address that is a multiple of {@code bytes}, a power of two. */
    public Assembler align(int bytes, int value) {
        return fill((int) (-here() & (bytes - 1)), value);
    }

    /** Zeros up to an address. */
    public Assembler padTo(long address) {
        if (address < here()) {
            throw new IllegalStateException(
                    "0x%x is passed, this is 0x%x".formatted(address, here()));
        }
        return fill(Math.toIntExact(address - here()), 0);
    }

    /**
     * Any instruction, in the notation of Intel's manual: {@code op("66 0F 3A 0F /r ib", XMM1,
     * mem(RBX), imm(3))}. Words, separated by one blank:
     *
     * <ul>
     *   <li>{@code 0F}: bytes of the opcode. 66, F2, F3 and F0 before others are prefixes: they
     *       precede REX. 9B before others is FWAIT and precedes all prefixes.
     *   <li>{@code B8+r}, {@code C0+i}: a byte with a register in its low three bits.
     *   <li>{@code o16}, {@code o32}, {@code o64} (or {@code REX.W}): the operand size; {@code os} is
     *       that of the first operand that has one; {@code d64} behind it says that 64 bits are the
     *       rule in 64-bit code and need no REX.W.
     *   <li>{@code a16}, {@code a32}, {@code a64}: the address size, where no memory operand says it.
     *   <li>{@code /0} to {@code /7}: a ModRM byte with that in its reg field. {@code /r}: with a
     *       register there, of two registers the first; {@code /mr}: the second.
     *   <li>{@code ib iw id iq}: an immediate of 1 to 8 bytes; {@code iz} of operand size, 4 bytes at
     *       most; {@code mo} of address size.
     *   <li>{@code cb cw cd}: a label relative to the next instruction; {@code cz} of the mode's
     *       size.
     * </ul>
     *
     * Operands are those that are encoded, in the manual's order; implied ones are left away.
     */
    @Override
    public Assembler op(String form, Operand... operands) {
        Form parsed = Form.of(form);
        try {
            new Encoding(parsed, operands, bits).emit(this);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    form + " " + Arrays.toString(operands) + ": " + e.getMessage(), e);
        }
        return this;
    }

    void emitByte(int value) {
        emit(1, value);
    }

    void emitImmediate(int bytes, Imm imm) {
        emit(bytes, imm);
    }

    /** A hole for {@code label + addend}, relative to what {@link #endRelative} will be told. */
    void emitRelative(int bytes, Label label, long addend) {
        fixups.add(new Fixup(length, bytes, label, addend, 0, true));
        emit(bytes, 0);
    }

    void emitDisplacement(int bytes, Label label, long disp) {
        if (label != null) {
            fixups.add(new Fixup(length, bytes, label, disp, 0, false));
        }
        emit(bytes, disp);
    }

    int fixups() {
        return fixups.size();
    }

    /** The instruction is complete: its relative fixups count from here. */
    void endRelative(int since) {
        for (int i = since; i < fixups.size(); i++) {
            Fixup f = fixups.get(i);
            if (f.relative) {
                fixups.set(i, new Fixup(f.offset, f.bytes, f.label, f.addend, here(), true));
            }
        }
    }
}
