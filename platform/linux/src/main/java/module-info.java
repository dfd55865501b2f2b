/**
 * The only native access of the project: Linux system calls through the FFM API, as typed values.
 *
 * <p>Every other module is built without the right to restricted methods. Knows nothing of guests,
 * devices or protocols. Enter by {@link dev.skerry.platform.linux.Fd} for descriptors, {@link
 * dev.skerry.platform.linux.Mapping} for memory, {@link dev.skerry.platform.linux.UnixStream} for
 * sockets that carry descriptors, {@link dev.skerry.platform.linux.Spawn} for child processes.
 *
 * <p>Only x86-64 hosts: the system call numbers and structure layouts are that ABI's.
 */
module dev.skerry.platform.linux {
    exports dev.skerry.platform.linux;
}
