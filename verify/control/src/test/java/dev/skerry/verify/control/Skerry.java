package dev.skerry.verify.control;

import dev.skerry.verify.testkit.Peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The {@code skerry} command of a user whose files are all below one folder. */
final class Skerry {
    static final long TIMEOUT_SECONDS = 120;
    static final Path BWRAP = Path.of("/usr/bin/bwrap");

    private final Path folder;

    Skerry(Path folder) {
        this.folder = folder;
    }

    /** What a command said, and how it ended. */
    record Result(int status, String out, String errors) {
        @Override
        public String toString() {
            return "status " + status + "\n" + out + errors;
        }
    }

    /** A process in the table of {@code ps}. */
    record Row(long pid, String state, int restarts) {
        boolean isRunning() {
            return state.equals("running");
        }
    }

    /** Why machines cannot be run here, or null. */
    static String missing() {
        return Files.isExecutable(BWRAP) ? Peer.DEVICE_PROCESS.missing() : BWRAP + " is missing";
    }

    ProcessBuilder command(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Peer.root().resolve("bin/skerry").toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("XDG_RUNTIME_DIR", folder.toString());
        builder.environment().put("HOME", folder.toString());
        return builder;
    }

    /** Runs a command to its end. */
    Result run(String... arguments) throws IOException, InterruptedException {
        Path errors = Files.createTempFile(folder, "errors", "");
        Process process = command(arguments).redirectError(errors.toFile()).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes());
        int status = process.waitFor();
        return new Result(status, out, Files.readString(errors));
    }

    /** Starts a machine; what it says goes into a file beside its document. */
    Process start(String document, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(document), text);
        return command("run", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(output(document).toFile())
                .start();
    }

    Path output(String document) {
        return folder.resolve(document + ".output");
    }

    /** A machine's processes by their names. */
    Map<String, Row> rows(String machine) throws IOException, InterruptedException {
        Map<String, Row> rows = new TreeMap<>();
        for (String line : run("ps").out.lines().toList()) {
            String[] words = line.split(" +");
            if (words[0].equals(machine)) {
                long pid = words[2].equals("-") ? -1 : Long.parseLong(words[2]);
                rows.put(
                        words[1],
                        new Row(pid, words[3], Integer.parseInt(words[words.length - 1])));
            }
        }
        return rows;
    }

    /** Waits until a machine's processes, all that are in its document, are as wanted. */
    Map<String, Row> await(Process control, String machine, Predicate<Map<String, Row>> wanted)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (true) {
            Map<String, Row> rows = rows(machine);
            if (!rows.isEmpty() && wanted.test(rows)) {
                return rows;
            }
            if (System.nanoTime() > end || !control.isAlive()) {
                throw new AssertionError("waited for in vain, last " + rows);
            }
        }
    }

    /** Waits until all of a machine's processes run. */
    Map<String, Row> awaitRunning(Process control, String machine)
            throws IOException, InterruptedException {
        return await(control, machine, rows -> rows.values().stream().allMatch(Row::isRunning));
    }
}
