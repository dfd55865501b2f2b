package dev.skerry.vmm.machine;

/** What a machine is doing, named as QEMU's {@code query-status} does. */
public enum RunState {
    PRELAUNCH("prelaunch"),
    RUNNING("running"),
    PAUSED("paused"),
    SHUTDOWN("shutdown"),
    INTERNAL_ERROR("internal-error");

    private final String label;

    RunState(String label) {
        this.label = label;
    }

    /** QEMU's name. */
    public String label() {
        return label;
    }
}
