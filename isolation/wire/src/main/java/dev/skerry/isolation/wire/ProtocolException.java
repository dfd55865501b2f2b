package dev.skerry.isolation.wire;

/**
 * A peer broke the protocol. The message says how, by name and number; the connection it came from
 * is not usable any more, nothing else is harmed.
 */
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1L;

    public ProtocolException(String message) {
        super(message);
    }
}
