/**
 * Streams that carry bytes and descriptors, and their cutting into messages. Three kinds of stream:
 * a socket, a loopback within the process, and a replay of recorded bytes.
 *
 * <p>Knows no protocol: how a stream is cut is a {@code Framing}'s business. Enter by {@link
 * dev.skerry.isolation.transport.FrameReader}.
 */
module dev.skerry.isolation.transport {
    requires transitive dev.skerry.isolation.wire;
    requires transitive dev.skerry.platform.linux;

    exports dev.skerry.isolation.transport;
}
