package dev.skerry.vmm.machine;

/** Why a machine was reset or has ended, named as in QEMU's events. */
public enum Cause {
    HOST_ERROR("host-error", false),
    HOST_QMP_QUIT("host-qmp-quit", false),
    HOST_QMP_SYSTEM_RESET("host-qmp-system-reset", false),
    HOST_SIGNAL("host-signal", false),
    HOST_UI("host-ui", false),
    GUEST_SHUTDOWN("guest-shutdown", true),
    GUEST_RESET("guest-reset", true),
    GUEST_PANIC("guest-panic", true);

    private final String label;
    private final boolean guest;

    Cause(String label, boolean guest) {
        this.label = label;
        this.guest = guest;
    }

    /** QEMU's name. */
    public String label() {
        return label;
    }

    /** Whether the guest did it. */
    public boolean isGuest() {
        return guest;
    }
}
