package dev.skerry.device.lsi53c895a;

import static dev.skerry.device.lsi53c895a.LsiRegister.DCNTL;
import static dev.skerry.device.lsi53c895a.LsiRegister.DIEN;
import static dev.skerry.device.lsi53c895a.LsiRegister.SIEN0;
import static dev.skerry.device.lsi53c895a.LsiRegister.SIEN1;

import dev.skerry.device.api.InterruptLine;

import java.util.function.BooleanSupplier;

/**
 * Interrupt causes, their masks and their stacking (manual, 2.2.17 "Interrupt Handling"): while a
 * cause of a kind is unread, later ones wait behind it and come up when it has been read. A fatal
 * cause stops SCRIPTS even if masked, but only an unmasked one reaches the pin; an unmasked cause is
 * always fatal.
 */
final class Interrupts {
    static final int DSTAT_DFE = 0x80;
    static final int DSTAT_BUS_FAULT = 0x20;
    static final int DSTAT_ABORTED = 0x10;
    static final int DSTAT_SINGLE_STEP = 0x08;
    static final int DSTAT_SCRIPTS = 0x04;
    static final int DSTAT_ILLEGAL = 0x01;

    static final int PHASE_MISMATCH = 0x0080;
    static final int RESELECTED = 0x0010;
    static final int UNEXPECTED_DISCONNECT = 0x0004;
    static final int BUS_RESET = 0x0002;
    static final int SELECTION_TIMEOUT = 0x0400;
    static final int GENERAL_TIMER = 0x0200;
    static final int HANDSHAKE_TIMER = 0x0100;

    /** Function complete, selected, reselected and the two timers are not fatal by themselves. */
    private static final int FATAL = 0xffff & ~(0x0040 | 0x0020 | 0x0010 | 0x0200 | 0x0100);

    static final int ISTAT_INTF = 0x04;
    static final int ISTAT_SIP = 0x02;
    static final int ISTAT_DIP = 0x01;
    private static final int DCNTL_IRQD = 0x02;

    private final RegisterFile registers;
    private final InterruptLine pin;
    private int dstat;
    private int dstatBehind;
    private int sist;
    private int sistBehind;
    private boolean onTheFly;
    private boolean disabled;

    private final BooleanSupplier inUse;

    /** A bus reset the driver must hear of: it has unmasked it in a chip that is no more. */
    private boolean announced;

    /**
     * @param inUse whether there is a driver to hear of what it has not unmasked; {@link #update}
     *     follows when that changes
     */
    Interrupts(RegisterFile registers, InterruptLine pin, BooleanSupplier inUse) {
        this.registers = registers;
        this.pin = pin;
        this.inUse = inUse;
    }

    void reset() {
        dstat = 0;
        dstatBehind = 0;
        sist = 0;
        sistBehind = 0;
        onTheFly = false;
        disabled = false;
        announced = false;
        update();
    }

    /** Reports a bus reset to a driver at work, masked or not, until it has been read. */
    void announceBusReset() {
        announced = true;
        raiseScsi(BUS_RESET);
    }

    private int enabledScsi() {
        return registers.get(SIEN0) | registers.get(SIEN1) << 8;
    }

    private boolean isScsiPending() {
        return (sist & (FATAL | enabledScsi())) != 0;
    }

    /** Whether a DMA or SCSI interrupt waits to be read. */
    boolean isPending() {
        return dstat != 0 || isScsiPending();
    }

    boolean isSelectionTimedOut() {
        return ((sist | sistBehind) & SELECTION_TIMEOUT) != 0;
    }

    void raiseDma(int causes) {
        if (dstat != 0) {
            dstatBehind |= causes;
        } else {
            dstat = causes;
        }
        update();
    }

    /**
     * @return whether SCRIPTS have to stop
     */
    boolean raiseScsi(int causes) {
        if (isScsiPending()) {
            sistBehind |= causes;
        } else {
            sist |= causes;
        }
        update();
        return (causes & (FATAL | enabledScsi())) != 0;
    }

    void raiseOnTheFly() {
        onTheFly = true;
        update();
    }

    void clearOnTheFly() {
        onTheFly = false;
        update();
    }

    /** ISTAT1's SIRQD: nothing reaches the pin. */
    void setDisabled(boolean disabled) {
        this.disabled = disabled;
        update();
    }

    /** The INTF, SIP and DIP bits of ISTAT0. */
    int istat() {
        return (onTheFly ? ISTAT_INTF : 0)
                | (isScsiPending() ? ISTAT_SIP : 0)
                | (dstat != 0 ? ISTAT_DIP : 0);
    }

    int readDstat() {
        int value = dstat | DSTAT_DFE;
        dstat = dstatBehind;
        dstatBehind = 0;
        update();
        return value;
    }

    /**
     * @param shift 0 for SIST0, 8 for SIST1
     */
    int readSist(int shift) {
        int value = sist >> shift & 0xff;
        sist &= ~(0xff << shift);
        announced &= (sist & BUS_RESET) != 0;
        if (!isScsiPending()) {
            sist |= sistBehind;
            sistBehind = 0;
        }
        update();
        return value;
    }

    void update() {
        boolean dma = (dstat & registers.get(DIEN)) != 0;
        boolean scsi = (sist & enabledScsi()) != 0 || announced && inUse.getAsBoolean();
        boolean off = disabled || registers.has(DCNTL, DCNTL_IRQD);
        pin.set(!off && (dma || scsi || onTheFly));
    }
}
