package dev.skerry.device.pc;

import dev.skerry.device.pci.ConfigEffects;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.platform.log.Log;

/**
 * The host bridge of a {@code pc}: Intel's 82441FX (data sheet 290549-001, May 1996). Driven by
 * SeaBIOS, which makes its shadow RAM writable.
 *
 * <p>Of its registers only the attribute map does something; others keep what is written. There is
 * no system management mode: the legacy video window always shows RAM, whatever SMRAM says.
 *
 * <p>Owned by one device thread.
 */
public final class I440fx implements PciDevice {
    private static final PciIdentity IDENTITY = new PciIdentity(0x8086, 0x1237, 0x02, 0x060000);
    private static final int DRAM_CONTROL = 0x57;
    private static final int PAM = 0x59;
    private static final int SMRAM = 0x72;

    private final PciFunction function;
    private final ShadowRam shadow;
    private final byte[] pam = new byte[ShadowRam.REGISTERS];

    public I440fx(Log log, ChipsetMemory memory) {
        function = new PciFunction(IDENTITY, log);
        function.setConfig(DRAM_CONTROL, 1, 0x08);
        function.setConfig(SMRAM, 1, 0x02);
        function.setConfigEffects(new Registers());
        shadow = new ShadowRam(memory);
        arrange();
    }

    @Override
    public PciFunction function() {
        return function;
    }

    /** What firmware does first, for a kernel that is started without: shadow RAM is plain RAM. */
    public void openShadowRam() {
        function.setConfig(PAM, 1, 0x30);
        for (int i = 1; i < ShadowRam.REGISTERS; i++) {
            function.setConfig(PAM + i, 1, 0x33);
        }
        arrange();
    }

    private void arrange() {
        for (int i = 0; i < ShadowRam.REGISTERS; i++) {
            pam[i] = (byte) function.config(PAM + i, 1);
        }
        shadow.apply(pam);
    }

    private final class Registers implements ConfigEffects {
        @Override
        public void written(int offset, int size, long value) {
            if (offset < PAM + ShadowRam.REGISTERS && offset + size > PAM) {
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
