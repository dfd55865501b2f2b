package dev.skerry.device.testdev;

import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.nio.charset.StandardCharsets;

/**
 * QEMU's device for measuring and testing accesses (its manual, "QEMU PCI test device"): a memory
 * BAR, an I/O BAR and, if asked for, a 64-bit memory BAR with nothing behind it. The guest writes a
 * test's number to a BAR's first byte, reads from the header which access that test wants, makes it,
 * and reads how many were counted.
 *
 * <p>A guest's firmware test drives it (kvm-unit-tests). QEMU connects two of the tests to event
 * counters that swallow the matching access before the device sees it; here the device does the
 * same itself.
 */
public final class PciTestDevice implements PciDevice {
    private static final long MEMORY_BYTES = 4096;
    private static final long IO_BYTES = 256;
    private static final int HEADER_COUNT = 12;
    private static final int HEADER_NAME = 16;
    private static final int NO_TEST = -1;

    /** What happens to an access before the device sees it. */
    private enum Swallowed {
        NOTHING,
        ANYTHING_AT_THE_OFFSET,
        THE_MATCHING_BYTE
    }

    private static final Test[] TESTS = {
        new Test(false, 0, 0x800, 0xfa, Swallowed.NOTHING, "mmio-no-eventfd"),
        new Test(false, 1, 0x801, 0xce, Swallowed.ANYTHING_AT_THE_OFFSET, "mmio-wildcard-eventfd"),
        new Test(false, 2, 0x802, 0xfa, Swallowed.THE_MATCHING_BYTE, "mmio-datamatch-eventfd"),
        new Test(true, 3, 0x83, 0xfa, Swallowed.NOTHING, "portio-no-eventfd"),
        new Test(true, 4, 0x84, 0xce, Swallowed.ANYTHING_AT_THE_OFFSET, "portio-wildcard-eventfd"),
        new Test(true, 5, 0x85, 0xfa, Swallowed.THE_MATCHING_BYTE, "portio-datamatch-eventfd"),
    };

    private static final int TESTS_A_BAR = TESTS.length / 2;

    private final PciFunction function;
    private int current = NO_TEST;
    private int count;

    /**
     * @param membarBytes the size of the 64-bit BAR, a power of two, or 0 for none
     */
    public PciTestDevice(Log log, long membarBytes) {
        function = new PciFunction(new PciIdentity(0x1b36, 0x0005, 0x00, 0x00ff00), log);
        function.addBar(
                0,
                Bar.Kind.MEMORY_32,
                new IoRegion(
                        "pci-testdev-mmio", MEMORY_BYTES, AccessSizes.ANY, new TestBar(false)));
        function.addBar(
                1,
                Bar.Kind.IO,
                new IoRegion("pci-testdev-portio", IO_BYTES, AccessSizes.ANY, new TestBar(true)));
        if (membarBytes != 0) {
            function.addBar(
                    2,
                    Bar.Kind.MEMORY_64_PREFETCHABLE,
                    new IoRegion(
                            "pci-testdev-membar", membarBytes, AccessSizes.ANY, new Nothing()));
        }
    }

    @Override
    public PciFunction function() {
        return function;
    }

    @Override
    public void reset() {
        current = NO_TEST;
        count = 0;
        function.reset();
    }

    /**
     * One test's header, as the guest reads it, but for the count.
     *
     * @param io whether the swallowing happens in the I/O BAR
     * @param offset where the access goes
     * @param data the byte it writes
     */
    private record Test(
            boolean io, int number, int offset, int data, Swallowed swallowed, byte[] header) {
        Test(boolean io, int number, int offset, int data, Swallowed swallowed, String name) {
            this(io, number, offset, data, swallowed, header(number, offset, data, name));
        }

        /** Number, width 1, two bytes of padding; offset, data and count; the name. */
        private static byte[] header(int number, int offset, int data, String name) {
            byte[] header = new byte[HEADER_NAME + name.length() + 1];
            header[0] = (byte) number;
            header[1] = 1;
            header[4] = (byte) offset;
            header[5] = (byte) (offset >>> 8);
            header[8] = (byte) data;
            byte[] text = name.getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(text, 0, header, HEADER_NAME, text.length);
            return header;
        }

        boolean swallows(boolean accessIo, long accessOffset, int size, long value) {
            // The counters are one byte wide: a wider access goes past them to the device.
            return accessIo == io
                    && accessOffset == offset
                    && size == 1
                    && switch (swallowed) {
                        case NOTHING -> false;
                        case ANYTHING_AT_THE_OFFSET -> true;
                        case THE_MATCHING_BYTE -> value == data;
                    };
        }
    }

    private final class TestBar implements IoHandler {
        private final boolean io;

        TestBar(boolean io) {
            this.io = io;
        }

        @Override
        public long read(long offset, int size) {
            long value = 0;
            for (int i = size - 1; i >= 0; i--) {
                value = value << 8 | readByte(offset + i);
            }
            return value;
        }

        private int readByte(long offset) {
            if (current == NO_TEST) {
                return 0;
            }
            if (offset >= HEADER_COUNT && offset < HEADER_NAME) {
                return count >>> (8 * (offset - HEADER_COUNT)) & 0xff;
            }
            byte[] header = TESTS[current].header();
            return offset < header.length ? header[(int) offset] & 0xff : 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (current != NO_TEST && TESTS[current].swallows(io, offset, size, value)) {
                return;
            }
            for (int i = 0; i < size; i++) {
                writeByte(offset + i, (int) (value >>> (8 * i)) & 0xff);
            }
        }

        private void writeByte(long offset, int value) {
            if (offset == 0) {
                current = value < TESTS_A_BAR ? (io ? TESTS_A_BAR : 0) + value : NO_TEST;
                count = 0;
            } else if (current != NO_TEST && counts(TESTS[current], offset, value)) {
                count++;
            }
        }

        private boolean counts(Test test, long offset, int value) {
            return offset == test.offset()
                    && (value == test.data()
                            || test.swallowed() == Swallowed.ANYTHING_AT_THE_OFFSET);
        }
    }

    /** A BAR without anything behind it. */
    private static final class Nothing implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {}
    }
}
