package dev.skerry.execution.x86.decode;

/** Where an instruction's operands are. R: register {@code a}; second R: register {@code b}. */
public enum Form {
    /** None, or implied ones. */
    NONE,
    /** Register a. */
    R,
    /** Memory. */
    M,
    /** Immediate. */
    I,
    /** Destination register a, source register b. */
    RR,
    /** Destination register a, source memory. */
    RM,
    /** Destination memory, source register b. */
    MR,
    /** Destination register a, source immediate. */
    RI,
    /** Destination memory, source immediate. */
    MI,
    /** Destination register a, sources register b and immediate. */
    RRI,
    /** Destination register a, sources memory and immediate. */
    RMI,
    /** Destination memory, sources register b and immediate. */
    MRI;

    private static final int MEMORY =
            1 << M.ordinal()
                    | 1 << RM.ordinal()
                    | 1 << MR.ordinal()
                    | 1 << MI.ordinal()
                    | 1 << RMI.ordinal()
                    | 1 << MRI.ordinal();
    private static final int IMMEDIATE =
            1 << I.ordinal()
                    | 1 << RI.ordinal()
                    | 1 << MI.ordinal()
                    | 1 << RRI.ordinal()
                    | 1 << RMI.ordinal()
                    | 1 << MRI.ordinal();

    public boolean hasMemory() {
        return (MEMORY >>> ordinal() & 1) != 0;
    }

    public boolean hasImmediate() {
        return (IMMEDIATE >>> ordinal() & 1) != 0;
    }
}
