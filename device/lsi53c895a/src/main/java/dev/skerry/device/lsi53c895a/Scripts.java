package dev.skerry.device.lsi53c895a;

import static dev.skerry.device.lsi53c895a.LsiRegister.ADDER;
import static dev.skerry.device.lsi53c895a.LsiRegister.DBC;
import static dev.skerry.device.lsi53c895a.LsiRegister.DCMD;
import static dev.skerry.device.lsi53c895a.LsiRegister.DCNTL;
import static dev.skerry.device.lsi53c895a.LsiRegister.DNAD;
import static dev.skerry.device.lsi53c895a.LsiRegister.DSA;
import static dev.skerry.device.lsi53c895a.LsiRegister.DSP;
import static dev.skerry.device.lsi53c895a.LsiRegister.DSPS;
import static dev.skerry.device.lsi53c895a.LsiRegister.SFBR;
import static dev.skerry.device.lsi53c895a.LsiRegister.SFS;
import static dev.skerry.device.lsi53c895a.LsiRegister.TEMP;

import dev.skerry.device.api.Dma;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The SCRIPTS processor (manual, chapter 5): fetches instructions, carries out those that concern
 * the chip and memory, hands block moves to {@link BlockMover} and bus control to {@link
 * BusInstructions}.
 *
 * <p>A run is bounded: after {@link #SLICE} units of work it lets the device loop do other things
 * and goes on soon after, so that a script without end starves nobody.
 */
final class Scripts {
    /** Units of work, roughly instructions, done without a pause. */
    static final int SLICE = 10_000;

    private static final int BYTES_A_UNIT = 16;
    private static final int CHUNK = 4096;
    private static final int SINGLE_STEP = 0x10;
    private static final int READ_WRITE_OPCODES_FROM = 5;

    private enum State {
        STOPPED,
        RUNNING,
        /** An instruction waits for the target. */
        WAITING,
        /** WAIT RESELECT waits for a target. */
        RESELECT
    }

    /** What an instruction says of what follows. */
    enum Next {
        GO_ON,
        /** Do this instruction again when something has changed. */
        WAIT,
        WAIT_RESELECT
    }

    private final Lsi53c895a chip;
    private final RegisterFile registers;
    private final Dma dma;
    private final BlockMover mover;
    private final BusInstructions bus;
    private final MemorySegment chunk = Arena.ofAuto().allocate(CHUNK, Integer.BYTES);

    private State state = State.STOPPED;
    private boolean executing;
    private boolean carry;
    private int first;
    private int second;
    private boolean again;
    private int work;

    /** Counts stops, so that an instruction notices that it stopped its own processor. */
    private int stops;

    Scripts(
            Lsi53c895a chip,
            RegisterFile registers,
            Dma dma,
            BlockMover mover,
            BusInstructions bus) {
        this.chip = chip;
        this.registers = registers;
        this.dma = dma;
        this.mover = mover;
        this.bus = bus;
    }

    boolean isRunning() {
        return state != State.STOPPED;
    }

    boolean isWaitingForReselection() {
        return state == State.RESELECT;
    }

    boolean isWaitingForTarget() {
        return state == State.WAITING;
    }

    boolean carry() {
        return carry;
    }

    void setCarry(boolean on) {
        carry = on;
    }

    /** Begins at DSP; a script that waits for a target, not for data, is given up for it. */
    void start() {
        if (state == State.RUNNING || mover.isMovingData()) {
            return;
        }
        again = false;
        state = State.RUNNING;
        run();
    }

    void stop() {
        state = State.STOPPED;
        again = false;
        stops++;
        mover.abandon();
    }

    /** WAIT RESELECT is over: SCRIPTS go on at an address, or behind it. */
    void resumeFromReselect() {
        if (state == State.RESELECT) {
            again = false;
            state = State.RUNNING;
            run();
        }
    }

    /** The processor's pause is over. */
    void resumeFromPause() {
        if (state == State.RUNNING) {
            run();
        }
    }

    /** Something an instruction may wait for has changed. */
    void wake() {
        if (state == State.WAITING) {
            state = State.RUNNING;
            run();
        }
    }

    private void run() {
        if (executing) {
            return;
        }
        executing = true;
        work = 0;
        try {
            while (state == State.RUNNING && work < SLICE) {
                work++;
                step();
            }
        } finally {
            executing = false;
        }
        if (state == State.RUNNING) {
            chip.pauseScripts();
        }
        chip.scriptsPaused();
    }

    private void step() {
        boolean begins = !again;
        if (begins && !fetch()) {
            return;
        }
        int before = stops;
        Next next = execute(begins);
        if (stops != before) {
            // It stopped the processor, or reset the chip, by itself; a restart has its own
            // pointer.
            again = false;
            return;
        }
        again = next == Next.WAIT;
        switch (next) {
            case GO_ON -> {
                if (registers.has(DCNTL, SINGLE_STEP)) {
                    chip.interruptDma(Interrupts.DSTAT_SINGLE_STEP);
                }
            }
            case WAIT -> state = state == State.RUNNING ? State.WAITING : state;
            case WAIT_RESELECT -> state = State.RESELECT;
        }
    }

    private int word(int pointer) {
        return (int) dma.read(registers.address(SFS, pointer), 4);
    }

    /** Fetches both words; false if there was nothing to execute. */
    private boolean fetch() {
        int pointer = registers.get(DSP);
        int before = stops;
        first = word(pointer);
        if (first == 0) {
            // What SeaBIOS leaves where a command has no data; QEMU skips it, word by word.
            registers.set(DSP, pointer + 4);
            return false;
        }
        second = word(pointer + 4);
        if (stops != before) {
            return false;
        }
        registers.set(DSP, pointer + 8);
        registers.set(DBC, first);
        registers.set(DCMD, first >>> 24);
        registers.set(DSPS, second);
        registers.set(DNAD, second);
        return true;
    }

    private Next execute(boolean begins) {
        return switch (first >>> 30) {
            case 0 -> moveBlock(begins);
            case 1 -> {
                if ((first >> 27 & 7) < READ_WRITE_OPCODES_FROM) {
                    yield bus.execute(first, second);
                }
                readModifyWrite();
                yield Next.GO_ON;
            }
            case 2 -> bus.transferControl(this, first, second);
            default -> {
                if ((first >>> 29) == 6) {
                    memoryMove();
                } else {
                    loadStore();
                }
                yield Next.GO_ON;
            }
        };
    }

    private Next moveBlock(boolean begins) {
        if (bus.stopsAfterTimeout()) {
            return Next.GO_ON;
        }
        switch (begins ? mover.begin(first, second) : mover.go()) {
            case DONE, JUMPED -> {
                return Next.GO_ON;
            }
            case WAITING -> {
                return Next.WAIT;
            }
            case PHASE_MISMATCH -> chip.interruptScsi(Interrupts.PHASE_MISMATCH);
            case ILLEGAL -> chip.illegalInstruction();
        }
        return Next.GO_ON;
    }

    /** Manual, 5.5: an 8-bit register, the SFBR or a constant, and an operator. */
    private void readModifyWrite() {
        int opcode = first >> 27 & 7;
        int register = first >> 16 & 0x7f | first & 0x80;
        int operator = first >> 24 & 7;
        int operand = (first & 1 << 23) != 0 ? registers.get(SFBR) : first >> 8 & 0xff;
        int value = 0;
        if (opcode == 5) {
            value = registers.get(SFBR);
        } else if (operator != 0) {
            value = chip.readRegister(register);
        }
        int result = operate(operator, value, operand);
        if (opcode == 6) {
            registers.set(SFBR, result);
        } else {
            chip.writeRegister(register, result);
        }
    }

    private int operate(int operator, int value, int operand) {
        return switch (operator) {
            case 0 -> operand;
            case 1 -> {
                int shifted = value << 1 | (carry ? 1 : 0);
                carry = (value & 0x80) != 0;
                yield shifted & 0xff;
            }
            case 2 -> value | operand;
            case 3 -> value ^ operand;
            case 4 -> value & operand;
            case 5 -> {
                int shifted = value >> 1 | (carry ? 0x80 : 0);
                carry = (value & 1) != 0;
                yield shifted;
            }
            default -> {
                int sum = value + operand + (operator == 7 && carry ? 1 : 0);
                carry = sum > 0xff;
                registers.set(ADDER, sum & 0xff);
                yield sum & 0xff;
            }
        };
    }

    /** Manual, 5.7: memory to memory, either of which may be the chip itself. */
    private void memoryMove() {
        int pointer = registers.get(DSP);
        int destination = word(pointer);
        registers.set(DSP, pointer + 4);
        registers.set(TEMP, destination);
        int length = first & 0xff_ffff;
        if (length == 0 || ((second ^ destination) & 3) != 0 || (first & 0x1e00_0000) != 0) {
            chip.illegalInstruction();
            return;
        }
        long from = registers.address(LsiRegister.MMRS, second);
        long to = registers.address(LsiRegister.MMWS, destination);
        int before = stops;
        for (int done = 0; done < length && stops == before; ) {
            int part = Math.min(length - done, CHUNK);
            dma.read(from + done, chunk, 0, part);
            dma.write(to + done, chunk, 0, part);
            done += part;
            work += part / BYTES_A_UNIT;
        }
    }

    /** Manual, 5.8: 1 to 4 bytes between memory and registers, within a word of them. */
    private void loadStore() {
        int length = first & 7;
        int register = first >> 16 & 0xff;
        boolean relative = (first & 1 << 28) != 0;
        if (length == 0 || (register & 3) + length > 4) {
            chip.illegalInstruction();
            return;
        }
        boolean load = (first & 1 << 24) != 0;
        long gpa =
                relative
                        ? registers.address(
                                LsiRegister.DRS, registers.get(DSA) + (second << 8 >> 8))
                        : registers.address(load ? LsiRegister.MMRS : LsiRegister.MMWS, second);
        if (load) {
            dma.read(gpa, chunk, 0, length);
            int loaded = chunk.get(ValueLayout.JAVA_INT, 0);
            for (int i = 0; i < length; i++) {
                chip.writeRegister(register + i, loaded >> 8 * i & 0xff);
            }
        } else {
            for (int i = 0; i < length; i++) {
                chunk.set(ValueLayout.JAVA_BYTE, i, (byte) chip.readRegister(register + i));
            }
            dma.write(gpa, chunk, 0, length);
        }
    }
}
