package dev.skerry.isolation.proxy;

import java.io.IOException;

/** A device process did not answer as it must. Its link is of no more use. */
public final class LinkException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what it did, in one line
     */
    public LinkException(String message) {
        super(message);
    }

    /**
     * @param cause the failure or breach behind it
     */
    public LinkException(String message, Throwable cause) {
        super(message, cause);
    }
}
