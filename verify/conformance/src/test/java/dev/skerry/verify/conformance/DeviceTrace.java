package dev.skerry.verify.conformance;

import dev.skerry.device.pci.PciFunction;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * A script's accesses to a device and what came of them, one line each. Two devices that behave alike
 * leave the same lines.
 */
final class DeviceTrace {
    static final long REGISTERS = 0xe000_0000L;
    static final int PORTS = 0xc000;

    private static final long TIMEOUT_NS = 30_000_000_000L;

    private final ProxyRig rig;
    private final PciFunction function;
    private final List<String> lines = new ArrayList<>();

    DeviceTrace(ProxyRig rig) {
        this.rig = rig;
        function = rig.device().function();
    }

    List<String> lines() {
        return lines;
    }

    private long add(String format, Object... values) {
        lines.add(String.format(format, values));
        return values[values.length - 1] instanceof Long value ? value : 0;
    }

    long config(int offset, int size) {
        return add("config 0x%x/%d is 0x%x", offset, size, function.readConfig(offset, size));
    }

    void setConfig(int offset, int size, long value) {
        function.writeConfig(offset, size, value);
        lines.add(String.format("config 0x%x/%d := 0x%x", offset, size, value));
    }

    long read(long gpa, int size) {
        return add("memory 0x%x/%d is 0x%x", gpa, size, rig.memory().read(gpa, size));
    }

    void write(long gpa, int size, long value) {
        rig.memory().write(gpa, size, value);
        lines.add(String.format("memory 0x%x/%d := 0x%x", gpa, size, value));
    }

    long in(int port, int size) {
        return add("port 0x%x/%d is 0x%x", port, size, rig.ports().read(port, size));
    }

    void out(int port, int size, long value) {
        rig.ports().write(port, size, value);
        lines.add(String.format("port 0x%x/%d := 0x%x", port, size, value));
    }

    /** RAM as the guest's CPU sees it, without any way around it. */
    String ram(long gpa, int lengthBytes) {
        byte[] bytes = rig.ram().segment().asSlice(gpa, lengthBytes).toArray(ValueLayout.JAVA_BYTE);
        String hex = java.util.HexFormat.of().formatHex(bytes);
        lines.add(String.format("ram 0x%x is %s", gpa, hex));
        return hex;
    }

    /** Waits; how long it took leaves no line. */
    void await(String what, BooleanSupplier condition) {
        long endNs = System.nanoTime() + TIMEOUT_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - endNs > 0) {
                throw new AssertionError(what + " never came; " + lines + rig.logText());
            }
            rig.pass();
        }
        lines.add(what);
    }

    /** Reads without a line, for waiting. */
    long peek(long gpa, int size) {
        return rig.memory().read(gpa, size);
    }

    /** Writes without a line. */
    void poke(long gpa, int size, long value) {
        rig.memory().write(gpa, size, value);
    }

    void awaitInterrupt() {
        await("interrupt", rig::input);
    }

    /** The end of an interrupt whose cause is gone. */
    void endOfInterrupt() {
        rig.endOfInterrupt();
        // Whatever the end has set in motion is over when the device has answered something.
        function.readConfig(0, 2);
        rig.pass();
        lines.add("end of interrupt; input is " + (rig.input() ? "up" : "down"));
    }

    /** The end of an interrupt whose cause is not gone. */
    void endOfInterruptTooEarly() {
        rig.endOfInterrupt();
        lines.add("end of interrupt");
        awaitInterrupt();
    }
}
