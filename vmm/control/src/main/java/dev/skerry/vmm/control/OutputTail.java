package dev.skerry.vmm.control;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.linux.UnixStream;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a process writes to its standard error: the last lines are kept, each is passed on. The lines
 * are the process' own words: what is no printable character in them is shown as a dot.
 */
final class OutputTail {
    private static final int MOST_LINES = 500;
    private static final int LONGEST_LINE = 1000;
    private static final int CHUNK_BYTES = 8192;

    private final Deque<String> lines = new ArrayDeque<>();
    private final Consumer<String> each;
    private final StringBuilder unfinished = new StringBuilder();

    OutputTail(Consumer<String> each) {
        this.each = each;
    }

    /**
     * Begins to read what a new process will write.
     *
     * @return what it is to have as standard error; to be closed once it has
     */
    Fd open(String name) throws IOException {
        UnixStream[] pair = UnixStream.pair();
        Thread.ofPlatform().daemon().name("output of " + name).start(() -> readAll(pair[0]));
        return pair[1].fd();
    }

    private void readAll(UnixStream from) {
        try (Arena arena = Arena.ofConfined();
                from) {
            MemorySegment chunk = arena.allocate(CHUNK_BYTES);
            int count;
            while ((count = receive(from, chunk)) != UnixStream.END) {
                byte[] bytes = chunk.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
                add(new String(bytes, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            add("reading its output failed: " + e.getMessage() + "\n");
        }
    }

    /** Waits for bytes; descriptors that come with them are closed. */
    static int receive(UnixStream from, MemorySegment chunk) throws IOException {
        try (ReceivedFds unwanted = new ReceivedFds()) {
            return from.receive(true, chunk, 0, (int) chunk.byteSize(), unwanted);
        }
    }

    private synchronized void add(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                String line = unfinished.toString();
                unfinished.setLength(0);
                if (lines.size() == MOST_LINES) {
                    lines.removeFirst();
                }
                lines.addLast(line);
                each.accept(line);
            } else if (unfinished.length() < LONGEST_LINE) {
                unfinished.append(Character.isISOControl(c) ? '.' : c);
            }
        }
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }
}
