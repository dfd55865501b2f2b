package dev.skerry.vmm.system;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.vmm.chardev.CharDevices;
import dev.skerry.vmm.chardev.HostChar;
import dev.skerry.vmm.machine.CharDevice;
import dev.skerry.vmm.machine.EventLoop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A machine's streams of characters, and what is at their ends: serial ports, monitors, the debug
 * console. As in QEMU, {@code -nographic} puts the first serial port and a monitor on the terminal,
 * unless something else is said of them.
 */
final class Streams implements AutoCloseable {
    private static final int MOST_SERIALS = 4;

    /**
     * A monitor that is wanted.
     *
     * @param control for programs (QMP), not for people
     * @param shared whether something else uses the same characters
     */
    record Monitor(CharDevice chars, boolean control, boolean pretty, boolean shared) {}

    private final CharDevices devices;
    private final List<CharDevice> serials = new ArrayList<>();
    private final List<Monitor> monitors = new ArrayList<>();
    private CharDevice debugConsole;

    /**
     * @param onExit what the key to leave does
     */
    Streams(CommandLine line, EventLoop loop, Runnable onExit) throws OptionException {
        devices = new CharDevices(loop, !line.noGraphic(), line.escape(), onExit);
        boolean made = false;
        try {
            make(line);
            made = true;
        } finally {
            if (!made) {
                devices.close();
            }
        }
    }

    private void make(CommandLine line) throws OptionException {
        for (OptionList chardev : line.chardevs()) {
            devices.add(chardev);
        }
        if (line.serials().size() > MOST_SERIALS) {
            throw new OptionException("-serial: there can be four serial ports at most");
        }
        for (CommandLine.Text serial : line.serials()) {
            addSerial(serial.option(), serial.argument());
        }
        if (line.debugConsole() != null) {
            debugConsole = devices.ofText("-debugcon", line.debugConsole(), "debugcon");
        }
        int count = 0;
        for (CommandLine.MonitorText text : line.monitors()) {
            CharDevice chars =
                    devices.ofText(text.option(), text.argument(), "compat_monitor" + count++);
            if (chars != null) {
                monitors.add(new Monitor(chars, text.control(), text.pretty(), false));
            }
        }
        for (OptionList mon : line.mons()) {
            addMon(mon);
        }
        addDefaults(line);
    }

    private void addSerial(String option, String text) throws OptionException {
        String id = "serial" + serials.size();
        serials.add(devices.ofText(option, text, id));
        if (text.startsWith("mon:")) {
            monitors.add(new Monitor(devices.portBeside(id), false, false, true));
        }
    }

    private void addMon(OptionList mon) throws OptionException {
        boolean control = false;
        boolean pretty = false;
        for (Map.Entry<String, String> entry : mon.values().entrySet()) {
            switch (entry.getKey()) {
                case "chardev" -> {}
                case "mode" -> {
                    control = entry.getValue().equals("control");
                    if (!control && !entry.getValue().equals("readline")) {
                        throw mon.error("mode is 'control' or 'readline'");
                    }
                }
                case "pretty" -> pretty = CommandLine.bool(mon, "pretty");
                default -> throw mon.error("Invalid parameter '" + entry.getKey() + "'");
            }
        }
        String id = mon.require("chardev");
        monitors.add(
                new Monitor(devices.find(mon.source(), id), control, pretty, devices.isShared(id)));
    }

    /** A terminal for who asked for no window, unless the terminal is taken. */
    private void addDefaults(CommandLine line) throws OptionException {
        boolean wanted = line.noGraphic() && !line.noDefaults() && !devices.hasStdio();
        if (wanted && serials.isEmpty()) {
            boolean monitor = line.monitors().isEmpty() && monitors.isEmpty();
            addSerial("-nographic", monitor ? "mon:stdio" : "stdio");
        } else if (wanted && line.monitors().isEmpty() && monitors.isEmpty()) {
            CharDevice chars = devices.ofText("-nographic", "stdio", "compat_monitor0");
            monitors.add(new Monitor(chars, false, false, false));
        }
        if (serials.isEmpty() && !line.noDefaults()) {
            // A port that is there, with nobody at its other end.
            addSerial("-serial", "null");
        }
    }

    /** COM1 and so on; null for one that is not to be. */
    List<CharDevice> serials() {
        return Arrays.asList(serials.toArray(CharDevice[]::new));
    }

    /** Null for none. */
    CharDevice debugConsole() {
        return debugConsole;
    }

    List<Monitor> monitors() {
        return monitors;
    }

    /** All by id, for {@code query-chardev}. */
    Map<String, HostChar> all() {
        return devices.devices();
    }

    /** Those that are free for devices to name. */
    Map<String, CharDevice> forDevices() {
        return devices.offered();
    }

    @Override
    public void close() {
        devices.close();
    }
}
