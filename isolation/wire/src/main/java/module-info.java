/**
 * The wire protocols as pure codecs: bytes in, values out, limits checked. No sockets, no threads,
 * no devices.
 *
 * <p>{@code dev.skerry.isolation.wire.mpqemu} is the private protocol of multi-process QEMU. Enter
 * by {@link dev.skerry.isolation.wire.mpqemu.Command}.
 */
module dev.skerry.isolation.wire {
    exports dev.skerry.isolation.wire;
    exports dev.skerry.isolation.wire.mpqemu;
}
