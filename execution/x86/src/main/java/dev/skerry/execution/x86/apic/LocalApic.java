package dev.skerry.execution.x86.apic;

import dev.skerry.execution.x86.time.Clock;
import dev.skerry.execution.x86.time.TimeStamp;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * One CPU's local APIC, as xAPIC (a page of registers) and x2APIC (MSRs). Intel SDM 3A, chapter 12
 * (10 in editions before 2023). Version 0x14 with six local vectors.
 *
 * <p>Not there: system management interrupts (ignored), arbitration and remote read registers (as
 * on every CPU since the Pentium 4), suppression of EOI broadcasts.
 *
 * <p>Safe for use by many threads. No call to another APIC, an {@link EoiListener} or the {@link
 * InterruptController} is made with the lock held.
 */
public final class LocalApic {
    public static final long DEFAULT_BASE = 0xfee0_0000L;

    // Bits of IA32_APIC_BASE.
    public static final long BASE_BOOTSTRAP = 1 << 8;
    public static final long BASE_X2APIC = 1 << 10;
    public static final long BASE_ENABLED = 1 << 11;

    /** The x2APIC's first MSR. */
    public static final int FIRST_MSR = 0x800;

    /** The x2APIC's last MSR. */
    public static final int LAST_MSR = 0x8ff;

    private static final int SOFTWARE_ENABLED = 1 << 8;

    // Error status bits.
    private static final int SEND_ILLEGAL_VECTOR = 1 << 5;
    private static final int RECEIVED_ILLEGAL_VECTOR = 1 << 6;
    private static final int ILLEGAL_REGISTER = 1 << 7;

    /**
     * What the CPU's model has.
     *
     * @param physicalBits width of physical addresses
     */
    public record Features(boolean x2apic, boolean tscDeadline, int physicalBits) {}

    private final int id;
    private final Features features;
    private final ApicBus bus;
    private final ApicListener listener;
    private final InterruptController controller;
    private final ApicTimer timer;

    private volatile long base;

    /** Those registers that are no more than their value, by ordinal. */
    private final int[] values = new int[ApicRegister.values().length];

    private final InterruptQueue queue = new InterruptQueue();
    private final LocalVectors local;
    private int errors;

    /** A message with delivery mode ExtINT that has not been acknowledged. */
    private boolean externalMessage;

    private int startupVector;

    /**
     * Makes an APIC in its power-on state and attaches it to the bus.
     *
     * @param id 0 to 254
     * @param bootstrap whether it is the CPU that starts the machine
     */
    public LocalApic(
            int id,
            boolean bootstrap,
            Features features,
            ApicBus bus,
            ApicListener listener,
            InterruptController controller,
            Clock clock,
            TimeStamp timeStamp) {
        if (id < 0 || id > 254) {
            throw new IllegalArgumentException("APIC id " + id + " is not in 0 to 254");
        }
        this.id = id;
        this.features = features;
        this.bus = bus;
        this.listener = listener;
        this.controller = controller;
        local = new LocalVectors(this, listener, values);
        timer = new ApicTimer(clock, timeStamp, this::timerExpired, this::alarmed);
        base = bootstrap ? BASE_BOOTSTRAP : 0;
        reset();
        bus.attach(this);
    }

    public int id() {
        return id;
    }

    /** Power-on: as after INIT, and at its usual address. */
    public synchronized void reset() {
        base = base & BASE_BOOTSTRAP | DEFAULT_BASE | BASE_ENABLED;
        clear();
    }

    /** After INIT. The interrupt lines stay as they are. */
    public synchronized void initialize() {
        clear();
    }

    private void clear() {
        for (ApicRegister register : ApicRegister.values()) {
            values[register.ordinal()] = register.reset;
        }
        queue.clear();
        errors = 0;
        externalMessage = false;
        timer.reset();
    }

    /** IA32_APIC_BASE. */
    public long base() {
        return base;
    }

    /** Whether the APIC is on at all. */
    public boolean isEnabled() {
        return (base & BASE_ENABLED) != 0;
    }

    /** Whether its registers are MSRs. */
    public boolean isX2apic() {
        return (base & BASE_X2APIC) != 0;
    }

    /**
     * Writes IA32_APIC_BASE. Switching off loses all state.
     *
     * @return false for reserved bits and for changes that the manual forbids (section 12.12.5):
     *     #GP(0)
     */
    public synchronized boolean setBase(long value) {
        long known = BASE_BOOTSTRAP | BASE_ENABLED | (1L << features.physicalBits()) - 4096;
        known |= features.x2apic() ? BASE_X2APIC : 0;
        boolean on = (value & BASE_ENABLED) != 0;
        boolean x2 = (value & BASE_X2APIC) != 0;
        if ((value & ~known) != 0 || x2 && !on || x2 && !isEnabled() || !x2 && on && isX2apic()) {
            return false;
        }
        boolean entersX2 = x2 && !isX2apic();
        base = value;
        if (!on) {
            clear();
        } else if (entersX2) {
            values[ApicRegister.LDR.ordinal()] = (id >>> 4) << 16 | 1 << (id & 15);
            values[ApicRegister.ICR_HIGH.ordinal()] = 0;
        }
        notifyReady();
        return true;
    }

    /**
     * Reads a register of the page.
     *
     * @param offset 0 to 0xfff
     */
    public int read(int offset) {
        ApicRegister register = offset < 0x400 ? ApicRegister.at(offset >>> 4) : null;
        if (register == null || !register.xapic.reads()) {
            error(ILLEGAL_REGISTER);
            return 0;
        }
        if ((offset & 15) != 0) {
            return 0;
        }
        return (int) value(register, offset);
    }

    /** Writes a register of the page. */
    public void write(int offset, int value) {
        ApicRegister register = offset < 0x400 ? ApicRegister.at(offset >>> 4) : null;
        if (register == null || !register.xapic.writes()) {
            error(ILLEGAL_REGISTER);
            return;
        }
        if ((offset & 15) != 0) {
            return;
        }
        if (register == ApicRegister.ICR_LOW) {
            int destination = values[ApicRegister.ICR_HIGH.ordinal()] >>> 24;
            sendIpi(value & register.writable, destination == 0xff ? -1 : destination);
        } else {
            set(register, value);
        }
    }

    /** Whether RDMSR of one of the x2APIC's MSRs is allowed now. */
    public boolean isReadable(int msr) {
        ApicRegister register = msrRegister(msr);
        return register != null && register.x2apic.reads();
    }

    public long readMsr(int msr) {
        ApicRegister register = msrRegister(msr);
        long value = value(register, msr - FIRST_MSR << 4) & 0xffff_ffffL;
        if (register == ApicRegister.ICR_LOW) {
            return value | (long) values[ApicRegister.ICR_HIGH.ordinal()] << 32;
        }
        return value;
    }

    /**
     * WRMSR of one of the x2APIC's MSRs.
     *
     * @return false if there is no such register, it is read-only, or a reserved bit is set: #GP(0)
     */
    public boolean writeMsr(int msr, long value) {
        ApicRegister register = msrRegister(msr);
        if (register == null || !register.x2apic.writes()) {
            return false;
        }
        int allowed = register.writable;
        if (register.isLvt()) {
            // What is read may be written back: delivery status and remote IRR.
            allowed |= 1 << 12 | LocalVectors.REMOTE_IRR;
        }
        int low = (int) value;
        if ((low & ~allowed) != 0) {
            return false;
        }
        if (register == ApicRegister.ICR_LOW) {
            synchronized (this) {
                values[ApicRegister.ICR_HIGH.ordinal()] = (int) (value >>> 32);
            }
            sendIpi(low, (int) (value >>> 32));
            return true;
        }
        if (value >>> 32 != 0) {
            return false;
        }
        if (register == ApicRegister.SELF_IPI) {
            sendIpi(ApicBus.TO_SELF | low, 0);
        } else {
            set(register, low);
        }
        return true;
    }

    private ApicRegister msrRegister(int msr) {
        int index = msr - FIRST_MSR;
        return isX2apic() && index >= 0 && index < 64 ? ApicRegister.at(index) : null;
    }

    private synchronized long value(ApicRegister register, int offset) {
        int word = offset - register.offset >>> 4;
        return switch (register) {
            case ID -> isX2apic() ? id : id << 24;
            case PPR -> processorPriority();
            case ISR, TMR, IRR -> queue.word(register, word);
            case INITIAL_COUNT -> timer.initialCount();
            case CURRENT_COUNT -> timer.currentCount();
            default -> values[register.ordinal()];
        };
    }

    private void set(ApicRegister register, int value) {
        if (register == ApicRegister.EOI) {
            endOfInterrupt();
            return;
        }
        synchronized (this) {
            setLocked(register, value & register.writable);
        }
    }

    private void setLocked(ApicRegister register, int value) {
        switch (register) {
            case TPR -> {
                values[register.ordinal()] = value;
                notifyReady();
            }
            case DFR -> values[register.ordinal()] = value | 0x0fff_ffff;
            case SVR -> {
                values[register.ordinal()] = value;
                if ((value & SOFTWARE_ENABLED) == 0) {
                    local.maskAll();
                }
            }
            case ESR -> {
                values[register.ordinal()] = errors;
                errors = 0;
            }
            case INITIAL_COUNT -> timer.setInitialCount(value);
            case DIVIDE -> {
                values[register.ordinal()] = value;
                timer.setDivide(value);
            }
            default -> {
                if (register.isLvt()) {
                    setLvt(register, value);
                } else {
                    values[register.ordinal()] = value;
                }
            }
        }
    }

    private boolean isSoftwareEnabled() {
        return (values[ApicRegister.SVR.ordinal()] & SOFTWARE_ENABLED) != 0;
    }

    private void setLvt(ApicRegister register, int value) {
        int now = isSoftwareEnabled() ? value : value | LocalVectors.MASKED;
        if (register == ApicRegister.LVT_TIMER) {
            int mode = now >>> 17 & 3;
            if (mode > (features.tscDeadline() ? ApicTimer.TSC_DEADLINE : ApicTimer.PERIODIC)) {
                mode = ApicTimer.ONE_SHOT;
                now &= ~(3 << 17);
            }
            timer.setMode(mode);
        }
        local.set(register, now);
    }

    /** IA32_TSC_DEADLINE: 0 if the timer is not in that mode. */
    public synchronized long deadline() {
        return timer.deadline();
    }

    public synchronized void setDeadline(long value) {
        timer.setDeadline(value);
    }

    /** To be called when the time stamp counter has been written. */
    public synchronized void timeStampChanged() {
        timer.timeStampChanged();
    }

    private synchronized void alarmed() {
        timer.look();
    }

    private void timerExpired() {
        local.happened(ApicRegister.LVT_TIMER, false);
    }

    /** CR8. */
    public synchronized int taskPriority() {
        return values[ApicRegister.TPR.ordinal()] >>> 4;
    }

    /** @param value 0 to 15 */
    public synchronized void setTaskPriority(int value) {
        setLocked(ApicRegister.TPR, value << 4);
    }

    /** Section 12.8.3.1. */
    synchronized int processorPriority() {
        return queue.priority(values[ApicRegister.TPR.ordinal()]);
    }

    /** Whether the controller behind LINT0, or one that sent a message, is to be asked. */
    private boolean isExternal() {
        return externalMessage || local.isExternal();
    }

    /** Tells the CPU if there is an interrupt for it. With the lock held. */
    void notifyReady() {
        if (queue.next(values[ApicRegister.TPR.ordinal()]) >= 0 || isExternal()) {
            listener.interruptReady();
        }
    }

    /**
     * The CPU takes an interrupt: the controller's if there is one, otherwise the highest that the
     * priorities allow, which is then in service.
     *
     * @return its vector, or -1 if there is none
     */
    public int acknowledge() {
        boolean external;
        synchronized (this) {
            external = isExternal();
            externalMessage = false;
        }
        if (external) {
            int vector = controller.acknowledge();
            if (vector >= 0) {
                return vector;
            }
        }
        synchronized (this) {
            return queue.take(values[ApicRegister.TPR.ordinal()]);
        }
    }

    private void endOfInterrupt() {
        int vector;
        boolean level;
        synchronized (this) {
            vector = queue.end();
            if (vector < 0) {
                return;
            }
            level = queue.isLevelTriggered(vector);
            if (level) {
                local.levelEnded(vector);
            }
            notifyReady();
        }
        if (level) {
            bus.endOfInterrupt(vector);
        }
    }

    private synchronized void error(int bit) {
        errors |= bit;
        int lvt = values[ApicRegister.LVT_ERROR.ordinal()];
        if ((lvt & LocalVectors.MASKED) == 0 && (lvt & 0xff) >= 16) {
            accept(lvt & 0xff, false);
        } else if ((lvt & LocalVectors.MASKED) == 0) {
            errors |= RECEIVED_ILLEGAL_VECTOR;
        }
    }

    private void sendIpi(int command, int destination) {
        synchronized (this) {
            if ((command & ApicBus.SHORTHAND) != ApicBus.TO_SELF || !isX2apic()) {
                values[ApicRegister.ICR_LOW.ordinal()] = command;
            }
            if (LocalVectors.mode(command) <= ApicBus.LOWEST_PRIORITY && (command & 0xff) < 16) {
                error(SEND_ILLEGAL_VECTOR);
                return;
            }
        }
        bus.send(this, destination, command);
    }

    /** The line of the interrupt controller (INTR). From any thread. */
    public synchronized void setLint0(boolean up) {
        local.setLint0(up);
    }

    /** The NMI line. From any thread. */
    public synchronized void setLint1(boolean up) {
        local.setLint1(up);
    }

    /**
     * Lets the controller's line through, as firmware does before it hands over: "virtual wire
     * mode" (MultiProcessor Specification 1.4, section 3.6.2.2).
     */
    public synchronized void useVirtualWire() {
        setLocked(ApicRegister.SVR, SOFTWARE_ENABLED | 0xff);
        setLocked(ApicRegister.LVT_LINT0, ApicBus.EXTINT << 8);
        setLocked(ApicRegister.LVT_LINT1, ApicBus.NMI << 8);
    }

    /** Whether it takes interrupts by message at all. */
    synchronized boolean acceptsInterrupts() {
        return isEnabled() && isSoftwareEnabled();
    }

    /** A message from the bus that names this APIC. */
    synchronized void receive(int command) {
        if (!isEnabled()) {
            return;
        }
        switch (LocalVectors.mode(command)) {
            case ApicBus.FIXED, ApicBus.LOWEST_PRIORITY -> {
                if (isSoftwareEnabled()) {
                    accept(command & 0xff, (command & ApicBus.LEVEL_TRIGGERED) != 0);
                }
            }
            case ApicBus.NMI -> listener.nmi();
            case ApicBus.INIT -> listener.init();
            case ApicBus.STARTUP -> {
                startupVector = command & 0xff;
                listener.startup();
            }
            case ApicBus.EXTINT -> {
                externalMessage = isSoftwareEnabled();
                notifyReady();
            }
            default -> {
                // System management: there is none. Mode 3 is reserved.
            }
        }
    }

    /** An interrupt has come, from the bus or from inside. With the lock held. */
    void accept(int vector, boolean level) {
        if (vector < 16) {
            error(RECEIVED_ILLEGAL_VECTOR);
            return;
        }
        queue.request(vector, level);
        notifyReady();
    }

    /** The page number that the last startup message named. */
    public synchronized int startupVector() {
        return startupVector;
    }

    /**
     * Whether a message is for this APIC.
     *
     * @param destination all ones: for every APIC
     */
    synchronized boolean matches(int destination, boolean logical) {
        if (destination == -1) {
            return true;
        }
        if (!logical) {
            return destination == id;
        }
        int ldr = values[ApicRegister.LDR.ordinal()];
        if (isX2apic()) {
            return ldr >>> 16 == destination >>> 16 && (ldr & destination & 0xffff) != 0;
        }
        int mine = ldr >>> 24;
        // Section 12.6.2.2: the flat model, otherwise clusters.
        if (values[ApicRegister.DFR.ordinal()] >>> 28 == 0xf) {
            return (mine & destination & 0xff) != 0;
        }
        return mine >>> 4 == (destination >>> 4 & 0xf) && (mine & destination & 0xf) != 0;
    }

    /** Writes the whole state, in a form {@link #restore} reads. */
    public synchronized void save(DataOutput out) throws IOException {
        out.writeLong(base);
        for (int value : values) {
            out.writeInt(value);
        }
        queue.save(out);
        out.writeInt(errors);
        local.save(out);
        out.writeBoolean(externalMessage);
        out.writeInt(startupVector);
        timer.save(out);
    }

    public synchronized void restore(DataInput in) throws IOException {
        base = in.readLong();
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readInt();
        }
        queue.restore(in);
        errors = in.readInt();
        local.restore(in);
        externalMessage = in.readBoolean();
        startupVector = in.readInt();
        timer.restore(in);
        notifyReady();
    }
}
