package dev.skerry.platform.options;

/** Reads the texts of numbers, booleans and sizes as QEMU does. */
public final class Values {
    private static final String SUFFIXES = "BKMGTPE";

    private Values() {}

    /** {@code on}, {@code yes}, {@code true}, {@code y} or their opposites. */
    public static boolean bool(String text) throws OptionException {
        return switch (text) {
            case "on", "yes", "true", "y" -> true;
            case "off", "no", "false", "n" -> false;
            default -> throw new OptionException("'" + text + "' is neither 'on' nor 'off'");
        };
    }

    /** A decimal, 0x or 0-prefixed number within bounds, both inclusive. */
    public static long number(String text, long least, long most) throws OptionException {
        long value;
        try {
            value = Long.decode(text);
        } catch (NumberFormatException e) {
            throw new OptionException("'" + text + "' is not a number");
        }
        if (value < least || value > most) {
            throw new OptionException(
                    "'" + text + "' is out of range (" + least + " to " + most + ")");
        }
        return value;
    }

    /** An unsigned number of up to 64 bits, decimal or hexadecimal. */
    public static long unsigned64(String text) throws OptionException {
        try {
            return text.startsWith("0x") || text.startsWith("0X")
                    ? Long.parseUnsignedLong(text, 2, text.length(), 16)
                    : Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw new OptionException("'" + text + "' is not an unsigned 64-bit number");
        }
    }

    /**
     * A number of bytes: decimal (a fraction is allowed before a suffix) or hexadecimal, with an
     * optional suffix B, K, M, G, T, P or E in either case.
     */
    public static long size(String text) throws OptionException {
        if (text.startsWith("0x") || text.startsWith("0X")) {
            long value = unsigned64(text);
            if (value < 0) {
                throw new OptionException("'" + text + "' is too large a size");
            }
            return value;
        }
        int length = text.length();
        int power =
                length == 0 ? -1 : SUFFIXES.indexOf(Character.toUpperCase(text.charAt(length - 1)));
        String digits = power >= 0 ? text.substring(0, length - 1) : text;
        if (!digits.matches("[0-9]+(\\.[0-9]+)?") || (power <= 0 && digits.contains("."))) {
            throw new OptionException("'" + text + "' is not a size (for example 512M or 2G)");
        }
        try {
            return new java.math.BigDecimal(digits)
                    .multiply(new java.math.BigDecimal(1L << (10 * Math.max(power, 0))))
                    .setScale(0, java.math.RoundingMode.DOWN)
                    .longValueExact();
        } catch (ArithmeticException e) {
            throw new OptionException("'" + text + "' is too large a size");
        }
    }
}
