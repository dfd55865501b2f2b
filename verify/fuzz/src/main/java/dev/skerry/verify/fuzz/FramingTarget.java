package dev.skerry.verify.fuzz;

import static dev.skerry.verify.fuzz.Promise.require;

import dev.skerry.isolation.transport.FrameReader;
import dev.skerry.isolation.transport.ReplayTransport;
import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.isolation.wire.mpqemu.Header;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Messages and what is none, cut into any pieces with any number of descriptors. Against a naive
 * parse of the whole: every message is delivered once, byte for byte, with the descriptors that came
 * with its first byte; a link is refused when it has to be and never otherwise; reading ends; no
 * descriptor stays open.
 */
public final class FramingTarget {
    private static final int MOST_PIECES = 64;
    private static final int PAGE_BYTES = 4096;
    private static final long[] SIZES = {0, 8, 12, 24, 192, 1, 200, -1, 1L << 32, 1L << 32 | 12};
    private static final int[] PAYLOAD_BYTES = {192, 8, 12, 12, 24, 24, 0, 0, 0, 12};
    private static final int[] COMMANDS = {0, 1, 2, 3, 4, 5, 6, 7, 1, 8};

    private final byte[] stream;
    private final RecordingTransport transport;
    private final FrameReader reader;
    private final NaiveParse expected;

    private FramingTarget(byte[] stream, RecordingTransport transport) {
        this.stream = stream;
        this.transport = transport;
        this.reader = new FrameReader(transport, Header.FRAMING);
        this.expected = NaiveParse.of(stream);
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Choices choices = new Choices(input);
        List<ReplayTransport.Piece> pieces = recording(choices);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        pieces.forEach(piece -> whole.writeBytes(piece.bytes()));
        RecordingTransport transport =
                new RecordingTransport(
                        new ReplayTransport(pieces, PAGE_BYTES), new Choices(input.clone()));
        FramingTarget target = new FramingTarget(whole.toByteArray(), transport);
        try {
            target.read(new Choices(input.clone()));
        } finally {
            target.reader.close();
        }
        require(transport.openFds() == 0, "%d descriptors left open", transport.openFds());
    }

    private static List<ReplayTransport.Piece> recording(Choices choices) {
        List<ReplayTransport.Piece> pieces = new ArrayList<>();
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        while (!choices.isEmpty() && pieces.size() < MOST_PIECES) {
            int how = choices.u8();
            byte[] run = run(choices, how);
            int cut = (how & 0x40) != 0 ? choices.below(run.length + 1) : run.length;
            piece.write(run, 0, cut);
            if ((how & 0x80) != 0 && piece.size() > 0) {
                pieces.add(new ReplayTransport.Piece(piece.toByteArray(), fds(choices)));
                piece.reset();
            }
            piece.write(run, cut, run.length - cut);
        }
        if (piece.size() > 0) {
            pieces.add(new ReplayTransport.Piece(piece.toByteArray(), 0));
        }
        return pieces;
    }

    private static int fds(Choices choices) {
        return choices.flag() ? choices.below(40) : choices.below(3);
    }

    /** Some messages, or what looks like one, or just bytes. */
    private static byte[] run(Choices choices, int how) {
        ByteArrayOutputStream run = new ByteArrayOutputStream();
        switch (how & 0x7) {
            case 0 -> run.writeBytes(choices.take(choices.below(32)));
            case 1 -> run.writeBytes(header(choices.u8() - 8, choices.pick(SIZES)));
            case 2 -> {
                int which = choices.below(COMMANDS.length);
                for (int i = choices.below(24); i >= 0; i--) {
                    run.writeBytes(message(which, choices));
                }
            }
            default -> run.writeBytes(message(choices.below(COMMANDS.length), choices));
        }
        return run.toByteArray();
    }

    private static byte[] message(int which, Choices choices) {
        byte[] payload = new byte[PAYLOAD_BYTES[which]];
        Arrays.fill(payload, (byte) choices.u8());
        return ByteBuffer.allocate(16 + payload.length)
                .put(header(COMMANDS[which], payload.length))
                .put(payload)
                .array();
    }

    private static byte[] header(int command, long size) {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(command)
                .putInt(command * 0x01010101)
                .putLong(size)
                .array();
    }

    private void read(Choices choices) throws IOException {
        int delivered = 0;
        try {
            for (int calls = 0; ; calls++) {
                require(calls <= 64 + 2 * stream.length, "reading does not end");
                switch (reader.next(false)) {
                    case MESSAGE -> deliver(delivered++, choices);
                    case NOTHING -> {}
                    case END -> {
                        require(
                                delivered == expected.messages().size()
                                        && expected.end() == stream.length,
                                "the end after %d messages, wanted %s",
                                delivered,
                                expected);
                        require(!hasStrayFds(), "descriptors in mid-message were taken");
                        return;
                    }
                }
            }
        } catch (ProtocolException e) {
            requireReason(e, delivered);
        }
    }

    private void deliver(int index, Choices choices) {
        require(index < expected.messages().size(), "message %d of %s", index, expected);
        NaiveParse.Message message = expected.messages().get(index);
        byte[] there =
                reader.buffer()
                        .asSlice(reader.at(), message.end() - message.start())
                        .toArray(ValueLayout.JAVA_BYTE);
        require(
                Arrays.equals(there, Arrays.copyOfRange(stream, message.start(), message.end())),
                "message %d came with other bytes than were sent",
                index);
        int fds = fdsOf(message);
        require(
                reader.fdCount() == fds,
                "message %d with %d descriptors, wanted %d",
                index,
                reader.fdCount(),
                fds);
        if (fds > 0 && choices.flag()) {
            reader.fds().take(choices.below(fds)).close();
        }
    }

    /** Descriptors belong to the last message that begins in the receive they came with. */
    private int fdsOf(NaiveParse.Message message) {
        for (RecordingTransport.Receive receive : transport.receives()) {
            if (receive.fds() > 0 && lastBeginIn(receive) == message.start()) {
                return receive.fds();
            }
        }
        return 0;
    }

    private int lastBeginIn(RecordingTransport.Receive receive) {
        int last = -1;
        for (NaiveParse.Message message : expected.messages()) {
            if (message.start() >= receive.from() && message.start() < receive.to()) {
                last = message.start();
            }
        }
        boolean rest = expected.end() >= receive.from() && expected.end() < receive.to();
        return rest ? expected.end() : last;
    }

    private boolean hasStrayFds() {
        return transport.receives().stream()
                .anyMatch(receive -> receive.fds() > 0 && lastBeginIn(receive) < 0);
    }

    private void requireReason(ProtocolException e, int delivered) {
        int received = transport.received();
        boolean bad = expected.bad() && expected.end() + NaiveParse.HEADER_BYTES <= received;
        boolean cutShort = received == stream.length && expected.end() < stream.length;
        boolean stray = hasStrayFds();
        if (!bad && !stray && !cutShort) {
            throw new AssertionError("refused without a reason, after " + expected, e);
        }
        // Descriptors are given to messages when they arrive, which may find a bad header early.
        List<RecordingTransport.Receive> receives = transport.receives();
        boolean early = stray || receives.getLast().fds() > 0;
        long whole = expected.messages().stream().filter(m -> m.end() <= received).count();
        require(
                early || delivered == whole,
                "refused after %d of %d messages: %s",
                delivered,
                whole,
                e.getMessage());
    }
}
