package dev.skerry.device.pc;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.api.Timer;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * The PC's timer: Intel's 8254 with its three counters, and port 0x61, which has the third one's
 * gate and output. Driven by firmware and by every kernel until it has a better clock, and to
 * measure its other clocks by.
 *
 * <p>Counter 0's output is an interrupt line. Its rising edge comes in time; where it has been low
 * before for a moment or a half period, the falling edge comes with it. Edges that lie closer
 * together than {@value #LEAST_PERIOD_NS} ns, or that a late host has missed, become one. Not
 * implemented: a speaker's sound; parity and channel check, whose enable bits can be written and
 * read.
 *
 * <p>Owned by one device thread.
 */
public final class Pit implements Device {
    /** The PC's clock for it: a third of the colour subcarrier of 3.579545 MHz. */
    public static final long CLOCK_HZ = 1_193_182;

    /** A guest's shortest period is 1.7 µs; the host's timer is not asked for more than this. */
    static final long LEAST_PERIOD_NS = 50_000;

    private static final long SECOND_NS = 1_000_000_000;

    /** Memory refresh, which port 0x61 shows, on a PC/AT every 15.085 µs. */
    private static final long REFRESH_NS = 15_085;

    private static final int CONTROL = 3;
    private static final int READ_BACK = 3;
    private static final int READ_BACK_NO_COUNT = 0x20;
    private static final int READ_BACK_NO_STATUS = 0x10;
    private static final int SPEAKER = 2;

    private static final int PORT_B_GATE = 0x01;
    private static final int PORT_B_WRITABLE = 0x0f;
    private static final int PORT_B_REFRESH = 0x10;
    private static final int PORT_B_OUTPUT = 0x20;

    private final DeviceHost host;
    private final InterruptLine line;
    private final Timer timer;
    private final IoRegion ports;
    private final IoRegion portB;
    private final PitCounter[] counters = {new PitCounter(), new PitCounter(), new PitCounter()};
    private final long epochNs;
    private int portBBits;
    private boolean lineIsUp;

    /** The rise the timer is armed for, or {@link PitCounter#NEVER}. */
    private long nextRise = PitCounter.NEVER;

    /**
     * @param line counter 0's output, on a PC IRQ 0
     */
    public Pit(DeviceHost host, InterruptLine line) {
        this.host = host;
        this.line = line;
        epochNs = host.nowNs();
        timer = host.newTimer(this::drive);
        ports = new IoRegion("pit", 4, AccessSizes.handled(1, 1), new Ports());
        portB = new IoRegion("port61", 1, AccessSizes.handled(1, 1), new PortB());
        powerOn();
    }

    /** Four ports, on a PC at 0x40. */
    public IoRegion ports() {
        return ports;
    }

    /** One port, on a PC at 0x61. */
    public IoRegion portB() {
        return portB;
    }

    private long now() {
        long ns = host.nowNs() - epochNs;
        return ns / SECOND_NS * CLOCK_HZ + ns % SECOND_NS * CLOCK_HZ / SECOND_NS;
    }

    /** The first nanosecond of a tick. */
    private long toNs(long tick) {
        long part = (tick % CLOCK_HZ * SECOND_NS + CLOCK_HZ - 1) / CLOCK_HZ;
        return epochNs + tick / CLOCK_HZ * SECOND_NS + part;
    }

    private final class Ports implements IoHandler {
        @Override
        public long read(long offset, int size) {
            // The control word cannot be read (data sheet).
            return offset == CONTROL ? 0 : counters[(int) offset].readByte(now());
        }

        @Override
        public void write(long offset, int size, long value) {
            int bits = (int) value & 0xff;
            long now = now();
            if (offset == CONTROL) {
                control(bits, now);
            } else {
                counters[(int) offset].writeByte(bits, now);
            }
            drive();
        }
    }

    private void control(int bits, long now) {
        int which = bits >> 6;
        int access = bits >> 4 & 3;
        if (which == READ_BACK) {
            readBack(bits, now);
        } else if (access == 0) {
            counters[which].latchCount(now);
        } else {
            counters[which].control(access, bits >> 1 & 7, (bits & 1) != 0, now);
        }
    }

    private void readBack(int bits, long now) {
        for (int i = 0; i < counters.length; i++) {
            if ((bits & 2 << i) != 0) {
                if ((bits & READ_BACK_NO_COUNT) == 0) {
                    counters[i].latchCount(now);
                }
                if ((bits & READ_BACK_NO_STATUS) == 0) {
                    counters[i].latchStatus(now);
                }
            }
        }
    }

    private final class PortB implements IoHandler {
        @Override
        public long read(long offset, int size) {
            boolean refresh = ((host.nowNs() - epochNs) / REFRESH_NS & 1) != 0;
            return portBBits
                    | (refresh ? PORT_B_REFRESH : 0)
                    | (counters[SPEAKER].output(now()) ? PORT_B_OUTPUT : 0);
        }

        @Override
        public void write(long offset, int size, long value) {
            portBBits = (int) value & PORT_B_WRITABLE;
            counters[SPEAKER].setGate((value & PORT_B_GATE) != 0, now());
        }
    }

    /** Brings the line where counter 0 has its output, with the edge that came meanwhile. */
    private void drive() {
        long now = now();
        boolean rose = nextRise <= now;
        boolean up = counters[0].output(now);
        if (rose && lineIsUp) {
            setLine(false);
        }
        setLine(up);
        nextRise = counters[0].nextRise(now);
        if (nextRise == PitCounter.NEVER) {
            timer.cancel();
        } else {
            timer.arm(Math.max(toNs(nextRise), host.nowNs() + (rose ? LEAST_PERIOD_NS : 0)));
        }
    }

    private void setLine(boolean up) {
        if (up != lineIsUp) {
            lineIsUp = up;
            line.set(up);
        }
    }

    /** Counters 0 and 1 always have their gates up. Nothing counts until a count is written. */
    private void powerOn() {
        long now = now();
        for (int i = 0; i < counters.length; i++) {
            counters[i].reset(i != SPEAKER, now);
        }
        portBBits = 0;
        nextRise = PitCounter.NEVER;
        lineIsUp = counters[0].output(now);
    }

    @Override
    public void reset() {
        timer.cancel();
        powerOn();
        line.set(lineIsUp);
    }

    @Override
    public void close() {
        timer.cancel();
    }
}
