package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.verify.testkit.StockMachine;
import dev.skerry.vmm.qtest.QtestClient;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Random;

/**
 * Stock QEMU's own edu and ours, in two slots of one stock machine: whatever is written to both,
 * both read the same. Differences that are meant are tests of their own.
 */
class EduAgainstStockTest {
    private static final long STOCK_AT = 0xe000_0000L;
    private static final long OURS_AT = 0xe010_0000L;

    /** The size of the DMA buffer. */
    private static final int WHOLE = 4096;

    private static final int STATUS_CAPABILITIES = 0x10;

    private DeviceProcess process;
    private StockMachine machine;
    private QtestClient qtest;
    private GuestDevice stock;
    private GuestDevice ours;

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    @BeforeEach
    void start() throws IOException {
        process =
                DeviceProcess.start(DeviceProcess.oneDevice(DeviceProcess.ours(), "edu"), 1, null);
        machine =
                new StockMachine.Setup("pc")
                        .with("-device", "edu,addr=4")
                        .proxy("edu0", process.link(0), 5)
                        .runClock()
                        .start();
        qtest = machine.qtest();
        stock = new GuestDevice(qtest, 4).place(STOCK_AT);
        ours = new GuestDevice(qtest, 5).place(OURS_AT);
    }

    @AfterEach
    void stop() throws IOException {
        try {
            if (machine != null) {
                machine.close();
            }
        } finally {
            process.close();
        }
    }

    private void write(long offset, int size, long value) throws IOException {
        stock.write(offset, size, value);
        ours.write(offset, size, value);
    }

    private void assertReadsSame(long offset, int size, String when) throws IOException {
        String what = String.format("0x%x, size %d, %s", offset, size, when);
        assertEquals(stock.read(offset, size), ours.read(offset, size), what);
    }

    private void assertAllRegistersSame(String when) throws IOException {
        for (int offset = 0; offset < 0xb0; offset += 4) {
            assertReadsSame(offset, 4, when);
        }
        for (long offset : new long[] {0x1000, 0x3fffc, 0x40000, 0x40ffc, 0x41000, 0xffffc}) {
            assertReadsSame(offset, 4, when);
        }
        assertEquals(
                stock.config(GuestDevice.STATUS, 2) & ~STATUS_CAPABILITIES,
                ours.config(GuestDevice.STATUS, 2),
                "status, " + when);
    }

    @Test
    void configuration_space_is_the_same_but_for_the_capability() throws IOException {
        for (int offset = 0; offset < 0x100; offset++) {
            boolean placed = offset >= GuestDevice.BAR0 && offset < GuestDevice.BAR0 + 4;
            boolean ofMsi = offset == 0x06 || offset == 0x34 || offset >= 0x40 && offset < 0x50;
            if (!placed && !ofMsi) {
                assertConfigByteSame(offset);
            }
        }
        assertEquals(stock.sizingPattern(0), ours.sizingPattern(0));
    }

    /** Value after start, and the bits that can be written. */
    private void assertConfigByteSame(int offset) throws IOException {
        String what = "config 0x" + Integer.toHexString(offset);
        long before = stock.config(offset, 1);
        assertEquals(before, ours.config(offset, 1), what);
        for (int value : new int[] {0xff, 0}) {
            stock.setConfig(offset, 1, value);
            ours.setConfig(offset, 1, value);
            assertEquals(stock.config(offset, 1), ours.config(offset, 1), what + " written");
        }
        stock.setConfig(offset, 1, before);
        ours.setConfig(offset, 1, before);
    }

    @Test
    void registers_read_the_same_after_start() throws IOException {
        assertAllRegistersSame("after start");
    }

    @Test
    void registers_keep_the_same_of_what_is_written() throws IOException {
        long[] values = {0, 1, 0x80, 0xffff_ffffL, 0x1234_5678L, 0xa5a5_5a5aL};
        for (int offset = 0; offset < 0xb0; offset += 4) {
            // Factorials take their time, the engine starts: both have tests of their own.
            if (offset != EduDriver.FACTORIAL && offset != EduDriver.DMA_COMMAND) {
                for (long value : values) {
                    write(offset, 4, value);
                    String when = String.format("0x%x written to 0x%x", value, offset);
                    assertReadsSame(offset, 4, when);
                    assertReadsSame(EduDriver.INTERRUPTS, 4, when);
                }
                assertAllRegistersSame("0x" + Integer.toHexString(offset) + " written");
            }
        }
    }

    @Test
    void factorials_are_the_same() throws IOException {
        for (int of : new int[] {0, 1, 2, 5, 10, 12, 13, 20, 33, 34, 100, 1000}) {
            assertEquals(EduDriver.factorial(stock, of), EduDriver.factorial(ours, of), of + " !");
            assertAllRegistersSame("factorial of " + of);
        }
    }

    @Test
    void the_end_of_a_factorial_raises_the_same_interrupt() throws IOException {
        write(EduDriver.STATUS, 4, EduDriver.INTERRUPT_WHEN_COMPUTED);
        for (int of = 3; of < 6; of++) {
            assertEquals(EduDriver.factorial(stock, of), EduDriver.factorial(ours, of));
            // The interrupt follows the result; wait for it in both.
            awaitInterrupt(stock, 1);
            awaitInterrupt(ours, 1);
            assertAllRegistersSame("interrupt of " + of);
            write(EduDriver.ACKNOWLEDGE, 4, 1);
            assertAllRegistersSame("acknowledged " + of);
        }
        write(EduDriver.STATUS, 4, 0);
        assertEquals(EduDriver.factorial(stock, 7), EduDriver.factorial(ours, 7));
        assertAllRegistersSame("without interrupt");
    }

    private static void awaitInterrupt(GuestDevice edu, int bit) throws IOException {
        while ((edu.read(EduDriver.INTERRUPTS, 4) & bit) == 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void interrupts_are_raised_and_acknowledged_the_same() throws IOException {
        long[] bits = {1, 0x100, 0x8000_0000L, 0, 0xffff_ffffL};
        for (long raised : bits) {
            write(EduDriver.RAISE, 4, raised);
            assertAllRegistersSame("raised " + raised);
            for (long acknowledged : bits) {
                write(EduDriver.ACKNOWLEDGE, 4, acknowledged & 0x8000_0101L);
                assertAllRegistersSame(String.format("%x acknowledged %x", raised, acknowledged));
            }
            write(EduDriver.ACKNOWLEDGE, 4, 0xffff_ffffL);
        }
    }

    @Test
    void a_random_walk_over_the_registers_reads_the_same() throws IOException {
        long seed = new Random().nextLong();
        System.out.println("EduAgainstStockTest: random walk, seed " + seed);
        Random random = new Random(seed);
        int[] offsets = {0, 4, 0x20, 0x24, 0x60, 0x64, 0x80, 0x84, 0x88, 0x8c, 0x90, 0x94, 0x10};
        for (int i = 0; i < 2000; i++) {
            int offset = offsets[random.nextInt(offsets.length)];
            if (random.nextBoolean()) {
                write(offset, 4, random.nextInt() & 0xffff_ffffL);
            }
            assertReadsSame(offset, 4, "step " + i + " of seed " + seed);
        }
        assertAllRegistersSame("at the end of seed " + seed);
    }

    @Test
    void dma_carries_the_same_bytes_and_ends_in_the_same_state() throws IOException {
        byte[] sent = new byte[WHOLE];
        new Random(7).nextBytes(sent);
        qtest.writeBytes(0x20_0000, sent);
        long[][] pieces = {{0, WHOLE - 1}, {16, 100}, {WHOLE - 2, 1}};
        for (long[] piece : pieces) {
            transferBoth(0x20_0000, EduDriver.BUFFER + piece[0], piece[1], 0);
        }
        qtest.writeBytes(0x30_0000, new byte[0x4000]);
        for (GuestDevice edu : new GuestDevice[] {stock, ours}) {
            long to = edu == stock ? 0x30_0000 : 0x30_2000;
            EduDriver.transfer(edu, EduDriver.BUFFER, to, WHOLE - 1, EduDriver.TO_MEMORY);
        }
        byte[] byStock = qtest.readBytes(0x30_0000, WHOLE);
        assertNotEquals(0, byStock[1]);
        assertArrayEquals(byStock, qtest.readBytes(0x30_2000, WHOLE));
    }

    @Test
    void the_end_of_dma_raises_the_same_interrupt() throws IOException {
        transferBoth(0x20_0000, EduDriver.BUFFER, 64, EduDriver.INTERRUPT_WHEN_DONE);
        awaitInterrupt(stock, 0x100);
        awaitInterrupt(ours, 0x100);
        assertAllRegistersSame("DMA done");
        write(EduDriver.ACKNOWLEDGE, 4, 0x100);
        assertAllRegistersSame("acknowledged");
    }

    @Test
    void registers_stand_still_while_dma_runs() throws IOException {
        write(EduDriver.DMA_SOURCE, 4, 0x20_0000);
        write(EduDriver.DMA_DESTINATION, 4, EduDriver.BUFFER);
        write(EduDriver.DMA_COUNT, 4, 64);
        for (GuestDevice edu : new GuestDevice[] {stock, ours}) {
            edu.write(EduDriver.DMA_COMMAND, 4, EduDriver.START);
            edu.write(EduDriver.DMA_COUNT, 4, 1);
            edu.write(EduDriver.DMA_COMMAND, 4, EduDriver.START | EduDriver.INTERRUPT_WHEN_DONE);
            edu.awaitClear(EduDriver.DMA_COMMAND, 4, EduDriver.START);
        }
        assertAllRegistersSame("after writes during DMA");
    }

    private void transferBoth(long from, long to, long count, int flags) throws IOException {
        EduDriver.transfer(stock, from, to, count, flags);
        EduDriver.transfer(ours, from, to, count, flags);
        assertAllRegistersSame(String.format("DMA from 0x%x to 0x%x of %d", from, to, count));
    }

    /** Stock's can also signal by message; the multi-process protocol cannot carry that. */
    @Test
    void stock_has_an_msi_capability_and_ours_has_none() throws IOException {
        assertEquals(0x40, stock.config(0x34, 1));
        assertEquals(0x05, stock.config(0x40, 1));
        assertEquals(STATUS_CAPABILITIES, stock.config(GuestDevice.STATUS, 2));
        assertEquals(0, ours.config(0x34, 1));
        assertEquals(0, ours.config(0x40, 1));
        assertEquals(0, ours.config(GuestDevice.STATUS, 2));
    }

    /** An access no register takes is a master abort to ours, and nothing to a stock machine. */
    @Test
    void sizes_the_device_does_not_take_read_as_ones_and_in_stock_as_zeros() throws IOException {
        for (int size : new int[] {1, 2}) {
            assertEquals(0, stock.read(EduDriver.IDENTIFICATION, size));
            assertEquals((1L << 8 * size) - 1, ours.read(EduDriver.IDENTIFICATION, size));
        }
    }

    /** Stock's edu has no reset at all; after one, ours is as after power-on. */
    @Test
    void a_machine_reset_clears_our_registers_and_not_stocks() throws IOException {
        write(EduDriver.LIVENESS, 4, 0x1234);
        ours.resetMachine();
        stock.place(STOCK_AT);
        ours.place(OURS_AT);
        assertEquals(~0x1234 & 0xffff_ffffL, stock.read(EduDriver.LIVENESS, 4));
        assertEquals(0, ours.read(EduDriver.LIVENESS, 4));
    }

    /** A guest can end a stock machine this way; ours ends the transfer. */
    @Test
    void dma_outside_the_buffer_only_ends_where_stock_aborts_the_machine() throws IOException {
        EduDriver.transfer(ours, 0x20_0000, EduDriver.BUFFER + 4000, 97, 0);
        EduDriver.transfer(ours, 0x20_0000, 0, 8, 0);
        assertStockAbortsFor(EduDriver.BUFFER + 4000, 97);
    }

    /** Stock's range check is one byte short. */
    @Test
    void dma_of_the_whole_buffer_is_done_where_stock_aborts_the_machine() throws IOException {
        byte[] sent = new byte[WHOLE];
        new Random(8).nextBytes(sent);
        qtest.writeBytes(0x20_0000, sent);
        EduDriver.transfer(ours, 0x20_0000, EduDriver.BUFFER, WHOLE, 0);
        EduDriver.transfer(ours, EduDriver.BUFFER, 0x30_0000, WHOLE, EduDriver.TO_MEMORY);
        assertArrayEquals(sent, qtest.readBytes(0x30_0000, WHOLE));
        assertStockAbortsFor(EduDriver.BUFFER, WHOLE);
    }

    /** Stock's range check takes no empty range. */
    @Test
    void dma_of_nothing_only_ends_where_stock_aborts_the_machine() throws IOException {
        EduDriver.transfer(ours, 0x20_0000, EduDriver.BUFFER, 0, 0);
        assertStockAbortsFor(EduDriver.BUFFER, 0);
    }

    private static void assertStockAbortsFor(long to, long count) throws IOException {
        try (Fd complaint = MemFd.resizable("stderr", 0);
                StockMachine other =
                        new StockMachine.Setup("pc")
                                .with("-device", "edu,addr=4")
                                .runClock()
                                .errors(complaint)
                                .start()) {
            GuestDevice edu = new GuestDevice(other.qtest(), 4).place(STOCK_AT);
            edu.write(EduDriver.DMA_SOURCE, 4, 0x20_0000);
            edu.write(EduDriver.DMA_DESTINATION, 4, to);
            edu.write(EduDriver.DMA_COUNT, 4, count);
            edu.write(EduDriver.DMA_COMMAND, 4, EduDriver.START);
            assertEquals(new Child.Exit(-1, 6), other.child().await(DeviceProcess.TIMEOUT_NS));
        }
    }
}
