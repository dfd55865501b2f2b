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
            if (text.contains("#")) {
                throw new NumberFormatException("Java's hexadecimal, nobody else's");
            }
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
            if (text.indexOf('+') >= 0) {
                throw new NumberFormatException(text);
            }
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
        String number = power >= 0 ? text.substring(0, length - 1) : text;
        int shift = 10 * Math.max(power, 0);
        int point = number.indexOf('.');
        String whole = point < 0 ? number : number.substring(0, point);
        if (!isDigits(whole)
                || (point >= 0 && (power <= 0 || !isDigits(number.substring(point + 1))))) {
            throw new OptionException("'" + text + "' is not a size (for example 512M or 2G)");
        }
        try {
            long units = Long.parseLong(whole);
            long bytes = Math.multiplyExact(units, 1L << shift);
            // Less than one unit, so a double is exact enough for whole bytes of any sensible
            // fraction.
            double fraction = point < 0 ? 0 : Double.parseDouble("0" + number.substring(point));
            return Math.addExact(bytes, (long) (fraction * (1L << shift)));
        } catch (NumberFormatException | ArithmeticException e) {
            throw new OptionException("'" + text + "' is too large a size");
        }
    }

    private static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty();
    }
}
