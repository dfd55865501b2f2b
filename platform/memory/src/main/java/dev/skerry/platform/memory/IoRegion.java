package dev.skerry.platform.memory;

/**
 * Addresses that a handler answers. Accesses need not be aligned or of a size the handler takes:
 * they are cut into aligned ones as the region's {@link AccessSizes} say, lowest address first.
 */
public final class IoRegion extends Region {
    private final IoHandler handler;
    private final AccessSizes sizes;

    public IoRegion(String name, long sizeBytes, AccessSizes sizes, IoHandler handler) {
        super(name, sizeBytes);
        this.handler = handler;
        this.sizes = sizes;
    }

    /** Whether an access of a size at an offset is inside the region and of an accepted size. */
    public boolean accepts(long offset, int size) {
        return offset >= 0 && offset <= sizeBytes() - size && sizes.accepts(size);
    }

    /** Reads; an access the region does not accept gives all ones. */
    public long read(long offset, int size) {
        if (!accepts(offset, size)) {
            return AccessSizes.ones(size);
        }
        int step = step(offset, size);
        if (step == size) {
            return handler.read(offset, size) & AccessSizes.ones(size);
        }
        if (step > size) {
            long whole = handler.read(offset & -step, step);
            return whole >>> (8 * (offset & (step - 1))) & AccessSizes.ones(size);
        }
        long value = 0;
        for (int i = 0; i < size; i += step) {
            value |= read(offset + i, step) << (8 * i);
        }
        return value;
    }

    /** Writes; an access the region does not accept is ignored. */
    public void write(long offset, int size, long value) {
        if (!accepts(offset, size)) {
            return;
        }
        int step = step(offset, size);
        if (step == size) {
            handler.write(offset, size, value & AccessSizes.ones(size));
        } else if (step > size) {
            // A register wider than the access: the other bytes are written as zeros.
            int shift = (int) (8 * (offset & (step - 1)));
            handler.write(offset & -step, step, (value & AccessSizes.ones(size)) << shift);
        } else {
            for (int i = 0; i < size; i += step) {
                write(offset + i, step, value >>> (8 * i));
            }
        }
    }

    /** The size of the handler's part of an access: what alignment and the handler allow. */
    private int step(long offset, int size) {
        int aligned = Math.min(size, (int) Math.min(8, Long.lowestOneBit(offset | 8)));
        return Math.clamp(aligned, sizes.handledLeast(), sizes.handledMost());
    }

    /** The largest access a bulk transfer can make at an offset: aligned and accepted. */
    int chunk(long offset, long left) {
        long aligned = Math.min(8, Long.lowestOneBit(offset | 8));
        long fitting = Long.highestOneBit(Math.min(aligned, left));
        return (int) Math.min(fitting, sizes.acceptedMost());
    }

    @Override
    void render(FlatView.Builder view, long base, long clipStart, long clipEnd) {
        view.add(this, base, clipStart, clipEnd);
    }
}
