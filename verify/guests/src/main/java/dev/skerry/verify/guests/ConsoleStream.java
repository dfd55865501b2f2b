package dev.skerry.verify.guests;

import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.verify.boot.Console;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** A serial port's two directions over one socket. */
final class ConsoleStream {
    private static final int CHUNK_BYTES = 4096;

    private ConsoleStream() {}

    /** Reads to the end, which is the other side's end. */
    static void readAll(UnixStream stream, Console into) {
        try (Arena arena = Arena.ofConfined();
                ReceivedFds none = new ReceivedFds()) {
            MemorySegment chunk = arena.allocate(CHUNK_BYTES);
            while (true) {
                int received = stream.receive(true, chunk, 0, CHUNK_BYTES, none);
                if (received == UnixStream.END) {
                    break;
                }
                for (int i = 0; i < received; i++) {
                    into.write(chunk.get(ValueLayout.JAVA_BYTE, i));
                }
            }
        } catch (IOException e) {
            ("\nconsole: " + e + "\n").chars().forEach(into::write);
        } finally {
            into.close();
        }
    }

    static void write(UnixStream stream, String text) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            int sent = 0;
            while (sent < bytes.length) {
                sent += stream.send(segment, sent, bytes.length - sent);
            }
        }
    }
}
