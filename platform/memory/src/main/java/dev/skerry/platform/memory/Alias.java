package dev.skerry.platform.memory;

/** A window onto part of another region, such as RAM above the hole shown at 4 GiB. */
public final class Alias extends Region {
    private final Region target;
    private final long targetOffset;

    /**
     * @param targetOffset the first byte of the target that is shown
     */
    public Alias(String name, Region target, long targetOffset, long sizeBytes) {
        super(name, sizeBytes);
        java.util.Objects.checkFromIndexSize(targetOffset, sizeBytes, target.sizeBytes());
        this.target = target;
        this.targetOffset = targetOffset;
        synchronized (TREE) {
            target.addDependent(this::changed);
        }
    }

    @Override
    void render(FlatView.Builder view, long base, long clipStart, long clipEnd) {
        long start = Math.max(clipStart, base);
        long end = Math.min(clipEnd, FlatView.end(base, sizeBytes()));
        target.render(view, base - targetOffset, start, end);
    }
}
