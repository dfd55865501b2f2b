package dev.skerry.verify.testkit;

import dev.skerry.isolation.transport.FrameReader;
import dev.skerry.isolation.transport.Transport;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.isolation.wire.mpqemu.BarAccess;
import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.ConfigAccess;
import dev.skerry.isolation.wire.mpqemu.Header;
import dev.skerry.isolation.wire.mpqemu.Reply;
import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap;
import dev.skerry.platform.linux.Fd;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The machine's side of the multi-process protocol, as a script would write it: every request can be
 * sent, broken ones too. One request at a time; used by one thread.
 */
public final class MpqemuClient implements AutoCloseable {
    /** What a request got for an answer. */
    public sealed interface Answer {
        /** A reply with a value. */
        record Value(long value) implements Answer {
            @Override
            public String toString() {
                return "0x" + Long.toHexString(value);
            }
        }

        /** A reply without one. */
        record Empty() implements Answer {
            @Override
            public String toString() {
                return "empty";
            }
        }

        /** The server closed the link instead. */
        record Closed() implements Answer {
            @Override
            public String toString() {
                return "closed";
            }
        }
    }

    private static final long BUFFER_BYTES = 4096;

    private final Transport transport;
    private final FrameReader reader;
    private final long timeoutNs;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
    private boolean closed;

    /**
     * @param transport is closed with this object
     * @param timeoutNs how long a reply may take
     */
    public MpqemuClient(Transport transport, long timeoutNs) {
        this.transport = transport;
        this.reader = new FrameReader(transport, Header.FRAMING);
        this.timeoutNs = timeoutNs;
    }

    public long readConfig(int offset, int length) throws IOException {
        return value(askConfig(Command.PCI_CFGREAD, offset, 0, length));
    }

    public void writeConfig(int offset, int length, long value) throws IOException {
        value(askConfig(Command.PCI_CFGWRITE, offset, (int) value, length));
    }

    /** A configuration access with any numbers. */
    public Answer askConfig(int command, int offset, int value, int length) throws IOException {
        ConfigAccess.put(buffer, Header.BYTES, offset, value, length);
        return ask(command, ConfigAccess.BYTES);
    }

    public long readMemory(long gpa, int size) throws IOException {
        return value(askBar(Command.BAR_READ, gpa, 0, size, true));
    }

    public void writeMemory(long gpa, int size, long value) throws IOException {
        value(askBar(Command.BAR_WRITE, gpa, value, size, true));
    }

    public long readPort(long port, int size) throws IOException {
        return value(askBar(Command.BAR_READ, port, 0, size, false));
    }

    public void writePort(long port, int size, long value) throws IOException {
        value(askBar(Command.BAR_WRITE, port, value, size, false));
    }

    /** A BAR access with any numbers. */
    public Answer askBar(int command, long address, long value, int size, boolean memory)
            throws IOException {
        BarAccess.put(buffer, Header.BYTES, address, value, size, memory);
        return ask(command, BarAccess.BYTES);
    }

    public Answer reset() throws IOException {
        return ask(Command.DEVICE_RESET, 0);
    }

    /** Shares memory; there is no reply. */
    public void syncMemory(List<SystemMemoryMap.Entry> entries, Fd... fds) throws IOException {
        SystemMemoryMap.put(buffer, Header.BYTES, entries);
        send(Command.SYNC_SYSMEM, SystemMemoryMap.BYTES, fds);
    }

    /** Gives the interrupt's counters; there is no reply. */
    public void setIrqFd(Fd irq, Fd resample) throws IOException {
        send(Command.SET_IRQFD, 0, irq, resample);
    }

    /** Sends the header for a payload that is in the buffer already, and the payload. */
    private void send(int command, int payloadBytes, Fd... fds) throws IOException {
        Header.put(buffer, 0, command, payloadBytes);
        transport.send(buffer, 0, Header.BYTES + payloadBytes, fds);
    }

    private Answer ask(int command, int payloadBytes) throws IOException {
        try {
            send(command, payloadBytes);
        } catch (dev.skerry.platform.linux.LinuxException e) {
            if (e.is(dev.skerry.platform.linux.Errno.EPIPE)) {
                return new Answer.Closed();
            }
            throw e;
        }
        return awaitReply();
    }

    /** Sends any bytes at all. */
    public void sendRaw(byte[] bytes, Fd... fds) throws IOException {
        MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
        transport.send(buffer, 0, bytes.length, fds);
    }

    /** Waits for a reply or the end. */
    public Answer awaitReply() throws IOException {
        try {
            while (true) {
                switch (reader.next(false)) {
                    case MESSAGE -> {
                        return answer();
                    }
                    case END -> {
                        return new Answer.Closed();
                    }
                    case NOTHING -> {
                        if (!transport.awaitReadable(timeoutNs)) {
                            throw new IOException("no reply in " + timeoutNs / 1_000_000 + " ms");
                        }
                    }
                }
            }
        } catch (ProtocolException e) {
            throw new IOException("the server broke the protocol: " + e.getMessage(), e);
        }
    }

    private Answer answer() throws IOException {
        MemorySegment message = reader.buffer();
        int command = Header.command(message, reader.at());
        if (command != Command.RET) {
            throw new IOException("wanted RET, got " + new Command(command));
        }
        long size = message.get(ValueLayout.JAVA_LONG_UNALIGNED, reader.at() + 8);
        return size == 0
                ? new Answer.Empty()
                : new Answer.Value(Reply.value(message, reader.at() + Header.BYTES));
    }

    private static long value(Answer answer) throws IOException {
        if (answer instanceof Answer.Value(long value)) {
            return value;
        }
        throw new IOException("wanted a value, got " + answer);
    }

    /** Closes the link, as at the machine's death; doing so again does nothing. */
    public void hangUp() {
        if (!closed) {
            closed = true;
            reader.close();
            transport.close();
            arena.close();
        }
    }

    @Override
    public void close() {
        hangUp();
    }
}
