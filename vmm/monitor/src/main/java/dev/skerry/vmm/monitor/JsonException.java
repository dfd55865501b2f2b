package dev.skerry.vmm.monitor;

/** Text that is not JSON. */
final class JsonException extends Exception {
    private static final long serialVersionUID = 1L;

    JsonException(String message) {
        super(message);
    }
}
