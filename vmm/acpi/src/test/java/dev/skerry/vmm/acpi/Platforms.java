package dev.skerry.vmm.acpi;

import dev.skerry.vmm.acpi.AcpiPlatform.Interrupts;
import dev.skerry.vmm.acpi.AcpiPlatform.PciRoot;
import dev.skerry.vmm.acpi.AcpiPlatform.Power;
import dev.skerry.vmm.acpi.AcpiPlatform.Serial;
import dev.skerry.vmm.acpi.AcpiPlatform.Window;

import java.util.List;

/** The two machines. */
final class Platforms {
    static final int BLOCK = 0x600;

    private Platforms() {}

    private static Power power(int events, int eventBytes) {
        return new Power(BLOCK, 9, events, eventBytes, 0xb2, 0xf1, 0xf0, 0xcf9, 0x06, 0);
    }

    static AcpiPlatform pc(int cpus) {
        Interrupts interrupts =
                new Interrupts(
                        1,
                        List.of(0x60, 0x61, 0x62, 0x63),
                        Interrupts.NONE,
                        (slot, pin) -> slot + 3 + pin & 3);
        PciRoot pci =
                new PciRoot(
                        PciRoot.NO_CONFIG_WINDOW,
                        0,
                        List.of(new Window(0xc000_0000L, 0x3ec0_0000L)),
                        interrupts);
        return new AcpiPlatform(cpus, power(0xafe0, 4), pci, List.of(new Serial(0x3f8, 4)), true);
    }

    static AcpiPlatform q35(int cpus) {
        Interrupts interrupts =
                new Interrupts(
                        31,
                        List.of(0x60, 0x61, 0x62, 0x63, 0x68, 0x69, 0x6a, 0x6b),
                        16,
                        (slot, pin) -> slot < 25 ? 4 + (slot + pin & 3) : pin);
        PciRoot pci =
                new PciRoot(
                        0xb000_0000L,
                        256,
                        List.of(
                                new Window(0xc000_0000L, 0x3ec0_0000L),
                                new Window(0x1_0000_0000L, 0x8_0000_0000L)),
                        interrupts);
        return new AcpiPlatform(
                cpus,
                power(BLOCK + 0x20, 16),
                pci,
                List.of(new Serial(0x3f8, 4), new Serial(0x2f8, 3)),
                true);
    }
}
