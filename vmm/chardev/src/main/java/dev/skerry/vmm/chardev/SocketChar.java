package dev.skerry.vmm.chardev;

import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.UnixListener;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.vmm.machine.EventLoop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A unix socket, either side of it. One peer at a time: as server it takes the next when one goes. */
final class SocketChar extends StreamChar {
    private final UnixListener listener;
    private final Path path;
    private EventLoop.Watch listening;

    private SocketChar(
            EventLoop loop, String description, Endpoint end, UnixListener listener, Path path) {
        super(loop, description, end);
        this.listener = listener;
        this.path = path;
        if (listener != null && end == null) {
            loop.run(this::listen);
        }
    }

    /** Connects to a path. */
    static SocketChar client(EventLoop loop, String path) throws LinuxException {
        Endpoint end = new SocketEndpoint(UnixStream.connect(path));
        return new SocketChar(loop, "unix:" + path, end, null, null);
    }

    /** Goes on with a connected socket. */
    static SocketChar connected(EventLoop loop, UnixStream socket) {
        return new SocketChar(
                loop, "unix:fd=" + socket.fd().number(), new SocketEndpoint(socket), null, null);
    }

    /**
     * Listens at a path; what was there is removed, as QEMU does.
     *
     * @param wait whether to wait for the first peer now
     */
    static SocketChar server(EventLoop loop, String path, boolean wait) throws IOException {
        Files.deleteIfExists(Path.of(path));
        UnixListener listener = UnixListener.listen(path);
        Endpoint end = wait ? new SocketEndpoint(listener.accept()) : null;
        return new SocketChar(loop, "unix:" + path + ",server=on", end, listener, Path.of(path));
    }

    private void listen() {
        try {
            if (listening == null) {
                listening = loop().watch(listener.fd(), (in, out) -> accept());
            }
            listening.wantInput(true);
        } catch (LinuxException e) {
            throw new AssertionError("a socket can be waited for", e);
        }
    }

    private void accept() {
        try {
            UnixStream socket = listener.accept();
            listening.wantInput(false);
            open(new SocketEndpoint(socket));
        } catch (LinuxException e) {
            // The peer has gone again; the next one may come.
            listening.wantInput(true);
        }
    }

    @Override
    void ended() {
        super.ended();
        hangUp();
        if (listener != null) {
            listen();
        }
    }

    @Override
    public void close() {
        if (listening != null) {
            listening.close();
        }
        super.close();
        if (listener != null) {
            listener.close();
            try {
                Files.deleteIfExists(path);
            } catch (IOException left) {
                // A socket nobody listens at stays behind; the next start removes it.
                return;
            }
        }
    }
}
