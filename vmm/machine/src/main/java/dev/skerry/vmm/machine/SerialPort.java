package dev.skerry.vmm.machine;

import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.pc.SerialBackend;
import dev.skerry.device.pc.Uart16550;

/** A serial port and the character device it is connected to. */
final class SerialPort implements CharDevice.Front, SerialBackend {
    private final LockedHost host;
    private final CharDevice chars;
    private final Uart16550 uart;

    /**
     * @param chars the other end, or null for none
     */
    SerialPort(LockedHost host, CharDevice chars, InterruptLine line) {
        this.host = host;
        this.chars = chars;
        uart = new Uart16550(host, this, line);
    }

    Uart16550 uart() {
        return uart;
    }

    /** Input may come from now on. */
    void connect() {
        if (chars != null) {
            chars.connect(this);
        }
    }

    @Override
    public int receive(byte[] bytes, int offset, int length) {
        int[] taken = new int[1];
        host.lock().run(() -> taken[0] = uart.receive(bytes, offset, length));
        return taken[0];
    }

    @Override
    public void receiveBreak() {
        host.lock().run(uart::receiveBreak);
    }

    @Override
    public void outputPossible() {
        host.lock().run(uart::resumeOutput);
    }

    @Override
    public boolean write(byte value) {
        return chars == null || chars.write(value);
    }

    @Override
    public void inputWanted() {
        if (chars != null) {
            chars.inputWanted();
        }
    }

    void reset() {
        host.lock().run(uart::reset);
    }
}
