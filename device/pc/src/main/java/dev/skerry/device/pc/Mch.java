package dev.skerry.device.pc;

import dev.skerry.device.pci.ConfigEffects;
import dev.skerry.device.pci.ConfigWindow;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.device.pci.PciRootBus;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.IoRegion;

/**
 * The host bridge of a {@code q35}: the memory controller hub of Intel's 3 Series Express Chipset
 * (data sheet 316966-002, August 2007, chapter 5). It has the attribute map of shadow RAM and the
 * window of the enhanced configuration mechanism. Driven by SeaBIOS and by Linux.
 *
 * <p>There is no system management mode: SMRAM keeps its bits and its lock, the legacy video window
 * always shows RAM, and there is no TSEG. Other registers keep what is written.
 *
 * <p>Owned by one device thread.
 */
public final class Mch implements PciDevice {
    /** Where firmware puts the window of configuration spaces on QEMU's machine. */
    public static final long WINDOW_AT = 0xb000_0000L;

    private static final PciIdentity IDENTITY = new PciIdentity(0x8086, 0x29c0, 0x00, 0x060000);
    private static final int PCIEXBAR = 0x60;
    private static final int PCIEXBAR_BYTES = 8;
    private static final long PCIEXBAR_BASE = 0xf_fc00_0000L;
    private static final int MOST_BUSES = 256;
    private static final int PAM = 0x90;
    private static final int SMRAM = 0x9d;
    private static final int ESMRAMC = 0x9e;

    private static final int SMRAM_OPEN = 0x40;
    private static final int SMRAM_LOCKED = 0x10;
    private static final int SMRAM_WRITABLE = 0x78;
    private static final int SMRAM_WRITABLE_LOCKED = 0x20;
    private static final int ESMRAMC_WRITABLE = 0x87;

    private final PciFunction function;
    private final ShadowRam shadow;
    private final byte[] pam = new byte[ShadowRam.REGISTERS];
    private final IoRegion[] windows = new IoRegion[3];
    private final MovableRegion window;
    private int smram;
    private int esmramc;

    public Mch(Log log, ChipsetMemory memory, PciRootBus bus) {
        function = new PciFunction(IDENTITY, log);
        function.setConfig(PCIEXBAR, 4, (int) WINDOW_AT);
        function.setConfig(SMRAM, 1, 0x02);
        function.setConfigWritable(SMRAM, 1, SMRAM_WRITABLE);
        function.setConfig(ESMRAMC, 1, 0x38);
        function.setConfigWritable(ESMRAMC, 1, ESMRAMC_WRITABLE);
        function.setConfigWritable(0x9c, 1, 0);
        function.setConfigWritable(0x50, 2, 0);
        function.setConfigEffects(new Registers());
        for (int i = 0; i < windows.length; i++) {
            windows[i] = ConfigWindow.region(bus, MOST_BUSES >> i);
        }
        window = new MovableRegion(memory.system(), windows[0]);
        shadow = new ShadowRam(memory);
        arrange();
    }

    @Override
    public PciFunction function() {
        return function;
    }

    /** What firmware does first, for a kernel that is started without. */
    public void openShadowRam() {
        function.setConfig(PAM, 1, 0x30);
        for (int i = 1; i < ShadowRam.REGISTERS; i++) {
            function.setConfig(PAM + i, 1, 0x33);
        }
        arrange();
    }

    /** What firmware does, for a kernel that is started without: 256 buses at an address. */
    public void placeWindow(long gpa) {
        function.setConfig(PCIEXBAR, 4, (int) gpa | 1);
        function.setConfig(PCIEXBAR + 4, 4, (int) (gpa >>> 32));
        arrange();
    }

    private void arrange() {
        for (int i = 0; i < ShadowRam.REGISTERS; i++) {
            pam[i] = (byte) function.config(PAM + i, 1);
        }
        shadow.apply(pam);
        arrangeWindow();
        smram = function.config(SMRAM, 1);
        esmramc = function.config(ESMRAMC, 1);
    }

    private void arrangeWindow() {
        int low = function.config(PCIEXBAR, 4);
        long value = (long) function.config(PCIEXBAR + 4, 4) << 32 | low & 0xffff_ffffL;
        int length = low >> 1 & 3;
        if ((low & 1) == 0 || length >= windows.length) {
            window.place(MovableRegion.NOWHERE);
        } else {
            IoRegion region = windows[length];
            window.place(region, value & PCIEXBAR_BASE & -region.sizeBytes());
        }
    }

    /** Once locked SMRAM stays closed and enabled as it was (5.1.23, 5.1.24). */
    private void keepSmramLocked() {
        int now = function.config(SMRAM, 1);
        if ((smram & SMRAM_LOCKED) != 0) {
            now = smram & ~SMRAM_WRITABLE_LOCKED | now & SMRAM_WRITABLE_LOCKED;
            function.setConfig(ESMRAMC, 1, esmramc);
        } else if ((now & SMRAM_LOCKED) != 0) {
            now &= ~SMRAM_OPEN;
        }
        function.setConfig(SMRAM, 1, now);
        smram = now;
        esmramc = function.config(ESMRAMC, 1);
    }

    private final class Registers implements ConfigEffects {
        private static boolean touches(int register, int bytes, int offset, int size) {
            return offset < register + bytes && offset + size > register;
        }

        @Override
        public void written(int offset, int size, long value) {
            if (touches(SMRAM, 2, offset, size)) {
                keepSmramLocked();
            }
            if (touches(PAM, ShadowRam.REGISTERS, offset, size)
                    || touches(PCIEXBAR, PCIEXBAR_BYTES, offset, size)) {
                arrange();
            }
        }
    }

    @Override
    public void reset() {
        function.reset();
        arrange();
    }
}
