package dev.skerry.vmm.lifeline;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.linux.UnixStream;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * One end of the link. A message is a line of at most {@value #MOST_BYTES} bytes, its first word the
 * verb; a descriptor comes with the first byte of the line it belongs to.
 *
 * <p>From the machine: {@code up}; {@code lost DEVICE REASON…}; {@code replaced DEVICE}; {@code
 * refused DEVICE REASON…}; {@code failed STATE}: the CPUs cannot go on. To the machine: {@code replace
 * DEVICE} with the new socket; {@code pause}; {@code resume}; {@code powerdown}; {@code quit}; {@code
 * stats}. An end that sees the other one gone ends, too.
 *
 * <p>The machine answers {@code stats} with a line {@code stats DEVICE BYTES LIMIT:COUNT…} for each
 * device elsewhere, with the bytes of its requests and replies so far, and how many round trips took
 * how long: buckets by the nanoseconds they end at, without empty ones. Then {@code stats} alone.
 *
 * <p>Any thread may send; one thread receives.
 */
public final class Lifeline implements AutoCloseable {
    /** The longest line, its end included. */
    public static final int MOST_BYTES = 4096;

    private static final long SEND_TIMEOUT_NS = 5_000_000_000L;

    private final UnixStream socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment outgoing = arena.allocate(MOST_BYTES, 8);
    private final MemorySegment incoming = arena.allocate(MOST_BYTES, 8);
    private final ReceivedFds received = new ReceivedFds();
    private final Queue<Fd> descriptors = new ArrayDeque<>();
    private final StringBuilder pending = new StringBuilder();

    /**
     * A line.
     *
     * @param device may be empty
     * @param rest may be empty
     * @param socket what came with a {@code replace}, the receiver's to close; otherwise null
     */
    public record Message(String verb, String device, String rest, Fd socket) {}

    /**
     * @param socket is closed with this object
     */
    public Lifeline(UnixStream socket) {
        this.socket = socket;
    }

    /** Sends a line; what would not fit is cut off. */
    public synchronized void send(String line, Fd... fds) throws IOException {
        String whole = line.replace('\n', ' ');
        byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, MOST_BYTES - 1);
        MemorySegment.copy(bytes, 0, outgoing, ValueLayout.JAVA_BYTE, 0, length);
        outgoing.set(ValueLayout.JAVA_BYTE, length, (byte) '\n');
        int sent = 0;
        while (sent <= length) {
            int part =
                    sent == 0
                            ? socket.send(outgoing, 0, length + 1, fds)
                            : socket.send(outgoing, sent, length + 1 - sent);
            sent += part;
            if (part == 0 && !socket.awaitWritable(SEND_TIMEOUT_NS)) {
                throw new IOException("the other end of the lifeline does not read");
            }
        }
    }

    /**
     * Waits for a line.
     *
     * @return null when the other end has gone
     */
    public Message receive() throws IOException {
        int end;
        while ((end = pending.indexOf("\n")) < 0) {
            if (pending.length() >= MOST_BYTES) {
                throw new IOException("a line of the lifeline is too long");
            }
            int count = socket.receive(true, incoming, 0, MOST_BYTES, received);
            for (int i = 0; i < received.count(); i++) {
                descriptors.add(received.take(i));
            }
            received.close();
            if (count == UnixStream.END) {
                return null;
            }
            for (int i = 0; i < count; i++) {
                pending.append((char) (incoming.get(ValueLayout.JAVA_BYTE, i) & 0xff));
            }
        }
        byte[] bytes = pending.substring(0, end).getBytes(StandardCharsets.ISO_8859_1);
        pending.delete(0, end + 1);
        String[] words = new String(bytes, StandardCharsets.UTF_8).split(" ", 3);
        boolean wantsSocket = words[0].equals("replace");
        return new Message(
                words[0],
                words.length > 1 ? words[1] : "",
                words.length > 2 ? words[2] : "",
                wantsSocket ? descriptors.poll() : null);
    }

    /** Has a thread that waits in {@link #receive} see the end. */
    public void shutdown() {
        socket.shutdown();
    }

    @Override
    public void close() {
        descriptors.forEach(Fd::close);
        received.close();
        socket.close();
    }
}
