package dev.skerry.device.pc;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.api.Timer;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * The fixed hardware of ACPI (specification 6.5, 4.8.3): PM1 event and control block, the PM timer
 * of 24 bits, the power button; the port a guest asks for ACPI mode at (0xb2), and the reset control
 * register (0xcf9, Intel 82371AB data sheet). Driven by SeaBIOS and by every kernel with ACPI.
 *
 * <p>There is no SMI: the mode changes without, values as in QEMU's tables ({@value #ACPI_ENABLE},
 * {@value #ACPI_DISABLE}). Of the sleeping states only S5 does something, with SLP_TYP 0 as in
 * QEMU's tables for a PC. Not implemented: general-purpose events, the sleep button, the clock's
 * alarm as a wake event, bus master status.
 *
 * <p>Owned by one device thread.
 */
public final class PowerManagement implements Device {
    public static final int ACPI_ENABLE = 0xf1;
    public static final int ACPI_DISABLE = 0xf0;

    /** SLP_TYP of S5. */
    public static final int SLEEP_TYPE_OFF = 0;

    /** The PM timer's clock (specification 4.8.3.3). */
    public static final long TIMER_HZ = 3_579_545;

    private static final int TIMER_STATUS = 0x0001;
    private static final int GLOBAL_STATUS = 0x0020;
    private static final int BUTTON_STATUS = 0x0100;

    /** The clock's alarm: can be enabled and never comes. */
    private static final int CLOCK_STATUS = 0x0400;

    private static final int ENABLES = TIMER_STATUS | GLOBAL_STATUS | BUTTON_STATUS | CLOCK_STATUS;
    private static final int SCI_ENABLE = 0x0001;
    private static final int SLEEP_TYPE = 0x1c00;
    private static final int SLEEP_ENABLE = 0x2000;
    private static final int CONTROL_KEPT = SLEEP_TYPE | 0x0002;
    private static final int SLEEP_TYPE_AT = 10;
    private static final int TIMER_MASK = 0xff_ffff;

    /** The timer's highest bit changes that often, and sets its status bit. */
    private static final long HALF_ROUND = 0x80_0000;

    private static final long SECOND_NS = 1_000_000_000;
    private static final int PIIX4_RESET_BITS = 0x02;
    private static final int ICH9_RESET_BITS = 0x0a;
    private static final int RESET_CPU = 0x04;

    private final DeviceHost host;
    private final int resetBitsKept;
    private final MachinePower power;
    private final InterruptLine sci;
    private final Timer timer;
    private final long epochNs;
    private final IoRegion events = bytes("pm1-event", 4, new Events());
    private final IoRegion control = bytes("pm1-control", 2, new Control());
    private final IoRegion mode = bytes("acpi-mode", 2, new Mode());
    private final IoRegion resetControl = bytes("reset-control", 1, new ResetControl());
    private final IoRegion timerRegion;
    private int status;
    private int enables;
    private int controlBits;
    private int modeStatus;
    private int resetBits;

    /** Up to where TIMER_STATUS tells, in half rounds. */
    private long toldHalf;

    private boolean sciIsUp;

    /**
     * @param sci on a PC IRQ 9
     */
    public PowerManagement(DeviceHost host, MachinePower power, InterruptLine sci) {
        this(host, power, sci, PIIX4_RESET_BITS);
    }

    /** As in Intel's I/O Controller Hub 9, whose reset control register has one bit more. */
    public static PowerManagement ofIch9(DeviceHost host, MachinePower power, InterruptLine sci) {
        return new PowerManagement(host, power, sci, ICH9_RESET_BITS);
    }

    private PowerManagement(
            DeviceHost host, MachinePower power, InterruptLine sci, int resetBitsKept) {
        this.resetBitsKept = resetBitsKept;
        this.host = host;
        this.power = power;
        this.sci = sci;
        epochNs = host.nowNs();
        timer = host.newTimer(this::update);
        timerRegion = new IoRegion("pm-timer", 4, AccessSizes.handled(4, 4), new PmTimer());
    }

    private static IoRegion bytes(String name, int length, IoHandler handler) {
        return new IoRegion(name, length, AccessSizes.handled(1, 1), handler);
    }

    /** PM1a_EVT_BLK, 4 bytes: status, then enable. */
    public IoRegion events() {
        return events;
    }

    /** PM1a_CNT_BLK, 2 bytes. */
    public IoRegion control() {
        return control;
    }

    /** PM_TMR_BLK, 4 bytes. */
    public IoRegion timer() {
        return timerRegion;
    }

    /** SMI_CMD and the byte after it, 2 bytes, on a PC at 0xb2. */
    public IoRegion mode() {
        return mode;
    }

    /** One byte, on a PC at 0xcf9. */
    public IoRegion resetControl() {
        return resetControl;
    }

    /** The power button is pressed: what comes of it is the guest's business. */
    public void pressPowerButton() {
        status |= BUTTON_STATUS;
        update();
    }

    private long ticks() {
        long ns = host.nowNs() - epochNs;
        return ns / SECOND_NS * TIMER_HZ + ns % SECOND_NS * TIMER_HZ / SECOND_NS;
    }

    private long toNs(long ticks) {
        long part = (ticks % TIMER_HZ * SECOND_NS + TIMER_HZ - 1) / TIMER_HZ;
        return epochNs + ticks / TIMER_HZ * SECOND_NS + part;
    }

    private static int replaceByte(int word, long offset, long value) {
        int shift = 8 * (int) offset;
        return word & ~(0xff << shift) | ((int) value & 0xff) << shift;
    }

    private final class Events implements IoHandler {
        @Override
        public long read(long offset, int size) {
            catchUp();
            return (status | enables << 16) >> 8 * offset;
        }

        @Override
        public void write(long offset, int size, long value) {
            catchUp();
            if (offset < 2) {
                status &= ~((int) value << 8 * offset);
            } else {
                enables = replaceByte(enables, offset - 2, value) & ENABLES;
            }
            update();
        }
    }

    private final class Control implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return controlBits >> 8 * offset;
        }

        @Override
        public void write(long offset, int size, long value) {
            int written = replaceByte(controlBits, offset, value);
            // SCI_EN is the mode's, not the guest's to write (specification 4.8.3.2.1).
            controlBits = written & CONTROL_KEPT | controlBits & SCI_ENABLE;
            boolean sleeps = offset == 1 && (written & SLEEP_ENABLE) != 0;
            if (sleeps && (written & SLEEP_TYPE) >> SLEEP_TYPE_AT == SLEEP_TYPE_OFF) {
                power.powerOff();
            }
        }
    }

    private final class PmTimer implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return ticks() & TIMER_MASK;
        }

        @Override
        public void write(long offset, int size, long value) {}
    }

    private final class Mode implements IoHandler {
        private int command;

        @Override
        public long read(long offset, int size) {
            return offset == 0 ? command : modeStatus;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (offset != 0) {
                modeStatus = (int) value & 0xff;
                return;
            }
            command = (int) value & 0xff;
            if (command == ACPI_ENABLE) {
                controlBits |= SCI_ENABLE;
            } else if (command == ACPI_DISABLE) {
                controlBits &= ~SCI_ENABLE;
            }
            update();
        }
    }

    private final class ResetControl implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return resetBits;
        }

        @Override
        public void write(long offset, int size, long value) {
            boolean resets = (value & RESET_CPU) != 0;
            resetBits = (int) value & resetBitsKept;
            if (resets) {
                power.reset();
            }
        }
    }

    private void catchUp() {
        long half = ticks() / HALF_ROUND;
        if (half != toldHalf) {
            toldHalf = half;
            status |= TIMER_STATUS;
        }
    }

    private void update() {
        catchUp();
        boolean up = (status & enables) != 0 && (controlBits & SCI_ENABLE) != 0;
        if (up != sciIsUp) {
            sciIsUp = up;
            sci.set(up);
        }
        if ((enables & ~status & TIMER_STATUS) != 0) {
            timer.arm(toNs((toldHalf + 1) * HALF_ROUND));
        } else {
            timer.cancel();
        }
    }

    @Override
    public void reset() {
        toldHalf = ticks() / HALF_ROUND;
        status = 0;
        enables = 0;
        controlBits = 0;
        modeStatus = 0;
        resetBits = 0;
        update();
    }

    @Override
    public void close() {
        timer.cancel();
    }
}
