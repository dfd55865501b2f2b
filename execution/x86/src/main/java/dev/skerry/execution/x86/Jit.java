package dev.skerry.execution.x86;

import java.util.Locale;

/**
 * Whether and how guest code is translated to bytecode.
 *
 * @param threshold how often a block runs before it is translated; a power of two
 * @param inBackground whether a thread of its own translates, or the CPU waits for it
 * @param mostRegions how many translations are kept; when there are more, those not entered of late
 *     go
 */
public record Jit(Mode mode, int threshold, boolean inBackground, int mostRegions) {
    /** What is done with code that runs often. */
    public enum Mode {
        /** It is interpreted like all other. */
        OFF,
        /** It is translated. */
        ON,
        /**
         * It is translated, and whenever a translation has run the interpreter does the same once
         * more and the two are compared. For one CPU, and slow.
         */
        CHECK
    }

    /**
     * Translating and compiling a region costs as much as interpreting it some thousand times; a
     * booting kernel has much code that runs a few hundred times. By measurement: with 512 a boot
     * takes a third more processor time on the CPU's thread and twice as much on the others.
     */
    public static final Jit ON = new Jit(Mode.ON, 8192, true, 6000);

    public static final Jit OFF = new Jit(Mode.OFF, 1 << 30, true, 0);
    public static final Jit CHECK = new Jit(Mode.CHECK, 64, false, 6000);

    /**
     * @throws IllegalArgumentException for a threshold that is no power of two
     */
    public Jit {
        if (Integer.bitCount(threshold) != 1 || threshold < 1) {
            throw new IllegalArgumentException("threshold " + threshold + ": use a power of two");
        }
    }

    /**
     * By name: off, on or check.
     *
     * @throws IllegalArgumentException for another name
     */
    public static Jit named(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "off" -> OFF;
            case "on" -> ON;
            case "check" -> CHECK;
            default ->
                    throw new IllegalArgumentException(
                            "jit '" + name + "': use one of off, on, check");
        };
    }

    /** The same with another threshold. */
    public Jit after(int runs) {
        return new Jit(mode, runs, inBackground, mostRegions);
    }

    /** The same, but translating soon and before the code runs on: for tests. */
    public Jit eager(int threshold) {
        return new Jit(mode, threshold, false, mostRegions);
    }
}
