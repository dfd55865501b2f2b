package dev.skerry.platform.options;

/** An option that cannot be taken. The message is one line for a person: what, where, why. */
public final class OptionException extends Exception {
    private static final long serialVersionUID = 1L;

    public OptionException(String message) {
        super(message);
    }
}
