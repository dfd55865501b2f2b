package dev.skerry.vmm.monitor;

/** A command that is answered by an error. */
final class QmpException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The classes clients tell apart (QEMU's QMP specification, "Error"). */
    enum Kind {
        GENERIC("GenericError"),
        COMMAND_NOT_FOUND("CommandNotFound"),
        DEVICE_NOT_FOUND("DeviceNotFound");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    private final Kind kind;

    QmpException(Kind kind, String description) {
        super(description);
        this.kind = kind;
    }

    QmpException(String description) {
        this(Kind.GENERIC, description);
    }

    Kind kind() {
        return kind;
    }
}
