package dev.skerry.execution.x86.state;

/**
 * An exception of the guest's, on its way from the instruction that raised it to the interpreter's
 * delivery. Each CPU has one and throws it again and again, so it carries no stack trace and costs
 * no allocation. Vectors and error codes: Intel SDM 3A, chapter 6.
 */
public final class GuestFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    public static final int DE = 0;
    public static final int DB = 1;
    public static final int NMI = 2;
    public static final int BP = 3;
    public static final int OF = 4;
    public static final int BR = 5;
    public static final int UD = 6;
    public static final int NM = 7;
    public static final int DF = 8;
    public static final int TS = 10;
    public static final int NP = 11;
    public static final int SS = 12;
    public static final int GP = 13;
    public static final int PF = 14;
    public static final int MF = 16;
    public static final int AC = 17;
    public static final int MC = 18;
    public static final int XM = 19;

    private static final int HAVE_ERROR_CODES =
            1 << DF | 1 << TS | 1 << NP | 1 << SS | 1 << GP | 1 << PF | 1 << AC;

    private int vector;
    private int errorCode;
    private boolean nonCanonical;

    GuestFault() {
        super(null, null, false, false);
    }

    /** Fills in a fault without an error code, or with code 0. */
    public GuestFault of(int vector) {
        return of(vector, 0);
    }

    public GuestFault of(int vector, int errorCode) {
        this.vector = vector;
        this.errorCode = errorCode;
        nonCanonical = false;
        return this;
    }

    /**
     * An access to an address that is not canonical: #GP(0), which delivery makes #SS(0) if the
     * instruction went through the stack segment.
     */
    public GuestFault ofNonCanonical() {
        of(GP, 0);
        nonCanonical = true;
        return this;
    }

    public int vector() {
        return vector;
    }

    public int errorCode() {
        return errorCode;
    }

    public boolean isNonCanonical() {
        return nonCanonical;
    }

    /** Whether an exception of a vector pushes an error code. */
    public static boolean hasErrorCode(int vector) {
        return vector < 32 && (HAVE_ERROR_CODES >>> vector & 1) != 0;
    }
}
