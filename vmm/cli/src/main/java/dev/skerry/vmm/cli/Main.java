package dev.skerry.vmm.cli;

import dev.skerry.device.block.img.ImgCommand;
import dev.skerry.vmm.control.Doctor;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

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
                    case "quickstart" -> Quickstart.run(home(), arguments);
                    case "run" -> Run.run(home(), arguments);
                    case "ps", "top", "kill", "logs", "resume" -> Running.run(arguments);
                    case "doctor" -> doctor(arguments);
                    case "demo" -> demo(arguments);
                    case "img" -> img(arguments);
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
        to.println(
                "usage: skerry quickstart  boot Linux whose disk controller is a process of its own");
        to.println(
                "       skerry run FILE    run the machine a vm.yaml describes; --print-qemu shows it");
        to.println("       skerry ps          the processes of this user's machines");
        to.println("       skerry top [-b] [-n N] [-d SECONDS]");
        to.println("                          the same live, with messages, latencies and load");
        to.println(
                "       skerry kill MACHINE [PROCESS]     end a machine, or one of its processes");
        to.println("       skerry logs MACHINE [PROCESS]     what a process said last");
        to.println("       skerry resume MACHINE             go on after on-exit: pause");
        to.println("       skerry doctor      what this host has and what it lacks");
        to.println(
                "       skerry demo        show a device process serving a device to stock QEMU");
        to.println("       skerry img         work on disk images; skerry img help says how");
        to.println("       skerry help        this text");
        to.println("For device processes themselves: skerry-system-x86_64 -help");
    }

    private static int img(String[] arguments) {
        String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
        if (rest.length > 0 && Set.of("help", "-h", "-help", "--help").contains(rest[0])) {
            printImgUsage(System.out);
            return SUCCESS;
        }
        int status = ImgCommand.run(rest, System.out, System.err);
        if (rest.length == 0) {
            printImgUsage(System.err);
        }
        return status;
    }

    private static void printImgUsage(PrintStream to) {
        to.println(
                "usage: skerry img create [-f FORMAT] [-o OPTIONS] [-b FILE -F FORMAT] FILE [SIZE]");
        to.println("       skerry img info [-f FORMAT] [--output=human|json] FILE");
        to.println("       skerry img check [-f FORMAT] [-r leaks|all] [--output=human|json] FILE");
        to.println("       skerry img convert [-p] [-f FORMAT] [-O FORMAT] [-o OPTIONS] FILE NEW");
        to.println("       skerry img resize [-f FORMAT] [--shrink] FILE [+|-]SIZE");
        to.println("       skerry img compare [-p] [-s] [-f FORMAT] [-F FORMAT] FILE FILE");
        to.println("       skerry img snapshot -l FILE");
        to.println("Options, output and exit status are qemu-img's. Formats: raw, qcow2.");
    }

    private static Path home() {
        String home = System.getProperty("skerry.home");
        if (home == null) {
            throw new AssertionError("the launcher sets skerry.home");
        }
        return Path.of(home).toAbsolutePath().normalize();
    }

    private static int doctor(String[] arguments) {
        if (arguments.length > 1) {
            System.err.println("skerry doctor: takes no arguments, got '" + arguments[1] + "'");
            return USAGE;
        }
        boolean good = true;
        for (Doctor.Finding finding : Doctor.examine()) {
            System.out.println(finding);
            good &= finding.verdict() != Doctor.Verdict.MISSING;
        }
        return good ? SUCCESS : FAILURE;
    }

    private static int demo(String[] arguments) {
        if (arguments.length > 1) {
            System.err.println("skerry demo: takes no arguments, got '" + arguments[1] + "'");
            return USAGE;
        }
        try {
            return new Demo(home(), System.out).run() ? SUCCESS : FAILURE;
        } catch (IOException e) {
            System.err.println("skerry demo: " + e.getMessage());
            return FAILURE;
        }
    }
}
