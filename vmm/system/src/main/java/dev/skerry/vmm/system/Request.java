package dev.skerry.vmm.system;

/** What a command line wants: a machine, or to know something. */
enum Request {
    RUN,
    VERSION,
    HELP,
    MACHINE_HELP,
    DEVICE_HELP,
    ACCEL_HELP,
    CPU_HELP,
    CHARDEV_HELP,
    OBJECT_HELP
}
