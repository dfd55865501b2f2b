package dev.skerry.verify.conformance;

import dev.skerry.vmm.qtest.QtestClient;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/** A PCI device as a guest's driver sees it: its configuration space, and its first memory BAR. */
final class GuestDevice {
    static final int COMMAND = 0x04;
    static final int STATUS = 0x06;
    static final int BAR0 = 0x10;
    static final int INTERRUPT_LINE = 0x3c;
    static final int ENABLED = 0x7;

    private static final long TIMEOUT_NS = 30_000_000_000L;

    private final QtestClient qtest;
    private final int slot;
    private long base;

    GuestDevice(QtestClient qtest, int slot) {
        this.qtest = qtest;
        this.slot = slot;
    }

    long config(int offset, int size) throws IOException {
        return qtest.readConfig(slot, offset, size);
    }

    void setConfig(int offset, int size, long value) throws IOException {
        qtest.writeConfig(slot, offset, size, value);
    }

    /** What a BAR answers to all ones; its value is restored. */
    long sizingPattern(int bar) throws IOException {
        int offset = BAR0 + 4 * bar;
        long before = config(offset, 4);
        setConfig(offset, 4, 0xffff_ffffL);
        long pattern = config(offset, 4);
        setConfig(offset, 4, before);
        return pattern;
    }

    /** Puts BAR 0 somewhere and switches the device on. */
    GuestDevice place(long gpa) throws IOException {
        setConfig(COMMAND, 2, 0);
        setConfig(BAR0, 4, gpa);
        setConfig(COMMAND, 2, ENABLED);
        base = gpa;
        return this;
    }

    long read(long offset, int size) throws IOException {
        return qtest.read(base + offset, size);
    }

    void write(long offset, int size, long value) throws IOException {
        qtest.write(base + offset, size, value);
    }

    /** Reads until bits are clear: what a driver without an interrupt does. */
    long awaitClear(long offset, int size, long bits) throws IOException {
        long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        long value = read(offset, size);
        while ((value & bits) != 0) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IOException(
                        String.format("0x%x at 0x%x: 0x%x never cleared", value, offset, bits));
            }
            LockSupport.parkNanos(1_000_000);
            value = read(offset, size);
        }
        return value;
    }

    /** Has the chipset reset the machine, and waits until this device has seen it. */
    void resetMachine() throws IOException {
        setConfig(INTERRUPT_LINE, 1, 0x5a);
        qtest.out(0xcf9, 1, 2);
        qtest.out(0xcf9, 1, 6);
        long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (config(INTERRUPT_LINE, 1) != 0) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IOException("the device in slot " + slot + " was not reset");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
