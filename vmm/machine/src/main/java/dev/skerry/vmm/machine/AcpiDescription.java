package dev.skerry.vmm.machine;

import dev.skerry.device.pc.GeneralPurposeEvents;
import dev.skerry.device.pc.Ich9Lpc;
import dev.skerry.device.pc.Mch;
import dev.skerry.device.pc.PowerManagement;
import dev.skerry.vmm.acpi.AcpiPlatform;

import java.util.ArrayList;
import java.util.List;

/** What ACPI tables are to say of these machines. */
final class AcpiDescription {
    private static final int SCI = 9;
    private static final int MODE_PORT = 0xb2;
    private static final int RESET_PORT = 0xcf9;
    private static final int RESET_VALUE = 0x06;
    private static final int WINDOW_BUSES = 256;
    private static final long GIB = 1L << 30;
    private static final long FOUR_GIB = 1L << 32;

    /** Where devices at fixed places begin, from the I/O APIC on. */
    private static final long FIXED = 0xfec0_0000L;

    /** Half of what CPUs with 40 physical bits reach. */
    private static final long HIGH_END = 1L << 39;

    private AcpiDescription() {}

    static AcpiPlatform of(
            boolean q35, int cpus, GuestRam ram, AcpiPlatform.Wiring wiring, int serials) {
        List<AcpiPlatform.Serial> ports = new ArrayList<>();
        for (int i = 0; i < serials; i++) {
            ports.add(
                    new AcpiPlatform.Serial(
                            LegacyDevices.serialPort(i), LegacyDevices.serialIrq(i)));
        }
        List<AcpiPlatform.Window> memory = windows(q35, ram);
        AcpiPlatform.PciRoot pci =
                q35
                        ? new AcpiPlatform.PciRoot(
                                Mch.WINDOW_AT,
                                WINDOW_BUSES,
                                memory,
                                new AcpiPlatform.Interrupts(
                                        Ich9Lpc.SLOT,
                                        List.of(0x60, 0x61, 0x62, 0x63, 0x68, 0x69, 0x6a, 0x6b),
                                        16,
                                        wiring))
                        : new AcpiPlatform.PciRoot(
                                AcpiPlatform.PciRoot.NO_CONFIG_WINDOW,
                                WINDOW_BUSES,
                                memory,
                                new AcpiPlatform.Interrupts(
                                        1,
                                        List.of(0x60, 0x61, 0x62, 0x63),
                                        AcpiPlatform.Interrupts.NONE,
                                        wiring));
        return new AcpiPlatform(cpus, power(q35), pci, ports, true);
    }

    private static AcpiPlatform.Power power(boolean q35) {
        return new AcpiPlatform.Power(
                PcBoard.PM_BLOCK,
                SCI,
                q35 ? PcBoard.PM_BLOCK + Ich9Lpc.GPE_OFFSET : GeneralPurposeEvents.PC_PORT,
                q35 ? GeneralPurposeEvents.ICH9_BYTES : GeneralPurposeEvents.PC_BYTES,
                MODE_PORT,
                PowerManagement.ACPI_ENABLE,
                PowerManagement.ACPI_DISABLE,
                RESET_PORT,
                RESET_VALUE,
                PowerManagement.SLEEP_TYPE_OFF);
    }

    /** Where SeaBIOS puts BARs, and kernels may. */
    private static List<AcpiPlatform.Window> windows(boolean q35, GuestRam ram) {
        long begin = q35 ? 0xc000_0000L : PcBoard.HOLE_BYTES;
        if (!q35 && ram.belowBytes() <= 0x8000_0000L) {
            begin = 0x8000_0000L;
        } else if (!q35 && ram.belowBytes() <= 0xc000_0000L) {
            begin = 0xc000_0000L;
        }
        long high = FOUR_GIB + ram.aboveBytes() + GIB - 1 & -GIB;
        return List.of(
                new AcpiPlatform.Window(begin, FIXED - begin),
                new AcpiPlatform.Window(high, HIGH_END - high));
    }
}
