package dev.skerry.verify.guests;

import dev.skerry.platform.linux.Child;
import dev.skerry.verify.boot.Console;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A serial port that a machine offers on a socket. */
final class ConsoleSocket implements AutoCloseable {
    private static final int RETRY_MS = 20;

    private final Path path;
    private final Console console = new Console();
    private SocketChannel channel;

    ConsoleSocket(Path path) {
        this.path = path;
    }

    /** Connects as soon as the machine listens. */
    void connect(Child machine) throws IOException, InterruptedException {
        while (channel == null) {
            if (!machine.isAlive()) {
                throw new IOException("the machine ended before it listened");
            }
            if (Files.exists(path)) {
                channel = open();
            } else {
                Thread.sleep(RETRY_MS);
            }
        }
        Thread.ofPlatform().daemon().name("console").start(this::read);
    }

    private SocketChannel open() throws IOException {
        SocketChannel opened = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            opened.connect(UnixDomainSocketAddress.of(path));
            return opened;
        } catch (java.net.ConnectException e) {
            // Bound, not listening yet.
            opened.close();
            return null;
        }
    }

    private void read() {
        ByteBuffer chunk = ByteBuffer.allocate(4096);
        try {
            while (channel.read(chunk) >= 0) {
                chunk.flip();
                while (chunk.hasRemaining()) {
                    console.write(chunk.get());
                }
                chunk.clear();
            }
        } catch (IOException e) {
            // Closed by the test, or the machine has gone: the end either way.
        } finally {
            console.close();
        }
    }

    Console console() {
        return console;
    }

    void type(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
