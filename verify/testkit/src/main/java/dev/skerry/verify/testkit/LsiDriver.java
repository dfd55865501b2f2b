package dev.skerry.verify.testkit;

import static dev.skerry.verify.testkit.LsiScript.ACK;
import static dev.skerry.verify.testkit.LsiScript.ADD;
import static dev.skerry.verify.testkit.LsiScript.ADD_WITH_CARRY;
import static dev.skerry.verify.testkit.LsiScript.DATA_IN;
import static dev.skerry.verify.testkit.LsiScript.DATA_OUT;
import static dev.skerry.verify.testkit.LsiScript.MSG_IN;
import static dev.skerry.verify.testkit.LsiScript.MSG_OUT;
import static dev.skerry.verify.testkit.LsiScript.OR;
import static dev.skerry.verify.testkit.LsiScript.SET;
import static dev.skerry.verify.testkit.LsiScript.STATUS;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * A driver for {@code lsi53c895a} in the manner of sym53c8xx: one program in the chip's own RAM that
 * takes commands from a ring, disconnects and is reselected, and says what is done by a byte in
 * memory and an interrupt. A command's structure is found by its tag, with DSA as pointer.
 *
 * <p>At depth 1 a command costs one register write and one wait for the interrupt. Used by one
 * thread.
 */
public final class LsiDriver {
    /** How a command's end is told. */
    public enum Ending {
        /** The program goes on, as Linux's does. */
        ON_THE_FLY,
        /**
         * The program stops, as older drivers' do; what it costs in messages it may gain where a
         * long run of instructions is paused for.
         */
        STOPPED
    }

    /** One command for each tag; the first one also serves those without a tag. */
    public static final int MOST_COMMANDS = 256;

    /** How many commands may be under way. */
    public static final int MOST_IN_FLIGHT = 63;

    /** The status of a command nobody answered. */
    public static final int SELECTION_TIMEOUT = 0x100;

    /** Memory below this is the driver's; the rest is for data. */
    public static final long DATA = 0x20_0000;

    // The ring's entries are programs: a jump to "idle", which the driver makes one that is never
    // taken; LOAD DSA; CALL "connect", which leaves the next entry's address in TEMP. The last one
    // jumps to the first.
    private static final long RING = 0x10_0000;
    private static final int RING_ENTRIES = MOST_IN_FLIGHT + 1;
    private static final int RING_ENTRY_BYTES = 24;
    private static final long RING_POINTERS = 0x10_1000;
    private static final int JUMP_ALWAYS = 0x8008_0000;
    private static final int JUMP_NEVER = 0x8000_0000;

    // A command's structure: pairs of count and address for the table-indirect moves, then what
    // they point at.
    private static final long TABLES = 0x11_0000;
    private static final int TABLE_BYTES = 0x100;
    private static final int SELECT = 0x00;
    private static final int MESSAGE_ENTRY = 0x08;
    private static final int COMMAND_ENTRY = 0x10;
    private static final int DATA_ENTRY = 0x18;
    private static final int STATUS_ENTRY = 0x20;
    private static final int MESSAGE = 0x40;
    private static final int CDB = 0x50;
    private static final int STATUS_BYTE = 0x60;
    private static final int DONE = 0x61;
    private static final byte DONE_BY_TARGET = 1;
    private static final byte DONE_BY_NOBODY = 2;

    /** Where messages from the target go. */
    private static final long MESSAGE_IN = 0x10_2000;

    private static final int IDENTIFY = 0x80;
    private static final int MAY_DISCONNECT = 0x40;
    private static final int SIMPLE_TAG = 0x20;
    private static final int UNKNOWN_PHASE = 1;
    private static final int UNKNOWN_MESSAGE = 2;
    private static final int ENDED = 3;
    private static final int PHASE_MISMATCH = 0x0080;
    private static final int TIMED_OUT = 0x0400;
    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

    private final LsiPort port;
    private final Ending ending;
    private final long scriptGpa;
    private final MemorySegment ram;
    private final LsiScript script;
    private final int[] inFlight = new int[MOST_IN_FLIGHT];
    private final int[] residue = new int[MOST_COMMANDS];
    private int inFlightCount;
    private int ringPosition;
    private boolean isKickDue;
    private boolean isStopped;

    /** With the program in the chip's RAM, which goes on after a command's end. */
    public LsiDriver(LsiPort port) throws IOException {
        this(port, Ending.ON_THE_FLY, LsiPort.SCRIPT_RAM);
    }

    /**
     * Resets the chip and starts the program.
     *
     * @param port with RAM up to {@link #DATA} at least
     * @param scriptGpa where the program is to be
     */
    public LsiDriver(LsiPort port, Ending ending, long scriptGpa) throws IOException {
        this.port = port;
        this.ending = ending;
        this.scriptGpa = scriptGpa;
        ram = port.ram();
        script = program(ending);
        port.write(LsiPort.ISTAT0, LsiPort.SOFT_RESET);
        port.write(LsiPort.ISTAT0, 0);
        port.place(scriptGpa, script);
        port.place(RING, ring());
        port.write(LsiPort.SCRATCHA, DONE_BY_TARGET);
        port.write32(LsiPort.DSA, (int) TABLES);
        port.write32(LsiPort.TEMP, (int) RING);
        port.write(LsiPort.SCID, 0x47);
        port.write(LsiPort.DIEN, 0x7d);
        port.write(LsiPort.SIEN0, 0x8f);
        port.write(LsiPort.SIEN1, 0x05);
        go("idle");
    }

    /**
     * As short as can be: stock QEMU (Debian's, since an update) pauses for half a millisecond after
     * a hundred instructions. SCNTL2's SDU is left alone; a disconnection after its message is never
     * unexpected to either model.
     */
    private static LsiScript program(Ending ending) {
        LsiScript script = new LsiScript();
        idle(script);
        connect(script);
        end(script, ending);
        return script;
    }

    private static void idle(LsiScript script) {
        script.label("idle")
                .waitReselect("signalled")
                .label("reselected")
                .move(MSG_IN, 1, MESSAGE_IN)
                .clear(ACK)
                .modify(LsiPort.DSA + 1, SET, 0)
                .jumpUnlessPhase(MSG_IN, "dispatch")
                .move(MSG_IN, 2, MESSAGE_IN)
                .load(LsiPort.DSA + 1, 1, MESSAGE_IN + 1)
                .clear(ACK)
                .jump("dispatch")
                // Arbitration, to a target: the command stays in the ring.
                .label("lost")
                .modify(LsiPort.TEMP, ADD, -RING_ENTRY_BYTES & 0xff)
                .modify(LsiPort.TEMP + 1, ADD_WITH_CARRY, 0xff)
                .jump("reselected")
                .label("signalled")
                // Reading it drops the signal; what enters the ring from now on signals again.
                .toSfbr(LsiPort.CTEST2, OR, 0)
                .label("next")
                .returnToCaller();
    }

    private static void connect(LsiScript script) {
        script.label("connect")
                .selectTable(SELECT, "lost")
                .moveTable(MSG_OUT, MESSAGE_ENTRY)
                .moveTable(LsiScript.COMMAND, COMMAND_ENTRY)
                .label("dispatch")
                .jumpWhenPhase(MSG_IN, "message")
                .jumpIfPhase(STATUS, "status")
                .jumpIfPhase(DATA_IN, "in")
                .jumpIfPhase(DATA_OUT, "out")
                .interrupt(UNKNOWN_PHASE)
                .label("in")
                .moveTable(DATA_IN, DATA_ENTRY)
                .jump("dispatch")
                .label("out")
                .moveTable(DATA_OUT, DATA_ENTRY)
                .jump("dispatch")
                .label("status")
                .moveTable(STATUS, STATUS_ENTRY)
                .jumpUnlessPhase(MSG_IN, "dispatch")
                .label("message")
                .move(MSG_IN, 1, MESSAGE_IN)
                .jumpIfData(0x00, "complete")
                .jumpIfData(0x04, "disconnect")
                .jumpIfData(0x02, "pointers")
                .jumpIfData(0x03, "pointers")
                .interrupt(UNKNOWN_MESSAGE)
                .label("pointers")
                .clear(ACK)
                .jump("dispatch");
    }

    private static void end(LsiScript script, Ending ending) {
        script.label("disconnect")
                .clear(ACK)
                .waitDisconnect()
                .returnToCaller()
                .label("complete")
                .clear(ACK)
                .waitDisconnect()
                .storeRelative(LsiPort.SCRATCHA, 1, DONE);
        switch (ending) {
            case ON_THE_FLY -> script.interruptOnTheFly(0).returnToCaller();
            case STOPPED -> script.interrupt(ENDED);
        }
    }

    private LsiScript ring() {
        LsiScript ring = new LsiScript();
        int idle = (int) scriptGpa + script.offset("idle");
        for (int i = 0; i < RING_ENTRIES; i++) {
            ring.word(JUMP_ALWAYS, idle)
                    .load(LsiPort.DSA, 4, RING_POINTERS + 4L * i)
                    .call(scriptGpa + script.offset("connect"));
        }
        return ring.word(JUMP_ALWAYS, (int) RING);
    }

    private static long table(int tag) {
        return TABLES + (long) tag * TABLE_BYTES;
    }

    private void go(String label) throws IOException {
        port.start(scriptGpa + script.offset(label));
    }

    /** How many commands are under way. */
    public int inFlight() {
        return inFlightCount;
    }

    /** How many of the bytes a command asked for did not move, once it is done. */
    public int residue(int tag) {
        return residue[tag];
    }

    /** The status of a command that is done, or {@link #SELECTION_TIMEOUT}. */
    public int status(int tag) {
        return ram.get(ValueLayout.JAVA_BYTE, table(tag) + DONE) == DONE_BY_NOBODY
                ? SELECTION_TIMEOUT
                : ram.get(ValueLayout.JAVA_BYTE, table(tag) + STATUS_BYTE) & 0xff;
    }

    /**
     * Hands a command over; {@link #kick} or {@link #await} has the chip notice.
     *
     * @param tag 0 to 255, of no command under way
     * @param dataGpa where its data goes to or comes from
     */
    public void submit(int tag, int target, int lun, byte[] cdb, long dataGpa, int dataBytes) {
        prepare(tag, target, cdb, dataGpa, dataBytes);
        message(tag, 3, IDENTIFY | MAY_DISCONNECT | lun);
        enqueue(tag);
    }

    /** As {@link #submit}, without a tag and so alone at its logical unit; its tag here is 0. */
    public void submitUntagged(
            int target, int lun, boolean mayDisconnect, byte[] cdb, long dataGpa, int dataBytes) {
        prepare(0, target, cdb, dataGpa, dataBytes);
        message(0, 1, IDENTIFY | (mayDisconnect ? MAY_DISCONNECT : 0) | lun);
        enqueue(0);
    }

    private void message(int tag, int count, int first) {
        long table = table(tag);
        entry(table + MESSAGE_ENTRY, count, table + MESSAGE);
        ram.set(ValueLayout.JAVA_BYTE, table + MESSAGE, (byte) first);
        ram.set(ValueLayout.JAVA_BYTE, table + MESSAGE + 1, (byte) SIMPLE_TAG);
        ram.set(ValueLayout.JAVA_BYTE, table + MESSAGE + 2, (byte) tag);
    }

    private void prepare(int tag, int target, byte[] cdb, long dataGpa, int dataBytes) {
        if (inFlightCount == MOST_IN_FLIGHT) {
            throw new IllegalStateException("more than " + MOST_IN_FLIGHT + " commands");
        }
        long table = table(tag);
        ram.set(ValueLayout.JAVA_INT_UNALIGNED, table + SELECT, target << 16);
        entry(table + COMMAND_ENTRY, cdb.length, table + CDB);
        entry(table + DATA_ENTRY, dataBytes, dataGpa);
        entry(table + STATUS_ENTRY, 1, table + STATUS_BYTE);
        MemorySegment.copy(cdb, 0, ram, ValueLayout.JAVA_BYTE, table + CDB, cdb.length);
        ram.set(ValueLayout.JAVA_BYTE, table + STATUS_BYTE, (byte) 0xff);
        ram.set(ValueLayout.JAVA_BYTE, table + DONE, (byte) 0);
        residue[tag] = 0;
    }

    private void entry(long at, int count, long gpa) {
        ram.set(ValueLayout.JAVA_INT_UNALIGNED, at, count);
        ram.set(ValueLayout.JAVA_INT_UNALIGNED, at + 4, (int) gpa);
    }

    /** The end of the ring is marked before the command can be seen. */
    private void enqueue(int tag) {
        inFlight[inFlightCount++] = tag;
        int next = (ringPosition + 1) % RING_ENTRIES;
        WORD.setRelease(ram, RING + (long) next * RING_ENTRY_BYTES, JUMP_ALWAYS);
        WORD.setRelease(ram, RING_POINTERS + 4L * ringPosition, (int) table(tag));
        WORD.setRelease(ram, RING + (long) ringPosition * RING_ENTRY_BYTES, JUMP_NEVER);
        ringPosition = next;
        isKickDue = true;
    }

    /** Acknowledges an interrupt and has the chip look at its ring. */
    public void kick() throws IOException {
        isKickDue = false;
        if (isStopped) {
            isStopped = false;
            port.read(LsiPort.DSTAT);
            go("next");
        } else {
            port.write(LsiPort.ISTAT0, LsiPort.SIGNAL | LsiPort.ON_THE_FLY);
        }
    }

    /**
     * Waits for any command's end.
     *
     * @return its tag
     * @throws IOException if the chip reports an error no driver expects, or is silent
     */
    public int await() throws IOException {
        while (true) {
            int tag = reap();
            if (tag >= 0) {
                return tag;
            }
            if (isKickDue) {
                kick();
                continue;
            }
            boolean interrupted = port.awaitInterrupt(DeviceProcess.TIMEOUT_NS);
            tag = reap();
            if (tag >= 0) {
                return tag;
            }
            if (!handle(port.read(LsiPort.ISTAT0)) && !interrupted) {
                throw new IOException(
                        String.format("the chip is silent, DSP 0x%08x", port.read32(LsiPort.DSP)));
            }
        }
    }

    /** The tag of a command that is done, or -1. */
    private int reap() {
        for (int i = 0; i < inFlightCount; i++) {
            int tag = inFlight[i];
            if ((byte) BYTE.getAcquire(ram, table(tag) + DONE) != 0) {
                inFlight[i] = inFlight[--inFlightCount];
                // The interrupt comes with the next instruction, if it has not.
                isKickDue = true;
                isStopped |= ending == Ending.STOPPED;
                return tag;
            }
        }
        return -1;
    }

    /** Returns whether there was anything to handle. */
    private boolean handle(int istat) throws IOException {
        if ((istat & LsiPort.SCSI_PENDING) != 0) {
            int causes = port.takeScsi();
            int tag = port.read32(LsiPort.DSA) >> 8 & 0xff;
            switch (causes) {
                case PHASE_MISMATCH -> {
                    // The target had less to say than it was asked.
                    residue[tag] = port.read32(LsiPort.DBC) & 0xff_ffff;
                    go("dispatch");
                }
                case TIMED_OUT -> {
                    ram.set(ValueLayout.JAVA_BYTE, table(tag) + DONE, DONE_BY_NOBODY);
                    isStopped = true;
                }
                default -> throw new IOException(String.format("SCSI interrupt 0x%x", causes));
            }
            return true;
        }
        if ((istat & LsiPort.DMA_PENDING) != 0) {
            int vector = port.read32(LsiPort.DSPS);
            if (vector != ENDED) {
                throw new IOException(
                        String.format(
                                "DMA interrupt 0x%x, vector %d, DSP 0x%08x",
                                port.read(LsiPort.DSTAT), vector, port.read32(LsiPort.DSP)));
            }
            // A command ended since it was looked for; the kick after it takes the interrupt.
            return true;
        }
        isKickDue |= (istat & LsiPort.ON_THE_FLY) != 0;
        return isKickDue;
    }

    /**
     * Does one command, with a tag.
     *
     * @return its status
     */
    public int run(int target, int lun, byte[] cdb, long dataGpa, int dataBytes)
            throws IOException {
        submit(0, target, lun, cdb, dataGpa, dataBytes);
        await();
        return status(0);
    }
}
