package dev.skerry.vmm.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.Adler32;

/** What kernels are packed with, made by the host's own tools where there are any. */
class PayloadTest {
    private static final long SEED = 20;
    private static final int LENGTH = 3_000_000;

    @TempDir Path folder;

    private byte[] pack(byte[] plain, String... command) throws Exception {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        boolean there =
                Arrays.stream(path.split(":"))
                        .anyMatch(d -> Files.isExecutable(Path.of(d, command[0])));
        assumeTrue(there, command[0] + " is not installed");
        Path in = folder.resolve("plain");
        Files.write(in, plain);
        Path out = folder.resolve("packed");
        Process process =
                new ProcessBuilder(command)
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        assertEquals(0, process.waitFor(), String.join(" ", command));
        return Files.readAllBytes(out);
    }

    /** The commands of the kernel's build, and the ends of their ranges. */
    static List<String> commands() {
        return List.of(
                "gzip -n -f -9",
                "gzip -n -1",
                "bzip2 -9",
                "bzip2 -1",
                "lzma -9",
                "xz --check=crc32 --x86 --lzma2=,dict=32MiB",
                "xz --check=none",
                "lzop -9",
                "lzop -1",
                "lz4 -l -9",
                "lz4 -l -1",
                "zstd -q -22 --ultra",
                "zstd -q -1");
    }

    private static byte[] asBuilt(String command, byte[] packed, int size) {
        return command.startsWith("gzip") ? packed : KernelFiles.withSize(packed, size);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void a_kernel_packed_by(String command) throws Exception {
        byte[] content = KernelFiles.text(LENGTH, SEED);
        byte[] elf = KernelFiles.elf64(content);
        byte[] packed = asBuilt(command, pack(elf, command.split(" ")), elf.length);
        LinuxKernel kernel = (LinuxKernel) KernelImage.of(KernelFiles.bzImage(packed));
        assertEquals(KernelFiles.LOAD + 0x40, kernel.entryGpa());
        assertEquals(1, kernel.segments().size());
        Segment segment = kernel.segments().getFirst();
        assertEquals(KernelFiles.LOAD, segment.gpa());
        assertEquals(2L * LENGTH, segment.sizeBytes());
        assertArrayEquals(content, KernelFiles.bytes(segment));
    }

    @Test
    void lz4_in_more_than_one_block() throws Exception {
        byte[] elf = KernelFiles.elf64(KernelFiles.text(20_000_000, SEED));
        byte[] packed = asBuilt("lz4", pack(elf, "lz4", "-l", "-1"), elf.length);
        assertArrayEquals(elf, Payload.unpack(packed, 0, packed.length));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void damaged_payload_of(String command) throws Exception {
        byte[] elf = KernelFiles.elf64(KernelFiles.text(50_000, SEED));
        byte[] packed = asBuilt(command, pack(elf, command.split(" ")), elf.length);
        Random random = new Random(SEED);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] damaged = packed.clone();
            int at = 4 + random.nextInt(packed.length - 8);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            try {
                assertEquals(elf.length, Payload.unpack(damaged, 0, damaged.length).length);
            } catch (BootException e) {
                refused++;
                assertFalse(e.getMessage().contains("\n"), e.getMessage());
            }
        }
        assertTrue(refused > 0, "seed " + SEED + ": no damage was seen");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void a_payload_cut_short_of(String command) throws Exception {
        byte[] elf = KernelFiles.elf64(KernelFiles.text(50_000, SEED));
        byte[] packed = pack(elf, command.split(" "));
        for (int length = 16; length < packed.length - 16; length += 977) {
            byte[] cut = KernelFiles.withSize(Arrays.copyOf(packed, length), elf.length);
            BootException e =
                    assertThrows(BootException.class, () -> Payload.unpack(cut, 0, cut.length));
            assertTrue(e.getMessage().contains("is damaged"), e.getMessage());
        }
    }

    /**
     * Each kind of instruction once, as the format's description has them: a run of literals by the
     * first byte, matches of all four forms, a run by state 0, and the end.
     */
    private static final byte[] LZO_BLOCK =
            bytes(
                    // Twelve literals.
                    17 + 12,
                    "abcdefghijkl",
                    // Four bytes (3 + 1) from a distance of 12 = (1 << 3) + 3 + 1, then two
                    // literals.
                    0x40 | 0x20 | 3 << 2 | 2,
                    1,
                    "XY",
                    // Two bytes from a distance of 1 = (0 << 2) + 0 + 1; state 0.
                    0x00,
                    0,
                    // Seven literals (3 + 4).
                    0x04,
                    "1234567",
                    // Nine bytes (2 + 7) from a distance of 7 + ... = 6 + 1, then one literal.
                    0x20 | 7,
                    6 << 2 | 1,
                    0,
                    "Z",
                    // The end.
                    0x11,
                    0,
                    0);

    private static final String LZO_TEXT =
            "abcdefghijkl" + "abcd" + "XY" + "YY" + "1234567" + "123456712" + "Z";

    private static byte[] bytes(Object... parts) {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        for (Object part : parts) {
            if (part instanceof String text) {
                out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
            } else {
                out.write((Integer) part);
            }
        }
        return out.toByteArray();
    }

    @Test
    void lzo1x_instruction_by_instruction() throws IOException {
        byte[] output = new byte[LZO_TEXT.length()];
        new Lzo1xDecoder(LZO_BLOCK, 0, LZO_BLOCK.length, output, 0, output.length).decode();
        assertEquals(LZO_TEXT, new String(output, StandardCharsets.US_ASCII));
    }

    @Test
    void lzo1x_long_lengths_and_distances() throws IOException {
        // 40,000 literals by a length of zeroes: 3 + 15 + 156 * 255 + 202.
        byte[] literals = KernelFiles.text(40_000, SEED);
        ByteBuffer b = ByteBuffer.allocate(41_000);
        b.put((byte) 0).put(new byte[156]).put((byte) 202).put(literals);
        // Three bytes from 2049 + (4 << 2) + 1, since literals came before.
        b.put((byte) (1 << 2)).put((byte) 4);
        // 400 bytes (2 + 7 + 255 + 136) from 16384 + 16384 + 5, then nothing.
        b.put((byte) 0x18)
                .put((byte) 0)
                .put((byte) 136)
                .putShort(Short.reverseBytes((short) (5 << 2)));
        b.put((byte) 0x11).put((byte) 0).put((byte) 0);
        byte[] expected = Arrays.copyOf(literals, 40_403);
        Matches.copy(expected, 40_000, 2049 + 17, 3);
        Matches.copy(expected, 40_003, 32768 + 5, 400);
        byte[] output = new byte[expected.length];
        new Lzo1xDecoder(b.array(), 0, b.position(), output, 0, output.length).decode();
        assertArrayEquals(expected, output);
    }

    private static byte[] lzop(byte[] block, String text, int sum) {
        ByteBuffer b = ByteBuffer.allocate(1000);
        b.put(bytes(0x89, "LZO", 0, 0x0d, 0x0a, 0x1a, 0x0a));
        b.putShort((short) 0x1040).putShort((short) 0x20a0).putShort((short) 0x940);
        b.put((byte) 3).put((byte) 9).putInt(1).putInt(0).putInt(0).putInt(0);
        b.put((byte) 0).putInt(0);
        b.putInt(text.length()).putInt(block.length).putInt(sum).put(block);
        b.putInt(text.length()).putInt(text.length()).putInt(sum);
        b.put(text.getBytes(StandardCharsets.US_ASCII)).putInt(0);
        byte[] file = Arrays.copyOf(b.array(), b.position());
        return KernelFiles.withSize(file, 2 * text.length());
    }

    @Test
    void a_file_of_lzop_with_a_packed_and_a_stored_block() throws BootException {
        // Too short a text to be smaller packed, so the block says what it repeats.
        String text = "x".repeat(300);
        byte[] block = bytes(17 + 1, "x", 0x20, 0, 299 - 2 - 31 - 255, 0, 0, 0x11, 0, 0);
        Adler32 sum = new Adler32();
        sum.update(text.getBytes(StandardCharsets.US_ASCII));
        byte[] packed = lzop(block, text, (int) sum.getValue());
        byte[] unpacked = Payload.unpack(packed, 0, packed.length);
        assertEquals(text + text, new String(unpacked, StandardCharsets.US_ASCII));
        byte[] wrong = lzop(block, text, 1);
        assertThrows(BootException.class, () -> Payload.unpack(wrong, 0, wrong.length));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x7fff_ffff, -1, 0x4000_0001})
    void a_payload_that_claims_to_be_huge_is_refused_before_memory_is_taken(int size) {
        byte[] packed = KernelFiles.withSize(bytes("BZh9", 0, 0, 0, 0), size);
        BootException e =
                assertThrows(BootException.class, () -> Payload.unpack(packed, 0, packed.length));
        assertTrue(e.getMessage().contains("more than 1 GiB"), e.getMessage());
    }

    @Test
    void something_else_is_named_as_such() {
        byte[] packed = bytes("PK", 3, 4, 0, 0, 0, 0);
        BootException e =
                assertThrows(BootException.class, () -> Payload.unpack(packed, 0, packed.length));
        assertEquals(
                "its payload is packed by none of gzip, bzip2, xz, lzma, lzo, lz4 and zstd",
                e.getMessage());
    }
}
