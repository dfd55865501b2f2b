package dev.skerry.device.block;

/**
 * QEMU's {@code cache=} modes. Here every mode goes through the host's page cache: {@code none} and
 * {@code directsync} keep what they promise about flushing, not that they bypass the cache.
 *
 * @param writeBack whether a write may be acknowledged before it is on stable storage
 * @param noFlush whether flushes are ignored, losing data when the host fails
 */
public record CacheMode(boolean writeBack, boolean noFlush) {
    public static final CacheMode WRITE_BACK = new CacheMode(true, false);
    public static final CacheMode WRITE_THROUGH = new CacheMode(false, false);
    public static final CacheMode UNSAFE = new CacheMode(true, true);

    /** The mode of a {@code cache=} value, or null. */
    static CacheMode named(String name) {
        return switch (name) {
            case "writeback", "none" -> WRITE_BACK;
            case "writethrough", "directsync" -> WRITE_THROUGH;
            case "unsafe" -> UNSAFE;
            default -> null;
        };
    }
}
