package dev.skerry.vmm.cli;

import dev.skerry.platform.linux.Terminal;
import dev.skerry.vmm.control.Answer;
import dev.skerry.vmm.control.RuntimeFolder;
import dev.skerry.vmm.control.Top;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** {@code skerry ps, top, kill, logs, resume}: what is asked of machines that run. */
final class Running {
    private static final int SUCCESS = 0;
    private static final int FAILURE = 1;
    private static final int USAGE = 2;
    private static final int STANDARD_OUTPUT = 1;

    /** Cursor home, clear below: ECMA-48. */
    private static final String HOME_AND_CLEAR = "\u001b[H\u001b[J";

    private final String command;
    private final RuntimeFolder folder;
    private boolean reachedAll = true;

    private Running(String command, RuntimeFolder folder) {
        this.command = command;
        this.folder = folder;
    }

    static int run(String[] arguments) {
        String command = arguments[0];
        try {
            Running running = new Running(command, RuntimeFolder.ofUser());
            return switch (command) {
                case "ps" -> running.ps(arguments);
                case "top" -> running.top(arguments);
                default -> running.ask(arguments);
            };
        } catch (IOException e) {
            System.err.println("skerry " + command + ": " + e.getMessage());
            return FAILURE;
        }
    }

    private int ps(String[] arguments) throws IOException {
        if (arguments.length > 1) {
            return usage("ps");
        }
        List<String> tables = askAll("ps");
        if (tables.isEmpty() && reachedAll) {
            System.out.println("no machine of this user runs");
        }
        for (int i = 0; i < tables.size(); i++) {
            String table = tables.get(i);
            System.out.print(i == 0 ? table : table.substring(table.indexOf('\n') + 1));
        }
        return reachedAll ? SUCCESS : FAILURE;
    }

    /** What all machines answer. One that does not costs a line, not the others. */
    private List<String> askAll(String request) throws IOException {
        List<String> answers = new ArrayList<>();
        for (Path socket : folder.machines()) {
            try {
                Answer answer = RuntimeFolder.ask(socket, request);
                if (answer != null && answer.good()) {
                    answers.add(answer.text());
                }
            } catch (IOException e) {
                System.err.println("skerry " + command + ": " + e.getMessage());
                reachedAll = false;
            }
        }
        return answers;
    }

    private int top(String[] arguments) throws IOException {
        boolean batch = !Terminal.is(STANDARD_OUTPUT);
        long refreshes = Long.MAX_VALUE;
        double seconds = 1;
        for (int i = 1; i < arguments.length; i++) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : "";
            switch (arguments[i]) {
                case "-b" -> batch = true;
                case "--once" -> refreshes = 1;
                case "-n" -> {
                    if (!value.matches("[1-9][0-9]{0,8}")) {
                        return usage("top");
                    }
                    refreshes = Long.parseLong(value);
                    i++;
                }
                case "-d" -> {
                    if (!value.matches("[0-9]{1,6}(\\.[0-9]{1,3})?")) {
                        return usage("top");
                    }
                    seconds = Double.parseDouble(value);
                    i++;
                }
                default -> {
                    return usage("top");
                }
            }
        }
        return top(batch, refreshes, (long) (seconds * TimeUnit.SECONDS.toMillis(1)));
    }

    private int top(boolean batch, long refreshes, long intervalMs) throws IOException {
        Top top = new Top();
        for (long i = 0; i < refreshes; i++) {
            try {
                if (i > 0) {
                    TimeUnit.MILLISECONDS.sleep(intervalMs);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return FAILURE;
            }
            String table = top.table(askAll("stats"));
            String between = batch ? i > 0 ? "\n" : "" : HOME_AND_CLEAR;
            System.out.print(between + table);
            System.out.flush();
            if (System.out.checkError()) {
                // Whoever read it, head(1) for one, has seen enough.
                return SUCCESS;
            }
        }
        return reachedAll ? SUCCESS : FAILURE;
    }

    private int ask(String[] arguments) throws IOException {
        boolean process = !command.equals("resume") && arguments.length == 3;
        if (arguments.length != 2 && !process) {
            return usage(
                    command.equals("resume") ? "resume MACHINE" : command + " MACHINE [PROCESS]");
        }
        Path socket = find(arguments[1]);
        Answer answer =
                socket == null
                        ? null
                        : RuntimeFolder.ask(
                                socket, process ? command + " " + arguments[2] : command);
        if (answer == null) {
            System.err.println(
                    "skerry "
                            + command
                            + ": no machine '"
                            + arguments[1]
                            + "' runs; see skerry ps");
            return FAILURE;
        }
        if (!answer.good()) {
            System.err.println("skerry " + command + ": " + answer.text());
            return FAILURE;
        }
        System.out.print(answer.text());
        return SUCCESS;
    }

    /**
     * The socket of the machine with a name, alone or with its control's process.
     *
     * @return null if there is none
     */
    private Path find(String name) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path socket : folder.machines()) {
            boolean named = RuntimeFolder.name(socket).equals(name);
            if ((named || RuntimeFolder.fullName(socket).equals(name))
                    && RuntimeFolder.ask(socket, "ps") != null) {
                found.add(socket);
            }
        }
        if (found.size() > 1) {
            throw new IOException(
                    "several machines are called '"
                            + name
                            + "': say "
                            + found.stream()
                                    .map(RuntimeFolder::fullName)
                                    .collect(Collectors.joining(" or ")));
        }
        return found.isEmpty() ? null : found.getFirst();
    }

    private static int usage(String how) {
        System.err.println(
                "usage: skerry "
                        + (how.equals("top") ? "top [-b] [-n N | --once] [-d SECONDS]" : how));
        return USAGE;
    }
}
