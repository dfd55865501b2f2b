package dev.skerry.isolation.proxy;

/**
 * The way of one device's interrupt: from its event counter to an input of the machine's interrupt
 * controllers, and back from the end of the interrupt to its resample counter. The machine makes it:
 * {@link SoftwareIrqRoute} for interrupt controllers that are models, KVM's irqfd for the kernel's.
 *
 * <p>Methods may be called from any thread, with a bus' short monitor held; they take no device's
 * lock.
 */
public interface IrqRoute extends AutoCloseable {
    /** {@link #toGsi}: nowhere. */
    int NO_GSI = -1;

    /** Leads to another input from now on; an interrupt that is up there follows. */
    void toGsi(int gsi);

    /** Ends it: the input is released, and neither counter is touched any more. */
    @Override
    void close();
}
