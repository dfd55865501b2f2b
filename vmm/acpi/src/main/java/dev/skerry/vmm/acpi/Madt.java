package dev.skerry.vmm.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The table of interrupt controllers (ACPI specification 3.0, 5.2.11): a local APIC for each CPU, one
 * I/O APIC, and where ISA interrupts differ from what a PC has by default.
 */
final class Madt {
    static final int REVISION = 2;

    private static final int HEADER_BYTES = 44;
    private static final int LOCAL_APIC_BYTES = 8;
    private static final int IO_APIC_BYTES = 12;
    private static final int OVERRIDE_BYTES = 10;
    private static final int NMI_BYTES = 6;

    /** The timer's interrupt arrives at input 2. */
    private static final int TIMER_INPUT = 2;

    private static final int LEVEL_ACTIVE_HIGH = 0xd;

    /** Interrupts of PCI links, and ACPI's own. */
    private static final int[] LEVEL_INTERRUPTS = {5, 9, 10, 11};

    private static final int ALL_CPUS = 0xff;

    private Madt() {}

    /** The table without its header filled in. */
    static byte[] table(int cpus) {
        int bytes =
                HEADER_BYTES
                        + cpus * LOCAL_APIC_BYTES
                        + IO_APIC_BYTES
                        + (1 + LEVEL_INTERRUPTS.length) * OVERRIDE_BYTES
                        + NMI_BYTES;
        ByteBuffer table = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        table.position(36);
        table.putInt((int) AcpiPlatform.LOCAL_APIC);
        // There are 8259s, too.
        table.putInt(1);
        for (int cpu = 0; cpu < cpus; cpu++) {
            entry(table, 0, LOCAL_APIC_BYTES).put((byte) cpu).put((byte) cpu).putInt(1);
        }
        entry(table, 1, IO_APIC_BYTES).putShort((short) 0).putInt((int) AcpiPlatform.IO_APIC);
        table.putInt(0);
        override(table, 0, TIMER_INPUT, 0);
        for (int interrupt : LEVEL_INTERRUPTS) {
            override(table, interrupt, interrupt, LEVEL_ACTIVE_HIGH);
        }
        entry(table, 4, NMI_BYTES).put((byte) ALL_CPUS).putShort((short) 0).put((byte) 1);
        return table.array();
    }

    private static ByteBuffer entry(ByteBuffer table, int type, int bytes) {
        return table.put((byte) type).put((byte) bytes);
    }

    private static void override(ByteBuffer table, int irq, int input, int flags) {
        entry(table, 2, OVERRIDE_BYTES).put((byte) 0).put((byte) irq);
        table.putInt(input).putShort((short) flags);
    }
}
