package dev.skerry.vmm.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Kernels of the Multiboot specification; numbers typed from it. */
class MultibootKernelTest {
    private static final int LOAD = 0x10_0000;
    private static final int MAGIC = 0x1bad_b002;

    @TempDir Path folder;

    private static byte[] content(int flags, int... addresses) {
        ByteBuffer b = ByteBuffer.allocate(5000).order(ByteOrder.LITTLE_ENDIAN);
        b.position(0x10);
        b.putInt(MAGIC).putInt(flags).putInt(-MAGIC - flags);
        for (int address : addresses) {
            b.putInt(address);
        }
        return b.array();
    }

    private static String text(BootImage image, int gpa) {
        ByteBuffer memory = KernelFiles.memoryAt(image, gpa);
        StringBuilder text = new StringBuilder();
        for (byte b = memory.get(); b != 0; b = memory.get()) {
            text.append((char) b);
        }
        return text.toString();
    }

    private static ByteBuffer info(BootImage image) {
        assertInstanceOf(Multiboot32Entry.class, image.entry());
        assertEquals(0x2bad_b002L, image.entry().rax());
        return KernelFiles.memoryAt(image, image.entry().rbx());
    }

    private static String refusal(byte[] file) {
        return assertThrows(BootException.class, () -> KernelImage.of(file)).getMessage();
    }

    @Test
    void an_elf_file_is_told_of_memory_and_command_line() throws Exception {
        byte[] content = content(3);
        KernelImage kernel = KernelImage.of(KernelFiles.elf32(content, LOAD, LOAD + 0x40));
        BootImage image = kernel.boot(KernelFiles.request("one two", null));
        assertEquals(LOAD + 0x40, image.entry().rip());
        assertEquals(0x11, image.entry().cr0());
        assertEquals(0, image.entry().efer());
        Segment segment = KernelFiles.at(image, LOAD);
        assertArrayEquals(content, KernelFiles.bytes(segment));
        assertEquals(content.length + 100, segment.sizeBytes());
        ByteBuffer info = info(image);
        assertEquals(0x24f, info.getInt(0));
        assertEquals(639, info.getInt(4));
        assertEquals(63 << 10, info.getInt(8));
        assertEquals("kernel.elf one two", text(image, info.getInt(16)));
        assertEquals(0, info.getInt(20));
        assertEquals(3 * 24, info.getInt(44));
        ByteBuffer map = KernelFiles.memoryAt(image, info.getInt(48));
        assertEquals(20, map.getInt(24));
        assertEquals(0x9fc00, map.getLong(24 + 4));
        assertEquals(0x400, map.getLong(24 + 12));
        assertEquals(2, map.getInt(24 + 20));
        assertEquals("skerry", text(image, info.getInt(64)));
        ByteBuffer gdt = KernelFiles.memoryAt(image, image.entry().gdtGpa());
        assertEquals(0x00cf_9b00_0000_ffffL, gdt.getLong(image.entry().code().selector()));
    }

    @Test
    void modules_are_files_with_arguments_each_on_a_page() throws Exception {
        Path first = Files.write(folder.resolve("a"), new byte[5000]);
        Path second = Files.write(folder.resolve("b,c"), new byte[] {7, 8, 9});
        String initrd = first + " x=1,, y," + second.toString().replace(",", ",,");
        KernelImage kernel = KernelImage.of(KernelFiles.elf32(content(0), LOAD, LOAD));
        BootImage image = kernel.boot(KernelFiles.request("", initrd));
        ByteBuffer info = info(image);
        assertEquals(2, info.getInt(20));
        ByteBuffer table = KernelFiles.memoryAt(image, info.getInt(24));
        assertEquals(LOAD + 0x2000, table.getInt(0));
        assertEquals(LOAD + 0x2000 + 5000, table.getInt(4));
        assertEquals(first + " x=1, y", text(image, table.getInt(8)));
        assertEquals(LOAD + 0x4000, table.getInt(16));
        assertEquals(3, table.getInt(20) - table.getInt(16));
        assertEquals(second.toString(), text(image, table.getInt(24)));
        assertEquals(8, KernelFiles.memoryAt(image, LOAD + 0x4001).get(0));
    }

    @Test
    void addresses_in_the_header_need_no_elf() throws Exception {
        int flags = 1 << 16;
        byte[] file = content(flags, LOAD + 0x10, LOAD, LOAD + 0x1000, LOAD + 0x3000, LOAD + 0x30);
        BootImage image = KernelImage.of(file).boot(KernelFiles.request("", null));
        assertEquals(LOAD + 0x30, image.entry().rip());
        Segment segment = KernelFiles.at(image, LOAD);
        assertArrayEquals(Arrays.copyOf(file, 0x1000), KernelFiles.bytes(segment));
        assertEquals(0x3000, segment.sizeBytes());
        byte[] toTheEnd = content(flags, LOAD + 0x10, LOAD, 0, 0, LOAD + 0x30);
        segment = ((MultibootKernel) KernelImage.of(toTheEnd)).segments().getFirst();
        assertEquals(toTheEnd.length, segment.sizeBytes());
    }

    @Test
    void what_cannot_be_loaded_is_refused() {
        int flags = 1 << 16;
        byte[] before = content(flags, LOAD + 0x1000, LOAD, 0, 0, LOAD);
        assertEquals("the addresses in its Multiboot header lie outside the file", refusal(before));
        byte[] behind = content(flags, LOAD, LOAD, LOAD + 0x10000, 0, LOAD);
        assertEquals("the addresses in its Multiboot header lie outside the file", refusal(behind));
        byte[] wide = KernelFiles.elf64(content(0));
        assertEquals("a Multiboot kernel must be a 32-bit ELF file, this is 64-bit", refusal(wide));
        assertEquals(
                "a Multiboot kernel without addresses that is no ELF file", refusal(content(0)));
        byte[] low = KernelFiles.elf32(content(0), 0x8000, 0x8000);
        assertEquals("a segment at 0x8000, where the boot information goes", refusal(low));
    }
}
