package dev.skerry.verify.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * A disk a PC starts from, and what it does then, all of it by the firmware's disk services (int
 * 13h): its boot sector reads a text by cylinder, head and sector and prints it to the first serial
 * port; reads the rest of the disk by block addresses, {@link #READ_SECTORS} at a time, and prints
 * its checksum; writes a sector; and ends the machine through {@code isa-debug-exit} at {@link
 * TinyGuest#EXIT_PORT}. Opcodes after Intel SDM 2, beside the code.
 */
public final class BootDisk {
    public static final int SECTOR_BYTES = 512;

    /** What the guest ends the machine with. */
    public static final int PASSED = 0x10;

    /** What it ends it with if the firmware reports an error. */
    public static final int FAILED = 0x11;

    /** How much it reads at a time: 32 KiB. */
    public static final int READ_SECTORS = 64;

    /** Where it writes a sector of {@link #WRITTEN}. */
    public static final int WRITTEN_SECTOR = 9;

    /** The byte the written sector is full of. */
    public static final byte WRITTEN = 0x5a;

    private static final int TEXT_SECTORS = 4;
    private static final int LOADED_AT = 0x7c00;
    private static final int SIGNATURE = 510;
    private static final int BUFFER = 0x8000;
    private static final int SERIAL = 0x3f8;
    private static final int READ_BY_ADDRESS = 0x42;
    private static final int WRITE_BY_ADDRESS = 0x43;

    private final ByteBuffer image;
    private final int chunks;
    private final String text;
    private final Map<String, Integer> labels = new HashMap<>();

    /**
     * @param chunks how many pieces of {@link #READ_SECTORS} sectors the guest reads, 1 to 512; the
     *     disk has one more
     */
    public BootDisk(int chunks) {
        this.chunks = chunks;
        image = ByteBuffer.allocate((chunks + 1) * READ_SECTORS * SECTOR_BYTES);
        image.order(ByteOrder.LITTLE_ENDIAN);
        text = "Started from a disk of another process.\n".repeat(51);
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        image.put(SECTOR_BYTES, ascii);
        for (int at = (1 + TEXT_SECTORS) * SECTOR_BYTES; at < image.capacity(); at += 4) {
            image.putInt(at, at * 0x9e37_79b1);
        }
        // The second pass knows where the first one's labels are.
        assemble();
        assemble();
        image.putShort(SIGNATURE, (short) 0xaa55);
    }

    /** The image's bytes. */
    public byte[] bytes() {
        return image.array().clone();
    }

    /** What the guest prints. */
    public String expected() {
        int sum = 0;
        int from = READ_SECTORS * SECTOR_BYTES;
        for (int at = from; at < from + chunks * READ_SECTORS * SECTOR_BYTES; at += 4) {
            sum += image.getInt(at);
        }
        return text + HexFormat.of().toHexDigits(sum).toUpperCase(java.util.Locale.ROOT) + "\n";
    }

    private BootDisk code(int... bytes) {
        for (int value : bytes) {
            image.put((byte) value);
        }
        return this;
    }

    private BootDisk code16(int opcode, int value) {
        code(opcode).image.putShort((short) value);
        return this;
    }

    private int address(String label) {
        return labels.getOrDefault(label, LOADED_AT);
    }

    private BootDisk label(String name) {
        labels.put(name, LOADED_AT + image.position());
        return this;
    }

    /** A jump of two bytes. */
    private BootDisk jump(int opcode, String label) {
        int distance = address(label) - (LOADED_AT + image.position() + 2);
        if (labels.containsKey(label) && distance != (byte) distance) {
            throw new IllegalStateException("too far to jump: " + label);
        }
        return code(opcode, distance);
    }

    /** A call, or with 0x0f 0x82 before it a jump if carry. */
    private BootDisk near(String label, int... opcode) {
        code(opcode);
        int distance = address(label) - (LOADED_AT + image.position() + 2);
        image.putShort((short) distance);
        return this;
    }

    private void assemble() {
        image.position(0);
        code(0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0); // cli; ds, es, ss = 0
        code16(0xbc, LOADED_AT).code(0xfb, 0xfc, 0x52); // mov sp; sti; cld; push dx: the drive
        printText();
        sumChunks();
        writeSector();
        code(0xb0, PASSED, 0xe6, TinyGuest.EXIT_PORT); // mov al; out
        label("failed").code(0xb0, FAILED, 0xe6, TinyGuest.EXIT_PORT, 0xf4); // mov al; out; hlt
        printByte();
        packet();
        if (image.position() > SIGNATURE) {
            throw new IllegalStateException("the boot sector is full");
        }
    }

    /** What to move (Phoenix EDD 3.0, device address packet): its size, count, where to, from where. */
    private void packet() {
        label("packet").code(0x10, 0x00, READ_SECTORS, 0x00);
        image.putShort((short) BUFFER).putShort((short) 0);
        label("sector").image.putLong(READ_SECTORS);
    }

    /** By cylinder, head and sector: those after the first, of the first track. */
    private void printText() {
        code16(0xb8, 0x0200 | TEXT_SECTORS); // mov ax: read, how many
        code16(0xb9, 0x0002).code(0xb6, 0x00); // mov cx: cylinder 0, sector 2; mov dh: head 0
        code16(0xbb, BUFFER).code(0xcd, 0x13); // mov bx; int 13h
        near("failed", 0x0f, 0x82); // jc
        code16(0xbe, BUFFER).code16(0xb9, text.length()); // mov si; mov cx
        label("text").code(0xac).near("print", 0xe8).jump(0xe2, "text"); // lodsb; call; loop
    }

    private void sumChunks() {
        code(0x66, 0x31, 0xff); // xor edi, edi: the sum
        code16(0xbd, chunks); // mov bp
        label("chunk");
        transfer(READ_BY_ADDRESS);
        code16(0xbe, BUFFER).code16(0xb9, READ_SECTORS * SECTOR_BYTES / 4); // mov si; mov cx
        label("word").code(0x66, 0xad, 0x66, 0x01, 0xc7).jump(0xe2, "word"); // lodsd; add; loop
        code(0x83, 0x06).image.putShort((short) address("sector")); // add word [sector], imm8
        code(READ_SECTORS).code(0x4d).jump(0x75, "chunk"); // dec bp; jnz
        code16(0xb9, 8); // mov cx
        label("digit").code(0x66, 0xc1, 0xc7, 0x04, 0x89, 0xf8); // rol edi, 4; mov ax, di
        code(0x24, 0x0f, 0x3c, 0x0a).jump(0x72, "decimal"); // and al, 15; cmp al, 10; jb
        code(0x04, 'A' - '0' - 10); // add al
        label("decimal").code(0x04, '0').near("print", 0xe8).jump(0xe2, "digit"); // add; call; loop
        code(0xb0, '\n').near("print", 0xe8); // mov al; call
    }

    private void writeSector() {
        code16(0xbf, BUFFER).code16(0xb9, SECTOR_BYTES); // mov di; mov cx
        code(0xb0, WRITTEN, 0xf3, 0xaa); // mov al; rep stosb
        code(0xc7, 0x06).image.putShort((short) address("sector")); // mov word [sector], imm16
        image.putShort((short) WRITTEN_SECTOR);
        code(0xc6, 0x06).image.putShort((short) (address("packet") + 2)); // mov byte [count], imm8
        code(1);
        transfer(WRITE_BY_ADDRESS);
    }

    private void transfer(int function) {
        code16(0xbe, address("packet")).code(0x5a, 0x52); // mov si; pop dx; push dx
        code16(0xb8, function << 8).code(0xcd, 0x13); // mov ax; int 13h
        near("failed", 0x0f, 0x82); // jc
    }

    /** Waits for room in the transmitter; keeps all but DX and AH. */
    private void printByte() {
        label("print").code(0x88, 0xc4).code16(0xba, SERIAL + 5); // mov ah, al; mov dx
        label("busy").code(0xec, 0xa8, 0x20).jump(0x74, "busy"); // in al; test al, 0x20; jz
        code16(0xba, SERIAL).code(0x88, 0xe0, 0xee, 0xc3); // mov dx; mov al, ah; out; ret
    }
}
