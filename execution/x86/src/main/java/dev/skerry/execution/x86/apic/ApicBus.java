package dev.skerry.execution.x86.apic;

import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What connects the local APICs of a machine with each other, with I/O APICs and with devices that
 * signal by message. Safe for use by many threads; delivery neither allocates nor waits.
 */
public final class ApicBus {
    // Delivery modes: Intel SDM 3A, figure 12-12.

    public static final int FIXED = 0;
    public static final int LOWEST_PRIORITY = 1;
    public static final int SMI = 2;
    public static final int NMI = 4;
    public static final int INIT = 5;
    public static final int STARTUP = 6;
    public static final int EXTINT = 7;

    // Bits of a command, as in the interrupt command register.
    static final int LOGICAL = 1 << 11;
    static final int LEVEL = 1 << 14;
    static final int LEVEL_TRIGGERED = 1 << 15;
    static final int SHORTHAND = 3 << 18;
    static final int TO_SELF = 1 << 18;
    private static final int TO_ALL = 2 << 18;
    private static final int TO_OTHERS = 3 << 18;

    private final List<EoiListener> eoiListeners = new CopyOnWriteArrayList<>();
    private final ThreadLocal<LocalApic> running = new ThreadLocal<>();
    private final IoRegion page;

    /** In which order CPUs of equal priority are chosen. */
    private final AtomicInteger turn = new AtomicInteger();

    private volatile LocalApic[] apics = {};

    public ApicBus() {
        page = new IoRegion("apic", 4096, AccessSizes.handled(4, 4), new Page());
    }

    synchronized void attach(LocalApic apic) {
        LocalApic[] more = Arrays.copyOf(apics, apics.length + 1);
        more[apics.length] = apic;
        apics = more;
    }

    /** Tells somebody of the end of level-triggered interrupts from now on. */
    public void addEoiListener(EoiListener listener) {
        eoiListeners.add(listener);
    }

    void endOfInterrupt(int vector) {
        for (EoiListener listener : eoiListeners) {
            listener.endOfInterrupt(vector);
        }
    }

    /**
     * The page of registers, for the CPUs' address space at {@link LocalApic#DEFAULT_BASE}. Each
     * vCPU's thread finds its own APIC there. What another thread writes is a message, as from a
     * device; it reads ones.
     */
    public IoRegion page() {
        return page;
    }

    /** From now on the calling thread finds an APIC in the page; null: none. */
    public void enter(LocalApic apic) {
        if (apic == null) {
            running.remove();
        } else {
            running.set(apic);
        }
    }

    /**
     * Delivers a message-signalled interrupt: Intel SDM 3A, section 12.11.
     *
     * @param address 0xfee00000 to 0xfeefffff: what was written to
     * @param data what was written
     */
    public void deliver(long address, int data) {
        boolean logical = (address & 1 << 2) != 0;
        boolean redirect = (address & 1 << 3) != 0;
        int mode = data >>> 8 & 7;
        if (mode == FIXED && redirect && logical) {
            mode = LOWEST_PRIORITY;
        }
        boolean level = (data & LEVEL_TRIGGERED) != 0;
        deliver((int) (address >>> 12) & 0xff, logical, mode, data & 0xff, level);
    }

    /**
     * Delivers an interrupt of an I/O APIC's.
     *
     * @param destination an APIC's id, or the logical destination's eight bits; 0xff: all
     * @param mode {@link #FIXED} and so on; unknown ones are ignored
     * @param level whether it is level-triggered: its end is told to {@link EoiListener}s
     */
    public void deliver(int destination, boolean logical, int mode, int vector, boolean level) {
        int command = vector & 0xff | (mode & 7) << 8 | LEVEL;
        command |= logical ? LOGICAL : 0;
        command |= level && mode <= LOWEST_PRIORITY ? LEVEL_TRIGGERED : 0;
        send(null, destination == 0xff ? -1 : destination, command);
    }

    /**
     * @param source the sender, or null for one that is no local APIC
     * @param destination all ones: all
     */
    void send(LocalApic source, int destination, int command) {
        int mode = command >>> 8 & 7;
        if (mode == INIT && (command & (LEVEL | LEVEL_TRIGGERED)) == LEVEL_TRIGGERED) {
            // INIT level de-assert: synchronised arbitration ids before the Pentium 4.
            return;
        }
        int shorthand = command & SHORTHAND;
        if (shorthand == TO_SELF) {
            if (mode == FIXED) {
                source.receive(command);
            }
            return;
        }
        int to = shorthand == 0 ? destination : -1;
        LocalApic except = shorthand == TO_OTHERS ? source : null;
        boolean logical = (command & LOGICAL) != 0;
        if (mode == LOWEST_PRIORITY && shorthand != TO_ALL) {
            LocalApic chosen = lowest(to, logical, except);
            if (chosen != null) {
                chosen.receive(command);
            }
            return;
        }
        for (LocalApic apic : apics) {
            if (apic != except && apic.matches(to, logical)) {
                apic.receive(command);
            }
        }
    }

    /** Of those a message is for, the one whose processor priority is lowest; in turns if several. */
    private LocalApic lowest(int destination, boolean logical, LocalApic except) {
        LocalApic[] all = apics;
        LocalApic chosen = null;
        int least = Integer.MAX_VALUE;
        int first = turn.getAndIncrement();
        for (int i = 0; i < all.length; i++) {
            LocalApic apic = all[Integer.remainderUnsigned(first + i, all.length)];
            if (apic != except && apic.matches(destination, logical) && apic.acceptsInterrupts()) {
                int priority = apic.processorPriority() & 0xf0;
                if (priority < least) {
                    least = priority;
                    chosen = apic;
                }
            }
        }
        return chosen;
    }

    private final class Page implements IoHandler {
        /** The calling CPU's APIC, if it has its registers in this page. */
        private boolean answers(LocalApic apic) {
            long state = apic.base();
            return (state & (LocalApic.BASE_ENABLED | LocalApic.BASE_X2APIC))
                            == LocalApic.BASE_ENABLED
                    && (state & -4096) == LocalApic.DEFAULT_BASE;
        }

        @Override
        public long read(long offset, int size) {
            LocalApic apic = running.get();
            if (apic == null || !answers(apic)) {
                return -1;
            }
            return apic.read((int) offset) & 0xffff_ffffL;
        }

        @Override
        public void write(long offset, int size, long value) {
            LocalApic apic = running.get();
            if (apic == null) {
                deliver(LocalApic.DEFAULT_BASE + offset, (int) value);
            } else if (answers(apic)) {
                apic.write((int) offset, (int) value);
            }
        }
    }
}
