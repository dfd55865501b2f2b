package dev.skerry.device.api;

import dev.skerry.platform.memory.DmaSlice;

import java.lang.foreign.MemorySegment;

/**
 * The memory a device may reach by itself, by guest-physical address: RAM, and the registers of
 * devices on its bus, its own included. A refused or unanswered access reads as all ones and writes
 * nowhere. Used on the device thread.
 */
public interface Dma {
    /** A little-endian value of 1, 2, 4 or 8 bytes. */
    long read(long gpa, int size);

    /** See {@link #read(long, int)}. */
    void write(long gpa, int size, long value);

    /**
     * Copies from guest memory.
     *
     * @return whether somebody answered for all of it
     */
    boolean read(long gpa, MemorySegment into, long offset, long length);

    /**
     * Copies to guest memory.
     *
     * @return whether somebody answered for all of it
     */
    boolean write(long gpa, MemorySegment from, long offset, long length);

    /**
     * Lends guest RAM without a copy, for a worker to read or write.
     *
     * @return false if there is no RAM at the address; otherwise the slice, which may be shorter
     *     than asked for, must be closed
     */
    boolean acquire(long gpa, long length, boolean forWriting, DmaSlice slice);
}
