package dev.skerry.isolation.proxy;

import dev.skerry.device.pci.Bar;
import dev.skerry.platform.linux.Fd;

import java.util.List;

/**
 * What a proxy needs of a device elsewhere; the client's side of a protocol implements it. A link
 * that has thrown is of no more use, and whoever has one closes it.
 *
 * <p>Requests (accesses and reset) are made by one thread at a time. What has no reply ({@link
 * #setMemory}, {@link #setInterrupt}, {@link #shutdown}) may come from another thread meanwhile and
 * does not wait for a request in flight.
 */
public interface DeviceLink extends AutoCloseable {
    /** Says where to count requests from now on; at the begin nobody wants to know. */
    void countIn(RoundTrips counts);

    /** The most pieces a memory map can have. */
    int mostRamPieces();

    /** How many of them every peer takes. */
    int safeRamPieces();

    /**
     * Reads configuration space.
     *
     * @param offset with {@code size} (1, 2 or 4) inside the 256 bytes
     */
    long readConfig(int offset, int size) throws LinkException;

    /** See {@link #readConfig}. */
    void writeConfig(int offset, int size, long value) throws LinkException;

    /**
     * Reads from a BAR that is decoded.
     *
     * @param offset with {@code size} (1, 2, 4 or 8) inside the BAR; need not be aligned
     * @return the value, or all ones if the device refuses the access
     */
    long readBar(Bar bar, long offset, int size) throws LinkException;

    /** See {@link #readBar}. */
    void writeBar(Bar bar, long offset, int size, long value) throws LinkException;

    /** Replaces the memory the device may reach. */
    void setMemory(List<SharedRam> map) throws LinkException;

    /** Gives the device its interrupt's counters; they stay the caller's. */
    void setInterrupt(Fd irq, Fd resample) throws LinkException;

    /** Resets the device; its configuration space may or may not be reset by it. */
    void reset() throws LinkException;

    /** Ends the connection, so that the peer sees it and a request in flight fails. */
    void shutdown();

    @Override
    void close();
}
