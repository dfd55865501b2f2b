package dev.skerry.vmm.system;

import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.api.DeviceModels;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.Property;
import dev.skerry.vmm.chardev.CharDevices;

import java.util.List;

/** What the program says of itself, to standard output. */
final class Help {
    private static final String OPTIONS =
            """
            usage: skerry-system-x86_64 [options]
              -machine TYPE[,accel=A:B][,memory-backend=ID]  pc, q35 or none; -machine help
              -accel NAME                                    kvm, tcg or qtest; the first that there is
              -cpu MODEL[,FEATURE=on|off...]                 -cpu help
              -smp N                                         1 to 255 CPUs
              -m SIZE                                        RAM, in MiB without a suffix
              -object memory-backend-memfd|file,id=ID,size=SIZE[,share=on][,...]
              -numa node,memdev=ID                           RAM out of an object
              -kernel FILE [-initrd FILE] [-append TEXT]     enter Linux or a Multiboot kernel directly
              -bios FILE                                     firmware; SeaBIOS by default
              -device NAME[,id=ID][,PROP=VALUE...]           -device help, -device NAME,help
              -drive id=ID,file=FILE[,format=F][,if=none]    a disk for a device with drive=ID
              -blockdev DRIVER,node-name=ID[,...]            the same, as a node
              -chardev BACKEND,id=ID[,...]                   stdio, file, socket, null; -chardev help
              -serial none|null|stdio|mon:stdio|file:PATH|unix:PATH[,server=on[,wait=off]]|chardev:ID
              -debugcon TARGET                               port 0xe9
              -monitor TARGET, -qmp TARGET, -mon ID[,mode=control]
              -nographic                                     serial port and monitor on the terminal
              -echr N                                        the terminal's escape key; 1 is Ctrl-A
              -S, -no-reboot, -no-shutdown, -nodefaults, -name TEXT, -pidfile FILE
              -run-with exit-with-parent=on
              -sandbox on|auto|required|off                  give up all that is not needed before the guest runs
              -qtest unix:PATH [-qtest-log FILE]             a test in place of CPUs
              -d LEVEL, -D FILE                              the log: error, warning, info, debug, trace
              -version, -help
            As a device process: skerry-system-x86_64 -machine x-remote -help
            """;

    private Help() {}

    static void print(CommandLine line) throws OptionException {
        switch (line.request()) {
            case VERSION -> System.out.println("Skerry emulator version " + Version.TEXT);
            case HELP -> System.out.print(OPTIONS);
            case MACHINE_HELP -> {
                System.out.println("Supported machines are:");
                machine("pc", "Standard PC (i440FX + PIIX) (default)");
                machine("q35", "Standard PC (Q35 + ICH9)");
                machine("none", "empty machine");
                machine("x-remote", "Remote machine: serves devices to another process");
            }
            case DEVICE_HELP -> devices(line.subject());
            case ACCEL_HELP -> {
                System.out.println("Accelerators supported:");
                List.of("qtest", "tcg", "kvm").forEach(System.out::println);
            }
            case CPU_HELP -> {
                System.out.println("Available CPUs:");
                System.out.println("x86 skerry64   all the software CPU can do (default)");
                System.out.println("x86 max        the same");
            }
            case CHARDEV_HELP -> {
                System.out.println("Available chardev backend types:");
                CharDevices.BACKENDS.forEach(name -> System.out.println("  " + name));
            }
            case OBJECT_HELP -> {
                System.out.println("List of user creatable objects:");
                MemoryPlan.TYPES.forEach(name -> System.out.println("  " + name));
                System.out.println("  " + CommandLine.CONTROL_OBJECT);
            }
            case RUN -> throw new AssertionError(line.request());
        }
    }

    private static void machine(String name, String text) {
        System.out.printf("%-20s %s%n", name, text);
    }

    private static void devices(String name) throws OptionException {
        if (name == null) {
            devicesOn("PCI", "PCI devices:");
            System.out.println();
            devicesOn("SCSI", "SCSI devices:");
            System.out.println();
            System.out.println("ISA devices:");
            for (String isa : List.of("isa-debug-exit", "isa-debugcon", "isa-serial")) {
                System.out.println("name \"" + isa + "\", bus ISA");
            }
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

    private static void devicesOn(String bus, String title) {
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
}
