package dev.skerry.verify.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages of a stream that is all there, cut the simple way, with the sizes as the protocol's
 * description has them. What the real reader says is compared with this.
 *
 * @param messages the whole messages before anything that is none
 * @param end where the last of them ends
 * @param bad whether a whole header that can begin no message follows
 */
public record NaiveParse(List<Message> messages, int end, boolean bad) {
    /** A message by its place in the stream. */
    public record Message(int start, int end, int command) {
        public int payloadBytes() {
            return end - start - HEADER_BYTES;
        }
    }

    public static final int HEADER_BYTES = 16;

    /** SYNC_SYSMEM, RET, CFGWRITE, CFGREAD, BAR_WRITE, BAR_READ, SET_IRQFD, DEVICE_RESET. */
    private static final int[] PAYLOAD_BYTES = {192, 8, 12, 12, 24, 24, 0, 0};

    private static final int RET = 1;

    public static NaiveParse of(byte[] stream) {
        ByteBuffer bytes = ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN);
        List<Message> messages = new ArrayList<>();
        int at = 0;
        while (stream.length - at >= HEADER_BYTES) {
            int command = bytes.getInt(at);
            long size = bytes.getLong(at + 8);
            if (command < 0
                    || command >= PAYLOAD_BYTES.length
                    || size != PAYLOAD_BYTES[command] && !(command == RET && size == 0)) {
                return new NaiveParse(messages, at, true);
            }
            int end = at + HEADER_BYTES + (int) size;
            if (end > stream.length) {
                break;
            }
            messages.add(new Message(at, end, command));
            at = end;
        }
        return new NaiveParse(messages, at, false);
    }
}
