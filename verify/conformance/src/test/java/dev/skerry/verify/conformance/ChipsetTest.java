package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.skerry.device.pci.PciAddress;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.verify.testkit.StockMachine;
import dev.skerry.vmm.qtest.QtestClient;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.Random;
import java.util.Set;

/**
 * A stopped stock machine's chipset and ours: whatever is written to both, both read the same. Stock
 * is without system management mode, as ours is. Where they are meant to differ the scripts keep
 * away or mask, and say why.
 */
class ChipsetTest {
    private static final int STEPS = 3000;
    private static final int CONFIG_ADDRESS = 0xcf8;
    private static final int CONFIG_DATA = 0xcfc;
    private static final int MCH_WINDOW = 0x60;
    private static final int LPC = 31 << 3;
    private static final int PIIX3 = 1 << 3;
    private static final int PIIX4_PM = 1 << 3 | 3;
    private static final long WINDOW = 0xb000_0000L;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private QtestClient stock;
    private ChipsetBoard ours;
    private int step;

    @BeforeAll
    static void peerIsThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        Assumptions.assumeTrue(ChipsetBoard.missing() == null, ChipsetBoard.missing());
    }

    private interface Script {
        void run() throws IOException;
    }

    private void compare(String type, Script script, String... more) throws IOException {
        StockMachine.Setup setup = new StockMachine.Setup(type + ",smm=off").with(more);
        try (StockMachine machine = setup.start();
                ChipsetBoard board = new ChipsetBoard(type, new LegacyBoard.StandingHost())) {
            stock = machine.qtest();
            ours = board;
            script.run();
        }
    }

    private String at(String what, long address) {
        return String.format("%s 0x%x, step %d, seed %dL", what, address, step, seed);
    }

    private void same(long expected, long actual, String what, long address) {
        assertEquals(Long.toHexString(expected), Long.toHexString(actual), () -> at(what, address));
    }

    private void out(int port, int size, long value) throws IOException {
        stock.out(port, size, value);
        ours.io.write(port, size, value);
    }

    private void in(int port, int size) throws IOException {
        same(stock.in(port, size), ours.io.read(port, size), size + " bytes at port", port);
    }

    private void write(long gpa, int size, long value) throws IOException {
        stock.write(gpa, size, value);
        ours.memory.write(gpa, size, value);
    }

    private void read(long gpa, int size) throws IOException {
        same(stock.read(gpa, size), ours.memory.read(gpa, size), size + " bytes at", gpa);
    }

    private void select(int devfn, int register) throws IOException {
        out(CONFIG_ADDRESS, 4, 0x8000_0000L | devfn << 8 | register & 0xfc);
    }

    private void writeConfig(int devfn, int register, int size, long value) throws IOException {
        select(devfn, register);
        out(CONFIG_DATA + (register & 3), size, value);
    }

    private void readConfig(int devfn, int register, int size) throws IOException {
        select(devfn, register);
        same(
                stock.in(CONFIG_DATA + (register & 3), size),
                ours.io.read(CONFIG_DATA + (register & 3), size),
                size + " bytes of " + PciAddress.ofDevfn(devfn) + " at",
                register);
    }

    private static int[] functions(String type) {
        return type.equals("pc") ? new int[] {0, PIIX3, PIIX4_PM} : new int[] {0, LPC};
    }

    /** Ours has no SMBus and no TSEG, and says so. */
    private static final Set<Integer> PIIX4_SMBUS = Set.of(0x90, 0x91, 0xd2);

    private static final Set<Integer> MCH_SMM = Set.of(0x50, 0x51, 0x9c);

    private static boolean differs(String type, int devfn, int register) {
        return type.equals("pc")
                ? devfn == PIIX4_PM && PIIX4_SMBUS.contains(register)
                : devfn == 0 && MCH_SMM.contains(register);
    }

    /** Registers that place regions, which have their own tests. */
    private static boolean places(String type, int devfn, int register, int size) {
        int end = register + size;
        if (type.equals("pc")) {
            return devfn == PIIX4_PM && (end > 0x80 && register < 0x84);
        }
        return devfn == 0 && end > MCH_WINDOW && register < MCH_WINDOW + 8
                || devfn == LPC && (end > 0x44 && register < 0x48 || end > 0xf0 && register < 0xf4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void configuration_space_after_power_on_is_stock_s(String type) throws IOException {
        compare(
                type,
                () -> {
                    for (int devfn : functions(type)) {
                        for (int register = 0; register < 256; register++) {
                            if (!differs(type, devfn, register)) {
                                readConfig(devfn, register, 1);
                            }
                        }
                    }
                });
    }

    /** Stock has a disk controller there, and an SMBus; ours has neither. */
    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void other_functions_are_absent_in_both_or_named(String type) throws IOException {
        Set<Integer> more = type.equals("pc") ? Set.of(PIIX3 | 1) : Set.of(LPC | 2, LPC | 3);
        compare(
                type,
                () -> {
                    for (int devfn = 0; devfn < 256; devfn++) {
                        if (more.contains(devfn)) {
                            select(devfn, 0);
                            assertNotEquals(0xffff_ffffL, stock.in(CONFIG_DATA, 4));
                            assertEquals(0xffff_ffffL, ours.io.read(CONFIG_DATA, 4));
                        } else {
                            readConfig(devfn, 0, 4);
                        }
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void what_is_written_to_configuration_space_reads_as_in_stock(String type) throws IOException {
        int[] functions = functions(type);
        compare(
                type,
                () -> {
                    for (step = 0; step < STEPS; step++) {
                        int devfn = functions[random.nextInt(functions.length)];
                        int size = 1 << random.nextInt(3);
                        int register = random.nextInt(256) & -size;
                        boolean named = false;
                        for (int i = 0; i < size; i++) {
                            named |= differs(type, devfn, register + i);
                        }
                        if (named) {
                            continue;
                        }
                        if (!places(type, devfn, register, size)) {
                            writeConfig(devfn, register, size, random.nextInt() & 0xffff_ffffL);
                        }
                        readConfig(devfn, register, size);
                        readConfig(devfn, random.nextInt(14) * 4, 4);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void configuration_ports_take_what_stock_s_take(String type) throws IOException {
        compare(
                type,
                () -> {
                    for (step = 0; step < STEPS; step++) {
                        int size = 1 << random.nextInt(3);
                        int port = CONFIG_ADDRESS + random.nextInt(8);
                        // Stock cuts an unaligned access to the address register and one that
                        // leaves a register in its own way.
                        if (port < CONFIG_DATA && port % size != 0
                                || port + size > CONFIG_DATA + 4) {
                            continue;
                        }
                        if (random.nextBoolean()) {
                            out(port, size, portValue(port, size));
                        }
                        in(port, size);
                    }
                });
    }

    /**
     * No reset by 0xcf9, and a scratch register to be selected as often as not. Not past 0xfc: a
     * dword that leaves configuration space has its first bytes in stock, none in ours.
     */
    private long portValue(int port, int size) {
        if (port == CONFIG_ADDRESS && size == 4) {
            long bus = random.nextInt(8) == 0 ? 0x1_0000 : 0;
            long enable = random.nextInt(8) == 0 ? 0 : 0x8000_0000L;
            return enable | bus | 0xe0 | random.nextInt(0x1d);
        }
        return random.nextInt() & 0xffff_ffffL & ~0x0404_0404L;
    }

    /** Where a bus master or qtest writes, stock lets the write through to read-only shadow RAM. */
    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void shadow_ram_is_stock_s(String type) throws IOException {
        int first = type.equals("pc") ? 0x59 : 0x90;
        int[] modes = new int[13];
        compare(
                type,
                () -> {
                    for (step = 0; step < STEPS; step++) {
                        int piece = random.nextInt(modes.length);
                        if (random.nextInt(4) == 0) {
                            modes[piece] = random.nextInt(4);
                            int register = (piece + 1) / 2;
                            int high = piece == 0 ? modes[0] : modes[2 * register];
                            int low = piece == 0 ? 0 : modes[2 * register - 1];
                            writeConfig(0, first + register, 1, high << 4 | low);
                        }
                        long base = piece == 0 ? 0xf_0000 : 0xb_c000 + 0x4000L * piece;
                        long gpa = base + random.nextInt(piece == 0 ? 0x1_0000 : 0x4000);
                        if (modes[piece] != 1 && (gpa & 0x3fff) < 0x3ff8) {
                            write(gpa, 1 << random.nextInt(4), random.nextLong());
                        }
                        read(gpa, 1);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void the_legacy_video_window_is_ram_whatever_smram_says(String type) throws IOException {
        int register = type.equals("pc") ? 0x72 : 0x9d;
        compare(
                type,
                () -> {
                    for (step = 0; step < 200; step++) {
                        writeConfig(0, register, 1, random.nextInt(256));
                        readConfig(0, register, 1);
                        write(0xa_0000 + step * 8L, 8, random.nextLong());
                        read(0xa_0000 + random.nextInt(200) * 8L, 8);
                    }
                });
    }

    @Test
    void configuration_window_is_stock_s() throws IOException {
        compare(
                "q35",
                () -> {
                    writeConfig(0, MCH_WINDOW, 4, WINDOW | 1);
                    for (step = 0; step < STEPS; step++) {
                        int devfn = random.nextBoolean() ? 0 : LPC;
                        int register = random.nextInt(8) == 0 ? random.nextInt(0x1000) : 0;
                        int scratch = 0xc0 + random.nextInt(0x28);
                        long function = WINDOW + (long) devfn * 0x1000;
                        int size = 1 << random.nextInt(4);
                        if (random.nextBoolean()) {
                            write(function + scratch, size, random.nextLong());
                        }
                        read(function + scratch, size);
                        if (register > 0xf8 && register < 0xff8) {
                            read(function + register, size);
                            write(function + register, size, random.nextLong());
                        }
                        read(WINDOW + random.nextInt(0x1000_0000 >> 15) * 0x8000L, 4);
                    }
                });
    }

    /** Where nothing answers stock reads zeros, ours ones. */
    private boolean oursAnswers(long gpa) throws IOException {
        boolean answers = ours.memory.read(gpa, 4) == 0x29c0_8086L;
        assertEquals(stock.read(gpa, 4) == 0x29c0_8086L, answers, () -> at("window", gpa));
        return answers;
    }

    /**
     * Stock ignores the base's bits 27 and 26 for the shorter windows, where the data sheet counts
     * them.
     */
    @Test
    void configuration_window_goes_where_pciexbar_says() throws IOException {
        long[] values = {
            WINDOW | 1,
            WINDOW | 3,
            WINDOW | 5,
            WINDOW,
            0x8000_0001L,
            0x1_0000_0001L,
            0x9000_0003L,
            0xf_f000_0001L,
            0xc000_0005L,
            0
        };
        compare(
                "q35",
                () -> {
                    for (long value : values) {
                        step++;
                        writeConfig(0, MCH_WINDOW, 4, 0);
                        writeConfig(0, MCH_WINDOW + 4, 4, value >>> 32);
                        writeConfig(0, MCH_WINDOW, 4, value & 0xffff_ffffL);
                        readConfig(0, MCH_WINDOW, 4);
                        for (long other : values) {
                            oursAnswers(other & ~0xfL);
                        }
                        assertEquals((value & 1) != 0, oursAnswers(value & ~0xfL));
                    }
                });
    }

    /**
     * Ours asks for ACPI mode by the port; stock begins in it when it has no SMIs. Stock's timer has
     * gone round once at power-on already, which the lowest status bit tells.
     */
    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void power_management_goes_where_its_base_says(String type) throws IOException {
        boolean pc = type.equals("pc");
        int function = pc ? PIIX4_PM : LPC;
        int[] bases = {0x600, 0x680, 0xb80, 0x4000, 0xff80};
        compare(
                type,
                () -> {
                    for (step = 0; step < 200; step++) {
                        int base = bases[random.nextInt(bases.length)];
                        int enable = random.nextInt(4) == 0 ? 0 : pc ? 1 : 0x80;
                        writeConfig(function, 0x40, 4, base | random.nextInt(2));
                        writeConfig(function, pc ? 0x80 : 0x44, 1, enable);
                        readConfig(function, 0x40, 4);
                        if (enable != 0) {
                            out(base + 2, 2, random.nextInt(0x10000) & 0x0521);
                        }
                        for (int other : bases) {
                            for (int port = other; port <= other + 4; port += 2) {
                                same(
                                        stock.in(port, 2) | (port == other + 2 ? 0 : 1),
                                        ours.io.read(port, 2) | (port == other + 2 ? 0 : 1),
                                        "word at port",
                                        port);
                            }
                            in(other + 0xc, 4);
                        }
                    }
                });
    }

    /** Stock's TCO is not there in ours. */
    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void events_and_smi_enables_are_stock_s(String type) throws IOException {
        boolean pc = type.equals("pc");
        int base = pc ? 0xafe0 : 0x620;
        int length = pc ? 4 : 16;
        compare(
                type,
                () -> {
                    if (!pc) {
                        writeConfig(LPC, 0x40, 4, 0x601);
                        writeConfig(LPC, 0x44, 1, 0x80);
                        in(0x630, 4);
                        in(0x634, 4);
                    }
                    for (step = 0; step < 300; step++) {
                        out(base + random.nextInt(length), 1, random.nextInt(256));
                        in(base + random.nextInt(length), 1);
                        in(base + random.nextInt(length / 4) * 4, 4);
                    }
                });
    }

    @Test
    void chipset_configuration_registers_are_stock_s() throws IOException {
        long base = 0xfed1_c000L;
        compare(
                "q35",
                () -> {
                    writeConfig(LPC, 0xf0, 4, base | 1);
                    for (int offset = 0; offset < 0x4000; offset += 8) {
                        read(base + offset, 8);
                    }
                    for (step = 0; step < STEPS; step++) {
                        int size = 1 << random.nextInt(4);
                        long gpa = base + random.nextInt(0x4000 / size) * size;
                        write(gpa, size, random.nextLong());
                        read(gpa, size);
                    }
                    writeConfig(LPC, 0xf0, 4, base);
                    assertEquals(0, stock.read(base, 4));
                    assertEquals(0xffff_ffffL, ours.memory.read(base, 4));
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void interrupt_pins_reach_the_inputs_they_reach_in_stock(String type) throws IOException {
        int[] slots = type.equals("pc") ? new int[] {2, 3, 8, 29} : new int[] {1, 6, 27, 28, 30};
        for (int slot : slots) {
            compare(
                    type,
                    () -> routeInterrupts(type.equals("pc"), slot),
                    "-device",
                    "edu,addr=" + Integer.toHexString(slot));
        }
    }

    private void drive(PinnedDevice device, boolean up) throws IOException {
        stock.write(up ? 0xe000_0060L : 0xe000_0064L, 4, 1);
        device.function().setInterrupt(up);
    }

    /** A pin that is up while its route changes goes on in stock's q35 as it did before. */
    private void routeInterrupts(boolean pc, int slot) throws IOException {
        stock.interceptInputs("ioapic");
        PinnedDevice device = new PinnedDevice(ours.bus, slot);
        stock.writeConfig(slot, 0x10, 4, 0xe000_0000L);
        stock.writeConfig(slot, 0x04, 2, 2);
        for (step = 0; step < 200; step++) {
            switch (random.nextInt(3)) {
                case 0 -> drive(device, random.nextBoolean());
                case 1 -> {
                    int pirq = random.nextInt(pc ? 4 : 8);
                    int register = 0x60 + (pirq & 3) + (pirq & 4) * 2;
                    int route = 3 + random.nextInt(13) | (random.nextInt(3) == 0 ? 0x80 : 0);
                    if (!pc) {
                        drive(device, false);
                    }
                    writeConfig(pc ? PIIX3 : LPC, register, 1, route);
                }
                default -> {
                    if (!pc) {
                        drive(device, false);
                        writeConfig(LPC, 0xf0, 4, 0xfed1_c001L);
                        int route = 0x3140 + random.nextInt(8) * 2;
                        write(0xfed1_c000L + route, 2, random.nextInt(0x10000) & 0x7777);
                    }
                }
            }
            stock.in(0x80, 1);
            assertEquals(stock.raisedLines(), ours.gsis, () -> at("slot", slot));
        }
    }
}
