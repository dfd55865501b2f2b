package dev.skerry.vmm.acpi;

import static dev.skerry.vmm.acpi.Aml.join;
import static dev.skerry.vmm.acpi.Aml.little;

import dev.skerry.vmm.acpi.AcpiPlatform.Window;

/** Resource descriptors (specification 6.5, 6.4): what a device takes and what a bridge passes on. */
final class Resources {
    private static final int MEMORY = 0;
    private static final int PORTS = 1;
    private static final int BUSES = 2;

    /** A producer's range whose ends are fixed. */
    private static final int PRODUCED = 0x0c;

    private static final int READ_WRITE = 1;
    private static final int CACHEABLE = 2;
    private static final int WHOLE_RANGE = 3;

    /** Consumed, level, active high, shared. */
    private static final int LEVEL = 0x09;

    private Resources() {}

    /** A buffer of descriptors, ended. A checksum of 0 means it need not be looked at. */
    static byte[] of(byte[]... descriptors) {
        return Aml.buffer(join(join(descriptors), little(0x79, 2)));
    }

    /** Ports at one place, decoded in 16 bits. */
    static byte[] ports(int first, int count) {
        return join(
                little(0x0147, 2),
                little(first, 2),
                little(first, 2),
                little(1, 1),
                little(count, 1));
    }

    /** An ISA interrupt, edge-triggered. */
    static byte[] irq(int irq) {
        return join(little(0x22, 1), little(1L << irq, 2));
    }

    /** A level-triggered interrupt, or several to choose from. */
    static byte[] interrupt(int... gsis) {
        byte[] numbers = new byte[0];
        for (int gsi : gsis) {
            numbers = join(numbers, little(gsi, 4));
        }
        return join(
                little(0x89, 1),
                little(2 + numbers.length, 2),
                little(LEVEL, 1),
                little(gsis.length, 1),
                numbers);
    }

    /** Where the first number of {@link #interrupt} is. */
    static final int INTERRUPT_NUMBER = 5;

    /** Memory that is taken. */
    static byte[] takenMemory(Window window) {
        return join(
                little(0x86, 1),
                little(9, 2),
                little(READ_WRITE, 1),
                little(window.gpa(), 4),
                little(window.bytes(), 4));
    }

    static byte[] producedBuses(int count) {
        return words(BUSES, 0, 0, count - 1);
    }

    static byte[] producedPorts(int first, int last) {
        return words(PORTS, WHOLE_RANGE, first, last);
    }

    private static byte[] words(int type, int typeFlags, int first, int last) {
        return range(0x88, 2, type, typeFlags, first, last);
    }

    /** Memory where device registers may be. */
    static byte[] producedMemory(Window window) {
        boolean high = window.last() >>> 32 != 0;
        return range(
                high ? 0x8a : 0x87,
                high ? 8 : 4,
                MEMORY,
                high ? READ_WRITE | CACHEABLE : READ_WRITE,
                window.gpa(),
                window.last());
    }

    /** The legacy window of a display. */
    static byte[] producedVideoMemory() {
        return range(0x87, 4, MEMORY, READ_WRITE | CACHEABLE, 0xa_0000, 0xb_ffff);
    }

    private static byte[] range(int tag, int size, int type, int typeFlags, long first, long last) {
        return join(
                little(tag, 1),
                little(3 + 5 * size, 2),
                little(type, 1),
                little(PRODUCED, 1),
                little(typeFlags, 1),
                little(0, size),
                little(first, size),
                little(last, size),
                little(0, size),
                little(last - first + 1, size));
    }
}
