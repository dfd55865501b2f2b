package dev.skerry.device.pci;

import dev.skerry.device.api.Dma;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AccessGuard;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.IoRegion;

import java.util.ArrayList;
import java.util.List;

/**
 * A conventional PCI function: 256 bytes of configuration space with a type 0 header, up to six
 * BARs and an expansion ROM, capabilities, one interrupt pin, bus mastering.
 *
 * <p>A model declares its parts before the function is attached. After that configuration writes
 * move BARs, gate DMA and mask the interrupt by themselves. Used on the device thread. Source: PCI
 * Local Bus Specification 3.0, chapter 6. Not implemented: MSI and MSI-X, PCI Express capabilities,
 * power management beyond what a model declares, parity.
 */
public final class PciFunction {
    private static final int VENDOR = 0x00;
    private static final int DEVICE = 0x02;
    private static final int COMMAND = 0x04;
    private static final int STATUS = 0x06;
    private static final int REVISION = 0x08;
    private static final int CACHE_LINE = 0x0c;
    private static final int HEADER_TYPE = 0x0e;
    private static final int SUBSYSTEM_VENDOR = 0x2c;
    private static final int SUBSYSTEM = 0x2e;
    private static final int CAPABILITIES = 0x34;
    private static final int INTERRUPT_LINE = 0x3c;
    private static final int INTERRUPT_PIN = 0x3d;

    private static final int COMMAND_IO = 0x1;
    private static final int COMMAND_MEMORY = 0x2;
    private static final int COMMAND_MASTER = 0x4;
    private static final int COMMAND_SERR = 0x100;
    private static final int COMMAND_INTX_DISABLE = 0x400;
    private static final int COMMAND_WRITABLE =
            COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER | COMMAND_SERR | COMMAND_INTX_DISABLE;

    private static final int HEADER_MULTIFUNCTION = 0x80;

    private static final int STATUS_INTERRUPT = 0x8;
    private static final int STATUS_CAPABILITIES = 0x10;
    private static final int STATUS_ERRORS = 0xf900;

    private final PciIdentity identity;
    private final ConfigSpace config = new ConfigSpace();
    private final Bar[] bars = new Bar[Bar.ROM_INDEX + 1];
    private final BusMaster busMaster;
    private ConfigEffects effects = new ConfigEffects() {};
    private PciBus bus;
    private InterruptLine line;
    private byte[] powerOn;
    private boolean pinRaised;
    private boolean lineRaised;

    /**
     * @param log gets a line when DMA goes wrong
     */
    public PciFunction(PciIdentity identity, Log log) {
        this.identity = identity;
        this.busMaster = new BusMaster(this, log);
        config.set(VENDOR, 2, identity.vendor());
        config.set(DEVICE, 2, identity.device());
        config.set(REVISION, 4, identity.classCode() << 8 | identity.revision());
        config.set(SUBSYSTEM_VENDOR, 2, identity.subsystemVendor());
        config.set(SUBSYSTEM, 2, identity.subsystem());
        config.setWritable(COMMAND, 2, COMMAND_WRITABLE);
        config.setClearable(STATUS, 2, STATUS_ERRORS);
        config.setWritable(CACHE_LINE, 1, 0xff);
        config.setWritable(INTERRUPT_LINE, 1, 0xff);
    }

    public PciIdentity identity() {
        return identity;
    }

    /** Declares a BAR; a 64-bit one takes the next index too. */
    public void addBar(int index, Bar.Kind kind, IoRegion region) {
        requireDeclaring();
        boolean pairTaken = kind.is64Bit() && (index >= 5 || bars[index + 1] != null);
        boolean upperHalf =
                index > 0
                        && index < 6
                        && bars[index - 1] != null
                        && bars[index - 1].kind().is64Bit();
        if (bars[index] != null || pairTaken || upperHalf) {
            throw new IllegalArgumentException("BAR " + index + " is taken");
        }
        bars[index] = new Bar(index, kind, region);
        bars[index].declare(config);
    }

    /**
     * Declares that the function drives an interrupt pin.
     *
     * @param pin 1 for INTA# to 4 for INTD#
     */
    public void setInterruptPin(int pin) {
        requireDeclaring();
        config.set(INTERRUPT_PIN, 1, java.util.Objects.checkIndex(pin - 1, 4) + 1);
    }

    /** The declared interrupt pin: 1 for INTA# to 4 for INTD#, 0 for none. */
    public int interruptPin() {
        return config.get(INTERRUPT_PIN, 1);
    }

    /** Declares that there may be other functions in the same slot. */
    public void setMultifunction() {
        requireDeclaring();
        config.set(HEADER_TYPE, 1, config.get(HEADER_TYPE, 1) | HEADER_MULTIFUNCTION);
    }

    boolean isMultifunction() {
        return (config.get(HEADER_TYPE, 1) & HEADER_MULTIFUNCTION) != 0;
    }

    /** Declares what software's configuration accesses do besides. */
    public void setConfigEffects(ConfigEffects to) {
        requireDeclaring();
        effects = to;
    }

    /**
     * Declares a capability, read-only until {@link #setConfigWritable} says otherwise. Capabilities
     * are linked in the order of their declaration.
     *
     * @param id its number (PCI 3.0, appendix H)
     * @param offset where it goes: a multiple of 4 behind the header
     * @param sizeBytes its length with the two bytes of its header
     */
    public void addCapability(int id, int offset, int sizeBytes) {
        requireDeclaring();
        if (offset < ConfigSpace.HEADER_SIZE
                || (offset & 3) != 0
                || sizeBytes < 2
                || sizeBytes > ConfigSpace.SIZE - offset) {
            throw new IllegalArgumentException(
                    String.format("capability 0x%x at 0x%x, %d bytes", id, offset, sizeBytes));
        }
        int link = CAPABILITIES;
        while (config.get(link, 1) != 0) {
            link = config.get(link, 1) + 1;
        }
        for (int i = 0; i < sizeBytes; i++) {
            config.set(offset + i, 1, 0);
            config.setWritable(offset + i, 1, 0);
        }
        config.set(link, 1, offset);
        config.set(offset, 1, id);
        config.set(STATUS, 2, config.get(STATUS, 2) | STATUS_CAPABILITIES);
    }

    /** Declares bytes' value after power-on; for capabilities and other device-specific parts. */
    public void setConfig(int offset, int size, int value) {
        config.set(offset, size, value);
    }

    /** Declares which bits software may write. */
    public void setConfigWritable(int offset, int size, int mask) {
        requireDeclaring();
        config.setWritable(offset, size, mask);
    }

    private void requireDeclaring() {
        if (bus != null) {
            throw new IllegalStateException("the function is attached already");
        }
    }

    /** Plugs the function in where its device has a thread of its own; see the longer form. */
    public void attach(PciBus to, InterruptLine interrupt) {
        attach(to, interrupt, null);
    }

    /**
     * Plugs the function in; its declaration ends here.
     *
     * @param guard what accesses to BARs pass in the bus' spaces, or null for none. Whoever calls
     *     this class' other methods passes it too
     */
    public void attach(PciBus to, InterruptLine interrupt, AccessGuard guard) {
        requireDeclaring();
        bus = to;
        line = interrupt;
        powerOn = config.snapshot();
        for (Bar bar : bars) {
            if (bar != null && guard != null) {
                bar.guardBy(guard);
            }
        }
    }

    /** Takes the function off its bus: nothing is decoded, the line is down. */
    public void detach() {
        config.restore(powerOn);
        pinRaised = false;
        applyConfig();
    }

    /** The memory the function reaches, while its bus-master bit is set. */
    public Dma dma() {
        return busMaster;
    }

    /** Whether software lets it reach memory: there is a driver, or was. */
    public boolean isBusMaster() {
        return (config.get(COMMAND, 2) & COMMAND_MASTER) != 0;
    }

    PciBus bus() {
        return bus;
    }

    /** Whether a configuration access has a size of 1, 2 or 4 and lies within the 256 bytes. */
    public static boolean isConfigAccess(long offset, long size) {
        return offset >= 0
                && offset < ConfigSpace.SIZE
                && size > 0
                && size <= 4
                && ConfigSpace.contains((int) offset, (int) size);
    }

    /** Reads configuration space; see {@link #isConfigAccess}. */
    public long readConfig(int offset, int size) {
        if (!ConfigSpace.contains(offset, size)) {
            throw new IllegalArgumentException("config access at " + offset + " of " + size);
        }
        long kept = config.get(offset, size) & 0xffff_ffffL;
        return effects.read(offset, size, kept) & AccessSizes.ones(size);
    }

    /** What a configuration register holds, without the effects of reading it. */
    public int config(int offset, int size) {
        return config.get(offset, size);
    }

    /** Writes configuration space; see {@link #isConfigAccess}. */
    public void writeConfig(int offset, int size, long value) {
        if (!ConfigSpace.contains(offset, size)) {
            throw new IllegalArgumentException("config access at " + offset + " of " + size);
        }
        config.write(offset, size, (int) value);
        // Every effect of the bytes themselves is in the standard header.
        if (offset < ConfigSpace.HEADER_SIZE) {
            applyConfig();
        }
        effects.written(offset, size, value & AccessSizes.ones(size));
    }

    /** Moves BARs and the interrupt line to where the registers say. */
    private void applyConfig() {
        int command = config.get(COMMAND, 2);
        boolean io = (command & COMMAND_IO) != 0;
        boolean memory = (command & COMMAND_MEMORY) != 0;
        for (Bar bar : bars) {
            if (bar != null) {
                place(bar, bar.wantedAddress(config, io, memory));
            }
        }
        updateLine();
    }

    private void place(Bar bar, long wanted) {
        if (bar.address() == wanted) {
            return;
        }
        Container space = bar.kind().isIo() ? bus.io() : bus.memory();
        bar.setAddress(wanted);
        List<Container.Placement> placements =
                wanted == Bar.NOT_DECODED
                        ? List.of()
                        : List.of(new Container.Placement(bar.placed(), wanted, 1));
        space.replace(List.of(bar.placed()), placements);
    }

    /** The declared BARs in the order of their indices. */
    public List<Bar> bars() {
        List<Bar> declared = new ArrayList<>();
        for (Bar bar : bars) {
            if (bar != null) {
                declared.add(bar);
            }
        }
        return declared;
    }

    /** The BAR that decodes an address of a space, or null. Allocates nothing. */
    public Bar barAt(boolean io, long address) {
        for (Bar bar : bars) {
            if (bar != null && bar.kind().isIo() == io && bar.contains(address)) {
                return bar;
            }
        }
        return null;
    }

    /** Raises or lowers the function's interrupt pin. */
    public void setInterrupt(boolean raised) {
        if (raised != pinRaised) {
            pinRaised = raised;
            int status = config.get(STATUS, 2) & ~STATUS_INTERRUPT;
            config.set(STATUS, 2, raised ? status | STATUS_INTERRUPT : status);
            updateLine();
        }
    }

    /** The line follows the pin unless software has masked it (PCI 3.0, 6.2.2, bit 10). */
    private void updateLine() {
        boolean masked = (config.get(COMMAND, 2) & COMMAND_INTX_DISABLE) != 0;
        boolean raised = pinRaised && !masked;
        if (raised != lineRaised) {
            lineRaised = raised;
            line.set(raised);
        }
    }

    /** Configuration space as after power-on, pin down. The model resets its own registers. */
    public void reset() {
        pinRaised = false;
        config.restore(powerOn);
        applyConfig();
    }
}
