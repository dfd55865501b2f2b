package dev.skerry.device.pc;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * An I/O APIC of 24 inputs: Intel's 82093AA (data sheet 290566-001, May 1996) with version 0x20's
 * EOI register. Driven by every kernel that finds it in the ACPI tables.
 *
 * <p>An input that is set means "asserted": the polarity bit is kept and changes nothing, since a
 * line in here has no voltage. An edge on a masked input is lost, as the data sheet has it.
 * The delivery status bit reads as 0: messages do not wait.
 *
 * <p>Safe for use by many threads: lines come from device threads, accesses and ends of interrupts
 * from vCPU threads. A short monitor covers it, inside which messages are sent.
 */
public final class IoApic implements Device {
    public static final int INPUTS = 24;

    /** Bytes of memory it takes, on a PC at 0xfec00000. */
    public static final int REGION_BYTES = 0x1000;

    private static final int ID = 0x00;
    private static final int VERSION = 0x01;
    private static final int ARBITRATION = 0x02;
    private static final int FIRST_ENTRY = 0x10;
    private static final int VERSION_VALUE = (INPUTS - 1) << 16 | 0x20;
    private static final int ID_BITS = 0x0f00_0000;

    private static final int VECTOR = 0xff;
    private static final int DELIVERY_MODE_AT = 8;
    private static final int LOGICAL = 1 << 11;
    private static final int DELIVERY_STATUS = 1 << 12;
    private static final int REMOTE_IRR = 1 << 14;
    private static final int LEVEL = 1 << 15;
    private static final int MASKED = 1 << 16;
    private static final int WRITABLE = 0x1_ffff & ~(DELIVERY_STATUS | REMOTE_IRR);
    private static final int DESTINATION_AT = 24;

    private final ApicMessages messages;
    private final IoRegion registers;
    private final InterruptLine[] lines = new InterruptLine[INPUTS];
    private final int[] low = new int[INPUTS];
    private final int[] high = new int[INPUTS];
    private volatile IntConsumer endListener = input -> {};
    private int inputs;
    private int selected;
    private int id;

    public IoApic(ApicMessages messages) {
        this.messages = messages;
        for (int i = 0; i < INPUTS; i++) {
            int input = i;
            lines[i] = up -> set(input, up);
        }
        registers =
                new IoRegion("ioapic", REGION_BYTES, AccessSizes.handled(4, 4), new Registers());
        Arrays.fill(low, MASKED);
    }

    /** The registers, {@value #REGION_BYTES} bytes. */
    public IoRegion registers() {
        return registers;
    }

    /**
     * An input, for a device to drive.
     *
     * @param input 0 to 23
     */
    public InterruptLine line(int input) {
        return lines[input];
    }

    private synchronized void set(int input, boolean up) {
        int bit = 1 << input;
        boolean rises = up && (inputs & bit) == 0;
        inputs = up ? inputs | bit : inputs & ~bit;
        if (rises && (low[input] & LEVEL) == 0) {
            if ((low[input] & MASKED) == 0) {
                send(input, false);
            }
        } else {
            serveLevel(input);
        }
    }

    /** An asserted level that nobody is serving yet goes out. */
    private void serveLevel(int input) {
        int asserted = inputs >> input & 1;
        if (asserted != 0 && (low[input] & (LEVEL | MASKED | REMOTE_IRR)) == LEVEL) {
            low[input] |= REMOTE_IRR;
            send(input, true);
        }
    }

    private void send(int input, boolean level) {
        messages.deliver(
                high[input] >>> DESTINATION_AT,
                (low[input] & LOGICAL) != 0,
                low[input] >> DELIVERY_MODE_AT & 7,
                low[input] & VECTOR,
                level);
    }

    /**
     * A CPU has ended an interrupt that came by level. Lines that are still up are sent again.
     *
     * @param vector 0 to 255; one that no input has does nothing
     */
    public void endOfInterrupt(int vector) {
        int ended = inputsInService(vector);
        for (int left = ended; left != 0; left &= left - 1) {
            endListener.accept(Integer.numberOfTrailingZeros(left));
        }
        if (ended != 0) {
            finish(ended, vector);
        }
    }

    private synchronized int inputsInService(int vector) {
        int found = 0;
        for (int input = 0; input < INPUTS; input++) {
            if ((low[input] & (VECTOR | REMOTE_IRR)) == (vector | REMOTE_IRR)) {
                found |= 1 << input;
            }
        }
        return found;
    }

    private synchronized void finish(int ended, int vector) {
        for (int left = ended; left != 0; left &= left - 1) {
            int input = Integer.numberOfTrailingZeros(left);
            // Whoever was told may have reprogrammed it meanwhile.
            if ((low[input] & VECTOR) == vector) {
                low[input] &= ~REMOTE_IRR;
                serveLevel(input);
            }
        }
    }

    /**
     * Names who is told that an interrupt by level has ended, by its input. Called on a vCPU's
     * thread with no lock held, before the input is looked at again: a level that is lowered there
     * does not come back as an interrupt.
     */
    public void setEndListener(IntConsumer listener) {
        endListener = listener;
    }

    private final class Registers implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return IoApic.this.read(offset);
        }

        @Override
        public void write(long offset, int size, long value) {
            IoApic.this.write(offset, (int) value);
        }
    }

    private synchronized int read(long offset) {
        return switch (IoApicRegister.TABLE.beginningAt(offset)) {
            case IOREGSEL -> selected;
            case IOWIN -> readSelected();
            case EOIR -> 0;
            case null -> 0;
        };
    }

    private void write(long offset, int value) {
        switch (IoApicRegister.TABLE.beginningAt(offset)) {
            case IOREGSEL -> select(value & 0xff);
            case IOWIN -> writeSelected(value);
            case EOIR -> endOfInterrupt(value & VECTOR);
            case null -> {}
        }
    }

    private int readSelected() {
        int entry = (selected - FIRST_ENTRY) >> 1;
        if (selected >= FIRST_ENTRY && entry < INPUTS) {
            return (selected & 1) != 0 ? high[entry] : low[entry];
        }
        return switch (selected) {
            case ID, ARBITRATION -> id;
            case VERSION -> VERSION_VALUE;
            default -> 0;
        };
    }

    private synchronized void select(int register) {
        selected = register;
    }

    private synchronized void writeSelected(int value) {
        int entry = (selected - FIRST_ENTRY) >> 1;
        if (selected == ID) {
            id = value & ID_BITS;
        } else if (selected < FIRST_ENTRY || entry >= INPUTS) {
            // Read-only, or nothing.
            return;
        } else if ((selected & 1) != 0) {
            high[entry] = value & 0xff << DESTINATION_AT;
        } else {
            int kept = low[entry] & REMOTE_IRR;
            low[entry] = value & WRITABLE | kept;
            if ((value & LEVEL) == 0) {
                // Edges have no remote IRR; kernels turn to edge and back to be rid of a stuck one.
                low[entry] &= ~REMOTE_IRR;
            }
            serveLevel(entry);
        }
    }

    /** Everything masked; the inputs stay as their devices hold them. */
    @Override
    public synchronized void reset() {
        Arrays.fill(low, MASKED);
        Arrays.fill(high, 0);
        selected = 0;
        id = 0;
    }
}
