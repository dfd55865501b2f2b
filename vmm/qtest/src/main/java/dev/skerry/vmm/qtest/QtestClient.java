package dev.skerry.vmm.qtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HexFormat;

/**
 * A conversation with a machine over qtest (QEMU's manual, "QTest Device Emulation Testing
 * Framework"): one command a line, one answer a line. Used by one thread.
 */
public final class QtestClient implements AutoCloseable {
    private static final int CONFIG_ADDRESS = 0xcf8;
    private static final int CONFIG_DATA = 0xcfc;

    private final SocketChannel socket;
    private final BufferedReader in;
    private final Writer out;
    private final BitSet raised = new BitSet();

    QtestClient(SocketChannel socket) {
        this.socket = socket;
        in =
                new BufferedReader(
                        new InputStreamReader(
                                Channels.newInputStream(socket), StandardCharsets.US_ASCII));
        out = Channels.newWriter(socket, StandardCharsets.US_ASCII);
    }

    /** Sends a command and returns what follows {@code OK}. */
    private String command(String line) throws IOException {
        out.write(line + "\n");
        out.flush();
        String answer = in.readLine();
        while (answer != null && answer.startsWith("IRQ")) {
            noteLine(answer);
            answer = in.readLine();
        }
        if (answer == null) {
            throw new IOException("the machine went while answering '" + line + "'");
        } else if (!answer.startsWith("OK")) {
            throw new IOException("'" + line + "' was answered '" + answer + "'");
        }
        return answer.substring(2).trim();
    }

    /** {@code IRQ raise 5}, {@code IRQ lower 5}. */
    private void noteLine(String event) throws IOException {
        String[] words = event.split(" ");
        if (words.length != 3) {
            throw new IOException("'" + event + "' came unasked");
        }
        raised.set(Integer.parseInt(words[2]), words[1].equals("raise"));
    }

    /**
     * Takes a device's input lines from it, once a machine; see {@link #raisedLines}.
     *
     * @param path the device's, such as {@code ioapic}
     */
    public void interceptInputs(String path) throws IOException {
        command("irq_intercept_in " + path);
    }

    /** The intercepted lines that were up at the last answer, as far as they have ever changed. */
    public BitSet raisedLines() {
        return (BitSet) raised.clone();
    }

    private long value(String line) throws IOException {
        String text = command(line);
        return Long.parseUnsignedLong(text.substring(2), 16);
    }

    private static char sizeLetter(int size) {
        return switch (size) {
            case 1 -> 'b';
            case 2 -> 'w';
            case 4 -> 'l';
            case 8 -> 'q';
            default -> throw new IllegalArgumentException("size " + size);
        };
    }

    /** Reads a port; size 1, 2 or 4. */
    public long in(int port, int size) throws IOException {
        return value(String.format("in%c 0x%x", sizeLetter(size), port));
    }

    /** Writes a port; size 1, 2 or 4. */
    public void out(int port, int size, long value) throws IOException {
        command(String.format("out%c 0x%x 0x%x", sizeLetter(size), port, value));
    }

    /** Reads memory space, as a CPU would; size 1, 2, 4 or 8. */
    public long read(long gpa, int size) throws IOException {
        return value(String.format("read%c 0x%x", sizeLetter(size), gpa));
    }

    /** Writes memory space, as a CPU would; size 1, 2, 4 or 8. */
    public void write(long gpa, int size, long value) throws IOException {
        command(String.format("write%c 0x%x 0x%x", sizeLetter(size), gpa, value));
    }

    /** Reads bytes of guest memory. */
    public byte[] readBytes(long gpa, int length) throws IOException {
        String text = command(String.format("read 0x%x 0x%x", gpa, length));
        return HexFormat.of().parseHex(text, 2, text.length());
    }

    /** Writes bytes of guest memory. */
    public void writeBytes(long gpa, byte[] bytes) throws IOException {
        command(
                String.format(
                        "write 0x%x 0x%x 0x%s",
                        gpa, bytes.length, HexFormat.of().formatHex(bytes)));
    }

    /**
     * Reads PCI configuration space of a function on bus 0, through the ports of mechanism 1.
     *
     * @param slot 0 to 31; function 0 is meant
     */
    public long readConfig(int slot, int offset, int size) throws IOException {
        selectConfig(slot, offset);
        return in(CONFIG_DATA + (offset & 3), size);
    }

    /** See {@link #readConfig}. */
    public void writeConfig(int slot, int offset, int size, long value) throws IOException {
        selectConfig(slot, offset);
        out(CONFIG_DATA + (offset & 3), size, value);
    }

    private void selectConfig(int slot, int offset) throws IOException {
        out(CONFIG_ADDRESS, 4, 0x8000_0000L | (long) slot << 11 | (offset & 0xfc));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
