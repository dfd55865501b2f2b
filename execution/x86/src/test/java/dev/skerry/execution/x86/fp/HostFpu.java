package dev.skerry.execution.x86.fp;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The host's own floating-point unit, driven through host-fp.c (built here with gcc); see there for the records. */
final class HostFpu implements AutoCloseable {
    static final int SSE_BYTES = 40;
    static final int X87_BYTES = 112;

    private final Path folder;
    private final Path program;
    private final List<String> names;

    private HostFpu(Path folder, Path program, List<String> names) {
        this.folder = folder;
        this.program = program;
        this.names = names;
    }

    /** Why there is none, or null. */
    static String missing() {
        if (!System.getProperty("os.arch").equals("amd64")) {
            return "the host is no x86-64";
        }
        try {
            if (!Files.readString(Path.of("/proc/cpuinfo")).contains("GenuineIntel")) {
                return "the host's processor is not Intel's, which this package follows";
            }
        } catch (IOException e) {
            return "no /proc/cpuinfo to tell the processor: " + e.getMessage();
        }
        for (String folder : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(folder, "gcc"))) {
                return null;
            }
        }
        return "no gcc in PATH to build the host's side";
    }

    static HostFpu build() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("host-fp");
        Path source = folder.resolve("host-fp.c");
        try (InputStream stream = HostFpu.class.getResourceAsStream("host-fp.c")) {
            Files.write(source, stream.readAllBytes());
        }
        Path program = folder.resolve("host-fp");
        run(new ProcessBuilder("gcc", "-O1", "-o", program.toString(), source.toString()));
        Path list = folder.resolve("list");
        run(new ProcessBuilder(program.toString(), "list").redirectOutput(list.toFile()));
        return new HostFpu(folder, program, Files.readAllLines(list));
    }

    /** The number of an instruction of host-fp.c. */
    int number(String name) {
        int number = names.indexOf(name);
        if (number < 0) {
            throw new IllegalArgumentException("host-fp.c knows no " + name);
        }
        return number;
    }

    /** Runs records; the answer holds the same records with their outcomes. */
    ByteBuffer run(String kind, ByteBuffer cases) throws IOException, InterruptedException {
        Path in = folder.resolve("in");
        Path out = folder.resolve("out");
        byte[] bytes = new byte[cases.remaining()];
        cases.get(bytes);
        Files.write(in, bytes);
        run(
                new ProcessBuilder(program.toString(), kind)
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile()));
        return ByteBuffer.wrap(Files.readAllBytes(out)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void run(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(false).start();
        String errors = new String(process.getErrorStream().readAllBytes());
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException(builder.command() + ": status " + status + ": " + errors);
        }
    }

    @Override
    public void close() throws IOException {
        for (String name : List.of("in", "out", "list", "host-fp", "host-fp.c")) {
            Files.deleteIfExists(folder.resolve(name));
        }
        Files.delete(folder);
    }
}
