package dev.skerry.vmm.cli;

import dev.skerry.vmm.control.RuntimeFolder;
import dev.skerry.vmm.control.Supervisor;
import dev.skerry.vmm.control.config.ConfigException;
import dev.skerry.vmm.control.config.VmConfig;
import dev.skerry.vmm.control.config.VmFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

/** {@code skerry run}: a machine as a document describes it, until it ends. */
final class Run {
    private static final int SUCCESS = 0;
    private static final int FAILURE = 1;
    private static final int USAGE = 2;

    private Run() {}

    static int run(Path home, String[] arguments) {
        Path file = null;
        boolean print = false;
        for (int i = 1; i < arguments.length; i++) {
            if (arguments[i].equals("--print-qemu")) {
                print = true;
            } else if (arguments[i].equals("--print-schema")) {
                System.out.print(VmFile.schema());
                return SUCCESS;
            } else if (arguments[i].startsWith("-") || file != null) {
                System.err.println("skerry run: '" + arguments[i] + "' is not understood");
                return USAGE;
            } else {
                file = Path.of(arguments[i]);
            }
        }
        if (file == null) {
            System.err.println("skerry run: which machine? Give a vm.yaml");
            return USAGE;
        }
        try {
            VmConfig config = VmFile.read(file);
            if (print) {
                System.out.print(Supervisor.stockCommandLines(config));
                return SUCCESS;
            }
            return supervise(home, config, false, () -> {});
        } catch (ConfigException e) {
            System.err.println(e.getMessage());
            return FAILURE;
        }
    }

    /**
     * Runs a machine to its end.
     *
     * @param picture whether to show the processes once they run
     * @param last is run before a signal ends this process; otherwise what comes last is the caller's
     */
    static int supervise(Path home, VmConfig config, boolean picture, Runnable last) {
        // A terminal in raw mode wants the carriage return said.
        Supervisor supervisor =
                new Supervisor(config, home, line -> System.err.print("skerry: " + line + "\r\n"));
        AtomicReference<Path> socket = new AtomicReference<>();
        Thread ending =
                new Thread(
                        () -> {
                            try {
                                supervisor.stop();
                                delete(socket.get());
                                last.run();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            Runtime.getRuntime().halt(SUCCESS);
                        },
                        "termination");
        Runtime.getRuntime().addShutdownHook(ending);
        try {
            socket.set(RuntimeFolder.ofUser().serve(supervisor));
            return supervisor.run(() -> started(supervisor, picture));
        } catch (IOException e) {
            System.err.println("skerry: " + e.getMessage());
            return FAILURE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FAILURE;
        } finally {
            delete(socket.get());
            keepStatus(ending);
        }
    }

    /** An exit that is no signal's has its own status. */
    private static void keepStatus(Thread ending) {
        try {
            Runtime.getRuntime().removeShutdownHook(ending);
        } catch (IllegalStateException e) {
            // It is a signal's: the handler is running and will end the process.
            return;
        }
    }

    private static void delete(Path socket) {
        if (socket != null) {
            try {
                Files.deleteIfExists(socket);
            } catch (IOException e) {
                System.err.println("skerry: " + socket + " stays behind: " + e.getMessage());
            }
        }
    }

    private static void started(Supervisor supervisor, boolean picture) {
        if (picture) {
            System.err.print("\r\n" + supervisor.pictureHere().replace("\n", "\r\n") + "\r\n");
        }
    }
}
