package dev.skerry.device.pci;

import dev.skerry.device.api.Dma;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.DmaSlice;

import java.lang.foreign.MemorySegment;

/**
 * A function's DMA: refused while the command register's bus-master bit is clear, and cut off when
 * it re-enters the device a second time, which only a guest that aims a device at itself can cause:
 * with n accesses an entry, each further level would cost n times as many.
 */
final class BusMaster implements Dma {
    private static final int MOST_NESTED = 2;
    private static final int LOG_NOT_MASTER = 32;
    private static final int LOG_NESTED = 33;

    private final PciFunction function;
    private final Log log;
    private int nested;

    BusMaster(PciFunction function, Log log) {
        this.function = function;
        this.log = log;
    }

    private boolean enter(long gpa) {
        if (!function.isBusMaster()) {
            if (log.isDue(Level.DEBUG, LOG_NOT_MASTER)) {
                log.limited(
                        Level.DEBUG,
                        LOG_NOT_MASTER,
                        String.format("DMA at 0x%x with bus mastering off", gpa));
            }
            return false;
        }
        if (nested == MOST_NESTED) {
            if (log.isDue(Level.WARNING, LOG_NESTED)) {
                log.limited(
                        Level.WARNING,
                        LOG_NESTED,
                        String.format(
                                "DMA at 0x%x re-enters the device without end, cut off", gpa));
            }
            return false;
        }
        nested++;
        return true;
    }

    @Override
    public long read(long gpa, int size) {
        if (!enter(gpa)) {
            return AccessSizes.ones(size);
        }
        try {
            return function.bus().dmaSpace().read(gpa, size);
        } finally {
            nested--;
        }
    }

    @Override
    public void write(long gpa, int size, long value) {
        if (!enter(gpa)) {
            return;
        }
        try {
            function.bus().dmaSpace().write(gpa, size, value);
        } finally {
            nested--;
        }
    }

    @Override
    public boolean read(long gpa, MemorySegment into, long offset, long length) {
        if (!enter(gpa)) {
            into.asSlice(offset, length).fill((byte) 0xff);
            return false;
        }
        try {
            return function.bus().dmaSpace().read(gpa, into, offset, length);
        } finally {
            nested--;
        }
    }

    @Override
    public boolean write(long gpa, MemorySegment from, long offset, long length) {
        if (!enter(gpa)) {
            return false;
        }
        try {
            return function.bus().dmaSpace().write(gpa, from, offset, length);
        } finally {
            nested--;
        }
    }

    @Override
    public boolean acquire(long gpa, long length, boolean forWriting, DmaSlice slice) {
        return function.isBusMaster()
                && function.bus().dmaSpace().acquire(gpa, length, forWriting, slice);
    }
}
