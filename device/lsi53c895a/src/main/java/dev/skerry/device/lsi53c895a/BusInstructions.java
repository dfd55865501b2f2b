package dev.skerry.device.lsi53c895a;

import static dev.skerry.device.lsi53c895a.LsiRegister.DNAD;
import static dev.skerry.device.lsi53c895a.LsiRegister.DSA;
import static dev.skerry.device.lsi53c895a.LsiRegister.DSP;
import static dev.skerry.device.lsi53c895a.LsiRegister.DSPS;
import static dev.skerry.device.lsi53c895a.LsiRegister.SCNTL0;
import static dev.skerry.device.lsi53c895a.LsiRegister.SCNTL2;
import static dev.skerry.device.lsi53c895a.LsiRegister.SCNTL3;
import static dev.skerry.device.lsi53c895a.LsiRegister.SDID;
import static dev.skerry.device.lsi53c895a.LsiRegister.SFBR;
import static dev.skerry.device.lsi53c895a.LsiRegister.SOCL;
import static dev.skerry.device.lsi53c895a.LsiRegister.SSTAT0;
import static dev.skerry.device.lsi53c895a.LsiRegister.SXFER;
import static dev.skerry.device.lsi53c895a.LsiRegister.TEMP;

import dev.skerry.device.api.Dma;

/** I/O and transfer control instructions (manual, 5.4 and 5.6). */
final class BusInstructions {
    private static final int SDU = 0x80;
    private static final int WON_ARBITRATION = 0x04;
    private static final int TARGET_MODE = 0x01;
    private static final int ACK = 0x40;
    private static final int ATN = 0x08;
    private static final int SELECT_WITH_ATN = 1 << 24;

    private final Lsi53c895a chip;
    private final RegisterFile registers;
    private final Dma dma;
    private final ScsiPort port;
    private final Interrupts interrupts;

    /** The phase last asked for, which a comparison that does not wait sees. */
    private int lastPhase;

    BusInstructions(
            Lsi53c895a chip,
            RegisterFile registers,
            Dma dma,
            ScsiPort port,
            Interrupts interrupts) {
        this.chip = chip;
        this.registers = registers;
        this.dma = dma;
        this.port = port;
        this.interrupts = interrupts;
    }

    /** The phase on the bus as SSTAT1 and SBCL show it. */
    int latchedPhase() {
        int asked = port.phase();
        lastPhase = asked == ScsiPort.NO_REQUEST ? lastPhase : asked;
        return lastPhase;
    }

    void reset() {
        lastPhase = 0;
    }

    /**
     * A selection that timed out stops SCRIPTS at the next instruction that needs the bus, as on
     * the chip, where the selection goes on in the background.
     */
    boolean stopsAfterTimeout() {
        if (interrupts.isSelectionTimedOut()) {
            chip.stopScripts();
            return true;
        }
        return false;
    }

    /** Carries out an I/O instruction. */
    Scripts.Next execute(int first, int second) {
        if (stopsAfterTimeout()) {
            return Scripts.Next.GO_ON;
        }
        boolean relative = (first & 1 << 26) != 0;
        int alternate = relative ? registers.get(DSP) + signed24(second) : second;
        switch (first >> 27 & 7) {
            case 0 -> select(first, alternate);
            case 1 -> {
                port.settle();
                return port.isConnected() ? Scripts.Next.WAIT : Scripts.Next.GO_ON;
            }
            case 2 -> {
                return waitReselect(alternate);
            }
            case 3 -> change(first, true);
            default -> change(first, false);
        }
        return Scripts.Next.GO_ON;
    }

    private static int signed24(int value) {
        return value << 8 >> 8;
    }

    private void select(int first, int alternate) {
        if ((registers.get(SCNTL0) & TARGET_MODE) != 0) {
            chip.illegalInstruction();
            return;
        }
        int id = first >> 16 & 0x0f;
        if ((first & 1 << 25) != 0) {
            int entry = registers.get(DSA) + signed24(first);
            int table = (int) dma.read(registers.address(LsiRegister.DRS, entry), 4);
            id = table >> 16 & 0x0f;
            registers.set(SXFER, table >>> 8);
            registers.set(SCNTL3, table >>> 24);
        }
        port.settle();
        if (port.isConnected()) {
            // Reselected first, or left connected.
            registers.set(DSP, alternate);
            return;
        }
        registers.set(SDID, id);
        boolean attention = (first & SELECT_WITH_ATN) != 0;
        if (port.select(id, attention)) {
            registers.setBits(SSTAT0, WON_ARBITRATION, true);
            registers.setBits(SCNTL2, SDU, true);
            registers.setBits(SOCL, ATN, attention);
            latchedPhase();
        } else {
            chip.interruptScsi(Interrupts.SELECTION_TIMEOUT);
        }
    }

    private Scripts.Next waitReselect(int alternate) {
        port.settle();
        if (port.isConnected()) {
            return Scripts.Next.GO_ON;
        }
        registers.set(DNAD, alternate);
        if (chip.isSignalled()) {
            registers.set(DSP, alternate);
            return Scripts.Next.GO_ON;
        }
        if (port.isReselectionWanted()) {
            chip.reselect();
            return Scripts.Next.GO_ON;
        }
        return Scripts.Next.WAIT_RESELECT;
    }

    private void change(int first, boolean set) {
        if ((first & 1 << 10) != 0) {
            chip.setCarry(set);
        }
        if ((first & 1 << 9) != 0) {
            registers.setBits(SCNTL0, TARGET_MODE, set);
        }
        if ((first & ATN) != 0) {
            registers.setBits(SOCL, ATN, set);
            port.setAttention(set && port.isConnected());
        }
        if ((first & ACK) != 0) {
            registers.setBits(SOCL, ACK, set);
            if (!set) {
                port.settle();
            }
        }
    }

    /** Jumps, calls, returns and interrupts, if a condition holds. */
    Scripts.Next transferControl(Scripts scripts, int first, int second) {
        boolean phaseCompared = (first & 1 << 17) != 0;
        boolean waits = (first & 1 << 16) != 0;
        if ((phaseCompared || waits) && stopsAfterTimeout()) {
            return Scripts.Next.GO_ON;
        }
        if (waits && port.isConnected() && port.phase() == ScsiPort.NO_REQUEST) {
            return Scripts.Next.WAIT;
        }
        if (holds(scripts, first)) {
            take(first, second);
        }
        return Scripts.Next.GO_ON;
    }

    private boolean holds(Scripts scripts, int first) {
        boolean wanted = (first & 1 << 19) != 0;
        boolean holds = wanted;
        if ((first & 1 << 21) != 0) {
            holds = scripts.carry();
        }
        if (holds == wanted && (first & 1 << 17) != 0) {
            holds = latchedPhase() == (first >> 24 & 7);
        }
        if (holds == wanted && (first & 1 << 18) != 0) {
            int compared = ~(first >> 8) & 0xff;
            holds = (registers.get(SFBR) & compared) == (first & compared);
        }
        boolean conditional = (first & (1 << 21 | 1 << 18 | 1 << 17)) != 0;
        return conditional ? holds == wanted : wanted;
    }

    private void take(int first, int second) {
        boolean relative = (first & 1 << 23) != 0;
        int pointer = registers.get(DSP);
        int target = relative ? pointer + signed24(second) : second;
        switch (first >> 27 & 7) {
            case 0 -> registers.set(DSP, target);
            case 1 -> {
                registers.set(TEMP, pointer);
                registers.set(DSP, target);
            }
            case 2 -> registers.set(DSP, registers.get(TEMP));
            case 3 -> {
                registers.set(DSPS, second);
                if ((first & 1 << 20) != 0) {
                    interrupts.raiseOnTheFly();
                } else {
                    chip.interruptDma(Interrupts.DSTAT_SCRIPTS);
                }
            }
            default -> chip.illegalInstruction();
        }
    }
}
