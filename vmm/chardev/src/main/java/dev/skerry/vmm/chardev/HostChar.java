package dev.skerry.vmm.chardev;

import dev.skerry.vmm.machine.CharDevice;

/** A character device that can be closed, and asked what it is. */
public interface HostChar extends CharDevice, AutoCloseable {
    /** What it is connected to, as {@code query-chardev} shows it: {@code unix:PATH,server=on}. */
    String description();

    /** Whether something is connected to it in the machine. */
    boolean hasFront();

    /** Sends what is on its way, as far as that needs no waiting; gives everything back. */
    @Override
    void close();
}
