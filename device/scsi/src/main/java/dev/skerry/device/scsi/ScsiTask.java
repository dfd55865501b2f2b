package dev.skerry.device.scsi;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A command from its arrival to its status. The host adapter looks at {@link #phase}, moves data
 * while that is a data phase, and takes the status at the end. Used on the device thread.
 */
public final class ScsiTask {
    /** The tag of a command without one. */
    public static final int UNTAGGED = -1;

    /** What the target wants next. */
    public enum Phase {
        /** Nothing yet: queued, or busy with its storage. */
        WAITING,
        /** To give data. */
        DATA_IN,
        /** To take data. */
        DATA_OUT,
        /** To give the status. */
        STATUS,
        /** Nothing ever: it was aborted, and sends no status. */
        ABORTED
    }

    /** What follows a move. */
    @FunctionalInterface
    public interface Moved {
        /**
         * @param bytes how many were moved; fewer than asked for if the data phase ended early
         */
        void moved(long bytes);
    }

    private final ScsiLun lun;
    private final int tag;
    private final TaskAttribute attribute;
    private final Cdb cdb;
    private final boolean holdsBus;
    private final Initiator initiator;
    private Phase phase = Phase.WAITING;
    private DataPhase data;
    private int status;
    private boolean begun;
    private boolean moving;

    ScsiTask(
            ScsiLun lun,
            int tag,
            TaskAttribute attribute,
            Cdb cdb,
            boolean holdsBus,
            Initiator initiator) {
        this.lun = lun;
        this.tag = tag;
        this.attribute = attribute;
        this.cdb = cdb;
        this.holdsBus = holdsBus;
        this.initiator = initiator;
    }

    public ScsiLun lun() {
        return lun;
    }

    /** 0 to 255, or {@link #UNTAGGED}. */
    public int tag() {
        return tag;
    }

    public TaskAttribute attribute() {
        return attribute;
    }

    public Phase phase() {
        return phase;
    }

    /** The bytes the data phase still has; 0 in other phases. */
    public long remainingBytes() {
        return phase == Phase.DATA_IN || phase == Phase.DATA_OUT ? data.remaining() : 0;
    }

    /** The status byte; see {@link ScsiStatus}. Only in {@link Phase#STATUS}. */
    public int status() {
        if (phase != Phase.STATUS) {
            throw new IllegalStateException("status in phase " + phase);
        }
        return status;
    }

    /** Whether a move has begun and not yet ended. */
    public boolean isMoving() {
        return moving;
    }

    /**
     * Moves data between the target and memory. One move at a time.
     *
     * @param segments native memory, which must stay valid until the end
     * @param lengthBytes their total, 1 to {@link #remainingBytes}
     * @param moved told exactly once, possibly before this returns, even if the task is aborted
     */
    public void move(List<MemorySegment> segments, long lengthBytes, Moved moved) {
        if (moving || lengthBytes < 1 || lengthBytes > remainingBytes()) {
            throw new IllegalStateException(
                    "move of " + lengthBytes + " bytes, moving " + moving + ", phase " + phase);
        }
        moving = true;
        data.move(
                segments,
                lengthBytes,
                bytes -> {
                    moving = false;
                    moved.moved(bytes);
                });
    }

    /** Has the target forget it; no status follows. */
    public void abort() {
        lun.abort(this);
    }

    Cdb cdb() {
        return cdb;
    }

    /** Whether the initiator keeps the bus for it, so that reading ahead gains nothing. */
    boolean holdsBus() {
        return holdsBus;
    }

    boolean hasBegun() {
        return begun;
    }

    void begin() {
        begun = true;
    }

    boolean isAlive() {
        return phase != Phase.ABORTED && phase != Phase.STATUS;
    }

    /** Opens a data phase; one without bytes is skipped. */
    void open(DataPhase opened) {
        data = opened;
        phase = opened.isIn() ? Phase.DATA_IN : Phase.DATA_OUT;
        initiator.taskReady(this);
    }

    /** The data phase is over and the storage is at work. */
    void waitAgain() {
        phase = Phase.WAITING;
    }

    void end(int withStatus) {
        data = null;
        status = withStatus;
        phase = Phase.STATUS;
    }

    void announce() {
        initiator.taskReady(this);
    }

    void vanish() {
        phase = Phase.ABORTED;
        data = null;
    }

    @Override
    public String toString() {
        return new Opcode(cdb.opcode()) + " tag " + tag + " " + phase;
    }
}
