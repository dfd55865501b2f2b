package dev.skerry.device.pc;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.api.Timer;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * A serial port: National's PC16550D (data sheet of June 1995), as COM1 to COM4 have it. Driven by
 * SeaBIOS, Linux' 8250 driver, boot loaders and boot sectors.
 *
 * <p>A character that is sent is gone at once, whatever the divisor says; only the character timeout
 * goes by the baud rate. The modem's inputs stand still except in loopback. There are no parity or
 * framing errors. As with QEMU's, OUT2 does not gate the interrupt, and input from outside waits in
 * loopback instead of being lost. Not implemented: DMA mode (FCR bit 3 is taken, no pin follows).
 *
 * <p>Owned by one device thread.
 */
public final class Uart16550 implements Device {
    /** Ports it takes. */
    public static final int PORTS = 8;

    /** Baud at divisor 1: the PC's crystal of 1.8432 MHz by 16. */
    private static final long BAUD_BASE = 115_200;

    private static final int IER_RECEIVED = 0x01;
    private static final int IER_TRANSMITTER_EMPTY = 0x02;
    private static final int IER_LINE = 0x04;
    private static final int IER_MODEM = 0x08;
    private static final int IER_BITS = 0x0f;

    private static final int ID_NONE = 0x1;
    private static final int ID_MODEM = 0x0;
    private static final int ID_TRANSMITTER_EMPTY = 0x2;
    private static final int ID_RECEIVED = 0x4;
    private static final int ID_LINE = 0x6;
    private static final int ID_TIMEOUT = 0xc;
    private static final int IIR_FIFOS = 0xc0;

    private static final int FCR_ENABLE = 0x01;
    private static final int FCR_CLEAR_RECEIVER = 0x02;
    private static final int FCR_CLEAR_TRANSMITTER = 0x04;
    private static final int[] TRIGGERS = {1, 4, 8, 14};

    private static final int LCR_DIVISOR = 0x80;

    private static final int MCR_BITS = 0x1f;
    private static final int MCR_LOOPBACK = 0x10;

    private static final int LSR_READY = 0x01;
    private static final int LSR_OVERRUN = 0x02;
    private static final int LSR_BREAK = 0x10;
    private static final int LSR_TRANSMITTER_EMPTY = 0x20;
    private static final int LSR_ALL_SENT = 0x40;
    private static final int LSR_ERROR_IN_FIFO = 0x80;

    /** Clear to send, data set ready, carrier; no ring. */
    private static final int MODEM_INPUTS = 0xb0;

    private static final int MSR_RING = 0x40;

    private final DeviceHost host;
    private final SerialBackend backend;
    private final InterruptLine line;
    private final IoRegion registers;
    private final Timer timeoutTimer;
    private final UartFifo received = new UartFifo();
    private final UartFifo sending = new UartFifo();

    private int interruptEnable;
    private boolean fifos;
    private int trigger;
    private int lineControl;
    private int modemControl;
    private int scratch;
    private int divisor;

    /** Overrun and break, until LSR is read. */
    private int lineErrors;

    /** The low half of MSR: which inputs have changed since it was read. */
    private int modemChanges;

    private boolean transmitterEmptied;
    private boolean timedOut;
    private boolean inputRefused;
    private boolean lineIsUp;

    public Uart16550(DeviceHost host, SerialBackend backend, InterruptLine line) {
        this.host = host;
        this.backend = backend;
        this.line = line;
        timeoutTimer = host.newTimer(this::timeOut);
        registers = new IoRegion("serial", PORTS, AccessSizes.handled(1, 1), new Registers());
        powerOn();
    }

    /** The ports, eight bytes. */
    public IoRegion registers() {
        return registers;
    }

    /** How many characters {@link #receive} would take now. */
    public int room() {
        if ((modemControl & MCR_LOOPBACK) != 0) {
            return 0;
        }
        return capacity() - received.count();
    }

    /**
     * Characters come in.
     *
     * @return how many were taken, from the first; for the others wait for {@link
     *     SerialBackend#inputWanted}
     */
    public int receive(byte[] bytes, int offset, int length) {
        int taken = Math.min(length, room());
        for (int i = 0; i < taken; i++) {
            received.add(bytes[offset + i] & 0xff);
        }
        inputRefused = taken < length;
        if (taken != 0) {
            inputCame();
        }
        return taken;
    }

    /**
     * A break comes in.
     *
     * @return false if there was no room for it, as {@link #receive}
     */
    public boolean receiveBreak() {
        boolean taken = room() != 0;
        inputRefused = !taken;
        if (taken) {
            received.add(UartFifo.BREAK);
            inputCame();
        }
        return taken;
    }

    /** The backend can take output again. */
    public void resumeOutput() {
        if (!sending.isEmpty()) {
            drain();
            update();
        }
    }

    private final class Registers implements IoHandler {
        @Override
        public long read(long offset, int size) {
            UartRegister register =
                    isDivisorOpen()
                            ? UartRegister.READ_WITH_DIVISOR.beginningAt(offset)
                            : UartRegister.READ.beginningAt(offset);
            return switch (register) {
                case RBR -> readReceived();
                case IER -> interruptEnable;
                case IIR -> readIdentification();
                case LCR -> lineControl;
                case MCR -> modemControl;
                case LSR -> readLineStatus();
                case MSR -> readModemStatus();
                case SCR -> scratch;
                case DLL -> divisor & 0xff;
                case DLM -> divisor >> 8;
                case THR, FCR -> throw new AssertionError(register);
            };
        }

        @Override
        public void write(long offset, int size, long value) {
            UartRegister register =
                    isDivisorOpen()
                            ? UartRegister.WRITE_WITH_DIVISOR.beginningAt(offset)
                            : UartRegister.WRITE.beginningAt(offset);
            int bits = (int) value & 0xff;
            switch (register) {
                case THR -> send(bits);
                case IER -> writeInterruptEnable(bits);
                case FCR -> writeFifoControl(bits);
                case LCR -> lineControl = bits;
                case MCR -> writeModemControl(bits);
                case LSR, MSR -> {}
                case SCR -> scratch = bits;
                case DLL -> divisor = divisor & 0xff00 | bits;
                case DLM -> divisor = divisor & 0xff | bits << 8;
                case RBR, IIR -> throw new AssertionError(register);
            }
        }
    }

    private boolean isDivisorOpen() {
        return (lineControl & LCR_DIVISOR) != 0;
    }

    private int capacity() {
        return fifos ? UartFifo.CAPACITY : 1;
    }

    private int readReceived() {
        if (received.isEmpty()) {
            return 0;
        }
        int character = received.remove() & 0xff;
        timedOut = false;
        inputMoved();
        update();
        if (inputRefused && room() != 0) {
            inputRefused = false;
            backend.inputWanted();
        }
        return character;
    }

    private int readIdentification() {
        int id = pending();
        if (id == ID_TRANSMITTER_EMPTY) {
            // Data sheet: reading IIR resets this source, if it is the one told.
            transmitterEmptied = false;
            update();
        }
        return id | (fifos ? IIR_FIFOS : 0);
    }

    private int readLineStatus() {
        int status =
                lineErrors
                        | (received.isEmpty() ? 0 : LSR_READY)
                        | (sending.isEmpty() ? LSR_TRANSMITTER_EMPTY | LSR_ALL_SENT : 0);
        if (fifos && (received.holdsBreak() || (lineErrors & LSR_BREAK) != 0)) {
            status |= LSR_ERROR_IN_FIFO;
        }
        lineErrors = 0;
        update();
        return status;
    }

    private int readModemStatus() {
        int status = modemInputs() | modemChanges;
        modemChanges = 0;
        update();
        return status;
    }

    /** MSR's high half; in loopback it is made of MCR's low half (data sheet). */
    private int modemInputs() {
        if ((modemControl & MCR_LOOPBACK) == 0) {
            return MODEM_INPUTS;
        }
        int dataTerminalReady = modemControl & 0x1;
        int requestToSend = modemControl & 0x2;
        int outputs = modemControl & 0xc;
        return dataTerminalReady << 5 | requestToSend << 3 | outputs << 4;
    }

    private void writeInterruptEnable(int bits) {
        int enabled = ~interruptEnable & bits;
        interruptEnable = bits & IER_BITS;
        if ((enabled & IER_TRANSMITTER_EMPTY) != 0 && sending.isEmpty()) {
            // Enabling tells at once of an empty transmitter; Linux tests for it.
            transmitterEmptied = true;
        }
        update();
    }

    private void writeFifoControl(int bits) {
        boolean enable = (bits & FCR_ENABLE) != 0;
        boolean toggled = enable != fifos;
        fifos = enable;
        if (toggled || enable && (bits & FCR_CLEAR_RECEIVER) != 0) {
            received.clear();
            timedOut = false;
            timeoutTimer.cancel();
        }
        if (toggled || enable && (bits & FCR_CLEAR_TRANSMITTER) != 0) {
            sending.clear();
            transmitterEmptied = true;
        }
        // Data sheet: with bit 0 clear the other bits are not programmed.
        trigger = enable ? TRIGGERS[bits >> 6] : 1;
        update();
        offerRoom();
    }

    private void writeModemControl(int bits) {
        int before = modemInputs();
        modemControl = bits & MCR_BITS;
        int changed = before ^ modemInputs();
        // Data sheet: of the ring indicator only the trailing edge is told.
        boolean ringing = (changed & before & MSR_RING) == 0;
        modemChanges |= (changed & ~(ringing ? MSR_RING : 0)) >> 4;
        update();
        offerRoom();
    }

    private void offerRoom() {
        if (inputRefused && room() != 0) {
            inputRefused = false;
            backend.inputWanted();
        }
    }

    private void send(int character) {
        transmitterEmptied = false;
        if ((modemControl & MCR_LOOPBACK) != 0) {
            loopBack(character);
            transmitterEmptied = sending.isEmpty();
        } else {
            if (sending.count() == capacity() && !fifos) {
                sending.clear();
            }
            if (sending.count() < capacity()) {
                sending.add(character);
            }
            drain();
        }
        update();
    }

    private void drain() {
        while (!sending.isEmpty() && backend.write((byte) sending.peek())) {
            sending.remove();
        }
        transmitterEmptied = sending.isEmpty();
    }

    private void loopBack(int character) {
        if (received.count() == capacity()) {
            lineErrors |= LSR_OVERRUN;
            if (fifos) {
                // Data sheet: the character in the shift register is the one that is lost.
                return;
            }
            received.clear();
        }
        received.add(character);
        inputCame();
    }

    private void inputCame() {
        timedOut = false;
        inputMoved();
        update();
    }

    /** A character came or went: the oldest one's flag is told now, the timeout begins anew. */
    private void inputMoved() {
        if (received.takeBreak()) {
            lineErrors |= LSR_BREAK;
        }
        if (fifos && !received.isEmpty() && divisor != 0) {
            timeoutTimer.arm(host.nowNs() + 4 * characterNs());
        } else {
            timeoutTimer.cancel();
        }
    }

    /** The time of a character with its start, parity and stop bits; of 1.5 stop bits, two. */
    private long characterNs() {
        int data = 5 + (lineControl & 0x3);
        int stop = (lineControl & 0x4) != 0 ? 2 : 1;
        int parity = (lineControl & 0x8) != 0 ? 1 : 0;
        return (1 + data + parity + stop) * divisor * 1_000_000_000L / BAUD_BASE;
    }

    private void timeOut() {
        timedOut = !received.isEmpty();
        update();
    }

    /** The most urgent source (data sheet, "Interrupt Control Functions"). */
    private int pending() {
        if ((interruptEnable & IER_LINE) != 0 && lineErrors != 0) {
            return ID_LINE;
        } else if ((interruptEnable & IER_RECEIVED) != 0 && received.count() >= trigger) {
            return ID_RECEIVED;
        } else if ((interruptEnable & IER_RECEIVED) != 0 && timedOut) {
            return ID_TIMEOUT;
        } else if ((interruptEnable & IER_TRANSMITTER_EMPTY) != 0 && transmitterEmptied) {
            return ID_TRANSMITTER_EMPTY;
        } else if ((interruptEnable & IER_MODEM) != 0 && modemChanges != 0) {
            return ID_MODEM;
        }
        return ID_NONE;
    }

    private void update() {
        boolean up = pending() != ID_NONE;
        if (up != lineIsUp) {
            lineIsUp = up;
            line.set(up);
        }
    }

    private void powerOn() {
        interruptEnable = 0;
        fifos = false;
        trigger = 1;
        lineControl = 0;
        modemControl = 0;
        scratch = 0;
        divisor = (int) UartRegister.DLL.resetValue();
        lineErrors = 0;
        modemChanges = 0;
        transmitterEmptied = true;
        timedOut = false;
        received.clear();
        sending.clear();
    }

    @Override
    public void reset() {
        timeoutTimer.cancel();
        powerOn();
        update();
        offerRoom();
    }

    @Override
    public void close() {
        timeoutTimer.cancel();
    }
}
