package dev.skerry.device.lsi53c895a;

import static dev.skerry.device.lsi53c895a.LsiRegister.DSP;
import static dev.skerry.device.lsi53c895a.LsiRegister.SCID;
import static dev.skerry.device.lsi53c895a.LsiRegister.SCNTL2;
import static dev.skerry.device.lsi53c895a.LsiRegister.SIEN0;
import static dev.skerry.device.lsi53c895a.LsiRegister.SOCL;
import static dev.skerry.device.lsi53c895a.LsiRegister.SSID;
import static dev.skerry.device.lsi53c895a.LsiRegister.SSTAT0;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.Register;
import dev.skerry.device.api.Timer;
import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.ConfigEffects;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.device.scsi.ScsiBus;
import dev.skerry.device.scsi.ScsiController;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

/**
 * The LSI53C895A PCI to Ultra2 SCSI controller, after its Technical Manual, version 2.2 (April 2001,
 * S14028.B). Driven by Linux (sym53c8xx), the BSDs (siop, sym), Windows and SeaBIOS.
 *
 * <p>Not implemented: target mode (an instruction for it is illegal), low-level programmed I/O
 * through SODL and SOCL, SCSI parity, the serial EEPROM and GPIO pins (they read as ones), clocks,
 * prefetch, FIFO and DMA test modes, the expansion ROM's register of the chip itself, diagnostics in
 * STEST and CTEST, PCI power management, the selection timer.
 *
 * <p>Deviations, all of them QEMU's too unless said otherwise: a selection nobody answers times out
 * at once, not after STIME0's time; ISTAT0's SRST ends by itself; an instruction word of 0 is skipped
 * by itself; a driver that selects without ATN may still send messages; MESSAGE IN of more bytes than
 * there are ends with what there is; a disconnection after COMMAND COMPLETE or DISCONNECT is never
 * unexpected, and happens at the latest at the next instruction for another nexus. Not QEMU's: timers
 * take their time; SBCL, SSTAT1, the phase mismatch registers and half words on the wide bus follow
 * the manual; a memory move between addresses of different alignment is illegal; soft reset drops
 * the chip's tasks without the targets noticing a bus reset; a chip that stands in for a lost one
 * reports a bus reset at its pin though a chip fresh from power-on has that interrupt masked.
 */
public final class Lsi53c895a implements PciDevice, ScsiController {
    private static final int VENDOR = 0x1000;
    private static final int DEVICE = 0x0012;
    private static final int CLASS = 0x010000;
    private static final int SUBSYSTEM = 0x1000;
    private static final int OWN_ID = 7;
    private static final int MEMORY_BAR_BYTES = 0x400;
    private static final int SCRIPT_RAM_BYTES = 0x2000;

    private static final int ISTAT_ABRT = 0x80;
    private static final int ISTAT_SRST = 0x40;
    private static final int ISTAT_SIGP = 0x20;
    private static final int ISTAT_SEM = 0x10;
    private static final int ISTAT_CON = 0x08;
    private static final int ISTAT1_SRUN = 0x02;
    private static final int ISTAT1_SIRQD = 0x01;
    private static final int SCNTL1_CON = 0x10;
    private static final int SCNTL1_RST = 0x08;
    private static final int SCNTL2_SDU = 0x80;
    private static final int SCNTL2_CLEARED_BY_ONES = 0x09;
    private static final int SSTAT0_RST = 0x02;
    private static final int SSTAT2_LDSC = 0x02;
    private static final int CTEST2_SIGP = 0x40;
    private static final int CTEST2_SRTCH = 0x08;
    private static final int DMODE_MANUAL = 0x01;
    private static final int DCNTL_START = 0x04;
    private static final int DCNTL_FLUSH = 0x40;
    private static final int SCID_RRE = 0x40;
    private static final int SSID_VALID = 0x80;
    private static final int BUS_REQ = 0x80;
    private static final int BUS_BSY = 0x20;
    private static final int BUS_ATN = 0x08;
    private static final int OPEN = 0xff;
    private static final int LOG_ILLEGAL = 0;

    /** How long other work comes first between two slices of a script. */
    private static final long PAUSE_NS = 10_000;

    private final DeviceHost host;
    private final PciFunction function;
    private final ScsiBus scsiBus = new ScsiBus(OWN_ID);
    private final RegisterFile registers = new RegisterFile();
    private final ScriptRam scriptRam = new ScriptRam(SCRIPT_RAM_BYTES);
    private final Interrupts interrupts;
    private final ScsiPort port;
    private final BlockMover mover;
    private final BusInstructions bus;
    private final Scripts scripts;
    private final ChipTimers timers;
    private final Timer pause;
    private int istat;

    public Lsi53c895a(DeviceHost host) {
        this.host = host;
        function =
                new PciFunction(
                        new PciIdentity(VENDOR, DEVICE, 0, CLASS, 0, SUBSYSTEM), host.log());
        function.setInterruptPin(1);
        function.setConfig(0x0d, 1, 0xff);
        Registers handler = new Registers();
        AccessSizes bytes = AccessSizes.handled(1, 1);
        function.addBar(0, Bar.Kind.IO, new IoRegion("lsi-io", RegisterFile.BYTES, bytes, handler));
        function.addBar(
                1, Bar.Kind.MEMORY_32, new IoRegion("lsi-mmio", MEMORY_BAR_BYTES, bytes, handler));
        function.addBar(
                2,
                Bar.Kind.MEMORY_32,
                new IoRegion("lsi-ram", SCRIPT_RAM_BYTES, AccessSizes.ANY, scriptRam));
        interrupts = new Interrupts(registers, function::setInterrupt, function::isBusMaster);
        function.setConfigEffects(
                new ConfigEffects() {
                    @Override
                    public void written(int offset, int size, long value) {
                        interrupts.update();
                    }
                });
        port = new ScsiPort(scsiBus, new Events());
        mover = new BlockMover(registers, function.dma(), port, this::dataMoved);
        bus = new BusInstructions(this, registers, function.dma(), port, interrupts);
        scripts = new Scripts(this, registers, function.dma(), mover, bus);
        timers =
                new ChipTimers(
                        host,
                        registers,
                        () -> interruptScsi(Interrupts.GENERAL_TIMER),
                        () -> interruptScsi(Interrupts.HANDSHAKE_TIMER));
        pause = host.newTimer(scripts::resumeFromPause);
    }

    @Override
    public PciFunction function() {
        return function;
    }

    @Override
    public ScsiBus scsiBus() {
        return scsiBus;
    }

    private final class Registers implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return readRegister((int) offset & 0xff);
        }

        @Override
        public void write(long offset, int size, long value) {
            writeRegister((int) offset & 0xff, (int) value & 0xff);
        }
    }

    /** What the targets and the bus do by themselves. */
    private final class Events implements ScsiPort.Listener {
        @Override
        public void phaseMayHaveChanged() {
            timers.setWaiting(false);
            scripts.wake();
        }

        @Override
        public void busIsFree(boolean expected) {
            if (!expected && registers.has(SCNTL2, SCNTL2_SDU)) {
                interruptScsi(Interrupts.UNEXPECTED_DISCONNECT);
            }
            registers.setBits(SCNTL2, SCNTL2_SDU, false);
            registers.set(SOCL, 0);
            scripts.wake();
        }

        @Override
        public void reselectionWanted() {
            offerReselection();
        }
    }

    /**
     * Lets a target in that wants to: where SCRIPTS wait for one, or where there are none and the
     * driver has asked for an interrupt instead.
     */
    private void offerReselection() {
        if (port.isConnected() || !port.isReselectionWanted()) {
            return;
        }
        if (scripts.isWaitingForReselection()) {
            reselect();
            scripts.resumeFromReselect();
        } else if (!scripts.isRunning()
                && registers.has(SIEN0, Interrupts.RESELECTED)
                && registers.has(SCID, SCID_RRE)
                && !interrupts.isPending()) {
            reselect();
            interruptScsi(Interrupts.RESELECTED);
        }
    }

    /** A target takes the bus. */
    void reselect() {
        registers.set(SSID, SSID_VALID | port.reselect());
        registers.setBits(SCNTL2, SCNTL2_SDU, true);
    }

    private void dataMoved() {
        timers.setWaiting(false);
        scripts.wake();
    }

    void setCarry(boolean on) {
        scripts.setCarry(on);
    }

    boolean isSignalled() {
        return (istat & ISTAT_SIGP) != 0;
    }

    void stopScripts() {
        scripts.stop();
    }

    /** What a script asks for that no script should. */
    void illegalInstruction() {
        if (host.log().isDue(Level.DEBUG, LOG_ILLEGAL)) {
            host.log()
                    .limited(
                            Level.DEBUG,
                            LOG_ILLEGAL,
                            String.format(
                                    "illegal instruction 0x%02x%06x before 0x%08x",
                                    registers.get(LsiRegister.DCMD),
                                    registers.get(LsiRegister.DBC),
                                    registers.get(DSP)));
        }
        interruptDma(Interrupts.DSTAT_ILLEGAL);
    }

    void interruptDma(int causes) {
        scripts.stop();
        interrupts.raiseDma(causes);
    }

    /** A fatal cause stops SCRIPTS, except a selection's time-out, which they notice by themselves. */
    void interruptScsi(int causes) {
        if (interrupts.raiseScsi(causes) && causes != Interrupts.SELECTION_TIMEOUT) {
            scripts.stop();
        }
    }

    void pauseScripts() {
        pause.arm(host.nowNs() + PAUSE_NS);
    }

    /** SCRIPTS do nothing at the moment. */
    void scriptsPaused() {
        timers.setWaiting(scripts.isWaitingForTarget() && port.isConnected());
    }

    /** A byte as a CPU, or a script, reads it, with the effects of reading. */
    int readRegister(int offset) {
        LsiRegister register = LsiRegister.TABLE.covering(offset);
        if (register == null) {
            return OPEN;
        }
        return switch (register) {
            case SCNTL1 -> registers.at(offset) & ~SCNTL1_CON | (connected() ? SCNTL1_CON : 0);
            case SBCL -> busLines();
            case DSTAT -> {
                int value = interrupts.readDstat();
                offerReselection();
                yield value;
            }
            case SSTAT1 -> bus.latchedPhase();
            case SSTAT2 -> connected() ? 0 : SSTAT2_LDSC;
            case ISTAT0 -> istat | interrupts.istat() | (connected() ? ISTAT_CON : 0);
            case ISTAT1 -> registers.at(offset) | (scripts.isRunning() ? ISTAT1_SRUN : 0);
            case CTEST2 -> readCtest2();
            case SIST0, SIST1 -> {
                int value = interrupts.readSist(register == LsiRegister.SIST0 ? 0 : 8);
                offerReselection();
                yield value;
            }
            case SCRATCHA -> scratchOrBar(offset, 1, LsiRegister.SCRATCHA);
            case SCRATCHB -> scratchOrBar(offset, 2, LsiRegister.SCRATCHB);
            default -> registers.at(offset);
        };
    }

    private boolean connected() {
        return port.isConnected();
    }

    private int busLines() {
        if (!connected()) {
            return 0;
        }
        boolean request = port.phase() != ScsiPort.NO_REQUEST;
        return BUS_BSY
                | (request ? BUS_REQ : 0)
                | (port.hasAttention() ? BUS_ATN : 0)
                | bus.latchedPhase();
    }

    private int readCtest2() {
        int value = registers.get(LsiRegister.CTEST2) | (isSignalled() ? CTEST2_SIGP : 0);
        istat &= ~ISTAT_SIGP;
        return value;
    }

    /** With CTEST2's SRTCH, two scratch registers show where the memory BARs are. */
    private int scratchOrBar(int offset, int bar, LsiRegister register) {
        if (!registers.has(LsiRegister.CTEST2, CTEST2_SRTCH)) {
            return registers.at(offset);
        }
        int address = (int) function.readConfig(0x10 + 4 * bar, 4) & ~0xf;
        return address >> 8 * (offset - register.offset()) & 0xff;
    }

    /** A byte as a CPU, or a script, writes it, with its effects. */
    void writeRegister(int offset, int value) {
        LsiRegister register = LsiRegister.TABLE.covering(offset);
        if (register == null || register.access() == Register.Access.READ_ONLY) {
            return;
        }
        switch (register) {
            case SCNTL1 -> writeScntl1(offset, value);
            case SCNTL2 ->
                    registers.put(
                            offset,
                            value & ~SCNTL2_CLEARED_BY_ONES
                                    | registers.at(offset) & ~value & SCNTL2_CLEARED_BY_ONES);
            case SDID -> registers.put(offset, value & 0x0f);
            case GPREG -> {}
            case ISTAT0 -> writeIstat0(value);
            case ISTAT1 -> {
                registers.put(offset, value & ISTAT1_SIRQD);
                interrupts.setDisabled((value & ISTAT1_SIRQD) != 0);
            }
            case CTEST2 -> registers.put(offset, registers.at(offset) & ~0x08 | value & 0x08);
            case CTEST3 -> registers.put(offset, value & 0x0b);
            case DSP -> {
                registers.put(offset, value);
                boolean last = offset == DSP.offset() + 3;
                if (last && !registers.has(LsiRegister.DMODE, DMODE_MANUAL)) {
                    scripts.start();
                }
            }
            case DCNTL -> {
                registers.put(offset, value & ~(DCNTL_START | DCNTL_FLUSH));
                interrupts.update();
                if ((value & DCNTL_START) != 0) {
                    scripts.start();
                }
            }
            case DIEN, SIEN0, SIEN1 -> {
                registers.put(offset, value);
                interrupts.update();
                offerReselection();
            }
            case MACNTL, GPCNTL -> registers.put(offset, value);
            case STIME1 -> {
                registers.put(offset, value);
                timers.startGeneral();
            }
            default -> registers.put(offset, value);
        }
    }

    private void writeScntl1(int offset, int value) {
        boolean before = registers.has(LsiRegister.SCNTL1, SCNTL1_RST);
        boolean now = (value & SCNTL1_RST) != 0;
        registers.put(offset, value & ~SCNTL1_CON);
        registers.setBits(SSTAT0, SSTAT0_RST, now);
        if (now && !before) {
            mover.abandon();
            port.resetBus();
            interruptScsi(Interrupts.BUS_RESET);
        }
    }

    private void writeIstat0(int value) {
        if ((value & ISTAT_SRST) != 0) {
            softReset();
            return;
        }
        istat = value & (ISTAT_ABRT | ISTAT_SIGP | ISTAT_SEM);
        if ((value & Interrupts.ISTAT_INTF) != 0) {
            interrupts.clearOnTheFly();
        }
        if ((value & ISTAT_ABRT) != 0) {
            interruptDma(Interrupts.DSTAT_ABORTED);
        }
        if (isSignalled() && scripts.isWaitingForReselection()) {
            registers.set(DSP, registers.get(LsiRegister.DNAD));
            scripts.resumeFromReselect();
        }
    }

    private void softReset() {
        scripts.stop();
        scripts.setCarry(false);
        pause.cancel();
        timers.cancel();
        port.abandon();
        bus.reset();
        registers.reset();
        istat = 0;
        interrupts.reset();
    }

    @Override
    public void reset() {
        softReset();
        scsiBus.powerOn();
        scriptRam.clear();
        function.reset();
    }

    /**
     * What drivers understand at once is a reset of the SCSI bus: they take all commands back and set
     * the chip up anew. Without it they wait for the commands' time to run out, and then longer for
     * SCRIPTS that are not there to abort them. A chip that is not a bus master has no driver: its pin
     * stays down, as nobody would ever lower it.
     */
    @Override
    public void standIn() {
        interrupts.announceBusReset();
    }

    @Override
    public void close() {
        scripts.stop();
        pause.cancel();
        timers.cancel();
        port.abandon();
    }
}
