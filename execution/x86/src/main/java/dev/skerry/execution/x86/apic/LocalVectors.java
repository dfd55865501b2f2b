package dev.skerry.execution.x86.apic;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What a local APIC does for its own sources: the local vector table and the pins LINT0 and LINT1.
 * Intel SDM 3A, section 12.5.1. Guarded by its APIC's lock.
 */
final class LocalVectors {
    static final int MASKED = 1 << 16;
    static final int LEVEL_TRIGGERED = 1 << 15;
    static final int REMOTE_IRR = 1 << 14;

    private final LocalApic apic;
    private final ApicListener listener;

    /** The APIC's registers, by ordinal; the table's entries are among them. */
    private final int[] values;

    private boolean lint0Up;
    private boolean lint1Up;

    LocalVectors(LocalApic apic, ApicListener listener, int[] values) {
        this.apic = apic;
        this.listener = listener;
        this.values = values;
    }

    private int entry(ApicRegister register) {
        return values[register.ordinal()];
    }

    static int mode(int entry) {
        return entry >>> 8 & 7;
    }

    /** While the APIC is disabled by software, its local vectors are masked (section 12.4.7.2). */
    void maskAll() {
        for (ApicRegister register : ApicRegister.values()) {
            if (register.isLvt()) {
                values[register.ordinal()] |= MASKED;
            }
        }
    }

    /** Writes an entry. Remote IRR is the APIC's own. */
    void set(ApicRegister register, int value) {
        int now = value;
        if ((now & LEVEL_TRIGGERED) != 0) {
            now |= entry(register) & REMOTE_IRR;
        }
        values[register.ordinal()] = now;
        if (register == ApicRegister.LVT_LINT0 && lint0Up) {
            if (isLevelFixed(now)) {
                raiseLevel();
            }
            apic.notifyReady();
        }
    }

    /** Whether LINT0 is up and goes through to the CPU, which is to ask the controller behind it. */
    boolean isExternal() {
        if (!lint0Up) {
            return false;
        }
        int lvt = entry(ApicRegister.LVT_LINT0);
        // Switched off, the APIC leaves its pins to the CPU (section 12.4.3).
        return !apic.isEnabled() || (lvt & MASKED) == 0 && mode(lvt) == ApicBus.EXTINT;
    }

    void setLint0(boolean up) {
        boolean rises = up && !lint0Up;
        lint0Up = up;
        if (rises) {
            if (isLevelFixed(entry(ApicRegister.LVT_LINT0))) {
                raiseLevel();
            } else if (apic.isEnabled()) {
                happened(ApicRegister.LVT_LINT0, false);
            }
            apic.notifyReady();
        }
    }

    void setLint1(boolean up) {
        boolean rises = up && !lint1Up;
        lint1Up = up;
        if (rises && !apic.isEnabled()) {
            listener.nmi();
        } else if (rises) {
            happened(ApicRegister.LVT_LINT1, false);
        }
    }

    private boolean isLevelFixed(int lvt) {
        return apic.isEnabled() && mode(lvt) == ApicBus.FIXED && (lvt & LEVEL_TRIGGERED) != 0;
    }

    private void raiseLevel() {
        int lvt = entry(ApicRegister.LVT_LINT0);
        if ((lvt & (REMOTE_IRR | MASKED)) == 0) {
            values[ApicRegister.LVT_LINT0.ordinal()] = lvt | REMOTE_IRR;
            happened(ApicRegister.LVT_LINT0, true);
        }
    }

    /** A level-triggered interrupt is over. If LINT0's and the pin still up, it comes again. */
    void levelEnded(int vector) {
        int lint0 = entry(ApicRegister.LVT_LINT0);
        if (isLevelFixed(lint0) && (lint0 & 0xff) == vector) {
            values[ApicRegister.LVT_LINT0.ordinal()] = lint0 & ~REMOTE_IRR;
            if (lint0Up) {
                raiseLevel();
            }
        }
    }

    /** Something has happened that an entry is for. */
    void happened(ApicRegister register, boolean level) {
        int lvt = entry(register);
        if ((lvt & MASKED) != 0) {
            return;
        }
        switch (mode(lvt)) {
            case ApicBus.FIXED -> apic.accept(lvt & 0xff, level);
            case ApicBus.NMI -> listener.nmi();
            case ApicBus.INIT -> listener.init();
            default -> {
                // ExtINT: the line itself says it, see isExternal. System management: there is
                // none.
            }
        }
    }

    void save(DataOutput out) throws IOException {
        out.writeBoolean(lint0Up);
        out.writeBoolean(lint1Up);
    }

    void restore(DataInput in) throws IOException {
        lint0Up = in.readBoolean();
        lint1Up = in.readBoolean();
    }
}
