package dev.skerry.isolation.remote;

import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.api.DeviceModels;
import dev.skerry.isolation.sandbox.Sandbox;
import dev.skerry.platform.linux.CurrentProcess;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Property;

import java.io.IOException;
import java.util.Map;

/** Where a device process begins: {@code skerry-system-x86_64 -machine x-remote …}. */
public final class Main {
    /** The name in messages and log lines. */
    static final String PROGRAM = "skerry-system-x86_64";

    private static final int SUCCESS = 0;
    private static final int FAILURE = 1;

    private Main() {}

    /** Exit status 0 when all peers have gone in peace, 1 otherwise. */
    public static void main(String[] arguments) throws InterruptedException {
        int status;
        try {
            status = run(CommandLine.parse(arguments));
        } catch (OptionException e) {
            System.err.println(PROGRAM + ": " + e.getMessage());
            status = FAILURE;
        }
        // Nothing has to be run at exit, and an orderly exit costs milliseconds.
        System.out.flush();
        Runtime.getRuntime().halt(status);
    }

    private static int run(CommandLine line) throws OptionException, InterruptedException {
        switch (line.request()) {
            case RUN -> {
                return serve(line);
            }
            case VERSION -> System.out.println("Skerry emulator version " + Version.TEXT);
            case HELP -> printHelp();
            case MACHINE_HELP -> {
                System.out.println("Supported machines are:");
                System.out.println(
                        "x-remote             Remote machine: serves devices to another process");
            }
            case DEVICE_HELP -> printDevices(line.subject());
            case OBJECT_HELP -> printObjects();
        }
        return SUCCESS;
    }

    private static int serve(CommandLine line) throws OptionException, InterruptedException {
        if (!line.isRemote()) {
            throw new OptionException(
                    "-machine: this image has the machine x-remote only; say -machine x-remote");
        }
        Log log = Log.of(sink(line));
        RemoteMachine machine = new RemoteMachine(log, line.pollMaxNs(), line.isStandIn());
        Signals.exitQuietlyOnTermination(machine.drives()::flush);
        for (OptionList node : line.blockdevs()) {
            machine.drives().addBlockdev(node);
        }
        for (OptionList drive : line.drives()) {
            machine.drives().addDrive(drive);
        }
        machine.drives().open();
        for (OptionList device : line.devices()) {
            machine.addDevice(device);
        }
        for (RemoteObject object : line.objects()) {
            machine.addRemoteObject(object);
        }
        enterSandbox(line, log);
        return machine.run() ? SUCCESS : FAILURE;
    }

    /** All that has a name is open, nothing hostile has been read. */
    private static void enterSandbox(CommandLine line, Log log) throws OptionException {
        try {
            Sandbox.enter("device", line.sandbox(), log);
        } catch (IOException e) {
            throw new OptionException("-sandbox: " + e.getMessage());
        }
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

    private static void printDevices(String name) throws OptionException {
        if (name == null) {
            printDevicesOn("PCI", "PCI devices:");
            System.out.println();
            printDevicesOn("SCSI", "SCSI devices:");
            return;
        }
        DeviceModel model = DeviceModels.find(name);
        if (model == null) {
            throw new OptionException(
                    "-device " + name + ",help: '" + name + "' is not a valid device model name");
        }
        System.out.println(name + " options:");
        for (Property property : model.properties()) {
            System.out.println(property.helpLine());
        }
    }

    private static void printDevicesOn(String bus, String title) {
        System.out.println(title);
        for (DeviceModel model : DeviceModels.all().values()) {
            if (model.bus().equals(bus)) {
                String text = model.description();
                System.out.println(
                        "name \""
                                + model.name()
                                + "\", bus "
                                + bus
                                + (text.isEmpty() ? "" : ", desc \"" + text + "\""));
            }
        }
    }

    private static void printObjects() {
        System.out.println(RemoteObject.TYPE + " options:");
        System.out.println("  devid=<string>         - The id of the device");
        System.out.println(
                "  fd=<int32>             - The number of an inherited unix stream socket");
    }

    private static void printHelp() {
        Map<String, String> options = new java.util.LinkedHashMap<>();
        options.put("-machine x-remote[,poll-max-ns=N][,stand-in=on]", "be a device process");
        options.put(
                "-device NAME[,id=ID][,PROP=VALUE...]",
                "add a device; -device help, -device NAME,help");
        options.put("-drive id=ID,file=FILE[,format=F][,...]", "a disk for a device with drive=ID");
        options.put(
                "-blockdev DRIVER,node-name=ID[,...]",
                "the same, as a node: file, host_device, raw or qcow2");
        options.put(
                "-object x-remote-object,id=ID,devid=DEVICE,fd=N",
                "tie an inherited socket to a device");
        options.put(
                "-sandbox on|auto|required|off",
                "give up all that is not needed before the first message");
        options.put(
                "-d LEVEL, --log LEVEL",
                "log error, warning, info, debug or trace lines and above");
        options.put("-D FILE", "append the log to a file");
        options.put("-version, -help, -machine help", "say what this is");
        options.put("-nodefaults, -nographic, -display none, ...", "accepted, without effect");
        System.out.println("usage: " + PROGRAM + " -machine x-remote [options]");
        options.forEach((option, text) -> System.out.printf("  %-48s %s%n", option, text));
    }
}
