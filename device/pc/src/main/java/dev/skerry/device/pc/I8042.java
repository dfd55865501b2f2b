package dev.skerry.device.pc;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * The PC's keyboard controller, an 8042 with IBM's firmware (PS/2 Hardware Interface Technical
 * Reference, "Keyboard and Auxiliary Device Controller"), as far as firmware and kernels probe it:
 * self test, command byte, A20, reset, a keyboard that answers and is never typed on. With it port
 * 0x92, the faster way to A20 and reset.
 *
 * <p>Not implemented: keys; the auxiliary device, whose test fails as where no connector is.
 * Deviates: A20 is one gate, and both ports show who wrote it last; on a PC either opens it.
 *
 * <p>Owned by one device thread.
 */
public final class I8042 implements Device {
    private static final int OUTPUT_FULL = 0x01;
    private static final int SYSTEM = 0x04;
    private static final int COMMAND_WAS_LAST = 0x08;
    private static final int UNLOCKED = 0x10;

    private static final int CONFIG_INTERRUPT = 0x01;
    private static final int CONFIG_SYSTEM = 0x04;
    private static final int CONFIG_KEYBOARD_OFF = 0x10;
    private static final int CONFIG_AUXILIARY_OFF = 0x20;

    private static final int PORT_NOT_RESET = 0x01;
    private static final int PORT_A20 = 0x02;
    private static final int PORT_KEYBOARD_INTERRUPT = 0x10;
    private static final int PORT_REST = 0xcc;

    private static final int TEST_PASSED = 0x55;
    private static final int CLOCK_STUCK_HIGH = 0x02;

    private static final int FAST_RESET = 0x01;
    private static final int FAST_A20 = 0x02;

    /** No byte of the controller's own waits. */
    private static final int NONE = -1;

    private final MachinePower power;
    private final InterruptLine line;
    private final InterruptLine a20;
    private final Keyboard keyboard = new Keyboard();
    private final byte[] ram = new byte[32];
    private final IoRegion data = port("i8042-data", new Data());
    private final IoRegion command = port("i8042-command", new Command());
    private final IoRegion fastPort = port("port92", new FastPort());

    private int config;
    private int output;
    private boolean outputFull;

    /** The command whose parameter comes next on the data port, or {@link #NONE}. */
    private int awaitsParameter;

    private boolean commandWasLast;
    private boolean a20IsOpen;
    private boolean lineIsUp;

    /**
     * @param line on a PC IRQ 1
     * @param a20 set while address bit 20 passes; open at power-on
     */
    public I8042(MachinePower power, InterruptLine line, InterruptLine a20) {
        this.power = power;
        this.line = line;
        this.a20 = a20;
        powerOn();
    }

    private static IoRegion port(String name, IoHandler handler) {
        return new IoRegion(name, 1, AccessSizes.handled(1, 1), handler);
    }

    /** One port, on a PC at 0x60. */
    public IoRegion data() {
        return data;
    }

    /** One port, on a PC at 0x64. */
    public IoRegion command() {
        return command;
    }

    /** One port, on a PC at 0x92. */
    public IoRegion fastPort() {
        return fastPort;
    }

    private final class Data implements IoHandler {
        @Override
        public long read(long offset, int size) {
            int value = output;
            outputFull = false;
            // The line falls between two bytes: each is an edge.
            update();
            offerKeyboard();
            return value;
        }

        @Override
        public void write(long offset, int size, long value) {
            commandWasLast = false;
            writeData((int) value & 0xff);
        }
    }

    private final class Command implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return (outputFull ? OUTPUT_FULL : 0)
                    | ((config & CONFIG_SYSTEM) != 0 ? SYSTEM : 0)
                    | (commandWasLast ? COMMAND_WAS_LAST : 0)
                    | UNLOCKED;
        }

        @Override
        public void write(long offset, int size, long value) {
            commandWasLast = true;
            writeCommand((int) value & 0xff);
        }
    }

    private final class FastPort implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return a20IsOpen ? FAST_A20 : 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            openA20((value & FAST_A20) != 0);
            if ((value & FAST_RESET) != 0) {
                power.reset();
            }
        }
    }

    private void writeCommand(int bits) {
        awaitsParameter = NONE;
        switch (bits) {
            case 0xa7 -> setConfig(config | CONFIG_AUXILIARY_OFF);
            case 0xa8 -> setConfig(config & ~CONFIG_AUXILIARY_OFF);
            case 0xa9 -> reply(CLOCK_STUCK_HIGH);
            case 0xaa -> {
                config |= CONFIG_SYSTEM;
                reply(TEST_PASSED);
            }
            case 0xab -> reply(0);
            case 0xad -> setConfig(config | CONFIG_KEYBOARD_OFF);
            case 0xae -> setConfig(config & ~CONFIG_KEYBOARD_OFF);
            case 0xc0 -> reply(0x80);
            case 0xd0 -> reply(outputPort());
            case 0xd1, 0xd2, 0xd3, 0xd4 -> awaitsParameter = bits;
            case 0xdd -> openA20(false);
            case 0xdf -> openA20(true);
            default -> {
                if (bits >= 0xf0) {
                    pulse(bits);
                } else if (bits >= 0x20 && bits < 0x40) {
                    reply(bits == 0x20 ? config : ram[bits & 0x1f]);
                } else if (bits >= 0x60 && bits < 0x80) {
                    awaitsParameter = bits;
                }
            }
        }
    }

    private void writeData(int bits) {
        int forCommand = awaitsParameter;
        awaitsParameter = NONE;
        switch (forCommand) {
            case NONE -> {
                // A byte for the keyboard opens its interface.
                config &= ~CONFIG_KEYBOARD_OFF;
                keyboard.take(bits);
                offerKeyboard();
            }
            case 0x60 -> setConfig(bits);
            case 0xd1 -> {
                openA20((bits & PORT_A20) != 0);
                if ((bits & PORT_NOT_RESET) == 0) {
                    power.reset();
                }
            }
            // With nobody at the auxiliary connector its loop comes back as the keyboard's.
            case 0xd2, 0xd3 -> reply(bits);
            case 0xd4 -> {}
            default -> ram[forCommand & 0x1f] = (byte) bits;
        }
    }

    /** Commands 0xf0 to 0xff: low bits that are 0 pulse their line; bit 0 is the CPU's reset. */
    private void pulse(int bits) {
        if ((bits & PORT_NOT_RESET) == 0) {
            power.reset();
        }
    }

    private int outputPort() {
        return PORT_REST
                | PORT_NOT_RESET
                | (a20IsOpen ? PORT_A20 : 0)
                | (outputFull ? PORT_KEYBOARD_INTERRUPT : 0);
    }

    private void setConfig(int bits) {
        config = bits;
        update();
        offerKeyboard();
    }

    private void openA20(boolean open) {
        if (open != a20IsOpen) {
            a20IsOpen = open;
            a20.set(open);
        }
    }

    /** The controller's own bytes come before the keyboard's, and over what was not read. */
    private void reply(int value) {
        output = value & 0xff;
        outputFull = true;
        update();
    }

    private void offerKeyboard() {
        if (!outputFull && (config & CONFIG_KEYBOARD_OFF) == 0 && keyboard.hasAnswer()) {
            reply(keyboard.takeAnswer());
        }
    }

    private void update() {
        boolean up = outputFull && (config & CONFIG_INTERRUPT) != 0;
        if (up != lineIsUp) {
            lineIsUp = up;
            line.set(up);
        }
    }

    private void powerOn() {
        config = CONFIG_INTERRUPT;
        output = 0;
        outputFull = false;
        awaitsParameter = NONE;
        commandWasLast = true;
        a20IsOpen = true;
        keyboard.reset();
    }

    @Override
    public void reset() {
        powerOn();
        a20.set(true);
        update();
    }
}
