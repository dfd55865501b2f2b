package dev.skerry.device.lsi53c895a;

import dev.skerry.device.scsi.Initiator;
import dev.skerry.device.scsi.ScsiBus;
import dev.skerry.device.scsi.ScsiTarget;
import dev.skerry.device.scsi.ScsiTask;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The SCSI bus as the chip sees it: who is connected, what phase the target asks for, who wants to
 * reselect. Speaks for the targets' bus interfaces; the commands are device/scsi's.
 */
final class ScsiPort implements Initiator {
    static final int DATA_OUT = 0;
    static final int DATA_IN = 1;
    static final int COMMAND = 2;
    static final int STATUS = 3;
    static final int MESSAGE_OUT = 6;
    static final int MESSAGE_IN = 7;

    /** The target does not ask for anything yet. */
    static final int NO_REQUEST = -1;

    private static final int COMMAND_COMPLETE = 0x00;
    private static final int SAVE_DATA_POINTER = 0x02;
    private static final int DISCONNECT = 0x04;
    private static final int IDENTIFY = 0x80;
    private static final int SIMPLE_TAG = 0x20;

    /** Told of what the targets do by themselves. */
    interface Listener {
        /** The connected target may ask for another phase now. */
        void phaseMayHaveChanged();

        void busIsFree(boolean expected);

        void reselectionWanted();
    }

    private final ScsiBus bus;
    private final Listener listener;
    private final MessageReader messages = new MessageReader(this);
    private final List<Connection> disconnected = new ArrayList<>();
    private final ArrayDeque<Connection> reselecting = new ArrayDeque<>();
    private Connection current;
    private boolean attention;
    private boolean submitting;

    ScsiPort(ScsiBus bus, Listener listener) {
        this.bus = bus;
        this.listener = listener;
    }

    boolean isConnected() {
        return current != null;
    }

    Connection current() {
        return current;
    }

    boolean hasAttention() {
        return attention;
    }

    void setAttention(boolean on) {
        attention = on;
    }

    /**
     * Arbitrates and selects.
     *
     * @return false if nobody answers
     */
    boolean select(int id, boolean withAttention) {
        ScsiTarget target = bus.target(id);
        if (target == null) {
            return false;
        }
        current = new Connection(target);
        attention = withAttention;
        messages.clear();
        return true;
    }

    boolean isReselectionWanted() {
        return !reselecting.isEmpty();
    }

    /** Lets the first target that wants to in; returns its id. */
    int reselect() {
        current = reselecting.poll();
        current.comeBack();
        attention = false;
        messages.clear();
        current.say(IDENTIFY | current.lun);
        if (current.tag != ScsiTask.UNTAGGED) {
            current.say(SIMPLE_TAG, current.tag);
        }
        return current.target.id();
    }

    /** The phase the target asks for, or {@link #NO_REQUEST}. */
    int phase() {
        if (current == null) {
            return NO_REQUEST;
        }
        if (current.messageBytes() > 0) {
            return MESSAGE_IN;
        }
        if (current.isLeaving()) {
            return NO_REQUEST;
        }
        if (attention || messages.isWithinMessage()) {
            return MESSAGE_OUT;
        }
        if (current.task == null) {
            // A driver that selects without attention and then identifies (SeaBIOS) is let.
            return current.isIdentified || current.cdbLength > 0 ? COMMAND : MESSAGE_OUT;
        }
        if (current.task.isMoving()) {
            // Data of a script that was stopped meanwhile.
            return NO_REQUEST;
        }
        return switch (current.task.phase()) {
            case DATA_IN -> DATA_IN;
            case DATA_OUT -> DATA_OUT;
            case STATUS -> STATUS;
            case WAITING, ABORTED -> NO_REQUEST;
        };
    }

    /** Whether a transfer in a phase may begin now. */
    boolean accepts(int wanted) {
        int asked = phase();
        boolean unidentified = asked == MESSAGE_OUT && !attention && !messages.isWithinMessage();
        return wanted == asked || wanted == COMMAND && unidentified;
    }

    /** Bytes of a COMMAND phase; the last one has the target begin. */
    void command(byte[] bytes, int length) {
        Connection connection = current;
        System.arraycopy(bytes, 0, connection.cdb, connection.cdbLength, length);
        connection.cdbLength += length;
        if (connection.cdbLength >= expectedCdbLength(connection.cdb[0] & 0xff)) {
            begin(connection);
        }
    }

    /** Room for a CDB that is being received. */
    int commandRoom() {
        return current.cdb.length - current.cdbLength;
    }

    private static int expectedCdbLength(int opcode) {
        return switch (opcode >> 5) {
            case 0 -> 6;
            case 1, 2 -> 10;
            case 4 -> 16;
            case 5 -> 12;
            // Vendors' and variable ones: what has come is all of it.
            default -> 1;
        };
    }

    private void begin(Connection connection) {
        submitting = true;
        connection.task =
                connection.target.submit(
                        connection.lun,
                        connection.tag,
                        connection.attribute,
                        connection.cdb,
                        connection.cdbLength,
                        !connection.mayDisconnect,
                        this);
        submitting = false;
        dropAborted();
        disconnectIfIdle();
    }

    /** A target that has nothing to ask for gives the bus away if it may. */
    void disconnectIfIdle() {
        Connection connection = current;
        if (connection == null
                || connection.task == null
                || connection.task.phase() != ScsiTask.Phase.WAITING
                || !connection.mayDisconnect
                || connection.isLeaving()) {
            return;
        }
        if (connection.dataMoved) {
            connection.say(SAVE_DATA_POINTER);
        }
        connection.say(DISCONNECT);
        connection.leaveAfterMessages(Connection.Then.DISCONNECT);
    }

    /** The status byte has been taken. */
    int takeStatus() {
        int status = current.task.status();
        current.say(COMMAND_COMPLETE);
        current.leaveAfterMessages(Connection.Then.END);
        return status;
    }

    /** Bytes of a MESSAGE OUT phase. */
    void message(byte[] bytes, int length) {
        messages.take(bytes, length);
    }

    /** The initiator has acknowledged the last message, or goes on as if it had. */
    void settle() {
        if (current == null || current.then() == Connection.Then.STAY) {
            return;
        }
        Connection gone = current;
        boolean disconnects = gone.then() == Connection.Then.DISCONNECT;
        current = null;
        attention = false;
        if (disconnects) {
            if (gone.task.phase() == ScsiTask.Phase.WAITING) {
                disconnected.add(gone);
            } else {
                reselecting.add(gone);
            }
        }
        listener.busIsFree(true);
        if (current == null && isReselectionWanted()) {
            listener.reselectionWanted();
        }
    }

    /** The target lets go of the bus without a word, as after ABORT. */
    void release() {
        current = null;
        attention = false;
        messages.clear();
        dropAborted();
        listener.busIsFree(false);
    }

    /** The tasks of a nexus that a message has aborted are not coming back. */
    void dropAborted() {
        disconnected.removeIf(c -> c.task.phase() == ScsiTask.Phase.ABORTED);
        reselecting.removeIf(c -> c.task.phase() == ScsiTask.Phase.ABORTED);
    }

    /** The task of a nexus, current or not; null if there is none. */
    ScsiTask find(ScsiTarget target, int lun, int tag) {
        if (current != null && current.task != null && current.tag == tag) {
            return current.task;
        }
        for (Connection connection : disconnected) {
            if (connection.target == target && connection.lun == lun && connection.tag == tag) {
                return connection.task;
            }
        }
        for (Connection connection : reselecting) {
            if (connection.target == target && connection.lun == lun && connection.tag == tag) {
                return connection.task;
            }
        }
        return null;
    }

    @Override
    public void taskReady(ScsiTask task) {
        if (submitting && current.task == null) {
            // Either the one being submitted, whose phase is looked at afterwards, or another.
            wake(task);
            return;
        }
        if (current != null && current.task == task) {
            listener.phaseMayHaveChanged();
        } else {
            wake(task);
        }
    }

    private void wake(ScsiTask task) {
        for (int i = 0; i < disconnected.size(); i++) {
            if (disconnected.get(i).task == task) {
                reselecting.add(disconnected.remove(i));
                listener.reselectionWanted();
                return;
            }
        }
    }

    /** The reset line. */
    void resetBus() {
        abandon();
        bus.reset();
    }

    /** All nexuses are gone; the targets forget their tasks. */
    void abandon() {
        List<Connection> all = new ArrayList<>(disconnected);
        all.addAll(reselecting);
        if (current != null) {
            all.add(current);
        }
        current = null;
        attention = false;
        disconnected.clear();
        reselecting.clear();
        messages.clear();
        for (Connection connection : all) {
            if (connection.task != null) {
                connection.task.abort();
            }
        }
    }

    /** Commands under way, disconnected or not. */
    int outstanding() {
        return disconnected.size() + reselecting.size() + (current == null ? 0 : 1);
    }
}
