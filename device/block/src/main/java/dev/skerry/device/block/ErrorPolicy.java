package dev.skerry.device.block;

import java.io.IOException;

/** What becomes of a request that failed: QEMU's {@code werror=} and {@code rerror=}. */
public enum ErrorPolicy {
    /** The guest is told. */
    REPORT("report"),
    /** The machine stops; the request is tried again when it goes on. */
    STOP("stop"),
    /** {@link #STOP} if the host's disk is full, else {@link #REPORT}. */
    ENOSPC("enospc"),
    /** The guest is told that it worked. */
    IGNORE("ignore");

    private final String label;

    ErrorPolicy(String label) {
        this.label = label;
    }

    /** The name as in {@code werror=}. */
    public String label() {
        return label;
    }

    /** The policy of a value, or null. */
    static ErrorPolicy named(String name) {
        for (ErrorPolicy policy : values()) {
            if (policy.label.equals(name)) {
                return policy;
            }
        }
        return null;
    }

    /** {@link #REPORT}, {@link #STOP} or {@link #IGNORE}: what this means for a failure. */
    public ErrorPolicy decide(IOException failure) {
        if (this == ENOSPC) {
            return BlockError.of(failure) == BlockError.NO_SPACE ? STOP : REPORT;
        }
        return this;
    }
}
