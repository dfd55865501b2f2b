package dev.skerry.verify.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * An assembler for guests of a few dozen instructions that are their machine's firmware: 64 KiB
 * whose reset vector leads to flat 32-bit protected mode. Each method appends one instruction or a
 * fixed short run of them (Intel SDM 2; opcodes beside the code).
 *
 * <p>Descriptor tables and code stay in the image, which a PC also shows below 1 MiB; variables and
 * the stack are in RAM. An interrupt nobody handles ends the guest.
 */
public final class TinyGuest {
    /** The size of the image. */
    public static final int BYTES = 64 << 10;

    /** Where guest code says things ({@code isa-debugcon}). */
    public static final int CONSOLE_PORT = 0xe9;

    /** Where guest code ends the machine ({@code isa-debug-exit}). */
    public static final int EXIT_PORT = 0xf4;

    /** The first variable; all of RAM from here to the stack is free. */
    public static final int VARIABLES = 0x7000;

    /** The exit status of a guest that met an interrupt it did not expect. */
    public static final int UNEXPECTED = statusOf(0x7e);

    private static final int LOW = 0xf0000;
    private static final int GDT = 0x00;
    private static final int GDT_POINTER = 0x20;
    private static final int IDT_POINTER = 0x28;
    private static final int IDT = 0x100;
    private static final int VECTORS = 48;
    private static final int CODE = 0x300;
    private static final int RESET_VECTOR = 0xfff0;
    private static final int STACK = 0x8000;
    private static final int CODE_SELECTOR = 0x08;
    private static final int DATA_SELECTOR = 0x10;

    private final ByteBuffer image = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final Map<String, Integer> labels = new HashMap<>();
    private final Map<Integer, String> jumps = new HashMap<>();
    private final String[] handlers = new String[VECTORS];

    public TinyGuest() {
        tables();
        image.position(CODE);
        enterProtectedMode();
        Arrays.fill(handlers, "unexpected");
    }

    /** What QEMU exits with when the guest writes a value to {@link #EXIT_PORT}. */
    public static int statusOf(int value) {
        return value << 1 | 1;
    }

    private void tables() {
        // Flat segments, marked accessed: the CPU must not want to write here.
        image.putLong(GDT + CODE_SELECTOR, 0x00cf_9b00_0000_ffffL);
        image.putLong(GDT + DATA_SELECTOR, 0x00cf_9300_0000_ffffL);
        image.putShort(GDT_POINTER, (short) (3 * 8 - 1)).putInt(GDT_POINTER + 2, LOW + GDT);
        image.putShort(IDT_POINTER, (short) (VECTORS * 8 - 1)).putInt(IDT_POINTER + 2, LOW + IDT);
        // jmp rel16 to the 16-bit code
        image.put(RESET_VECTOR, (byte) 0xe9)
                .putShort(RESET_VECTOR + 1, (short) (CODE - (RESET_VECTOR + 3)));
    }

    private void enterProtectedMode() {
        code(0xfa); // cli
        code(0x66, 0x2e, 0x0f, 0x01, 0x16).image.putShort((short) GDT_POINTER); // lgdt cs:[]
        code(0x66, 0x2e, 0x0f, 0x01, 0x1e).image.putShort((short) IDT_POINTER); // lidt cs:[]
        code(0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0); // or al, 1 on cr0
        int target = LOW + image.position() + 8;
        code(0x66, 0xea).image.putInt(target).putShort((short) CODE_SELECTOR); // jmp far
        code(0x66, 0xb8, DATA_SELECTOR, 0x00); // mov ax, data
        code(0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0); // mov ds, es, ss
        code(0xbc).image.putInt(STACK); // mov esp
    }

    private TinyGuest code(int... bytes) {
        for (int value : bytes) {
            image.put((byte) value);
        }
        return this;
    }

    private TinyGuest with32(long value) {
        image.putInt((int) value);
        return this;
    }

    private TinyGuest to(String label) {
        jumps.put(image.position(), label);
        return with32(0);
    }

    public TinyGuest label(String name) {
        if (labels.put(name, image.position()) != null) {
            throw new IllegalArgumentException("two labels " + name);
        }
        return this;
    }

    /** A label to jump to at an interrupt. */
    public TinyGuest handle(int vector, String label) {
        handlers[vector] = label;
        return this;
    }

    /** Writes a byte to a port: mov al; mov dx; out. */
    public TinyGuest out8(int port, int value) {
        return code(0xb0, value, 0x66, 0xba, port & 0xff, port >> 8, 0xee);
    }

    /** Writes 32 bits to a port: mov eax; mov dx; out. */
    public TinyGuest out32(int port, long value) {
        return code(0xb8).with32(value).code(0x66, 0xba, port & 0xff, port >> 8, 0xef);
    }

    /** Writes 32 bits of PCI configuration space on bus 0. */
    public TinyGuest pciWrite(int slot, int offset, long value) {
        return out32(0xcf8, 0x8000_0000L | (long) slot << 11 | offset).out32(0xcfc, value);
    }

    /** Writes 32 bits of memory: mov [], imm. */
    public TinyGuest store(long gpa, long value) {
        return code(0xc7, 0x05).with32(gpa).with32(value);
    }

    /** Reads 32 bits of memory: mov eax, []. */
    public TinyGuest load(long gpa) {
        return code(0xa1).with32(gpa);
    }

    /** Reads a byte from a port: mov dx; in al. */
    public TinyGuest in8(int port) {
        return code(0x66, 0xba, port & 0xff, port >> 8, 0xec);
    }

    /** Keeps the time stamp's bits 8 to 39: rdtsc; shrd eax, edx, 8; mov [], eax. */
    public TinyGuest storeTimeStamp(long gpa) {
        return code(0x0f, 0x31, 0x0f, 0xac, 0xd0, 0x08, 0xa3).with32(gpa);
    }

    /** Says a variable's four bytes as they are, lowest first: mov eax, []; four times out; shr. */
    public TinyGuest printWord(long gpa) {
        load(gpa);
        for (int i = 0; i < 4; i++) {
            code(0xe6, CONSOLE_PORT, 0xc1, 0xe8, 0x08);
        }
        return this;
    }

    /** Adds one to a variable: inc []. */
    public TinyGuest increment(long gpa) {
        return code(0xff, 0x05).with32(gpa);
    }

    /** Compares a variable with a small number: cmp [], imm. */
    public TinyGuest compare(long gpa, int value) {
        return code(0x83, 0x3d).with32(gpa).code(value);
    }

    public TinyGuest jump(String label) {
        return code(0xe9).to(label);
    }

    public TinyGuest jumpIfEqual(String label) {
        return code(0x0f, 0x84).to(label);
    }

    public TinyGuest jumpIfNotEqual(String label) {
        return code(0x0f, 0x85).to(label);
    }

    /** Says something: mov al; out. */
    public TinyGuest print(String text) {
        for (char c : text.toCharArray()) {
            code(0xb0, c, 0xe6, CONSOLE_PORT);
        }
        return this;
    }

    /** Says the lowest digit of what was loaded: add al, '0'; out. */
    public TinyGuest printDigit() {
        return code(0x04, '0', 0xe6, CONSOLE_PORT);
    }

    public TinyGuest disableInterrupts() {
        return code(0xfa);
    }

    /** Sleeps until the next interrupt, with none lost before: sti; hlt. */
    public TinyGuest sleep() {
        return code(0xfb, 0xf4);
    }

    /** Lets interrupts come: sti; nop. */
    public TinyGuest enableInterrupts() {
        return code(0xfb, 0x90);
    }

    /** Begins a handler: pusha. */
    public TinyGuest enterHandler(String label) {
        return label(label).code(0x60);
    }

    /**
     * Ends a handler: popa, then what iret would do as push [esp + 8]; popf; retf 4. KVM without
     * hardware below it emulates protected mode, all but iret.
     */
    public TinyGuest leaveHandler() {
        return code(0x61, 0xff, 0x74, 0x24, 0x08, 0x9d, 0xca, 0x04, 0x00);
    }

    /** Ends the machine; see {@link #statusOf}. */
    public TinyGuest exit(int value) {
        return out8(EXIT_PORT, value).code(0xf4);
    }

    /** The firmware. */
    public byte[] assemble() {
        label("unexpected").print("unexpected interrupt").exit(0x7e);
        jumps.forEach((at, label) -> image.putInt(at, place(label) - (at + 4)));
        for (int vector = 0; vector < VECTORS; vector++) {
            int handler = LOW + place(handlers[vector]);
            long gate = (handler & 0xffffL) | CODE_SELECTOR << 16 | 0x8e00L << 32;
            image.putLong(IDT + 8 * vector, gate | (long) (handler >>> 16) << 48);
        }
        return image.array();
    }

    private int place(String label) {
        Integer at = labels.get(label);
        if (at == null) {
            throw new IllegalArgumentException("no label " + label);
        }
        return at;
    }
}
