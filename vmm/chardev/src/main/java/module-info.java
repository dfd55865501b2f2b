/**
 * The host's ends of a machine's streams of characters: terminal, files, sockets, and a terminal that a
 * serial port and the monitor share.
 *
 * <p>Knows no serial port and no monitor: what is connected is a {@code CharDevice.Front}. Enter by
 * {@link dev.skerry.vmm.chardev.CharDevices}.
 */
module dev.skerry.vmm.chardev {
    requires transitive dev.skerry.vmm.machine;

    exports dev.skerry.vmm.chardev;
}
