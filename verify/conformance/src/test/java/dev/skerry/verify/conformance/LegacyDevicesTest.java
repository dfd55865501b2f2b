package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.skerry.verify.testkit.Peer;
import dev.skerry.verify.testkit.StockMachine;
import dev.skerry.vmm.qtest.QtestClient;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.Random;

/**
 * A stopped stock PC's legacy devices and ours: whatever is written to both, both read the same.
 * Time stands in both, so this is about registers and lines, not about counting. Where they are
 * meant to differ the scripts keep away or mask, and say why.
 */
class LegacyDevicesTest {
    private static final int STEPS = 3000;
    private static final int UART = 0x3f8;
    private static final int PIC1 = 0x20;
    private static final int PIC2 = 0xa0;
    private static final int ELCR = 0x4d0;
    private static final int PIT = 0x40;
    private static final int KEYBOARD = 0x60;
    private static final int CONTROLLER = 0x64;
    private static final int ALL = 0xff;

    private final LegacyBoard ours = new LegacyBoard();
    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private StockMachine machine;
    private QtestClient stock;
    private int step;

    @BeforeAll
    static void peerIsThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
    }

    @BeforeEach
    void start() throws IOException {
        String base = LegacyBoard.NOW.toString().replace("Z", "");
        machine =
                new StockMachine.Setup("pc")
                        .with("-serial", "null", "-rtc", "clock=vm,base=" + base)
                        .start();
        stock = machine.qtest();
    }

    @AfterEach
    void stop() throws IOException {
        machine.close();
    }

    private void out(int port, int value) throws IOException {
        stock.out(port, 1, value);
        ours.io.write(port, 1, value);
    }

    /** Reads both and returns what they agree on. */
    private int in(int port, int mask) throws IOException {
        long expected = stock.in(port, 1) & mask;
        long actual = ours.io.read(port, 1) & mask;
        assertEquals(
                Long.toHexString(expected),
                Long.toHexString(actual),
                () -> String.format("port 0x%x, step %d, seed %dL", port, step, seed));
        return (int) expected;
    }

    private int in(int port) throws IOException {
        return in(port, ALL);
    }

    @Test
    void serial_port_is_stock_s() throws IOException {
        // Stock's OUT2 is up at power-on, where the data sheet has it down.
        out(UART + 4, 0);
        for (int i = 0; i < 8; i++) {
            in(UART + i);
        }
        for (step = 0; step < STEPS; step++) {
            int value = random.nextInt(256);
            switch (random.nextInt(12)) {
                // The received byte: stock repeats the last one where there is none.
                case 0, 1, 2 -> {
                    if ((in(UART + 5) & 1) != 0) {
                        in(UART);
                    }
                }
                // Stock does not tell of modem changes in loopback.
                case 3 -> out(UART + 1, value & 0x07);
                case 4, 5 -> in(UART + 2);
                // Stock programs the FIFOs even while it switches them off.
                case 6 -> out(UART + 2, (value & 1) != 0 ? value & 0xc7 : 0);
                case 7 -> out(UART + 3, value & 0x7f);
                case 8 -> out(UART + 4, value & 0x0f | (value < 224 ? 0x10 : 0));
                case 9 -> in(UART + 6, 0xf0);
                case 10 -> divisor(value);
                default -> {
                    out(UART + 7, value);
                    out(UART, value);
                    in(UART + 7);
                }
            }
            in(UART + 3);
        }
    }

    private void divisor(int value) throws IOException {
        int lineControl = in(UART + 3);
        out(UART + 3, lineControl | 0x80);
        out(UART, value);
        out(UART + 1, 255 - value);
        in(UART);
        in(UART + 1);
        out(UART + 3, lineControl);
        in(UART + 1);
    }

    /** The timer's output is IRQ 0: up in mode 3, down in mode 0. */
    private void timerLine(boolean up) throws IOException {
        out(PIT + 3, up ? 0x36 : 0x30);
        out(PIT, 0x00);
        out(PIT, 0x10);
    }

    /** The serial port's line is IRQ 4. */
    private void serialLine(boolean up) throws IOException {
        out(UART + 1, up ? 2 : 0);
    }

    private void initialise(int trigger, int icw4) throws IOException {
        // An ICW1 over a line that is up: stock takes the line's next mention for an edge.
        timerLine(false);
        serialLine(false);
        // Nor over an input by level: stock keeps the edge it had before it was one.
        out(ELCR, 0);
        out(ELCR + 1, 0);
        out(PIC1, 0x11);
        out(PIC1 + 1, 0x08);
        out(PIC1 + 1, 0x04);
        out(PIC1 + 1, icw4);
        out(PIC2, 0x11);
        out(PIC2 + 1, 0x70);
        out(PIC2 + 1, 0x02);
        out(PIC2 + 1, icw4);
        out(ELCR, trigger);
        out(ELCR + 1, trigger);
    }

    @Test
    void interrupt_controllers_are_stock_s() throws IOException {
        initialise(0, 1);
        for (step = 0; step < STEPS; step++) {
            int chip = random.nextInt(4) == 0 ? PIC2 : PIC1;
            switch (random.nextInt(16)) {
                case 0 -> {
                    if (random.nextInt(8) == 0) {
                        initialise(random.nextInt(256), 1 | random.nextInt(256) & 0x12);
                    }
                }
                case 1, 2 -> out(chip + 1, random.nextInt(256) & random.nextInt(256));
                case 3, 4 -> out(chip, random.nextInt(256) & 0xe7);
                case 5, 6 -> {
                    out(chip, 0x0c);
                    in(chip);
                }
                // Special mask mode: stock's non-specific end takes masked inputs too.
                case 7 -> out(chip, 0x08 | random.nextInt(8));
                case 8, 9, 10 -> timerLine(random.nextBoolean());
                case 11, 12, 13 -> serialLine(random.nextBoolean());
                default -> in(chip);
            }
            in(chip + 1);
            out(PIC1, 0x0b);
            in(PIC1);
            out(PIC1, 0x0a);
            in(PIC1);
            in(ELCR);
            in(ELCR + 1);
        }
    }

    @Test
    void timer_s_counts_and_latches_are_stock_s() throws IOException {
        // Modes 1 and 5 wait for their gate here, not in stock.
        int[] modes = {0, 2, 3, 4, 6, 7};
        for (step = 0; step < STEPS; step++) {
            int counter = random.nextInt(3);
            int access = 1 + random.nextInt(3);
            int mode = modes[random.nextInt(modes.length)];
            out(PIT + 3, counter << 6 | access << 4 | mode << 1);
            // Odd counts of mode 3 begin one lower here; decimal ones stock counts in binary.
            int count = random.nextInt(0x10000) & 0xfffe;
            if (access != 2) {
                out(PIT + counter, count & 0xff);
            }
            if (access != 1) {
                out(PIT + counter, count >> 8);
            }
            int latch = random.nextInt(4);
            switch (latch) {
                case 0 -> out(PIT + 3, counter << 6);
                case 1 -> out(PIT + 3, 0xd0 | 2 << counter);
                case 2 -> out(PIT + 3, 0xc0 | 2 << counter);
                default -> {}
            }
            if (latch == 2) {
                // Stock has modes 6 and 7, and modes 2 and 4 with their outputs upside down.
                boolean same = mode == 0 || mode == 3;
                in(PIT + counter, same ? 0xbf : 0x31);
            }
            // A latched count is read whole: stock keeps the rest over the next control word.
            int bytes = access == 3 ? 2 : 1;
            for (int i = latch < 3 ? bytes : random.nextInt(4); i > 0; i--) {
                in(PIT + counter);
            }
            out(0x61, random.nextInt(4));
            in(0x61, 0x03);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x02, 0x00, 0x06, 0x04})
    void clock_and_its_ram_are_stock_s(int format) throws IOException {
        for (int index = 0x0e; index < 0x80; index++) {
            // Stock has the century at 0x37 too, where the PS/2 had it.
            if (index != 0x32 && index != 0x37) {
                writeClock(index, random.nextInt(256));
                readClock(index);
            }
        }
        writeClock(0x0b, format);
        for (int index : new int[] {0, 2, 4, 6, 7, 8, 9, 0x0a, 0x0b, 0x0d, 0x32}) {
            readClock(index);
        }
        for (step = 0; step < 100; step++) {
            boolean binary = (format & 4) != 0;
            writeClock(0x0b, 0x80 | format);
            writeClock(0, digits(binary, random.nextInt(60)));
            writeClock(2, digits(binary, random.nextInt(60)));
            boolean all = (format & 2) != 0;
            int hour = all ? random.nextInt(24) : 1 + random.nextInt(12);
            writeClock(4, digits(binary, hour) | (!all && random.nextBoolean() ? 0x80 : 0));
            writeClock(7, digits(binary, 1 + random.nextInt(28)));
            writeClock(8, digits(binary, 1 + random.nextInt(12)));
            writeClock(9, digits(binary, random.nextInt(100)));
            writeClock(0x32, digits(binary, 20));
            readClock(4);
            writeClock(0x0b, format);
            for (int index : new int[] {0, 2, 4, 6, 7, 8, 9, 0x0b, 0x32}) {
                readClock(index);
            }
        }
    }

    private static int digits(boolean binary, int value) {
        return binary ? value : value / 10 << 4 | value % 10;
    }

    private void writeClock(int index, int value) throws IOException {
        out(0x70, index);
        out(0x71, value);
    }

    private void readClock(int index) throws IOException {
        out(0x70, index);
        in(0x70);
        in(0x71);
    }

    @Test
    void keyboard_and_its_controller_answer_as_stock_s() throws IOException {
        in(CONTROLLER);
        int[] commands = {0xaa, 0xab, 0xc0, 0xae};
        int[] bytes = {0xff, 0xf2, 0xee, 0xf4, 0xed, 0x07, 0xf3, 0x2b, 0xf0, 0x00, 0xf6, 0xf5};
        // Stock's command byte lets a mouse interrupt; there is none here.
        out(CONTROLLER, 0x60);
        out(KEYBOARD, 0x01);
        for (int command : commands) {
            out(CONTROLLER, command);
            drain();
        }
        for (int value : bytes) {
            out(KEYBOARD, value);
            drain();
        }
        for (int config : new int[] {0x00, 0x05, 0x41, 0x45}) {
            out(CONTROLLER, 0x60);
            out(KEYBOARD, config);
            out(CONTROLLER, 0x20);
            drain();
        }
        out(CONTROLLER, 0xd2);
        out(KEYBOARD, 0x5a);
        drain();
        out(CONTROLLER, 0xd1);
        out(KEYBOARD, 0xcd);
        out(CONTROLLER, 0xd0);
        assertEquals(0x01, in(KEYBOARD, 0x03));
        out(CONTROLLER, 0xdf);
        out(CONTROLLER, 0xd0);
        assertEquals(0x03, in(KEYBOARD, 0x03));
    }

    /**
     * Everything there is to read, and that there is no more. The system flag is the command byte's
     * here; in stock it only tells that the self test was run, and stock never says that data
     * was written last.
     */
    private void drain() throws IOException {
        while ((in(CONTROLLER, 0xf3) & 1) != 0) {
            in(KEYBOARD);
        }
    }

    @Test
    void an_auxiliary_device_is_there_in_stock_alone() throws IOException {
        out(CONTROLLER, 0xa9);
        assertEquals(0x00, stock.in(KEYBOARD, 1));
        assertNotEquals(0x00, ours.io.read(KEYBOARD, 1));
    }

    private void writeApic(int index, int value) throws IOException {
        stock.write(LegacyBoard.IO_APIC_AT, 4, index);
        stock.write(LegacyBoard.IO_APIC_AT + 0x10, 4, value & 0xffff_ffffL);
        ours.memory.write(LegacyBoard.IO_APIC_AT, 4, index);
        ours.memory.write(LegacyBoard.IO_APIC_AT + 0x10, 4, value & 0xffff_ffffL);
    }

    private void readApic(int index) throws IOException {
        stock.write(LegacyBoard.IO_APIC_AT, 4, index);
        ours.memory.write(LegacyBoard.IO_APIC_AT, 4, index);
        assertEquals(
                Long.toHexString(stock.read(LegacyBoard.IO_APIC_AT + 0x10, 4)),
                Long.toHexString(ours.memory.read(LegacyBoard.IO_APIC_AT + 0x10, 4)),
                () -> String.format("index 0x%x, step %d, seed %dL", index, step, seed));
    }

    @Test
    void io_apic_is_stock_s() throws IOException {
        for (int index = 0; index < 0x48; index++) {
            readApic(index);
        }
        writeApic(0x18, 0x1_8040);
        for (step = 0; step < STEPS; step++) {
            int input = random.nextInt(24);
            switch (random.nextInt(8)) {
                case 0 -> writeApic(0x00, random.nextInt() & 0x0f00_0000);
                case 1 -> writeApic(0x11 + 2 * input, random.nextInt() & 0xff00_0000);
                // Masked, reserved bits clear, which stock keeps. Input 4 stays by level: stock
                // does not see one that rose before.
                case 2 -> {
                    int trigger = input == 4 ? 0x8000 : 0;
                    int entry = random.nextInt() & 0x1_ffff | 0x1_0000 | trigger;
                    writeApic(0x10 + 2 * input, entry);
                }
                case 3 -> writeApic(0x18, 0x8040 | random.nextInt(4) << 14 & 0x1_0000);
                case 4, 5 -> serialLine(random.nextBoolean());
                case 6 -> {
                    int vector = 0x40 + random.nextInt(2);
                    stock.write(LegacyBoard.IO_APIC_AT + 0x40, 4, vector);
                    ours.memory.write(LegacyBoard.IO_APIC_AT + 0x40, 4, vector);
                }
                default -> readApic(random.nextInt(3));
            }
            readApic(0x10 + 2 * input);
            readApic(0x11 + 2 * input);
            readApic(0x18);
        }
    }

    @Test
    void power_management_is_stock_s() throws IOException {
        // The PIIX4's function 3 keeps the block's address.
        stock.out(0xcf8, 4, 0x8000_0b40L);
        stock.out(0xcfc, 4, LegacyBoard.PM_AT | 1);
        stock.out(0xcf8, 4, 0x8000_0b80L);
        stock.out(0xcfc, 1, 1);
        for (step = 0; step < 300; step++) {
            int enables = random.nextInt(0x10000) & 0x0521;
            int control = random.nextInt(0x10000) & 0x1c02;
            both16(LegacyBoard.PM_AT + 2, enables);
            both16(LegacyBoard.PM_AT + 4, control);
            out(0xb2, random.nextBoolean() ? 0xf1 : 0xf0);
            out(0xb3, random.nextInt(256));
            out(0xcf9, random.nextInt(256) & ~0x04);
            in(0xb2);
            in(0xb3);
            in(0xcf9);
            // The guest cannot write SCI_EN here; stock lets it until the next change of mode.
            assertSame16(LegacyBoard.PM_AT + 4);
            assertSame16(LegacyBoard.PM_AT + 2);
        }
    }

    private void assertSame16(int port) throws IOException {
        assertEquals(
                stock.in(port, 2),
                ours.io.read(port, 2),
                () -> String.format("port 0x%x, step %d, seed %dL", port, step, seed));
    }

    private void both16(int port, int value) throws IOException {
        stock.out(port, 2, value);
        ours.io.write(port, 2, value);
    }
}
