package dev.skerry.vmm.boot;

/** A kernel, or what is to be given to it, cannot be used. The message is one line for a person. */
public final class BootException extends Exception {
    private static final long serialVersionUID = 1L;

    public BootException(String message) {
        super(message);
    }
}
