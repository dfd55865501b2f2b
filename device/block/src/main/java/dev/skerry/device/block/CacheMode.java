package dev.skerry.device.block;

/**
 * QEMU's {@code cache=} modes.
 *
 * @param writeBack whether a write may be acknowledged before it is on stable storage
 * @param direct whether the host's page cache is bypassed
 * @param noFlush whether flushes are ignored, losing data when the host fails
 */
public record CacheMode(boolean writeBack, boolean direct, boolean noFlush) {
    public static final CacheMode WRITE_BACK = new CacheMode(true, false, false);
    public static final CacheMode NONE = new CacheMode(true, true, false);
    public static final CacheMode WRITE_THROUGH = new CacheMode(false, false, false);
    public static final CacheMode DIRECT_SYNC = new CacheMode(false, true, false);
    public static final CacheMode UNSAFE = new CacheMode(true, false, true);

    /** The mode of a {@code cache=} value, or null. */
    static CacheMode named(String name) {
        return switch (name) {
            case "writeback" -> WRITE_BACK;
            case "none" -> NONE;
            case "writethrough" -> WRITE_THROUGH;
            case "directsync" -> DIRECT_SYNC;
            case "unsafe" -> UNSAFE;
            default -> null;
        };
    }
}
