package dev.skerry.execution.kvm;

import java.io.IOException;

/** KVM cannot be used here. The message is one line: what is missing, and what to do. */
public final class KvmMissingException extends IOException {
    private static final long serialVersionUID = 1L;

    KvmMissingException(String message, Throwable cause) {
        super(message, cause);
    }
}
