package dev.skerry.device.pc;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.api.Timer;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.time.Instant;
import java.time.InstantSource;

/**
 * The PC's clock and its battery-backed RAM: Motorola's MC146818 (data sheet) behind
 * ports 0x70 and 0x71. Driven by SeaBIOS, which reads the RAM's size there, and by every kernel for
 * the time of day.
 *
 * <p>The time is the host's, in UTC, moved by what the guest has set; it follows the host's when that
 * is set. Flags are worked out when somebody asks or waits for them; the host's timer runs only for
 * an interrupt that is enabled and not yet told. Not implemented: daylight saving (register B's DSE
 * can be written), the square wave's pin, time bases other than 32768 Hz (they count as that one).
 *
 * <p>Owned by one device thread.
 */
public final class Rtc implements Device {
    /** Bytes behind the index, the registers included. */
    public static final int RAM_BYTES = 128;

    private static final int DATA_PORT = 1;
    private static final int INDEX_NMI_MASK = 0x80;

    private static final int A_UPDATING = 0x80;
    private static final int A_DIVIDER = 0x70;
    private static final int A_DIVIDER_RUNS_MOST = 0x20;
    private static final int B_SET = 0x80;
    private static final int B_ENABLES = 0x70;
    private static final int B_SQUARE_WAVE = 0x08;
    private static final int B_BINARY = 0x04;
    private static final int B_24_HOURS = 0x02;
    private static final int C_INTERRUPT = 0x80;
    private static final int PERIODIC = 0x40;
    private static final int ALARM = 0x20;
    private static final int UPDATE = 0x10;

    private static final long SECOND_NS = 1_000_000_000;
    private static final long HALF_SECOND_NS = SECOND_NS / 2;

    /** UIP comes up this long before an update (data sheet, "Update Cycle"). */
    private static final long UPDATE_AHEAD_NS = 244_000;

    private static final long CRYSTAL_HZ = 32_768;
    private static final long DAY_SECONDS = 86_400;

    private final DeviceHost host;
    private final InstantSource wallClock;
    private final InterruptLine line;
    private final Timer timer;
    private final IoRegion ports;
    private final long epochNs;

    /** By index. The time's bytes are true only while the clock stands; else they are made at need. */
    private final byte[] ram = new byte[RAM_BYTES];

    private RtcFormat format = new RtcFormat(false, true);
    private int index;
    private boolean nmiMasked;

    /** From the host's time to the guest's. */
    private long shiftNs;

    /** Up to where UF and AF tell, in the guest's seconds. */
    private long toldSecond;

    /** Up to where PF tells, in crystal ticks. */
    private long toldTick;

    private boolean lineIsUp;

    /**
     * @param wallClock the host's time of day
     * @param line on a PC IRQ 8
     */
    public Rtc(DeviceHost host, InstantSource wallClock, InterruptLine line) {
        this.host = host;
        this.wallClock = wallClock;
        this.line = line;
        timer = host.newTimer(this::expire);
        epochNs = host.nowNs();
        ports = new IoRegion("rtc", 2, AccessSizes.handled(1, 1), new Ports());
        for (RtcRegister register : RtcRegister.TABLE.registers()) {
            ram[register.offset()] = (byte) register.resetValue();
        }
        toldSecond = second();
    }

    /** Two ports, on a PC at 0x70. */
    public IoRegion ports() {
        return ports;
    }

    /** Port 0x70's highest bit. */
    public boolean isNmiMasked() {
        return nmiMasked;
    }

    /**
     * Puts a byte into the RAM, as a firmware's set-up program would.
     *
     * @param at 0x0e to 0x7f, not the century's
     */
    public void setRam(int at, int value) {
        if (at < 0 || at >= RAM_BYTES || RtcRegister.TABLE.covering(at) != null) {
            throw new IllegalArgumentException("no RAM at index " + at);
        }
        ram[at] = (byte) value;
    }

    private boolean runs() {
        return (ram[RtcRegister.B.offset()] & B_SET) == 0 && dividerRuns();
    }

    private boolean dividerRuns() {
        return (ram[RtcRegister.A.offset()] & A_DIVIDER) <= A_DIVIDER_RUNS_MOST;
    }

    private long guestNs() {
        Instant now = wallClock.instant();
        return now.getEpochSecond() * SECOND_NS + now.getNano() + shiftNs;
    }

    private long second() {
        return Math.floorDiv(guestNs(), SECOND_NS);
    }

    private long tick() {
        long ns = host.nowNs() - epochNs;
        return ns / SECOND_NS * CRYSTAL_HZ + ns % SECOND_NS * CRYSTAL_HZ / SECOND_NS;
    }

    /** The first nanosecond of a crystal's tick. */
    private long toNs(long tick) {
        long part = (tick % CRYSTAL_HZ * SECOND_NS + CRYSTAL_HZ - 1) / CRYSTAL_HZ;
        return epochNs + tick / CRYSTAL_HZ * SECOND_NS + part;
    }

    private final class Ports implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return offset == DATA_PORT ? readData() : 0xff;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (offset == DATA_PORT) {
                writeData((int) value & 0xff);
            } else {
                index = (int) value & (RAM_BYTES - 1);
                nmiMasked = (value & INDEX_NMI_MASK) != 0;
            }
        }
    }

    private int readData() {
        RtcRegister register = RtcRegister.TABLE.beginningAt(index);
        if (register == RtcRegister.C) {
            return readFlags();
        } else if (register == RtcRegister.A) {
            return ram[index] | (isUpdating() ? A_UPDATING : 0);
        } else if (isTime(register) && runs()) {
            format.write(second(), ram);
        }
        return ram[index] & 0xff;
    }

    private static boolean isTime(RtcRegister register) {
        return switch (register) {
            case SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY_OF_MONTH, MONTH, YEAR, CENTURY -> true;
            case null, default -> false;
        };
    }

    private boolean isUpdating() {
        return runs() && Math.floorMod(guestNs(), SECOND_NS) >= SECOND_NS - UPDATE_AHEAD_NS;
    }

    private int readFlags() {
        catchUp();
        int flags = ram[index];
        boolean interrupts = (flags & ram[RtcRegister.B.offset()] & B_ENABLES) != 0;
        ram[index] = 0;
        update();
        return flags | (interrupts ? C_INTERRUPT : 0);
    }

    private void writeData(int value) {
        RtcRegister register = RtcRegister.TABLE.beginningAt(index);
        catchUp();
        switch (register) {
            case A -> writeA(value & ~A_UPDATING);
            case B -> writeB(value);
            case C, D -> {}
            case null -> ram[index] = (byte) value;
            default -> {
                if (isTime(register) && runs()) {
                    format.write(second(), ram);
                    ram[index] = (byte) value;
                    goOn(Math.floorMod(guestNs(), SECOND_NS));
                } else {
                    ram[index] = (byte) value;
                }
            }
        }
        update();
    }

    private void writeA(int value) {
        boolean ran = runs();
        boolean divided = dividerRuns();
        if (ran) {
            format.write(second(), ram);
        }
        ram[index] = (byte) value;
        if (!divided && dividerRuns()) {
            // Data sheet, "Divider Control": the first update comes half a second after its
            // release.
            goOn(HALF_SECOND_NS);
        }
        toldTick = tick();
    }

    private void writeB(int value) {
        boolean ran = runs();
        if (ran) {
            format.write(second(), ram);
        }
        // Data sheet, "SET": it also clears the update-ended interrupt's enable.
        int bits = (value & B_SET) != 0 ? value & ~UPDATE : value;
        ram[index] = (byte) bits;
        format = new RtcFormat((bits & B_BINARY) != 0, (bits & B_24_HOURS) != 0);
        if (!ran && runs()) {
            goOn(Math.floorMod(guestNs(), SECOND_NS));
        }
    }

    /** The guest's time is what the bytes say, so far into its second. */
    private void goOn(long intoSecondNs) {
        shiftNs += format.read(ram) * SECOND_NS + intoSecondNs - guestNs();
        toldSecond = second();
    }

    /** Sets the flags of what has happened since this was last asked. */
    private void catchUp() {
        int flags = ram[RtcRegister.C.offset()];
        if (runs()) {
            long second = second();
            if (second != toldSecond) {
                flags |= UPDATE | (alarmWasIn(toldSecond, second) ? ALARM : 0);
                toldSecond = second;
            }
        }
        long period = periodTicks();
        if (period != 0) {
            long tick = tick();
            if (tick / period != toldTick / period) {
                flags |= PERIODIC;
                toldTick = tick;
            }
        }
        ram[RtcRegister.C.offset()] = (byte) flags;
    }

    /** An alarm is one of a day's seconds; after a host's clock went back only the new one counts. */
    private boolean alarmWasIn(long after, long until) {
        long from = Math.clamp(after + 1, until - DAY_SECONDS + 1, until);
        for (long second = from; second <= until; second++) {
            if (format.isAlarm(second, ram)) {
                return true;
            }
        }
        return false;
    }

    /** Data sheet, "Periodic Interrupt"; 0 for none. */
    private long periodTicks() {
        int rate = ram[RtcRegister.A.offset()] & 0xf;
        if (rate == 0 || !dividerRuns()) {
            return 0;
        }
        return 1L << (rate <= 2 ? rate + 6 : rate - 1);
    }

    private void expire() {
        catchUp();
        update();
    }

    /** The line, and the timer for what could raise it. */
    private void update() {
        int enables = ram[RtcRegister.B.offset()] & B_ENABLES;
        int flags = ram[RtcRegister.C.offset()];
        boolean up = (enables & flags) != 0;
        if (up != lineIsUp) {
            lineIsUp = up;
            line.set(up);
        }
        int awaited = enables & ~flags;
        long deadlineNs = Long.MAX_VALUE;
        if ((awaited & (UPDATE | ALARM)) != 0 && runs()) {
            long leftNs = SECOND_NS - Math.floorMod(guestNs(), SECOND_NS);
            deadlineNs = host.nowNs() + leftNs;
        }
        long period = periodTicks();
        if ((awaited & PERIODIC) != 0 && period != 0) {
            deadlineNs = Math.min(deadlineNs, toNs((toldTick / period + 1) * period));
        }
        if (deadlineNs == Long.MAX_VALUE) {
            timer.cancel();
        } else {
            timer.arm(deadlineNs);
        }
    }

    /** The reset pin: interrupts off; time and RAM have a battery. */
    @Override
    public void reset() {
        catchUp();
        ram[RtcRegister.B.offset()] &= (byte) ~(B_ENABLES | B_SQUARE_WAVE);
        ram[RtcRegister.C.offset()] = 0;
        index = 0;
        nmiMasked = false;
        update();
    }

    @Override
    public void close() {
        timer.cancel();
    }
}
