package dev.skerry.vmm.monitor;

import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.ReceivedFds;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.log.Log;
import dev.skerry.vmm.machine.Machine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Serves the qtest protocol: a line is a command, each is answered by a line, and lines that begin with
 * {@code IRQ} tell of interrupts in between. One thread reads the socket and carries the commands out.
 */
public final class QtestServer implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int MOST_LINE_BYTES = 256 << 20;

    private final UnixStream socket;
    private final QtestCommands commands;
    private final OutputStream trace;
    private final Log log;
    private final long beginNs = System.nanoTime();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment incoming = arena.allocate(BUFFER_BYTES);
    private final MemorySegment outgoing = arena.allocate(BUFFER_BYTES);
    private final ReceivedFds fds = new ReceivedFds();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    /**
     * Begins to serve.
     *
     * @param socket a connection to the test; taken over
     * @param trace where all lines are written to, or null
     */
    public QtestServer(Machine machine, UnixStream socket, OutputStream trace, Log log) {
        this.socket = socket;
        this.trace = trace;
        this.log = log;
        commands = new QtestCommands(machine, this::tell);
        Thread.ofPlatform().daemon().name("qtest").start(this::serve);
    }

    private void serve() {
        try {
            int count = socket.receive(true, incoming, 0, BUFFER_BYTES, fds);
            while (count != UnixStream.END) {
                fds.close();
                take(count);
                count = socket.receive(true, incoming, 0, BUFFER_BYTES, fds);
            }
        } catch (IOException e) {
            // The test has gone; the machine stays, as with QEMU.
            log.debug("qtest: " + e.getMessage());
        }
    }

    private void take(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            byte value = incoming.get(ValueLayout.JAVA_BYTE, i);
            if (value != '\n') {
                line.write(value);
                if (line.size() > MOST_LINE_BYTES) {
                    throw new IOException("a line of more than 256 MiB");
                }
                continue;
            }
            String text = line.toString(StandardCharsets.ISO_8859_1);
            line.reset();
            trace('R', text);
            String answer = commands.run(text.strip());
            if (answer != null) {
                tell(answer);
            }
        }
    }

    /** Sends a line. From any thread: a device elsewhere raises interrupts when it likes. */
    private synchronized void tell(String text) {
        trace('S', text);
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.ISO_8859_1);
        try {
            for (int done = 0; done < bytes.length; ) {
                int part = Math.min(bytes.length - done, BUFFER_BYTES);
                MemorySegment.copy(bytes, done, outgoing, ValueLayout.JAVA_BYTE, 0, part);
                int sent = socket.send(outgoing, 0, part);
                done += sent;
                if (sent == 0) {
                    socket.awaitWritable(1_000_000_000L);
                }
            }
        } catch (LinuxException e) {
            log.debug("qtest: " + e.getMessage());
        }
    }

    private synchronized void trace(char direction, String text) {
        if (trace != null) {
            double seconds = (System.nanoTime() - beginNs) / 1e9;
            String entry = String.format(Locale.ROOT, "[%c +%.6f] %s%n", direction, seconds, text);
            try {
                trace.write(entry.getBytes(StandardCharsets.ISO_8859_1));
                trace.flush();
            } catch (IOException e) {
                log.debug("qtest-log: " + e.getMessage());
            }
        }
    }

    /** Ends the conversation. */
    @Override
    public void close() {
        socket.shutdown();
    }
}
