package dev.skerry.execution.x86.fp;

/**
 * The control and status of one floating-point unit, and the second half of results that do not fit a {@code long}.
 *
 * <p>A processor has two: one for SSE (loaded from MXCSR) and one for x87 (loaded from the control word). The functions of
 * this package take it as their first parameter. They add what an instruction raised to {@link #raised} and leave the
 * sticky flags alone; after the last element of an instruction the caller calls {@link #settle} if anything was raised:
 *
 * <pre>{@code
 * long result = Binary64.add(env, a, b);
 * if (env.raised != 0 && env.settle()) { raise #XM, write nothing }
 * }</pre>
 *
 * <p>Belongs to the thread of its processor. Sources: Intel SDM volume 1, 4.8 (numbers), 4.9 (exceptions), 8.1.3 and 8.1.5
 * (x87 status and control), 10.2.3 (MXCSR), 11.5 and appendix E (SSE exceptions).
 */
public final class FpEnv {
    /** IE, #I: the operation has no sensible result. */
    public static final int INVALID = 1;

    /** DE, #D: an operand is denormal. */
    public static final int DENORMAL = 2;

    /** ZE, #Z: a finite number divided by zero. */
    public static final int ZERO_DIVIDE = 4;

    /** OE, #O. */
    public static final int OVERFLOW = 8;

    /** UE, #U: tiny after rounding, and inexact as well unless unmasked. */
    public static final int UNDERFLOW = 16;

    /** PE, #P: the result was rounded. */
    public static final int PRECISION = 32;

    /** All six. */
    public static final int ALL = 63;

    /** Exceptions seen before computing: if one is unmasked, nothing is computed. */
    public static final int BEFORE_COMPUTING = INVALID | DENORMAL | ZERO_DIVIDE;

    /** Rounding control: to the nearest, ties to even. */
    public static final int NEAREST = 0;

    /** Rounding control: towards minus infinity. */
    public static final int DOWN = 1;

    /** Rounding control: towards plus infinity. */
    public static final int UP = 2;

    /** Rounding control: towards zero. */
    public static final int TRUNCATE = 3;

    /** MXCSR and x87 control word after reset differ: these are MXCSR's. */
    public static final int MXCSR_RESET = 0x1f80;

    /** The x87 control word after FNINIT. */
    public static final int CONTROL_WORD_INIT = 0x37f;

    private static final int MXCSR_DAZ = 0x40;
    private static final int MXCSR_MASKS_SHIFT = 7;
    private static final int MXCSR_ROUNDING_SHIFT = 13;
    private static final int MXCSR_FTZ = 0x8000;
    private static final int CONTROL_PRECISION_SHIFT = 8;
    private static final int CONTROL_ROUNDING_SHIFT = 10;

    /** What the instruction under way has raised, masked or not. */
    public int raised;

    /** Sign (bit 15) and biased exponent (bits 0 to 14) of the last double extended result; its significand was returned. */
    public int signExponent;

    /** x87: the last result's magnitude was rounded up (C1 of an inexact result). */
    public boolean roundedUp;

    /** x87: the condition codes C0 to C3 in the status word's places, of functions that say so. */
    public int conditions;

    /** x87: which condition codes {@link #conditions} is about; the others stay as they are. */
    public int conditionsMask;

    /** x87: a second result, for functions that say so; significand and {@link #secondSignExponent}. */
    public long second;

    /** Sign and exponent that belong to {@link #second}. */
    public int secondSignExponent;

    // Plain Java arithmetic gives the processor's result and flags, if operands and result are far
    // from the edges.
    boolean quick;
    int rounding;
    int masks;
    boolean flushToZero;
    boolean denormalsAreZero;
    int precisionBits;

    // An exact or sticky intermediate: (-1)^sign * 2^exponent * (high:low / 2^127), high's first
    // bit set.
    int exactSign;
    int exactExponent;
    long exactHigh;
    long exactLow;

    final Wide wide = new Wide();
    final Wide wideSecond = new Wide();
    final Wide wideThird = new Wide();

    private int flags;

    /** As MXCSR is after reset. */
    public FpEnv() {
        loadMxcsr(MXCSR_RESET);
    }

    /** Takes over flags, masks, rounding and the two flush modes from MXCSR's value. */
    public void loadMxcsr(int mxcsr) {
        flags = mxcsr & ALL;
        masks = mxcsr >>> MXCSR_MASKS_SHIFT & ALL;
        rounding = mxcsr >>> MXCSR_ROUNDING_SHIFT & 3;
        flushToZero = (mxcsr & MXCSR_FTZ) != 0;
        denormalsAreZero = (mxcsr & MXCSR_DAZ) != 0;
        precisionBits = Extended.PRECISION;
        raised = 0;
        chooseSpeed();
    }

    /** MXCSR as it stands. */
    public int mxcsr() {
        return flags
                | masks << MXCSR_MASKS_SHIFT
                | rounding << MXCSR_ROUNDING_SHIFT
                | (flushToZero ? MXCSR_FTZ : 0)
                | (denormalsAreZero ? MXCSR_DAZ : 0);
    }

    /** Takes over masks, precision and rounding from the x87 control word; the flags stay. */
    public void loadControlWord(int control) {
        masks = control & ALL;
        rounding = control >>> CONTROL_ROUNDING_SHIFT & 3;
        flushToZero = false;
        denormalsAreZero = false;
        precisionBits =
                switch (control >>> CONTROL_PRECISION_SHIFT & 3) {
                    case 0 -> Binary32.PRECISION;
                    case 2 -> Binary64.PRECISION;
                    default ->
                            Extended.PRECISION; // 01 is reserved; processors calculate with all 64
                        // bits
                };
        chooseSpeed();
    }

    /** The sticky flags. */
    public int flags() {
        return flags;
    }

    /** Replaces the sticky flags (FNCLEX, FLDENV). */
    public void setFlags(int flags) {
        this.flags = flags & ALL;
        chooseSpeed();
    }

    /** The masks, a set bit for an exception that does not trap. */
    public int masks() {
        return masks;
    }

    /** The rounding control. */
    public int rounding() {
        return rounding;
    }

    /**
     * Ends an instruction: makes what was raised sticky.
     *
     * <p>An unmasked exception seen before computing keeps those of the computation from being recorded (SDM volume 1,
     * 4.9.2 and 11.5.3).
     *
     * @return whether an unmasked exception was raised
     */
    public boolean settle() {
        int now = raised;
        raised = 0;
        int unmasked = now & ~masks;
        if ((unmasked & BEFORE_COMPUTING) != 0) {
            now &= BEFORE_COMPUTING;
            roundedUp = false;
        }
        flags |= now;
        chooseSpeed();
        return unmasked != 0;
    }

    /** Whether the instruction under way has raised an unmasked exception that keeps its result from being computed. */
    public boolean blocked() {
        return (raised & ~masks & BEFORE_COMPUTING) != 0;
    }

    // Plain arithmetic cannot tell whether it rounded: the flag must be set already, and must not
    // trap.
    private void chooseSpeed() {
        quick = rounding == NEAREST && (flags & masks & PRECISION) != 0;
    }

    boolean isUnmasked(int exception) {
        return (masks & exception) == 0;
    }

    // Whether a magnitude is rounded up: fraction is what is cut off, as a fraction of the last
    // place kept (0.64 bits, sticky).
    boolean roundsUp(int sign, boolean odd, long fraction) {
        if (fraction == 0) {
            return false;
        }
        return switch (rounding) {
            case NEAREST -> fraction < 0 && (odd || fraction != Long.MIN_VALUE);
            case DOWN -> sign != 0;
            case UP -> sign == 0;
            default -> false;
        };
    }

    // Whether an overflowing magnitude becomes infinity, not the largest number.
    boolean overflowsToInfinity(int sign) {
        return switch (rounding) {
            case NEAREST -> true;
            case DOWN -> sign != 0;
            case UP -> sign == 0;
            default -> false;
        };
    }

    void exact(int sign, int exponent, long high, long low) {
        exactSign = sign;
        exactExponent = exponent;
        exactHigh = high;
        exactLow = low;
    }
}
