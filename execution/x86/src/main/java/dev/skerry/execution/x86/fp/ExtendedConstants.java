package dev.skerry.execution.x86.fp;

/**
 * The constants of FLD1, FLDL2T and their like, rounded by the rounding control; neither inexactness nor C1 is reported.
 *
 * <p>Source: Intel SDM volume 1, 8.3.4; volume 2, FLD1.
 */
public enum ExtendedConstants {
    /** FLD1. */
    ONE(0, 0x8000_0000_0000_0000L, false, false),

    /** FLDL2T: the binary logarithm of 10. */
    LOG2_TEN(1, 0xd49a_784b_cd1b_8afeL, true, false),

    /** FLDL2E: the binary logarithm of e. */
    LOG2_E(0, 0xb8aa_3b29_5c17_f0bbL, true, true),

    /** FLDPI. */
    PI(1, 0xc90f_daa2_2168_c234L, true, true),

    /** FLDLG2: the decimal logarithm of 2. */
    LOG10_TWO(-2, 0x9a20_9a84_fbcf_f798L, true, true),

    /** FLDLN2: the natural logarithm of 2. */
    LN_TWO(-1, 0xb172_17f7_d1cf_79abL, true, true),

    /** FLDZ. */
    ZERO(-Extended.BIAS, 0, false, false);

    private final int exponent;
    private final long truncated;
    private final boolean inexact;
    private final boolean nearestIsUp;

    ExtendedConstants(int exponent, long truncated, boolean inexact, boolean nearestIsUp) {
        this.exponent = exponent;
        this.truncated = truncated;
        this.inexact = inexact;
        this.nearestIsUp = nearestIsUp;
    }

    /** The constant, in {@link Extended}'s manner. */
    public long load(FpEnv env) {
        env.roundedUp = false;
        boolean up =
                inexact
                        && (env.rounding == FpEnv.UP
                                || env.rounding == FpEnv.NEAREST && nearestIsUp);
        return Extended.result(env, exponent + Extended.BIAS, truncated + (up ? 1 : 0));
    }
}
