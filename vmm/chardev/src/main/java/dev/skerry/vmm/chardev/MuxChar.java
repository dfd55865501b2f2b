package dev.skerry.vmm.chardev;

import dev.skerry.vmm.machine.CharDevice;

import java.nio.charset.StandardCharsets;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One character device that several fronts share: all write to it, one of them gets the input. The
 * escape key (Ctrl-A) and a letter after it switch between them and do some other things; QEMU manual,
 * "Keys in the character backend multiplexer".
 */
public final class MuxChar {
    /** Ctrl-A. */
    public static final int DEFAULT_ESCAPE = 1;

    private static final int MOST_FRONTS = 4;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("[HH:mm:ss.SSS] ");

    private final HostChar shared;
    private final int escape;
    private final Runnable onExit;
    private final List<Port> ports = new CopyOnWriteArrayList<>();

    // Input: on the event loop's thread.
    private boolean escaped;

    // Output: guarded by the lock.
    private final Object lock = new Object();
    private volatile Port focus;
    private boolean timestamps;
    private boolean lineBegins = true;
    private byte[] stamp = {};
    private int stampSent;

    /**
     * @param shared nobody else connects to it
     * @param escape the key's code
     * @param onExit what the key to leave does; called on the event loop's thread
     */
    public MuxChar(HostChar shared, int escape, Runnable onExit) {
        this.shared = shared;
        this.escape = escape;
        this.onExit = onExit;
        shared.connect(new Shared());
    }

    /** Another place for a front. The first one has the input at first. */
    public HostChar newPort() {
        if (ports.size() == MOST_FRONTS) {
            throw new IllegalStateException("a multiplexer has four places at most");
        }
        Port port = new Port();
        ports.add(port);
        if (focus == null) {
            focus = port;
        }
        return port;
    }

    public boolean isFull() {
        return ports.size() == MOST_FRONTS;
    }

    private final class Shared implements CharDevice.Front {
        @Override
        public int receive(byte[] bytes, int offset, int length) {
            for (int i = 0; i < length; i++) {
                if (!receiveByte(bytes, offset + i)) {
                    return i;
                }
            }
            return length;
        }

        @Override
        public void outputPossible() {
            for (Port port : ports) {
                if (port.front != null) {
                    port.front.outputPossible();
                }
            }
        }

        @Override
        public void opened() {
            for (Port port : ports) {
                if (port.front != null) {
                    port.front.opened();
                }
            }
        }

        @Override
        public void closed() {
            for (Port port : ports) {
                if (port.front != null) {
                    port.front.closed();
                }
            }
        }
    }

    /** Returns false if the front cannot take it now. */
    private boolean receiveByte(byte[] bytes, int at) {
        int key = bytes[at] & 0xff;
        if (escaped && key != escape) {
            escaped = false;
            command(key);
            return true;
        } else if (!escaped && key == escape) {
            escaped = true;
            return true;
        }
        Port port = focus;
        // Until somebody is there, what was typed waits.
        boolean taken = port != null && port.front != null && port.front.receive(bytes, at, 1) == 1;
        // The escape key twice is the key itself; while it waits for room it is still escaped.
        escaped &= !taken;
        return taken;
    }

    private void command(int key) {
        switch (key) {
            case 'h', '?' -> help();
            case 'x' -> {
                say("\nSkerry: Terminated\n");
                onExit.run();
            }
            case 'b' -> {
                if (focus != null && focus.front != null) {
                    focus.front.receiveBreak();
                }
            }
            case 'c' -> switchFocus();
            case 's' ->
                    say("\nNothing is kept back: disks are written as the guest writes them.\n");
            case 't' -> {
                synchronized (lock) {
                    timestamps = !timestamps;
                    lineBegins = false;
                }
            }
            default -> {
                // Not a key of ours, and lost, as with QEMU.
            }
        }
    }

    private void help() {
        String name = escape < ' ' ? "C-" + (char) (escape + 0x60) : String.valueOf((char) escape);
        StringBuilder text = new StringBuilder("\n");
        for (String line :
                List.of(
                        "h    this help",
                        "x    end the machine",
                        "s    write disks back (they always are)",
                        "t    timestamps on or off",
                        "b    send a break",
                        "c    switch between console and monitor")) {
            text.append(name).append(' ').append(line).append('\n');
        }
        say(text + name + ' ' + name + "  send " + name + '\n');
    }

    /** Writes text of our own as far as there is room. */
    private void say(String text) {
        for (byte b : text.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII)) {
            shared.write(b);
        }
    }

    private void switchFocus() {
        List<Port> connected = ports.stream().filter(port -> port.front != null).toList();
        if (connected.size() > 1) {
            int next = (connected.indexOf(focus) + 1) % connected.size();
            focus.focus(false);
            focus = connected.get(next);
            focus.focus(true);
        }
    }

    private boolean writeStamped(byte value) {
        synchronized (lock) {
            if (timestamps && lineBegins && stampSent == stamp.length) {
                stamp = LocalTime.now().format(TIME).getBytes(StandardCharsets.US_ASCII);
                stampSent = 0;
                lineBegins = false;
            }
            while (stampSent < stamp.length) {
                if (!shared.write(stamp[stampSent])) {
                    return false;
                }
                stampSent++;
            }
            if (!shared.write(value)) {
                return false;
            }
            lineBegins = value == '\n';
            return true;
        }
    }

    /** A front that wants to know whether it has the keyboard. */
    public interface Focused {
        /** It has come or gone. On the event loop's thread. */
        void focus(boolean here);
    }

    private final class Port implements HostChar {
        private volatile Front front;

        void focus(boolean here) {
            if (front instanceof Focused focused) {
                focused.focus(here);
            }
        }

        @Override
        public String description() {
            return shared.description();
        }

        @Override
        public boolean hasFront() {
            return front != null;
        }

        @Override
        public void connect(Front connected) {
            front = connected;
            connected.opened();
            shared.inputWanted();
        }

        @Override
        public boolean write(byte value) {
            return writeStamped(value);
        }

        @Override
        public void inputWanted() {
            shared.inputWanted();
        }

        @Override
        public void close() {
            shared.close();
        }
    }
}
