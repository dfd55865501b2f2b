package dev.skerry.vmm.boot;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;

/** Kernels made by hand: just what the formats ask for. */
final class KernelFiles {
    static final long LOAD = 0x100_0000;
    private static final int PAYLOAD_AT = 0x400;

    private KernelFiles() {}

    /** Bytes that pack well in places, and in others not at all. */
    static byte[] text(int length, long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[length];
        int at = 0;
        while (at < length) {
            int part = Math.min(length - at, 1 + random.nextInt(3000));
            switch (random.nextInt(4)) {
                case 0 -> {
                    for (int i = 0; i < part; i++) {
                        bytes[at + i] = (byte) random.nextInt();
                    }
                }
                case 1 -> java.util.Arrays.fill(bytes, at, at + part, (byte) random.nextInt(3));
                default -> {
                    int from = at == 0 ? 0 : random.nextInt(at);
                    for (int i = 0; i < part; i++) {
                        bytes[at + i] = (byte) (bytes[from + i % (at - from + 1)] + i / 700);
                    }
                }
            }
            at += part;
        }
        return bytes;
    }

    /** An ELF64 kernel of one segment, with as many zero bytes behind it. */
    static byte[] elf64(byte[] content) {
        return elf64(content, LOAD, LOAD + 0x40);
    }

    static byte[] elf64(byte[] content, long gpa, long entry) {
        int at = 64 + 56;
        ByteBuffer b = ByteBuffer.allocate(at + content.length).order(ByteOrder.LITTLE_ENDIAN);
        b.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
        b.putShort((short) 2).putShort((short) 62).putInt(1).putLong(entry);
        b.putLong(64).putLong(0).putInt(0).putShort((short) 64).putShort((short) 56);
        b.putShort((short) 1).position(64);
        b.putInt(1).putInt(5).putLong(at).putLong(0xffff_ffff_8100_0000L).putLong(gpa);
        b.putLong(content.length).putLong(2L * content.length).putLong(4096);
        b.put(content);
        return b.array();
    }

    /** An ELF32 file of one segment. */
    static byte[] elf32(byte[] content, int gpa, int entry) {
        int at = 52 + 32;
        ByteBuffer b = ByteBuffer.allocate(at + content.length).order(ByteOrder.LITTLE_ENDIAN);
        b.put(new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1}).position(16);
        b.putShort((short) 2).putShort((short) 3).putInt(1).putInt(entry).putInt(52);
        b.putInt(0).putInt(0).putShort((short) 52).putShort((short) 32).putShort((short) 1);
        b.position(52);
        b.putInt(1).putInt(at).putInt(gpa).putInt(gpa);
        b.putInt(content.length).putInt(content.length + 100).putInt(7).putInt(4096);
        b.put(content);
        return b.array();
    }

    /** A bzImage around a payload that is packed already, with its size behind it if needed. */
    static byte[] bzImage(byte[] packed) {
        ByteBuffer b = ByteBuffer.allocate(PAYLOAD_AT + packed.length);
        b.order(ByteOrder.LITTLE_ENDIAN);
        b.put(0x1f1, (byte) 1).putShort(0x1fe, (short) 0xaa55);
        b.putShort(0x200, (short) 0x6aeb).putInt(0x202, 0x5372_6448).putShort(0x206, (short) 0x20f);
        b.put(0x211, (byte) 1).putInt(0x22c, 0x7fff_ffff).putInt(0x238, 2047);
        b.putInt(0x248, PAYLOAD_AT - 2 * 512).putInt(0x24c, packed.length);
        b.put(PAYLOAD_AT, packed);
        return b.array();
    }

    static byte[] withSize(byte[] packed, int size) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(packed);
        out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(size).array());
        return out.toByteArray();
    }

    /** A PC's map of memory with RAM of a size below 3 GiB. */
    static List<MemoryRange> memory(long ramBytes) {
        return List.of(
                new MemoryRange(0, 0x9fc00, MemoryRange.USABLE),
                new MemoryRange(0x9fc00, 0x400, MemoryRange.RESERVED),
                new MemoryRange(0x10_0000, ramBytes - 0x10_0000, MemoryRange.USABLE));
    }

    static BootRequest request(String append, String initrd) {
        return new BootRequest("kernel.elf", append, initrd, memory(64 << 20), 0xe_1234);
    }

    static byte[] bytes(Segment segment) {
        return segment.bytes().toArray(ValueLayout.JAVA_BYTE);
    }

    /** The segment of an image that holds an address. */
    static Segment at(BootImage image, long gpa) {
        return image.segments().stream()
                .filter(segment -> segment.overlaps(gpa, gpa + 1))
                .findFirst()
                .orElseThrow();
    }

    /** The memory of an image from an address on. */
    static ByteBuffer memoryAt(BootImage image, long gpa) {
        Segment segment = at(image, gpa);
        int offset = (int) (gpa - segment.gpa());
        return ByteBuffer.wrap(bytes(segment))
                .slice(offset, (int) segment.sizeBytes() - offset)
                .order(ByteOrder.LITTLE_ENDIAN);
    }
}
