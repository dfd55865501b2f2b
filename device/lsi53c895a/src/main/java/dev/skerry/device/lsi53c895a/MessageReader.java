package dev.skerry.device.lsi53c895a;

import dev.skerry.device.scsi.ScsiTask;
import dev.skerry.device.scsi.TaskAttribute;

/**
 * What a target makes of the initiator's messages (SPI-3, 16). Negotiations are answered as asked
 * for within the chip's limits; nothing here runs at a speed that could depend on them.
 */
final class MessageReader {
    private static final int EXTENDED = 0x01;
    private static final int INITIATOR_DETECTED_ERROR = 0x05;
    private static final int ABORT = 0x06;
    private static final int MESSAGE_REJECT = 0x07;
    private static final int NO_OPERATION = 0x08;
    private static final int PARITY_ERROR = 0x09;
    private static final int BUS_DEVICE_RESET = 0x0c;
    private static final int ABORT_TAG = 0x0d;
    private static final int CLEAR_QUEUE = 0x0e;
    private static final int SDTR = 0x01;
    private static final int WDTR = 0x03;
    private static final int PPR = 0x04;

    /** Fast-40, the fastest the chip can. */
    private static final int LEAST_PERIOD = 0x0a;

    private static final int MOST_OFFSET = 31;
    private static final int MOST_MESSAGE = 258;

    private final ScsiPort port;
    private final byte[] message = new byte[MOST_MESSAGE];
    private int length;

    MessageReader(ScsiPort port) {
        this.port = port;
    }

    void clear() {
        length = 0;
    }

    /** Whether the bytes taken so far end within a message. */
    boolean isWithinMessage() {
        return length > 0;
    }

    void take(byte[] bytes, int count) {
        Connection connection = port.current();
        for (int i = 0; i < count && port.current() == connection; i++) {
            message[length++] = bytes[i];
            if (length == expectedLength()) {
                length = 0;
                act(connection);
            }
        }
    }

    private int expectedLength() {
        int first = message[0] & 0xff;
        if (first == EXTENDED) {
            int rest = length < 2 ? 1 : message[1] & 0xff;
            return length < 2 ? MOST_MESSAGE + 1 : 2 + (rest == 0 ? 256 : rest);
        }
        return first >= 0x20 && first <= 0x2f ? 2 : 1;
    }

    private void act(Connection connection) {
        int first = message[0] & 0xff;
        if (first >= 0x80) {
            connection.isIdentified = true;
            connection.lun = first & 0x1f;
            connection.mayDisconnect = (first & 0x40) != 0;
            return;
        }
        switch (first) {
            case EXTENDED -> negotiate(connection);
            case 0x20, 0x21, 0x22 -> tag(connection, first, message[1] & 0xff);
            case NO_OPERATION, MESSAGE_REJECT, PARITY_ERROR, INITIATOR_DETECTED_ERROR -> {}
            case ABORT, CLEAR_QUEUE -> {
                if (connection.isIdentified) {
                    connection.target.clear(connection.lun);
                }
                port.release();
            }
            case ABORT_TAG -> {
                ScsiTask task = port.find(connection.target, connection.lun, connection.tag);
                if (task != null) {
                    task.abort();
                }
                port.release();
            }
            case BUS_DEVICE_RESET -> {
                connection.target.reset();
                port.release();
            }
            default -> connection.say(MESSAGE_REJECT);
        }
    }

    private static void tag(Connection connection, int kind, int tag) {
        if (connection.task != null) {
            connection.say(MESSAGE_REJECT);
            return;
        }
        connection.tag = tag;
        connection.attribute =
                switch (kind) {
                    case 0x21 -> TaskAttribute.HEAD_OF_QUEUE;
                    case 0x22 -> TaskAttribute.ORDERED;
                    default -> TaskAttribute.SIMPLE;
                };
    }

    private void negotiate(Connection connection) {
        int rest = message[1] & 0xff;
        int code = message[2] & 0xff;
        if (code == SDTR && rest == 3) {
            connection.say(EXTENDED, 3, SDTR, period(3), offset(4));
        } else if (code == WDTR && rest == 2) {
            connection.say(EXTENDED, 2, WDTR, width(3));
        } else if (code == PPR && rest == 6) {
            connection.say(EXTENDED, 6, PPR, period(3), 0, offset(5), width(6), 0);
        } else {
            connection.say(MESSAGE_REJECT);
        }
    }

    private int period(int at) {
        return Math.max(message[at] & 0xff, LEAST_PERIOD);
    }

    private int offset(int at) {
        return Math.min(message[at] & 0xff, MOST_OFFSET);
    }

    private int width(int at) {
        return Math.min(message[at] & 0xff, 1);
    }
}
