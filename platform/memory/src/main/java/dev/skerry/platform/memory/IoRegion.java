package dev.skerry.platform.memory;

/**
 * Addresses that a handler answers. Accesses need not be aligned or of a size the handler takes:
 * they are cut into aligned ones as the region's {@link AccessSizes} say, lowest address first.
 *
 * <p>An {@link #uncut} region leaves the cutting to its handler. A region may have a guard, which then surrounds every access as a whole.
 */
public final class IoRegion extends Region {
    private final IoHandler handler;
    private final AccessSizes sizes;
    private final boolean uncut;
    private final AccessGuard guard;

    public IoRegion(String name, long sizeBytes, AccessSizes sizes, IoHandler handler) {
        this(name, sizeBytes, sizes, handler, false, null);
    }

    /**
     * A region whose handler gets every access as it is made, unaligned ones too: somebody behind it
     * knows better how to cut it.
     */
    public static IoRegion uncut(String name, long sizeBytes, IoHandler handler) {
        return new IoRegion(name, sizeBytes, AccessSizes.ANY, handler, true, null);
    }

    private IoRegion(
            String name,
            long sizeBytes,
            AccessSizes sizes,
            IoHandler handler,
            boolean uncut,
            AccessGuard guard) {
        super(name, sizeBytes);
        this.handler = handler;
        this.sizes = sizes;
        this.uncut = uncut;
        this.guard = guard;
    }

    /** The same registers as a region of its own, whose accesses go through a guard. */
    public IoRegion guardedBy(AccessGuard by) {
        return new IoRegion(name(), sizeBytes(), sizes, handler, uncut, by);
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

    /** Reads; an access that is not accepted or not let in gives all ones. */
    public long read(long offset, int size) {
        if (!accepts(offset, size) || guard != null && !guard.enter()) {
            return AccessSizes.ones(size);
        }
        try {
            return handledRead(offset, size);
        } finally {
            if (guard != null) {
                guard.exit();
            }
        }
    }

    private long handledRead(long offset, int size) {
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
     * Writes; an access that is not accepted or not let in is ignored. Where the handler takes only
     * wider accesses, the bytes beside the written ones are written as zeros.
     */
    public void write(long offset, int size, long value) {
        if (!accepts(offset, size) || guard != null && !guard.enter()) {
            return;
        }
        try {
            handledWrite(offset, size, value);
        } finally {
            if (guard != null) {
                guard.exit();
            }
        }
    }

    private void handledWrite(long offset, int size, long value) {
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
        return (uncut || (offset & (size - 1)) == 0)
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
