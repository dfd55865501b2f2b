package dev.skerry.verify.conformance;

import dev.skerry.verify.testkit.DeviceProcess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a run of our program printed, without any sockets, and its exit status. */
record ProgramRun(int status, List<String> output, List<String> errors) {
    /**
     * Runs it to its end.
     *
     * @param folder takes what it prints
     * @param arguments separated by single spaces
     */
    static ProgramRun of(Path folder, String arguments) throws IOException, InterruptedException {
        return of(folder, DeviceProcess.ours(), arguments);
    }

    /** Runs another of our programs to its end. */
    static ProgramRun of(Path folder, List<String> program, String arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(arguments.split(" ")));
        Path output = folder.resolve("output");
        Path errors = folder.resolve("errors");
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile())
                        .start();
        int status = process.waitFor();
        return new ProgramRun(status, Files.readAllLines(output), Files.readAllLines(errors));
    }

    /** Whether a line of its output contains something. */
    boolean says(String text) {
        return output.stream().anyMatch(line -> line.contains(text));
    }
}
