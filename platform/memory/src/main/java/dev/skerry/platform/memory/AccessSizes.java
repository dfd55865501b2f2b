package dev.skerry.platform.memory;

/**
 * The access sizes of an I/O region, in bytes, powers of two from 1 to 8. An access outside the
 * accepted range is answered like an address nobody decodes; one that is accepted but outside the
 * handled range is split or widened before the handler sees it.
 *
 * @param acceptedLeast the smallest access the region answers
 * @param acceptedMost the largest
 * @param handledLeast the smallest its handler is called with
 * @param handledMost the largest
 */
public record AccessSizes(int acceptedLeast, int acceptedMost, int handledLeast, int handledMost) {
    /** Everything is accepted and handled. */
    public static final AccessSizes ANY = new AccessSizes(1, 8, 1, 8);

    public AccessSizes {
        requireRange(acceptedLeast, acceptedMost);
        requireRange(handledLeast, handledMost);
    }

    /** The handler sees exactly the accesses that are accepted. */
    public static AccessSizes between(int least, int most) {
        return new AccessSizes(least, most, least, most);
    }

    /** Everything is accepted, the handler sees only these. */
    public static AccessSizes handled(int least, int most) {
        return new AccessSizes(1, 8, least, most);
    }

    private static void requireRange(int least, int most) {
        if (!isSize(least) || !isSize(most) || least > most) {
            throw new IllegalArgumentException("access sizes " + least + " to " + most);
        }
    }

    /** Whether a number is a possible size of an access. */
    public static boolean isSize(long size) {
        return size == 1 || size == 2 || size == 4 || size == 8;
    }

    /** All bits of a value of 1 to 8 bytes. */
    public static long ones(int size) {
        return size == 8 ? -1 : (1L << (8 * size)) - 1;
    }

    boolean accepts(int size) {
        return size >= acceptedLeast && size <= acceptedMost;
    }
}
