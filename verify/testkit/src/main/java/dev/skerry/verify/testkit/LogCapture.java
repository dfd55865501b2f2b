package dev.skerry.verify.testkit;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.linux.UnixStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/**
 * What a child writes to a stream, collected while it runs. Give {@link #fd} to the child, then call
 * {@link #begin}, so that the end of the child is the end of the text.
 */
public final class LogCapture implements AutoCloseable {
    private static final int CHUNK_BYTES = 8192;

    private final UnixStream near;
    private final UnixStream far;
    private final Thread reader;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean ended;

    public LogCapture() throws IOException {
        UnixStream[] pair = UnixStream.pair();
        near = pair[0];
        far = pair[1];
        reader = Thread.ofPlatform().daemon().name("log capture").unstarted(this::readAll);
    }

    /** What the child writes to. */
    public Fd fd() {
        return far.fd();
    }

    /** Call when the child has the descriptor. */
    public void begin() {
        far.close();
        reader.start();
    }

    private void readAll() {
        try (Arena arena = Arena.ofConfined();
                ReceivedFds none = new ReceivedFds()) {
            MemorySegment chunk = arena.allocate(CHUNK_BYTES);
            while (true) {
                near.awaitReadable(DeviceProcess.TIMEOUT_NS);
                int received = near.receive(true, chunk, 0, CHUNK_BYTES, none);
                if (received == UnixStream.END) {
                    break;
                }
                add(chunk.asSlice(0, received).toArray(ValueLayout.JAVA_BYTE));
            }
        } catch (IOException e) {
            add(("log capture failed: " + e).getBytes(StandardCharsets.UTF_8));
        } finally {
            end();
        }
    }

    private synchronized void add(byte[] more) {
        bytes.writeBytes(more);
        notifyAll();
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** Everything so far. */
    public synchronized String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Everything, once the child and all who inherited the stream from it have gone. */
    public String awaitEnd() throws IOException {
        return await("the end", text -> false);
    }

    /** Everything up to a moment at which it contains something. */
    public String awaitText(String wanted) throws IOException {
        String text = await("'" + wanted + "'", seen -> seen.contains(wanted));
        if (!text.contains(wanted)) {
            throw new IOException("the log ended without '" + wanted + "':\n" + text);
        }
        return text;
    }

    private synchronized String await(String what, Predicate<String> enough) throws IOException {
        long deadlineNs = System.nanoTime() + DeviceProcess.TIMEOUT_NS;
        while (!ended && !enough.test(text())) {
            long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
            if (leftMs <= 0) {
                throw new IOException("no " + what + " in the log:\n" + text());
            }
            try {
                wait(leftMs);
            } catch (InterruptedException e) {
                throw new IOException("interrupted while waiting for " + what, e);
            }
        }
        return text();
    }

    @Override
    public void close() throws IOException {
        near.shutdown();
        if (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                throw new IOException("interrupted while closing a log capture", e);
            }
        }
        near.close();
        far.close();
    }
}
