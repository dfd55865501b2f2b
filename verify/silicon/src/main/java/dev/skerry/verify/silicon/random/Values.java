package dev.skerry.verify.silicon.random;

import dev.skerry.verify.silicon.FxState;
import dev.skerry.verify.silicon.Layout;

import java.util.Random;

/** Values at which arithmetic has its corners, and arbitrary ones. */
final class Values {
    /** Quarters of the data window, by what is in them. */
    enum Area {
        INTEGERS,
        FLOATS,
        DOUBLES,
        EXTENDED
    }

    static final int AREA_BYTES = Layout.DATA_BYTES / 4;

    private static final long[] INTEGERS = {
        0,
        1,
        2,
        3,
        7,
        8,
        15,
        16,
        31,
        32,
        63,
        64,
        0x7f,
        0x80,
        0x81,
        0xff,
        0x100,
        0x7fff,
        0x8000,
        0xffff,
        0x10000,
        0x7fffffffL,
        0x80000000L,
        0x80000001L,
        0xffffffffL,
        0x100000000L,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -2,
        -128,
        -129,
        -32768,
        -32769,
        Integer.MIN_VALUE,
        0x5555555555555555L,
        0xaaaaaaaaaaaaaaaaL,
        0x0123456789abcdefL,
        0x8080808080808080L,
        0x7f7f7f7f7f7f7f7fL,
        0x0f0f0f0f0f0f0f0fL,
        0x4041424300414243L
    };

    private static final int[] FLOATS = {
        0,
        0x80000000,
        0x3f800000,
        0xbf800000,
        0x40000000,
        0x3f000000,
        0x3fc00000,
        0xbfc00000,
        0x40200000,
        1,
        0x80000001,
        0x007fffff,
        0x807fffff,
        0x00800000,
        0x80800000,
        0x00800001,
        0x7f7fffff,
        0xff7fffff,
        0x7f800000,
        0xff800000,
        0x7fc00000,
        0xffc00000,
        0x7fc12345,
        0xffd54321,
        0x7f800001,
        0xff800001,
        0x7fbfffff,
        0x7fa00000,
        0x4b000000,
        0x4b7fffff,
        0x4effffff,
        0x4f000000,
        0xcf000000,
        0xcf000001,
        0x5effffff,
        0x5f000000,
        0xdf000000,
        0x3eaaaaab,
        0x33800000,
        0x34000000,
        0x7e800000,
        0x3f7fffff,
        0x3f800001,
        0x477fff00,
        0x00400000,
        0x1f800000,
        0x20000000
    };

    private static final long[] DOUBLES = {
        0,
        0x8000000000000000L,
        0x3ff0000000000000L,
        0xbff0000000000000L,
        0x4000000000000000L,
        0x3fe0000000000000L,
        0x3ff8000000000000L,
        0x4004000000000000L,
        0xc004000000000000L,
        1,
        0x8000000000000001L,
        0x000fffffffffffffL,
        0x0010000000000000L,
        0x8010000000000000L,
        0x7fefffffffffffffL,
        0xffefffffffffffffL,
        0x7ff0000000000000L,
        0xfff0000000000000L,
        0x7ff8000000000000L,
        0xfff8000000000000L,
        0x7ff8123456789abcL,
        0x7ff0000000000001L,
        0xfff0000000000001L,
        0x7ff7ffffffffffffL,
        0x41dfffffffc00000L,
        0x41dfffffffe00000L,
        0x41e0000000000000L,
        0xc1e0000000000000L,
        0xc1e0000000100000L,
        0xc1e0000000200000L,
        0x43dfffffffffffffL,
        0x43e0000000000000L,
        0xc3e0000000000000L,
        0x4330000000000000L,
        0x4340000000000000L,
        0x3fd5555555555555L,
        0x3ca0000000000000L,
        0x3fefffffffffffffL,
        0x3ff0000000000001L,
        0x47efffffe0000000L,
        0x47effffff0000000L,
        0x3810000000000000L,
        0x380fffffffffffffL,
        0x36a0000000000000L,
        0x3690000000000000L,
        0x3690000000000001L,
        0x1e60000000000000L,
        0x1ff0000000000000L
    };

    /** Sign and exponent, significand. */
    private static final long[][] EXTENDED = {
        {0, 0},
        {0x8000, 0},
        {0x3fff, 0x8000000000000000L},
        {0xbfff, 0x8000000000000000L},
        {0x4000, 0x8000000000000000L},
        {0x3ffe, 0x8000000000000000L},
        {0x3fff, 0xc000000000000000L},
        {0x4000, 0xc90fdaa22168c235L},
        {0, 1},
        {0x8000, 1},
        {0, 0x7fffffffffffffffL},
        {0, 0x8000000000000000L},
        {0, 0x8000000000000001L},
        {1, 0x8000000000000000L},
        {1, 0x7fffffffffffffffL},
        {0x3fff, 0x4000000000000000L},
        {0x3fff, 0},
        {0x7ffe, 0xffffffffffffffffL},
        {0xfffe, 0xffffffffffffffffL},
        {0x7fff, 0x8000000000000000L},
        {0xffff, 0x8000000000000000L},
        {0x7fff, 0xc000000000000000L},
        {0xffff, 0xc000000000000000L},
        {0x7fff, 0xc000000000012345L},
        {0xffff, 0xe000000000000000L},
        {0x7fff, 0x8000000000000001L},
        {0xffff, 0xa000000000000000L},
        {0x7fff, 0},
        {0x7fff, 1},
        {0x403e, 0x8000000000000000L},
        {0xc03e, 0x8000000000000000L},
        {0x403d, 0xffffffffffffffffL},
        {0x403d, 0xfffffffffffffffeL},
        {0x401d, 0xffffffff00000000L},
        {0x401e, 0x8000000000000000L},
        {0x400d, 0xfffe000000000000L},
        {0x400e, 0x8000000000000000L},
        {0x3fbe, 0x8000000000000000L},
        {0x43fe, 0xfffffffffffff800L},
        {0x43fe, 0xfffffffffffffc00L},
        {0x3c01, 0x8000000000000000L},
        {0x3c00, 0xffffffffffffffffL},
        {0x3fff, 0x8000000000000001L},
        {0x3fff, 0xffffffffffffffffL},
        {0x403b, 0xde0b6b3a763fffffL},
        {0x4010, 0x80000000L}
    };

    private final Random random;

    Values(Random random) {
        this.random = random;
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    long integer() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextInt(256) - 128;
            case 2 -> 1L << random.nextInt(64);
            default -> INTEGERS[random.nextInt(INTEGERS.length)];
        };
    }

    int floating() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextInt() & 0x807fffff | (random.nextInt(40) + 107) << 23;
            default -> FLOATS[random.nextInt(FLOATS.length)];
        };
    }

    long doubled() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextLong() & 0x800fffffffffffffL | (random.nextInt(80) + 983L) << 52;
            default -> DOUBLES[random.nextInt(DOUBLES.length)];
        };
    }

    /** Puts an extended number, 10 bytes. */
    void extended(byte[] into, int offset) {
        long[] value = EXTENDED[random.nextInt(EXTENDED.length)];
        long signExponent = value[0];
        long significand = value[1];
        if (chance(45)) {
            significand = random.nextLong() | Long.MIN_VALUE;
            int exponent = chance(85) ? 0x3fff - 40 + random.nextInt(80) : random.nextInt(0x8000);
            signExponent = random.nextInt(2) << 15 | exponent;
            if (chance(30)) {
                significand &= -1L << random.nextInt(64);
                significand |= Long.MIN_VALUE;
            }
        }
        FxState.put(into, offset, 8, significand);
        FxState.put(into, offset + 8, 2, signExponent);
    }

    private void decimal(byte[] into, int offset) {
        for (int i = 0; i < 9; i++) {
            into[offset + i] = (byte) (random.nextInt(10) << 4 | random.nextInt(10));
        }
        into[offset + 9] = (byte) (random.nextInt(2) << 7);
    }

    /** What an SSE register or a quarter of the window is filled with. */
    void fill(byte[] into, int from, int bytes, Area area) {
        for (int at = from; at < from + bytes; at += 16) {
            switch (area) {
                case INTEGERS -> {
                    FxState.put(into, at, 8, integer());
                    FxState.put(into, at + 8, 8, integer());
                    if (chance(25)) {
                        decimal(into, at);
                    }
                }
                case FLOATS -> {
                    for (int i = 0; i < 4; i++) {
                        FxState.put(into, at + 4 * i, 4, floating());
                    }
                }
                case DOUBLES -> {
                    FxState.put(into, at, 8, doubled());
                    FxState.put(into, at + 8, 8, doubled());
                }
                case EXTENDED -> extended(into, at);
            }
        }
    }

    byte[] window() {
        byte[] data = new byte[Layout.DATA_BYTES];
        for (Area area : Area.values()) {
            fill(data, area.ordinal() * AREA_BYTES, AREA_BYTES, area);
        }
        return data;
    }

    int mxcsr() {
        int value = random.nextInt(4) << 13 | (chance(60) ? 0 : random.nextInt(0x40));
        value |= chance(20) ? 0x8000 : 0;
        value |= chance(20) ? 0x40 : 0;
        return value | (chance(75) ? 0x1f80 : random.nextInt(0x40) << 7);
    }

    int controlWord() {
        if (chance(40)) {
            return 0x37f;
        }
        int[] precisions = {0, 2, 3};
        int precision = chance(60) ? 3 : precisions[random.nextInt(3)];
        int masks = chance(75) ? 0x3f : random.nextInt(0x40);
        return random.nextInt(4) << 10 | precision << 8 | 0x40 | masks;
    }

    byte[] floatState(Family family) {
        byte[] image = FxState.initial();
        FxState.put(image, FxState.MXCSR, 4, mxcsr());
        Area area = Area.values()[random.nextInt(3)];
        if (family == Family.APPROXIMATE) {
            area = Area.FLOATS;
        }
        for (int n = 0; n < 16; n++) {
            Area what = chance(80) ? area : Area.values()[random.nextInt(3)];
            fill(image, FxState.XMM + 16 * n, 16, what);
        }
        x87(image, family);
        return image;
    }

    private void x87(byte[] image, Family family) {
        int control = controlWord();
        boolean approximate = family == Family.APPROXIMATE;
        if (approximate) {
            // Masked, so that a result that is off by one cannot raise what the other does not.
            control = control & ~0x300 | 0x33f;
        }
        int flags = chance(60) ? 0 : random.nextInt(0x80);
        if (!chance(10)) {
            flags &= control & 0x3f | 0x40;
        }
        boolean pending = (flags & ~control & 0x3f) != 0;
        int top = family == Family.MMX ? 0 : random.nextInt(8);
        int codes = chance(50) ? 0 : random.nextInt(8) << 8 | random.nextInt(2) << 14;
        int status = top << 11 | codes | flags | (pending ? 0x8080 : 0);
        FxState.put(image, FxState.FCW, 2, control);
        FxState.put(image, FxState.FSW, 2, status);
        int inUse = 0;
        int depth = approximate ? 4 : random.nextInt(9);
        for (int n = 0; n < depth; n++) {
            inUse |= 1 << (top + n & 7);
        }
        FxState.put(image, FxState.FTW, 1, chance(10) ? random.nextInt(256) : inUse);
        for (int n = 0; n < 8; n++) {
            if (family == Family.MMX) {
                FxState.put(image, FxState.ST + 16 * n, 8, integer());
                FxState.put(image, FxState.ST + 16 * n + 8, 2, 0xffff);
            } else {
                extended(image, FxState.ST + 16 * n);
            }
        }
    }
}
