package dev.skerry.verify.fuzz;

/**
 * A fuzzer's bytes read as decisions, front to back. When they are used up every decision is the
 * first one, so that cutting an input short keeps the meaning of what is left.
 */
public final class Choices {
    private final byte[] bytes;
    private int at;

    public Choices(byte[] bytes) {
        this.bytes = bytes;
    }

    public boolean isEmpty() {
        return at >= bytes.length;
    }

    /** 0 to 255. */
    public int u8() {
        return isEmpty() ? 0 : bytes[at++] & 0xff;
    }

    /** 0 to {@code bound - 1}; a bound of at most 256 costs one byte. */
    public int below(int bound) {
        int value = bound <= 256 ? u8() : u8() << 8 | u8();
        return value % bound;
    }

    public boolean flag() {
        return (u8() & 1) != 0;
    }

    /** One time in some; the first decision is no. */
    public boolean rarely(int times) {
        return u8() % times == times - 1;
    }

    public long u64() {
        return number(8);
    }

    /** A little-endian number of some bytes. */
    public long number(int sizeBytes) {
        long value = 0;
        for (int i = 0; i < sizeBytes; i++) {
            value |= (long) u8() << (8 * i);
        }
        return value;
    }

    public long pick(long... among) {
        return among[below(among.length)];
    }

    public byte[] take(int count) {
        byte[] taken = new byte[Math.min(count, bytes.length - Math.min(at, bytes.length))];
        System.arraycopy(bytes, at, taken, 0, taken.length);
        at += taken.length;
        return taken;
    }
}
