/**
 * ACPI tables of a PC as bytes, from a small description of it: for a kernel that is entered directly
 * at addresses, for firmware as files with a script that places them.
 *
 * <p>Knows no device and no guest memory: who asks says what the machine is and puts the bytes there.
 * Enter by {@link dev.skerry.vmm.acpi.AcpiTables}.
 */
module dev.skerry.vmm.acpi {
    requires dev.skerry.device.pc;

    exports dev.skerry.vmm.acpi;
}
