package dev.skerry.isolation.proxy;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.memory.AddressSpace;

import java.io.IOException;

/** What a proxy may ask of its machine, beyond what every device may. */
public interface ProxyHost extends DeviceHost {
    /**
     * The guest's memory, whose RAM the device gets. RAM without a descriptor, and what is read-only,
     * stays the machine's.
     */
    AddressSpace guestMemory();

    /**
     * Connects a device's interrupt to the machine's interrupt controllers, at first to no input.
     *
     * @param irq is signalled by the device process when its line rises, or is still up after a
     *     resample; must outlive the route
     * @param resample is to be signalled when the guest has ended an interrupt of the input; must
     *     outlive the route
     */
    IrqRoute connectIrq(EventFd irq, EventFd resample) throws IOException;

    /**
     * The device may have written to guest memory: code that was translated from it must be looked at
     * again. Called after every access to the device, on the accessing thread.
     */
    void memoryMayHaveChanged();

    /**
     * The device has been lost; it answers all ones from now on, until it gets a new link. Called
     * once for each loss, on the thread that found out, with locks held: must do no more than pass
     * the news on.
     *
     * @param reason one line
     */
    void linkLost(String reason);
}
