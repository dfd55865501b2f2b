package dev.skerry.device.pc;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.util.function.IntConsumer;

/**
 * The PC's two 8259A interrupt controllers, the second behind the first one's input 2, with the edge
 * and level registers of the PIIX chip sets (Intel 82371AB data sheet: ELCR1, ELCR2). Driven
 * by every firmware and every kernel, if only to mask it.
 *
 * <p>Safe for use by many threads: lines come from device threads, accesses and acknowledgements
 * from vCPU threads. A short monitor covers the two chips; INTR is set inside it, so that its
 * changes come in order, and whoever listens must neither block nor call back.
 */
public final class Pic implements Device {
    /** Inputs of both chips, {@link #CASCADE} included. */
    public static final int LINES = 16;

    /** The first chip's input that is the second chip's output. */
    public static final int CASCADE = 2;

    /** Inputs that are by edge whatever is written: timer, keyboard, cascade; clock, coprocessor. */
    private static final int LEVEL_POSSIBLE = 0xdef8;

    private static final int COMMAND = 0;
    private static final int POLLED = 0x80;

    private final InterruptLine intr;
    private final PicChip first = new PicChip(1 << CASCADE);
    private final PicChip second = new PicChip(0);
    private final InterruptLine[] lines = new InterruptLine[LINES];
    private final IoRegion firstPorts;
    private final IoRegion secondPorts;
    private final IoRegion triggerPorts;
    private volatile IntConsumer endListener = irq -> {};
    private boolean intrIsUp;

    /**
     * @param intr the CPU's interrupt request; see the class on who calls it and how
     */
    public Pic(InterruptLine intr) {
        this.intr = intr;
        for (int i = 0; i < LINES; i++) {
            int line = i;
            lines[i] = up -> set(line, up);
        }
        firstPorts = region("pic1", new Ports(first));
        secondPorts = region("pic2", new Ports(second));
        triggerPorts = region("elcr", new Triggers());
    }

    private static IoRegion region(String name, IoHandler handler) {
        return new IoRegion(name, 2, AccessSizes.handled(1, 1), handler);
    }

    /**
     * Names who is told that an interrupt has ended, by its input. Called on a vCPU's thread with no
     * lock held, before the input is looked at again: a level that is lowered there does not come
     * back as an interrupt.
     */
    public void setEndListener(IntConsumer listener) {
        endListener = listener;
    }

    /** Two ports, on a PC at 0x20. */
    public IoRegion firstPorts() {
        return firstPorts;
    }

    /** Two ports, on a PC at 0xa0. */
    public IoRegion secondPorts() {
        return secondPorts;
    }

    /** Two ports, on a PC at 0x4d0: which inputs are by level. */
    public IoRegion triggerPorts() {
        return triggerPorts;
    }

    /**
     * An input, for a device to drive.
     *
     * @param irq 0 to 15, not {@link #CASCADE}
     */
    public InterruptLine line(int irq) {
        if (irq < 0 || irq >= LINES || irq == CASCADE) {
            throw new IllegalArgumentException("the PIC has no input " + irq);
        }
        return lines[irq];
    }

    private synchronized void set(int irq, boolean up) {
        (irq < 8 ? first : second).setInput(irq & 7, up);
        settle();
    }

    /**
     * The CPU's acknowledge cycle.
     *
     * @return the vector; of a request that went meanwhile, that of input 7 of its chip
     */
    public synchronized int acknowledge() {
        int input = first.pending();
        int vector;
        if (input == CASCADE) {
            first.acknowledge(CASCADE);
            int behind = second.pending();
            vector = second.vector(behind);
            takeSecond(behind);
        } else {
            vector = first.vector(input);
            if (input != PicChip.NONE) {
                first.acknowledge(input);
            }
        }
        settle();
        return vector;
    }

    /** The second chip's output falls during its acknowledge cycle: what else it wants is a new edge. */
    private void takeSecond(int input) {
        if (input != PicChip.NONE) {
            second.acknowledge(input);
        }
        first.setInput(CASCADE, false);
    }

    /** Passes the outputs on. */
    private void settle() {
        first.setInput(CASCADE, second.pending() != PicChip.NONE);
        boolean up = first.pending() != PicChip.NONE;
        if (up != intrIsUp) {
            intrIsUp = up;
            intr.set(up);
        }
    }

    private synchronized int read(PicChip chip, long offset) {
        if (chip.takePoll()) {
            return poll(chip);
        }
        return offset == COMMAND ? chip.readCommandPort() : chip.readDataPort();
    }

    /** Data sheet, "Poll Command": a read in place of the acknowledge cycle. */
    private int poll(PicChip chip) {
        int input = chip.pending();
        if (input == PicChip.NONE) {
            return 0;
        }
        if (chip == second) {
            takeSecond(input);
        } else {
            first.acknowledge(input);
        }
        settle();
        return POLLED | input;
    }

    private void write(PicChip chip, long offset, int value) {
        int ended = writePort(chip, offset, value);
        if (ended != 0) {
            tellEnded(chip == first ? ended : ended << 8);
        }
        settleNow();
    }

    /** Returns the inputs whose interrupts have ended; requests are not passed on yet. */
    private synchronized int writePort(PicChip chip, long offset, int value) {
        int before = chip.inService();
        if (offset == COMMAND) {
            chip.writeCommandPort(value);
        } else {
            chip.writeDataPort(value);
        }
        return before & ~chip.inService();
    }

    private synchronized void settleNow() {
        settle();
    }

    private void tellEnded(int irqs) {
        for (int left = irqs & ~(1 << CASCADE); left != 0; left &= left - 1) {
            endListener.accept(Integer.numberOfTrailingZeros(left));
        }
    }

    private synchronized int readTriggers(PicChip chip) {
        return chip.levelTriggered();
    }

    private synchronized void writeTriggers(PicChip chip, int value) {
        chip.setLevelTriggered(value & (chip == first ? LEVEL_POSSIBLE : LEVEL_POSSIBLE >> 8));
        settle();
    }

    private final class Ports implements IoHandler {
        private final PicChip chip;

        Ports(PicChip chip) {
            this.chip = chip;
        }

        @Override
        public long read(long offset, int size) {
            return Pic.this.read(chip, offset);
        }

        @Override
        public void write(long offset, int size, long value) {
            Pic.this.write(chip, offset, (int) value & 0xff);
        }
    }

    private final class Triggers implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return readTriggers(offset == 0 ? first : second);
        }

        @Override
        public void write(long offset, int size, long value) {
            writeTriggers(offset == 0 ? first : second, (int) value);
        }
    }

    /** Back to power-on; the inputs stay as their devices hold them. */
    @Override
    public synchronized void reset() {
        first.reset();
        second.reset();
        settle();
    }
}
