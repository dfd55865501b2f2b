package dev.skerry.device.pci;

/**
 * What software's accesses to a function's configuration space do beyond reading and changing the
 * kept bytes: a chipset's registers, a function that is elsewhere. Called on the device thread, with
 * accesses that lie in the space ({@link PciFunction#isConfigAccess}).
 */
public interface ConfigEffects {
    /**
     * Software reads.
     *
     * @param kept what the kept bytes say
     * @return what it gets; the low {@code 8 * size} bits count
     */
    default long read(int offset, int size, long kept) {
        return kept;
    }

    /**
     * Software has written; the kept bytes have been changed and BARs moved already.
     *
     * @param value what was written, whatever the masks left of it
     */
    default void written(int offset, int size, long value) {}
}
