package dev.skerry.device.lsi53c895a;

import dev.skerry.device.scsi.ScsiTarget;
import dev.skerry.device.scsi.ScsiTask;
import dev.skerry.device.scsi.TaskAttribute;

/** A nexus: the chip and a target, from selection to the last message, disconnected in between. */
final class Connection {
    /** What the target does once its messages have been taken. */
    enum Then {
        STAY,
        DISCONNECT,
        END
    }

    private static final int MOST_MESSAGE_BYTES = 64;
    private static final int MOST_CDB_BYTES = 16;

    final ScsiTarget target;
    final byte[] cdb = new byte[MOST_CDB_BYTES];
    int cdbLength;
    int lun;
    int tag = ScsiTask.UNTAGGED;
    TaskAttribute attribute = TaskAttribute.SIMPLE;
    boolean isIdentified;
    boolean mayDisconnect;
    boolean statusSent;
    boolean dataMoved;
    ScsiTask task;

    private final byte[] messages = new byte[MOST_MESSAGE_BYTES];
    private int messagesFrom;
    private int messagesTo;
    private Then then = Then.STAY;

    Connection(ScsiTarget target) {
        this.target = target;
    }

    int messageBytes() {
        return messagesTo - messagesFrom;
    }

    /** Has the target send a message; one too many, which only nonsense provokes, is dropped. */
    void say(int... message) {
        if (messagesFrom == messagesTo) {
            messagesFrom = 0;
            messagesTo = 0;
        }
        if (messagesTo + message.length <= MOST_MESSAGE_BYTES) {
            for (int b : message) {
                messages[messagesTo++] = (byte) b;
            }
        }
    }

    int nextMessageByte() {
        return messages[messagesFrom++] & 0xff;
    }

    void leaveAfterMessages(Then how) {
        then = how;
    }

    /** What happens now that its last message has been taken; STAY while there are more. */
    Then then() {
        return messageBytes() == 0 ? then : Then.STAY;
    }

    /** Whether it will disconnect or end once its messages have been taken. */
    boolean isLeaving() {
        return then != Then.STAY;
    }

    /** It is back after a disconnection. */
    void comeBack() {
        then = Then.STAY;
    }
}
