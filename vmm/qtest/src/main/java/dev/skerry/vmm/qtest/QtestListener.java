package dev.skerry.vmm.qtest;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Waits for a machine to connect: with qtest it is the machine that calls. */
public final class QtestListener implements AutoCloseable {
    private final Path path;
    private final ServerSocketChannel server;

    /**
     * @param folder a folder nobody else can reach; the socket is made in it
     */
    public QtestListener(Path folder) throws IOException {
        path = folder.resolve("qtest.sock");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
    }

    /** What to give the machine: {@code -qtest unix:PATH}. */
    public Path path() {
        return path;
    }

    /**
     * Takes the connection.
     *
     * @throws IOException if none comes in time; not retried
     */
    public QtestClient accept(long timeoutMs) throws IOException {
        server.configureBlocking(false);
        try (Selector selector = Selector.open()) {
            server.register(selector, SelectionKey.OP_ACCEPT);
            if (selector.select(timeoutMs) == 0) {
                throw new IOException(
                        "no machine connected to " + path + " in " + timeoutMs + " ms");
            }
            return new QtestClient(server.accept());
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(path);
    }
}
