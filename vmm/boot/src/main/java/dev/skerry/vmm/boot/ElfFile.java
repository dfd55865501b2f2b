package dev.skerry.vmm.boot;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * An executable ELF file for x86, of either class: its entry and what is to be loaded, at physical
 * addresses. System V ABI, chapters 4 and 5.
 *
 * @param is64Bit its class
 * @param machine {@code e_machine}, {@link #I386} or {@link #X86_64}
 */
record ElfFile(boolean is64Bit, int machine, long entry, List<Segment> segments) {
    static final int I386 = 3;
    static final int X86_64 = 62;

    private static final int MAGIC = 0x464c457f;
    private static final int LITTLE_ENDIAN = 1;
    private static final int PT_LOAD = 1;

    /** Physical addresses have up to 52 bits. */
    private static final long MOST_GPA = 1L << 52;

    static boolean isElf(byte[] file) {
        return file.length >= 52
                && file[0] == 0x7f
                && file[1] == 'E'
                && file[2] == 'L'
                && file[3] == 'F';
    }

    /** Whether it is one of 64-bit class, as far as the first bytes say. */
    static boolean is64Bit(byte[] file) {
        return file[4] == 2;
    }

    static ElfFile read(byte[] file) throws BootException {
        ByteBuffer b = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (!isElf(file) || b.getInt(0) != MAGIC) {
            throw new BootException("not an ELF file");
        }
        boolean wide = is64Bit(file);
        if (file[5] != LITTLE_ENDIAN || wide && file.length < 64) {
            throw new BootException("not an ELF file for x86");
        }
        int machine = b.getShort(18) & 0xffff;
        if (machine != X86_64 && machine != I386) {
            throw new BootException("an ELF file for another machine (e_machine " + machine + ")");
        }
        long table = wide ? b.getLong(32) : b.getInt(28) & 0xffff_ffffL;
        int entrySize = b.getShort(wide ? 54 : 42) & 0xffff;
        int count = b.getShort(wide ? 56 : 44) & 0xffff;
        if (entrySize < (wide ? 56 : 32)
                || table < 0
                || table > file.length
                || (long) count * entrySize > file.length - table) {
            throw new BootException("its ELF program headers lie outside the file");
        }
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int at = (int) table + i * entrySize;
            if (b.getInt(at) == PT_LOAD) {
                segments.add(wide ? segment64(b, at) : segment32(b, at));
            }
        }
        if (segments.isEmpty()) {
            throw new BootException("an ELF file with nothing to load");
        }
        long entry = wide ? b.getLong(24) : b.getInt(24) & 0xffff_ffffL;
        return new ElfFile(wide, machine, entry, List.copyOf(segments));
    }

    private static Segment segment64(ByteBuffer b, int at) throws BootException {
        return segment(
                b.array(),
                b.getLong(at + 8),
                b.getLong(at + 24),
                b.getLong(at + 32),
                b.getLong(at + 40));
    }

    private static Segment segment32(ByteBuffer b, int at) throws BootException {
        return segment(
                b.array(),
                b.getInt(at + 4) & 0xffff_ffffL,
                b.getInt(at + 12) & 0xffff_ffffL,
                b.getInt(at + 16) & 0xffff_ffffL,
                b.getInt(at + 20) & 0xffff_ffffL);
    }

    private static Segment segment(
            byte[] file, long offset, long gpa, long fileBytes, long memoryBytes)
            throws BootException {
        if (offset < 0
                || fileBytes < 0
                || offset > file.length
                || fileBytes > file.length - offset) {
            throw new BootException("an ELF segment lies outside the file");
        } else if (memoryBytes < fileBytes
                || gpa < 0
                || gpa >= MOST_GPA
                || memoryBytes > MOST_GPA - gpa) {
            throw new BootException(
                    String.format(
                            "an ELF segment has an impossible place: 0x%x bytes at 0x%x",
                            memoryBytes, gpa));
        }
        MemorySegment bytes = MemorySegment.ofArray(file).asSlice(offset, fileBytes);
        return new Segment(gpa, bytes, memoryBytes);
    }
}
