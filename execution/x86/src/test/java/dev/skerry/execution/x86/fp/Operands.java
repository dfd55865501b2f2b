package dev.skerry.execution.x86.fp;

import java.util.SplittableRandom;

/** Operands worth trying: edges of each format, numbers near each other, short significands, and plain random bits. */
final class Operands {
    private static final long[] BINARY64 = {
        0x0000000000000000L, 0x0000000000000001L, 0x0000000000000002L, 0x0008000000000000L,
        0x000fffffffffffffL, 0x0010000000000000L, 0x0010000000000001L, 0x001fffffffffffffL,
        0x0020000000000000L, 0x3690000000000000L, 0x36a0000000000000L, 0x380fffffe0000000L,
        0x3810000000000000L, 0x3ca0000000000000L, 0x3cb0000000000000L, 0x3fe0000000000000L,
        0x3fefffffffffffffL, 0x3ff0000000000000L, 0x3ff0000000000001L, 0x3ff8000000000000L,
        0x4000000000000000L, 0x4004000000000000L, 0x400921fb54442d18L, 0x41dfffffffc00000L,
        0x41e0000000000000L, 0x41dfffffffe00000L, 0x41e0000000100000L, 0x41e0000000200000L,
        0x4330000000000000L, 0x4340000000000000L, 0x43dfffffffffffffL, 0x43e0000000000000L,
        0x43e0000000000001L, 0x43f0000000000000L, 0x47efffffe0000000L, 0x47efffffefffffffL,
        0x47effffff0000000L, 0x47f0000000000000L, 0x7fe0000000000000L, 0x7fefffffffffffffL,
        0x7ff0000000000000L, 0x7ff0000000000001L, 0x7ff4000000000000L, 0x7ff7ffffffffffffL,
        0x7ff8000000000000L, 0x7ff8000000000001L, 0x7fffffffffffffffL
    };
    private static final int[] BINARY32 = {
        0x00000000, 0x00000001, 0x00000002, 0x00400000, 0x007fffff, 0x00800000, 0x00800001,
                0x00ffffff,
        0x01000000, 0x33800000, 0x34000000, 0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001,
                0x3fc00000,
        0x40000000, 0x40200000, 0x40490fdb, 0x4b000000, 0x4b800000, 0x4effffff, 0x4f000000,
                0x4f000001,
        0x5effffff, 0x5f000000, 0x5f000001, 0x7f000000, 0x7f7fffff, 0x7f800000, 0x7f800001,
                0x7fa00000,
        0x7fbfffff, 0x7fc00000, 0x7fc00001, 0x7fffffff
    };
    private static final int[] EXTENDED_EXPONENTS = {
        0, 1, 2, 63, 64, 65, 0x3f80, 0x3f81, 0x3f6a, 0x3c01, 0x3c00, 0x3bcd, 0x3bcc, 0x3fbe, 0x3fbf,
        0x3ffd, 0x3ffe, 0x3fff, 0x4000, 0x4001, 0x400d, 0x400e, 0x401d, 0x401e, 0x403d, 0x403e,
        0x403f, 0x407e, 0x407f, 0x43fe, 0x43ff, 0x7ffd, 0x7ffe, 0x7fff
    };
    private static final long[] EXTENDED_SIGNIFICANDS = {
        0,
        1,
        0x4000000000000000L,
        0x7fffffffffffffffL,
        0x8000000000000000L,
        0x8000000000000001L,
        0x8000000000000400L,
        0x8000008000000000L,
        0xbfffffffffffffffL,
        0xc000000000000000L,
        0xc000000000000001L,
        0xc90fdaa22168c235L,
        0xffffff0000000000L,
        0xffffff8000000000L,
        0xfffffffffffff800L,
        0xfffffffffffffc00L,
        0xffffffffffffffffL
    };

    private final SplittableRandom random;

    Operands(long seed) {
        random = new SplittableRandom(seed);
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    long bits() {
        return random.nextLong();
    }

    long binary64(long neighbour) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> BINARY64[random.nextInt(BINARY64.length)] | sign64();
            case 2 -> random.nextLong();
            case 3 ->
                    random.nextLong() & 0x800fffffffffffffL
                            | (long) (0x3ff - 40 + random.nextInt(108)) << 52;
            case 4 -> random.nextLong() & 0x800fffffffffffffL | (long) random.nextInt(60) << 52;
            case 5 -> random.nextLong() & random.nextLong() & random.nextLong();
            case 6 -> (neighbour ^ sign64()) + random.nextInt(9) - 4;
            default -> neighbour & 0x7ff0000000000000L | sign64() | random.nextLong() >>> 12;
        };
    }

    int binary32(int neighbour) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> BINARY32[random.nextInt(BINARY32.length)] | sign32();
            case 2 -> random.nextInt();
            case 3 -> random.nextInt() & 0x807fffff | 0x7f - 30 + random.nextInt(96) << 23;
            case 4 -> random.nextInt() & 0x807fffff | random.nextInt(30) << 23;
            case 5 -> random.nextInt() & random.nextInt() & random.nextInt();
            case 6 -> (neighbour ^ sign32()) + random.nextInt(9) - 4;
            default -> neighbour & 0x7f800000 | sign32() | random.nextInt() >>> 9;
        };
    }

    long integer() {
        return switch (random.nextInt(3)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextLong() >> random.nextInt(64);
            default -> (1L << random.nextInt(64)) + random.nextInt(5) - 2;
        };
    }

    int extendedExponent(int neighbour) {
        int sign = random.nextInt(2) << 15;
        return sign
                | switch (random.nextInt(8)) {
                    case 0, 1 -> EXTENDED_EXPONENTS[random.nextInt(EXTENDED_EXPONENTS.length)];
                    case 2 -> random.nextInt(0x8000);
                    case 3 -> random.nextInt(70);
                    case 4 -> 0x7fff - random.nextInt(70);
                    case 5 -> 0x3fff - 70 + random.nextInt(140);
                    case 6 -> neighbour & 0x7fff;
                    default -> (neighbour & 0x7fff) + random.nextInt(140) - 70 & 0x7fff;
                };
    }

    long extendedSignificand(long neighbour) {
        long integerBit = random.nextInt(64) == 0 ? 0 : Long.MIN_VALUE;
        return switch (random.nextInt(6)) {
            case 0, 1 -> {
                long special = EXTENDED_SIGNIFICANDS[random.nextInt(EXTENDED_SIGNIFICANDS.length)];
                yield random.nextInt(4) == 0 ? special : special | Long.MIN_VALUE;
            }
            case 2 -> neighbour + random.nextInt(5) - 2 | integerBit;
            case 3 -> random.nextLong() & random.nextLong() & random.nextLong() | integerBit;
            case 4 -> random.nextLong() << random.nextInt(64) | integerBit;
            default -> random.nextLong() | integerBit;
        };
    }

    private long sign64() {
        return random.nextLong() & Long.MIN_VALUE;
    }

    private int sign32() {
        return random.nextInt() & Integer.MIN_VALUE;
    }
}
