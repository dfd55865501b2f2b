package dev.skerry.device.block.img;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Pattern;

/** The image commands next to qemu-img's: same words, same status, images that both accept. */
class ImgCommandTest {
    record Result(int status, String out, String err) {}

    private static final Pattern DISK_SIZE = Pattern.compile("disk size: .*\n|.*actual-size.*\n");

    @TempDir Path directory;

    @BeforeAll
    static void needPeer() {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/qemu-img")),
                "qemu-img is not installed (Debian: qemu-utils)");
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    @BeforeEach
    void images() throws IOException {
        byte[] bytes = new byte[3 << 20];
        new Random(1).nextBytes(bytes);
        java.util.Arrays.fill(bytes, 1 << 20, 2 << 20, (byte) 0);
        Files.write(directory.resolve("data.raw"), bytes);
    }

    private static Result ours(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = ImgCommand.run(args, new PrintStream(out), new PrintStream(err));
        return new Result(
                status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static Result theirs(String... args) throws IOException {
        String[] command = new String[args.length + 1];
        command[0] = "qemu-img";
        System.arraycopy(args, 0, command, 1, args.length);
        Path err = Files.createTempFile("qemu-img", ".err");
        Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            int status = process.waitFor();
            String errors = Files.readString(err);
            Files.delete(err);
            // What it says in its own name we say in ours.
            return new Result(status, out, errors.replace("qemu-img: ", "skerry img: "));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Result ok(Result result) {
        assertEquals(0, result.status(), result.out() + result.err());
        return result;
    }

    /** Both give the same; storage in use is counted differently and left out. */
    private void same(String... args) throws IOException {
        Result theirs = theirs(args);
        Result ours = ours(args);
        assertEquals(theirs.status(), ours.status(), ours.err());
        assertEquals(
                DISK_SIZE.matcher(theirs.out()).replaceAll(""),
                DISK_SIZE.matcher(ours.out()).replaceAll(""));
        assertEquals(theirs.err(), ours.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-f raw|data2.raw|5M",
                "-f qcow2|x.qcow2|5M",
                "-f qcow2 -o cluster_size=512,refcount_bits=1|x.qcow2|3M",
                "-f qcow2 -o cluster_size=2M,lazy_refcounts=on|x.qcow2|100G",
                "-f qcow2 -o compat=0.10|x.qcow2|1T",
                "-f qcow2 -o compression_type=zstd,refcount_bits=64|x.qcow2|1.5G",
                "-f qcow2 -b data.raw -F raw|x.qcow2|",
                "-f qcow2 -b data.raw -F raw -o cluster_size=512|x.qcow2|10M",
                "-f qcow2 -o bogus=1|x.qcow2|1M",
                "-f qcow2 -o compat=0.10,refcount_bits=8|x.qcow2|1M",
                "-f qcow2 -b data.raw|x.qcow2|1M",
                "-f foo|x.qcow2|1M",
                "-f qcow2|x.qcow2|",
                "-f qcow2|x.qcow2|12q",
            })
    void create_says_and_makes_the_same(String line) throws IOException {
        String[] parts = line.split("\\|", -1);
        String file = path(parts[1]);
        String[] options = parts[0].split(" ");
        String[] args = new String[options.length + (parts[2].isEmpty() ? 2 : 3)];
        args[0] = "create";
        System.arraycopy(options, 0, args, 1, options.length);
        args[options.length + 1] = file;
        if (!parts[2].isEmpty()) {
            args[options.length + 2] = parts[2];
        }
        Result theirs = theirs(args);
        Result info = theirs("info", file);
        Files.deleteIfExists(Path.of(file));
        Result ours = ours(args);
        assertEquals(theirs.status(), ours.status(), ours.err());
        // qemu-img says what it is about to make even if it then cannot.
        if (theirs.status() == 0) {
            assertEquals(theirs.out(), ours.out());
            assertEquals(
                    DISK_SIZE.matcher(info.out()).replaceAll(""),
                    DISK_SIZE.matcher(theirs("info", file).out()).replaceAll(""));
            same("info", file);
            if (file.endsWith("qcow2")) {
                ok(theirs("check", file));
                same("check", file);
            }
        } else {
            // After a missing backing format qemu-img adds what it would have guessed.
            assertEquals(theirs.err().replaceAll("(?s)\nDetected.*", "\n"), ours.err());
        }
    }

    @Test
    void info_and_snapshot_list_are_the_same() throws IOException {
        String file = path("x.qcow2");
        ok(theirs("convert", "-O", "qcow2", path("data.raw"), file));
        ok(theirs("snapshot", "-c", "first one", file));
        ok(theirs("snapshot", "-c", "second", file));
        same("info", file);
        same("snapshot", "-l", file);
        same("check", file);
        same("info", path("data.raw"));
        same("info", path("nofile"));
        same("check", path("data.raw"));
    }

    @Test
    void json_has_the_same_numbers() throws IOException {
        String file = path("x.qcow2");
        ok(theirs("create", "-f", "qcow2", "-b", "data.raw", "-F", "raw", file));
        String ours = ok(ours("info", "--output=json", file)).out();
        String theirs = ok(theirs("info", "--output=json", file)).out();
        for (String line : ours.split("\n")) {
            String fact = line.strip().replaceAll(",$", "");
            assertTrue(fact.startsWith("\"actual-size\"") || theirs.contains(fact), fact);
        }
        assertTrue(ok(ours("check", "--output=json", file)).out().contains("\"check-errors\": 0"));
    }

    @Test
    void check_finds_and_repairs_what_is_wrong() throws IOException {
        String file = path("x.qcow2");
        ok(ours("convert", "-O", "qcow2", path("data.raw"), file));
        byte[] image = Files.readAllBytes(Path.of(file));
        long block = java.nio.ByteBuffer.wrap(image).getLong(65_536);
        image[(int) block + 2 * 10 + 1] = 2;
        image[(int) block + 2 * 200 + 1] = 1;
        image[(int) block + 2 * 11 + 1] = 0;
        Files.write(Path.of(file), image);
        assertEquals(theirs("check", file).status(), ours("check", file).status());
        assertEquals(2, ours("check", file).status());
        Result repaired = ok(ours("check", "-r", "all", file));
        assertTrue(repaired.out().contains("found and repaired"), repaired.out());
        ok(theirs("check", file));
        ok(theirs("compare", file, path("data.raw")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"cluster_size=512", "cluster_size=64k", "compat=0.10", "cluster_size=2M"})
    void convert_makes_what_qemu_reads_and_back(String options) throws IOException {
        String raw = path("data.raw");
        String file = path("x.qcow2");
        Result converted = ok(ours("convert", "-p", "-O", "qcow2", "-o", options, raw, file));
        assertTrue(converted.out().startsWith("    (0.00/100%)\r"), converted.out());
        assertTrue(converted.out().endsWith("    (100.00/100%)\r\n"), converted.out());
        ok(theirs("check", file));
        ok(theirs("compare", "-f", "raw", "-F", "qcow2", raw, file));
        same("compare", "-f", "raw", "-F", "qcow2", raw, file);
        String back = path("back.raw");
        ok(ours("convert", "-f", "qcow2", "-O", "raw", file, back));
        assertEquals(-1, Files.mismatch(Path.of(raw), Path.of(back)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cluster_size=512",
                "cluster_size=4k,refcount_bits=1",
                "cluster_size=4k,refcount_bits=2",
                "cluster_size=64k",
                "compat=0.10",
                "cluster_size=2M"
            })
    void convert_compresses_so_that_qemu_reads_it(String options) throws IOException {
        byte[] bytes = Files.readAllBytes(Path.of(path("data.raw")));
        for (int i = 2 << 20; i < bytes.length; i++) {
            bytes[i] = (byte) ("a line of text\n".charAt(i % 15) + i / 5000 % 7);
        }
        String raw = path("text.raw");
        Files.write(Path.of(raw), bytes);
        String file = path("x.qcow2");
        ok(ours("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", options, raw, file));
        ok(theirs("check", file));
        same("check", file);
        ok(theirs("compare", "-f", "raw", "-F", "qcow2", raw, file));
        ok(ours("compare", "-f", "raw", "-F", "qcow2", raw, file));
        assertTrue(theirs("check", file).out().matches("(?s).* [1-9][0-9.]*% compressed.*"));
    }

    @Test
    void compare_tells_where_images_differ() throws IOException {
        byte[] bytes = Files.readAllBytes(Path.of(path("data.raw")));
        Files.write(Path.of(path("longer.raw")), java.util.Arrays.copyOf(bytes, 4 << 20));
        same("compare", "-f", "raw", "-F", "raw", path("data.raw"), path("longer.raw"));
        same("compare", "-s", "-f", "raw", "-F", "raw", path("data.raw"), path("longer.raw"));
        bytes[0x123456] ^= 1;
        Files.write(Path.of(path("other.raw")), bytes);
        assertEquals(1, ours("compare", path("data.raw"), path("other.raw")).status());
        assertEquals(
                "Content mismatch at offset " + (0x123456 & -512) + "!\n",
                ours("compare", path("data.raw"), path("other.raw")).out());
        assertEquals(2, ours("compare", path("data.raw"), path("nofile")).status());
        same("compare", path("data.raw"), path("nofile"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cluster_size=512", "cluster_size=64k", "compat=0.10"})
    void resize_keeps_what_remains(String options) throws IOException {
        String file = path("x.qcow2");
        ok(ours("convert", "-O", "qcow2", "-o", options, path("data.raw"), file));
        assertEquals("Image resized.\n", ok(ours("resize", file, "+40M")).out());
        ok(theirs("check", file));
        ok(theirs("compare", "-f", "qcow2", "-F", "raw", file, path("data.raw")));
        assertEquals(1, ours("resize", file, "-41M").status());
        ok(ours("resize", "--shrink", file, "-41M"));
        ok(theirs("check", file));
        assertTrue(theirs("info", file).out().contains("(2097152 bytes)"));
        ok(ours("resize", file, "3M"));
        // What was cut off and given again is zeroes.
        byte[] bytes = Files.readAllBytes(Path.of(path("data.raw")));
        java.util.Arrays.fill(bytes, 2 << 20, 3 << 20, (byte) 0);
        Files.write(Path.of(path("cut.raw")), bytes);
        ok(theirs("compare", "-f", "qcow2", "-F", "raw", file, path("cut.raw")));
        ok(ours("resize", "--shrink", "-f", "raw", path("data.raw"), "1M"));
        assertEquals(1 << 20, Files.size(Path.of(path("data.raw"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "bogus", "create", "info", "convert x", "create -f qcow2 -Z x 1M"})
    void a_command_that_makes_no_sense_fails(String line) {
        Result result = ours(line.isEmpty() ? new String[0] : line.split(" "));
        assertEquals(1, result.status());
        assertTrue(result.err().startsWith("skerry img: "), result.err());
    }
}
