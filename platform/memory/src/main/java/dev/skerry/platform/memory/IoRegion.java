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

    /**
     * Whether an access is inside the region and of an accepted size. An unaligned one is made of
     * aligned pieces, the smallest of which must be accepted too.
     */
    public boolean accepts(long offset, int size) {
        return offset >= 0
                && offset <= sizeBytes() - size
                && sizes.accepts(size)
                && aligned(offset, size) >= sizes.acceptedLeast();
    }

    /** Reads; an access the region does not accept gives all ones. */
    public long read(long offset, int size) {
        if (!accepts(offset, size)) {
            return AccessSizes.ones(size);
        }
        if (isHandledWhole(offset, size)) {
            return handler.read(offset, size) & AccessSizes.ones(size);
        }
        long value = 0;
        for (int done = 0; done < size; ) {
            long at = offset + done;
            int step = step(at, size - done);
            int within = (int) (at & (step - 1));
            int part = Math.min(step - within, size - done);
            long whole = handler.read(at - within, step) >>> (8 * within);
            value |= (whole & AccessSizes.ones(part)) << (8 * done);
            done += part;
        }
        return value;
    }

    /**
     * Writes; an access the region does not accept is ignored. Where the handler takes only wider
     * accesses, the bytes beside the written ones are written as zeros.
     */
    public void write(long offset, int size, long value) {
        if (!accepts(offset, size)) {
            return;
        }
        if (isHandledWhole(offset, size)) {
            handler.write(offset, size, value & AccessSizes.ones(size));
            return;
        }
        for (int done = 0; done < size; ) {
            long at = offset + done;
            int step = step(at, size - done);
            int within = (int) (at & (step - 1));
            int part = Math.min(step - within, size - done);
            long bytes = value >>> (8 * done) & AccessSizes.ones(part);
            handler.write(at - within, step, bytes << (8 * within));
            done += part;
        }
    }

    private boolean isHandledWhole(long offset, int size) {
        return (offset & (size - 1)) == 0
                && size >= sizes.handledLeast()
                && size <= sizes.handledMost();
    }

    /** The largest aligned power of two that fits an offset and a length. */
    private static int aligned(long offset, long length) {
        return (int) Math.min(Long.lowestOneBit(offset | 8), Long.highestOneBit(length));
    }

    /** The size of the handler's next part of an access. */
    private int step(long offset, int left) {
        return Math.clamp(aligned(offset, left), sizes.handledLeast(), sizes.handledMost());
    }

    /** The largest access a bulk transfer can make at an offset: aligned and accepted. */
    int chunk(long offset, long left) {
        return Math.min(aligned(offset, left), sizes.acceptedMost());
    }

    @Override
    void render(FlatView.Builder view, long base, long clipStart, long clipEnd) {
        view.add(this, base, clipStart, clipEnd);
    }
}
