package dev.skerry.vmm.system;

import dev.skerry.platform.linux.CurrentProcess;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.options.OptionException;

import java.io.IOException;

/** Where a machine process begins: {@code skerry-system-x86_64 -machine q35 …}. */
public final class Main {
    /** The name in messages and log lines. */
    static final String PROGRAM = "skerry-system-x86_64";

    private static final int SUCCESS = 0;
    private static final int FAILURE = 1;

    private Main() {}

    /** Exit status 0, what {@code isa-debug-exit} said, or 1 for what cannot be done. */
    public static void main(String[] arguments) throws InterruptedException {
        int status;
        try {
            CommandLine line = CommandLine.parse(arguments);
            status = SUCCESS;
            if (line.request() == Request.RUN) {
                status = new MachineProcess(line, Log.of(sink(line))).run();
            } else {
                Help.print(line);
            }
        } catch (OptionException e) {
            System.err.println(PROGRAM + ": " + e.getMessage());
            status = FAILURE;
        }
        // Nothing has to be run at exit, and threads that wait for peers do not hold it up.
        System.out.flush();
        Runtime.getRuntime().halt(status);
    }

    private static LogSink sink(CommandLine line) throws OptionException {
        if (line.logFile() == null) {
            return new LogSink(PROGRAM, CurrentProcess.id(), System.err, line.level());
        }
        try {
            return LogSink.toFile(PROGRAM, CurrentProcess.id(), line.logFile(), line.level());
        } catch (IOException e) {
            throw new OptionException("-D " + line.logFile() + ": " + e);
        }
    }
}
