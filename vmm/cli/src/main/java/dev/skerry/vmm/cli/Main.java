package dev.skerry.vmm.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/** The {@code skerry} command: one word says what to do. */
public final class Main {
    private static final int SUCCESS = 0;
    private static final int FAILURE = 1;
    private static final int USAGE = 2;

    private Main() {}

    public static void main(String[] arguments) {
        String command = arguments.length == 0 ? "help" : arguments[0];
        int status =
                switch (command) {
                    case "demo" -> demo(arguments);
                    case "help", "-h", "-help", "--help" -> {
                        printUsage(System.out);
                        yield SUCCESS;
                    }
                    default -> {
                        System.err.println("skerry: no such command: '" + command + "'");
                        printUsage(System.err);
                        yield USAGE;
                    }
                };
        System.exit(status);
    }

    private static void printUsage(PrintStream to) {
        to.println("usage: skerry demo     show a device process serving a device to stock QEMU");
        to.println("       skerry help     this text");
        to.println("For device processes themselves: skerry-system-x86_64 -help");
    }

    private static int demo(String[] arguments) {
        if (arguments.length > 1) {
            System.err.println("skerry demo: takes no arguments, got '" + arguments[1] + "'");
            return USAGE;
        }
        String home = System.getProperty("skerry.home");
        if (home == null) {
            throw new AssertionError("the launcher sets skerry.home");
        }
        try {
            return new Demo(Path.of(home), System.out).run() ? SUCCESS : FAILURE;
        } catch (IOException e) {
            System.err.println("skerry demo: " + e.getMessage());
            return FAILURE;
        }
    }
}
