package dev.skerry.verify.bench;

import dev.skerry.isolation.sandbox.Enclosure;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is measured: a program that answers messages on descriptor 3.
 *
 * @param name for the table
 * @param command how it is started
 * @param isDevice whether it is a device process; the floor is not
 */
record Subject(String name, List<String> command, boolean isDevice) {
    private static final String DEVICE = "pci-testdev";

    /** A C program that answers anything at once. */
    static Subject floor() {
        return new Subject("C ping-pong", List.of(ping().toString(), "serve"), false);
    }

    static Subject stock() {
        return new Subject(
                "stock x-remote", DeviceProcess.oneDevice(DeviceProcess.stock(), DEVICE), true);
    }

    static Subject skerry() {
        return new Subject("skerry", DeviceProcess.oneDevice(DeviceProcess.ours(), DEVICE), true);
    }

    /** Ours with the inner layer of its sandbox. */
    static Subject skerryFiltered() {
        List<String> command =
                new ArrayList<>(DeviceProcess.oneDevice(DeviceProcess.ours(), DEVICE));
        command.addAll(List.of("-sandbox", "on"));
        return new Subject("skerry, sandbox=on", command, true);
    }

    /** Ours with both layers, as {@code skerry} starts it. */
    static Subject skerryEnclosed() {
        List<String> arguments = new ArrayList<>(DeviceProcess.oneDevice(List.of(), DEVICE));
        arguments.addAll(List.of("-sandbox", "required"));
        try {
            Enclosure enclosure = new Enclosure(Enclosure.Runtime.device(Peer.root()));
            return new Subject("skerry, required", enclosure.command(arguments), true);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Ours as it is when messages are too far apart for polling. */
    static Subject skerryWithoutPolling() {
        List<String> command =
                new ArrayList<>(DeviceProcess.oneDevice(DeviceProcess.ours(), DEVICE));
        command.set(command.indexOf("x-remote"), "x-remote,poll-max-ns=0");
        return new Subject("skerry, no polling", command, true);
    }

    static Path ping() {
        return Peer.root().resolve("verify/bench/target/ping");
    }

    /** Resident memory in kilobytes, with that of a child it waits for. */
    static long residentKb(DeviceProcess process) throws IOException {
        long kb = field(process, "status", "VmRSS:");
        String pid = Integer.toString(process.child().pid());
        for (String child :
                Files.readString(process.proc("task/" + pid + "/children")).split(" ")) {
            if (!child.isBlank()) {
                kb += field(Path.of("/proc", child, "status"), "VmRSS:");
            }
        }
        return kb;
    }

    /** Memory that would be free if the process ended, in kilobytes. */
    static long unsharedKb(DeviceProcess process) throws IOException {
        return field(process, "smaps_rollup", "Private_Clean:")
                + field(process, "smaps_rollup", "Private_Dirty:");
    }

    private static long field(DeviceProcess process, String file, String name) throws IOException {
        return field(process.proc(file), name);
    }

    private static long field(Path file, String name) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException(file + ": the process has ended");
    }

    /** CPU time used so far, user and system, in nanoseconds, to the clock tick's 10 ms. */
    static long cpuNs(DeviceProcess process) throws IOException {
        String stat = Files.readString(process.proc("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10_000_000L;
    }
}
