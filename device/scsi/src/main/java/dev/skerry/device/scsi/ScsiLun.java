package dev.skerry.device.scsi;

import java.util.ArrayDeque;

/**
 * A logical unit: its task set, its sense data and unit attentions, and the commands every kind of
 * unit knows (SPC-3, 6). One initiator; used on the device thread.
 *
 * <p>Sense data stays until it is asked for or the next command arrives. A unit attention is told by
 * the first command that is not exempt.
 */
public abstract class ScsiLun {
    private static final int ABSENT_DEVICE = 0x7f;
    private static final int DESCRIPTOR_FORMAT = 0x01;

    private final TaskSet tasks = new TaskSet();
    private final ArrayDeque<Sense> attentions = new ArrayDeque<>();
    private Sense sense;
    private boolean dispatching;
    private ScsiTarget target;
    private int number;

    ScsiLun() {
        attentions.add(Sense.POWER_ON);
    }

    void attached(ScsiTarget to, int as) {
        target = to;
        number = as;
    }

    public ScsiTarget target() {
        return target;
    }

    /** Its number within the target. */
    public int number() {
        return number;
    }

    /** Takes a task into the set and begins what may begin. */
    void accept(ScsiTask task) {
        sense = task.cdb().opcode() == Opcode.REQUEST_SENSE ? sense : null;
        if (tasks.hasTag(task.tag())) {
            // SAM-2, 5.9.2: everything of this initiator is aborted.
            clear();
            tasks.add(task);
            fail(task, Sense.OVERLAPPED_COMMANDS);
        } else if (tasks.isFull()) {
            task.end(ScsiStatus.TASK_SET_FULL);
            task.announce();
        } else {
            tasks.add(task);
            dispatch();
        }
    }

    /** Begins tasks until none may begin; those that end at once let others begin. */
    private void dispatch() {
        if (dispatching) {
            return;
        }
        dispatching = true;
        try {
            for (ScsiTask task = tasks.next(); task != null; task = tasks.next()) {
                begin(task);
            }
        } finally {
            dispatching = false;
        }
    }

    private void begin(ScsiTask task) {
        int opcode = task.cdb().opcode();
        if (!attentions.isEmpty() && !isExempt(opcode)) {
            fail(task, attentions.poll());
            return;
        }
        switch (opcode) {
            case Opcode.INQUIRY -> inquire(task);
            case Opcode.REQUEST_SENSE -> requestSense(task);
            case Opcode.REPORT_LUNS -> reportLuns(task);
            default -> execute(task);
        }
    }

    /** Whether a command is carried out while a unit attention is pending. */
    boolean isExempt(int opcode) {
        return opcode == Opcode.INQUIRY
                || opcode == Opcode.REQUEST_SENSE
                || opcode == Opcode.REPORT_LUNS;
    }

    /** Carries out a command that is not every unit's. */
    abstract void execute(ScsiTask task);

    /** The standard data or, for {@code page} not negative, a vital page; null if there is none. */
    abstract byte[] inquiryData(int page);

    /** What REQUEST SENSE tells when nothing is pending. */
    Sense idleSense() {
        return Sense.NONE;
    }

    private void inquire(ScsiTask task) {
        Cdb cdb = task.cdb();
        boolean vital = cdb.bit(1, 0x01);
        byte[] data = null;
        if (!cdb.bit(1, 0x02) && (vital || cdb.at(2) == 0)) {
            data = inquiryData(vital ? cdb.at(2) : -1);
        }
        if (data == null) {
            fail(task, Sense.INVALID_FIELD_IN_CDB);
        } else {
            reply(task, data);
        }
    }

    private void requestSense(ScsiTask task) {
        Sense told = sense;
        sense = null;
        if (told == null) {
            boolean pending = !attentions.isEmpty() && !(this instanceof AbsentLun);
            told = pending ? attentions.poll() : idleSense();
        }
        boolean descriptor = task.cdb().bit(1, DESCRIPTOR_FORMAT);
        reply(task, descriptor ? told.descriptor() : told.fixed());
    }

    private void reportLuns(ScsiTask task) {
        Cdb cdb = task.cdb();
        if (cdb.at(2) > 2 || cdb.allocation() < 16) {
            fail(task, Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        boolean wellKnown = cdb.at(2) == 1;
        int count = wellKnown || target == null ? 0 : target.luns().size();
        byte[] list = new byte[8 + 8 * count];
        BigEndian.put4(list, 0, 8L * count);
        for (int i = 0; i < count; i++) {
            list[8 + 8 * i + 1] = (byte) target.luns().get(i).number();
        }
        reply(task, list);
    }

    /** Standard data of a number nothing is at. */
    static byte[] absentInquiry() {
        byte[] data = new byte[36];
        data[0] = ABSENT_DEVICE;
        return data;
    }

    /** Answers with as much as the initiator allows. */
    final void reply(ScsiTask task, byte[] data) {
        int length = Math.min(data.length, task.cdb().allocation());
        if (length == 0) {
            good(task);
        } else {
            task.open(new DataPhase.Reply(task, data, length));
        }
    }

    /** Takes parameters, then goes on. */
    final void receive(ScsiTask task, byte[] into, Runnable then) {
        if (into.length == 0) {
            then.run();
        } else {
            task.open(new DataPhase.Parameters(task, into, then));
        }
    }

    final void good(ScsiTask task) {
        end(task, ScsiStatus.GOOD);
    }

    final void fail(ScsiTask task, Sense why) {
        if (task.isAlive()) {
            sense = why;
            end(task, ScsiStatus.CHECK_CONDITION);
        }
    }

    final void end(ScsiTask task, int status) {
        if (tasks.remove(task)) {
            task.end(status);
            task.announce();
            dispatch();
        }
    }

    /** Ends a task by what its storage said. */
    final void endBy(ScsiTask task, Sense failure) {
        if (failure == null) {
            good(task);
        } else {
            fail(task, failure);
        }
    }

    final void abort(ScsiTask task) {
        if (tasks.remove(task)) {
            task.vanish();
            dispatch();
        }
    }

    /** Aborts all tasks. */
    void clear() {
        for (ScsiTask task : tasks.all()) {
            tasks.remove(task);
            task.vanish();
        }
    }

    /** Ends all tasks with one reason. */
    final void failAll(Sense why) {
        for (ScsiTask task : tasks.all()) {
            fail(task, why);
        }
    }

    /** The tasks that have no status yet. */
    public int outstanding() {
        return tasks.all().size();
    }

    /** A reset by somebody else than the power switch. */
    final void reset(Sense attention) {
        clear();
        sense = null;
        attentions.clear();
        attentions.add(attention);
        forget();
    }

    final void powerOn() {
        reset(Sense.POWER_ON);
    }

    /** What a reset brings back to its default. */
    void forget() {}

    /** Has a unit attention told, once. */
    final void report(Sense attention) {
        if (!attentions.contains(attention)) {
            attentions.add(attention);
        }
    }
}
