package dev.skerry.vmm.acpi;

import static dev.skerry.vmm.acpi.Aml.argument;
import static dev.skerry.vmm.acpi.Aml.device;
import static dev.skerry.vmm.acpi.Aml.eisaId;
import static dev.skerry.vmm.acpi.Aml.integer;
import static dev.skerry.vmm.acpi.Aml.join;
import static dev.skerry.vmm.acpi.Aml.list;
import static dev.skerry.vmm.acpi.Aml.method;
import static dev.skerry.vmm.acpi.Aml.name;
import static dev.skerry.vmm.acpi.Aml.path;
import static dev.skerry.vmm.acpi.Aml.returns;
import static dev.skerry.vmm.acpi.Aml.scope;
import static dev.skerry.vmm.acpi.Aml.store;

import dev.skerry.vmm.acpi.AcpiPlatform.Interrupts;
import dev.skerry.vmm.acpi.AcpiPlatform.PciRoot;
import dev.skerry.vmm.acpi.AcpiPlatform.Serial;
import dev.skerry.vmm.acpi.AcpiPlatform.Window;

import java.util.ArrayList;
import java.util.List;

/**
 * The definition block of the DSDT: the host bridge with what it passes on and where its slots'
 * interrupt pins go, the devices no bus tells of, and the way to S5.
 *
 * <p>Interrupts go by link devices as on QEMU's machines: {@code LNKA} and on choose an ISA
 * interrupt; where PIRQ inputs are wired to I/O APIC inputs, {@code GSIA} and on name those, and a
 * system that says by {@code _PIC} that it uses the I/O APIC gets them.
 */
final class Dsdt {
    /** ISA interrupts a link may choose, level-triggered by the MADT's word. */
    private static final int[] LINK_CHOICES = {5, 10, 11};

    private static final int SLOTS = 32;
    private static final int PINS = 4;
    private static final int WHOLE_SLOT = 0xffff;
    private static final int CUT_OFF = 0x80;

    /** _STA: present and decoding, not shown; enabled in addition. */
    private static final int DISABLED = 0x09;

    private static final int ENABLED = 0x0b;

    private final AcpiPlatform platform;
    private final PciRoot pci;
    private final Interrupts interrupts;

    private Dsdt(AcpiPlatform platform) {
        this.platform = platform;
        pci = platform.pci();
        interrupts = pci.interrupts();
    }

    /** The terms, without the table's header. */
    static byte[] block(AcpiPlatform platform) {
        return new Dsdt(platform).block();
    }

    private byte[] block() {
        return join(
                name("\\PICF", integer(0)),
                method("\\_PIC", 1, store(argument(0), path("\\PICF"))),
                scope("\\_SB", bridge(), links(), reserved()),
                name(
                        "\\_S5",
                        list(
                                integer(platform.power().sleepTypeOff()),
                                integer(0),
                                integer(0),
                                integer(0))));
    }

    private boolean hasConfigWindow() {
        return pci.configWindow() != PciRoot.NO_CONFIG_WINDOW;
    }

    private byte[] bridge() {
        byte[] identity =
                hasConfigWindow()
                        ? join(name("_HID", eisaId("PNP0A08")), name("_CID", eisaId("PNP0A03")))
                        : name("_HID", eisaId("PNP0A03"));
        return device(
                "PCI0",
                identity,
                name("_UID", integer(0)),
                name("_BBN", integer(0)),
                name("_CRS", passedOn()),
                name("PRTP", routes("LNK")),
                interrupts.firstApicInput() == Interrupts.NONE
                        ? method("_PRT", 0, returns(path("PRTP")))
                        : join(
                                name("PRTA", routes("GSI")),
                                method(
                                        "_PRT",
                                        0,
                                        Aml.ifTrue(path("\\PICF"), returns(path("PRTA"))),
                                        returns(path("PRTP")))),
                isaBridge());
    }

    private byte[] passedOn() {
        List<byte[]> resources = new ArrayList<>();
        resources.add(Resources.producedBuses(hasConfigWindow() ? pci.configBuses() : 256));
        resources.add(Resources.ports(0xcf8, 8));
        resources.add(Resources.producedPorts(0, 0xcf7));
        resources.add(Resources.producedPorts(0xd00, 0xffff));
        resources.add(Resources.producedVideoMemory());
        for (Window window : pci.memory()) {
            resources.add(Resources.producedMemory(window));
        }
        return Resources.of(resources.toArray(byte[][]::new));
    }

    /** _PRT's package: each pin of each slot, and the link it goes to. */
    private byte[] routes(String links) {
        List<byte[]> routes = new ArrayList<>();
        for (int slot = 0; slot < SLOTS; slot++) {
            for (int pin = 0; pin < PINS; pin++) {
                byte[] link = path("\\_SB." + links + letter(interrupts.wiring().pirq(slot, pin)));
                routes.add(
                        list(
                                integer((long) slot << 16 | WHOLE_SLOT),
                                integer(pin),
                                link,
                                integer(0)));
            }
        }
        return list(routes.toArray(byte[][]::new));
    }

    private static char letter(int pirq) {
        return (char) ('A' + pirq);
    }

    private byte[] isaBridge() {
        List<Integer> registers = interrupts.routeRegisters();
        List<byte[]> fields = new ArrayList<>();
        int at = registers.getFirst();
        for (int i = 0; i < registers.size(); i++) {
            if (registers.get(i) != at) {
                fields.add(Aml.gap(registers.get(i) - at));
            }
            fields.add(Aml.byteField("PRQ" + letter(i)));
            at = registers.get(i) + 1;
        }
        int bytes = at - registers.getFirst();
        return device(
                "ISA",
                name("_ADR", integer((long) interrupts.bridgeSlot() << 16)),
                Aml.region("PIRQ", Aml.PCI_CONFIG, registers.getFirst(), bytes),
                Aml.fields("PIRQ", fields.toArray(byte[][]::new)),
                legacyDevices());
    }

    private byte[] legacyDevices() {
        byte[] devices =
                device(
                        "RTC",
                        name("_HID", eisaId("PNP0B00")),
                        name("_CRS", Resources.of(Resources.ports(0x70, 2), Resources.irq(8))));
        if (platform.keyboard()) {
            byte[] resources =
                    Resources.of(
                            Resources.ports(0x60, 1), Resources.ports(0x64, 1), Resources.irq(1));
            byte[] keyboard =
                    device("KBD", name("_HID", eisaId("PNP0303")), name("_CRS", resources));
            devices = join(devices, keyboard);
        }
        for (int i = 0; i < platform.serials().size(); i++) {
            Serial serial = platform.serials().get(i);
            byte[] resources =
                    Resources.of(Resources.ports(serial.port(), 8), Resources.irq(serial.irq()));
            byte[] device =
                    device(
                            "COM" + (i + 1),
                            name("_HID", eisaId("PNP0501")),
                            name("_UID", integer(i + 1)),
                            name("_CRS", resources));
            devices = join(devices, device);
        }
        return devices;
    }

    private byte[] links() {
        byte[] links = new byte[0];
        for (int i = 0; i < interrupts.routeRegisters().size(); i++) {
            links = join(links, routedLink(i));
            if (interrupts.firstApicInput() != Interrupts.NONE) {
                links = join(links, wiredLink(i));
            }
        }
        return links;
    }

    /** A link that chooses the ISA interrupt of a PIRQ input by its route register. */
    private byte[] routedLink(int pirq) {
        byte[] register = path("\\_SB.PCI0.ISA.PRQ" + letter(pirq));
        byte[] cutOff = Aml.and(register, integer(CUT_OFF));
        return device(
                "LNK" + letter(pirq),
                name("_HID", eisaId("PNP0C0F")),
                name("_UID", integer(pirq + 1)),
                name("_PRS", Resources.of(Resources.interrupt(LINK_CHOICES))),
                method(
                        "_STA",
                        0,
                        Aml.ifTrue(cutOff, returns(integer(DISABLED))),
                        returns(integer(ENABLED))),
                method("_DIS", 0, Aml.or(register, integer(CUT_OFF), register)),
                method("_CRS", 0, chosen(register)),
                method(
                        "_SRS",
                        1,
                        Aml.doubleWordField(argument(0), Resources.INTERRUPT_NUMBER, "CHSN"),
                        store(path("CHSN"), register)));
    }

    private static byte[] chosen(byte[] register) {
        return join(
                store(Resources.of(Resources.interrupt(0)), Aml.local(0)),
                Aml.doubleWordField(Aml.local(0), Resources.INTERRUPT_NUMBER, "CURR"),
                Aml.and(register, integer(0xf), path("CURR")),
                returns(Aml.local(0)));
    }

    /** A link that has no choice: the I/O APIC's input that a PIRQ input is wired to. */
    private byte[] wiredLink(int pirq) {
        byte[] input = Resources.of(Resources.interrupt(interrupts.firstApicInput() + pirq));
        return device(
                "GSI" + letter(pirq),
                name("_HID", eisaId("PNP0C0F")),
                name("_UID", integer(interrupts.firstApicInput() + pirq)),
                name("_PRS", input),
                name("_CRS", input),
                method("_SRS", 1));
    }

    /** What no bridge may pass on to somebody else: without this word, Linux uses no window. */
    private byte[] reserved() {
        if (!hasConfigWindow()) {
            return new byte[0];
        }
        Window window = new Window(pci.configWindow(), (long) pci.configBuses() << 20);
        return device(
                "MBRD",
                name("_HID", eisaId("PNP0C02")),
                name("_CRS", Resources.of(Resources.takenMemory(window))));
    }
}
