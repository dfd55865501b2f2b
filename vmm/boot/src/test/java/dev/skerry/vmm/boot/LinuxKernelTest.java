package dev.skerry.vmm.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What a Linux kernel is given; numbers typed from the boot protocol's description. */
class LinuxKernelTest {
    private static final byte[] CONTENT = KernelFiles.text(100_000, 1);

    @TempDir Path folder;

    private static BootImage boot(byte[] file, String append, byte[] initrd) throws BootException {
        LinuxKernel kernel = assertInstanceOf(LinuxKernel.class, KernelImage.of(file));
        return kernel.boot(KernelFiles.request(append, null), initrd);
    }

    private static ByteBuffer zeroPage(BootImage image) {
        Linux64Entry entry = assertInstanceOf(Linux64Entry.class, image.entry());
        return KernelFiles.memoryAt(image, entry.zeroPageGpa());
    }

    private static String refusal(byte[] file) {
        return assertThrows(BootException.class, () -> KernelImage.of(file)).getMessage();
    }

    @Test
    void the_zero_page_says_where_everything_is() throws Exception {
        byte[] initrd = KernelFiles.text(10_001, 2);
        BootImage image =
                boot(KernelFiles.bzImage(KernelFiles.elf64(CONTENT)), "a=b quiet", initrd);
        ByteBuffer page = zeroPage(image);
        assertEquals(0x5372_6448, page.getInt(0x202));
        assertEquals((byte) 0xff, page.get(0x210));
        assertEquals(0xe_1234, page.getLong(0x70));
        ByteBuffer line = KernelFiles.memoryAt(image, page.getInt(0x228));
        assertEquals("a=b quiet\0", StandardCharsets.US_ASCII.decode(line).toString());
        long initrdGpa = page.getInt(0x218);
        assertEquals(initrd.length, page.getInt(0x21c));
        assertEquals((64 << 20) - 0x3000, initrdGpa);
        assertArrayEquals(initrd, KernelFiles.bytes(KernelFiles.at(image, initrdGpa)));
        assertEquals(3, page.get(0x1e8));
        assertEquals(0x9fc00, page.getLong(0x2d0 + 20));
        assertEquals(0x400, page.getLong(0x2d0 + 28));
        assertEquals(2, page.getInt(0x2d0 + 36));
        assertEquals(0x10_0000, page.getLong(0x2d0 + 40));
        assertEquals(63 << 20, page.getLong(0x2d0 + 48));
        assertEquals(1, page.getInt(0x2d0 + 56));
    }

    @Test
    void the_first_cpu_stands_in_long_mode_on_an_identity_map() throws Exception {
        BootImage image = boot(KernelFiles.elf64(CONTENT), "", new byte[0]);
        Entry entry = image.entry();
        assertEquals(KernelFiles.LOAD + 0x40, entry.rip());
        assertEquals(0x500, entry.efer());
        assertEquals(0x8000_0031L, entry.cr0());
        ByteBuffer pml4 = KernelFiles.memoryAt(image, entry.cr3());
        ByteBuffer pdpt = KernelFiles.memoryAt(image, pml4.getLong(0) & -4096);
        ByteBuffer directory = KernelFiles.memoryAt(image, pdpt.getLong(3 * 8) & -4096);
        assertEquals(0xffe0_0083L, directory.getLong(511 * 8));
        ByteBuffer gdt = KernelFiles.memoryAt(image, entry.gdtGpa());
        assertEquals(0x00af_9b00_0000_ffffL, gdt.getLong(entry.code().selector()));
        assertEquals(0x00cf_9300_0000_ffffL, gdt.getLong(entry.data().selector()));
        assertEquals(0x1f, entry.gdtLimit());
    }

    @Test
    void an_elf_kernel_gets_a_setup_header_that_says_who_it_is() throws Exception {
        ByteBuffer page = zeroPage(boot(KernelFiles.elf64(CONTENT), "", new byte[0]));
        assertEquals((short) 0xaa55, page.getShort(0x1fe));
        assertEquals(0x5372_6448, page.getInt(0x202));
        assertEquals(1, page.get(0x211));
        assertEquals(0, page.getInt(0x218), "no initrd");
    }

    @Test
    void the_initrd_stays_below_what_the_kernel_can_reach() throws Exception {
        byte[] file = KernelFiles.bzImage(KernelFiles.elf64(CONTENT));
        ByteBuffer.wrap(file).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(0x22c, 0x2ff_ffff);
        assertEquals(0x2ff_f000, zeroPage(boot(file, "", new byte[10])).getInt(0x218));
    }

    @Test
    void an_initrd_comes_out_of_its_file() throws Exception {
        Path initrd = Files.write(folder.resolve("initrd"), new byte[] {1, 2, 3});
        KernelImage kernel = KernelImage.of(KernelFiles.elf64(CONTENT));
        BootImage image = kernel.boot(KernelFiles.request("", initrd.toString()));
        assertEquals(3, zeroPage(image).getInt(0x21c));
        BootRequest missing = KernelFiles.request("", folder.resolve("none").toString());
        BootException e = assertThrows(BootException.class, () -> kernel.boot(missing));
        assertEquals("could not open initrd file '" + folder.resolve("none") + "'", e.getMessage());
    }

    @Test
    void what_does_not_fit_is_refused() {
        byte[] file = KernelFiles.bzImage(KernelFiles.elf64(CONTENT));
        BootException e =
                assertThrows(BootException.class, () -> boot(file, "x".repeat(2048), new byte[0]));
        assertEquals("the command line has 2048 bytes, the kernel takes 2047", e.getMessage());
        e = assertThrows(BootException.class, () -> boot(file, "", new byte[60 << 20]));
        assertTrue(e.getMessage().startsWith("the initrd of 62914560 bytes does not fit"));
        byte[] high = KernelFiles.elf64(CONTENT, 64 << 20, 64 << 20);
        e = assertThrows(BootException.class, () -> boot(high, "", new byte[0]));
        assertEquals(
                "the kernel does not fit into memory: 0x4000000 to 0x4030d40 is not all RAM",
                e.getMessage());
        byte[] low = KernelFiles.elf64(CONTENT, 0x1000, 0x1000);
        assertEquals("a segment at 0x1000, where the boot parameters go", refusal(low));
    }

    @Test
    void what_is_no_kernel_is_refused_by_what_it_is() {
        assertTrue(refusal(new byte[0]).startsWith("neither a bzImage nor an ELF file"));
        assertTrue(refusal(new byte[10_000]).startsWith("neither a bzImage nor an ELF file"));
        byte[] elf = KernelFiles.elf64(CONTENT);
        elf[18] = (byte) 183;
        assertEquals("an ELF file for another machine (e_machine 183)", refusal(elf));
        assertTrue(refusal(KernelFiles.elf32(CONTENT, 1 << 20, 1 << 20)).startsWith("a 32-bit"));
        byte[] outside = KernelFiles.elf64(CONTENT, KernelFiles.LOAD, 0x1234);
        assertEquals("its entry 0x1234 lies in none of its segments", refusal(outside));
        byte[] old = KernelFiles.bzImage(elf);
        old[0x206] = 2;
        assertEquals("boot protocol 2.02 is too old, 2.08 is the least", refusal(old));
    }

    @Test
    void every_cut_and_many_changes_of_a_header_are_answered_in_one_line() {
        byte[] file = KernelFiles.bzImage(KernelFiles.elf64(KernelFiles.text(3000, 4)));
        for (int length = 0; length < file.length; length += 13) {
            refusal(Arrays.copyOf(file, length));
        }
        java.util.Random random = new java.util.Random(5);
        for (int i = 0; i < 20_000; i++) {
            byte[] changed = file.clone();
            int begin = random.nextBoolean() ? 0x1f0 : 0x400;
            for (int j = random.nextInt(4); j >= 0; j--) {
                changed[begin + random.nextInt(0x80)] = (byte) random.nextInt();
            }
            try {
                KernelImage.of(changed).boot(KernelFiles.request("", null));
            } catch (BootException e) {
                assertTrue(e.getMessage().length() < 200, e.getMessage());
            }
        }
    }
}
