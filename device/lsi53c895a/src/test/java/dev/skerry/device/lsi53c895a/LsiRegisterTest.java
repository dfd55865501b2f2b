package dev.skerry.device.lsi53c895a;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.device.api.Register;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LsiRegisterTest {
    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    /** Offsets from the manual's chapter 4. */
    @ParameterizedTest(name = "{0} at {1}")
    @CsvSource({
        "SCNTL0, 0x00",
        "SCNTL3, 0x03",
        "SCID, 0x04",
        "SXFER, 0x05",
        "SDID, 0x06",
        "SFBR, 0x08",
        "SSID, 0x0a",
        "SBCL, 0x0b",
        "DSTAT, 0x0c",
        "SSTAT2, 0x0f",
        "DSA, 0x10",
        "ISTAT0, 0x14",
        "CTEST2, 0x1a",
        "TEMP, 0x1c",
        "DBC, 0x24",
        "DCMD, 0x27",
        "DNAD, 0x28",
        "DSP, 0x2c",
        "DSPS, 0x30",
        "SCRATCHA, 0x34",
        "DMODE, 0x38",
        "DIEN, 0x39",
        "DCNTL, 0x3b",
        "ADDER, 0x3c",
        "SIEN0, 0x40",
        "SIST1, 0x43",
        "STIME0, 0x48",
        "RESPID0, 0x4a",
        "STEST3, 0x4f",
        "STEST4, 0x52",
        "CCNTL0, 0x56",
        "CCNTL1, 0x57",
        "SCRATCHB, 0x5c",
        "SCRATCHC, 0x60",
        "SCRATCHR, 0x9c",
        "MMRS, 0xa0",
        "MMWS, 0xa4",
        "SFS, 0xa8",
        "DRS, 0xac",
        "SBMS, 0xb0",
        "DBMS, 0xb4",
        "DNAD64, 0xb8",
        "PMJAD1, 0xc0",
        "PMJAD2, 0xc4",
        "RBC, 0xc8",
        "UA, 0xcc",
        "ESA, 0xd0",
        "IA, 0xd4",
        "SBC, 0xd8",
        "CSBC, 0xdc"
    })
    void register_is_where_the_manual_says(LsiRegister register, int offset) {
        assertEquals(offset, register.offset());
    }

    /** Read from stock QEMU 7.2 after reset, both BARs decoded. */
    @Test
    void reset_values_are_those_of_qemu() {
        String[] rows = {
            "c0000000 0700007f 00000000 80000002",
            "00000000 00000000 ff001100 00000000",
            "00000000 00000040 00000000 00000000",
            "00000000 00000000 00000000 00000000",
            "00000000 ffff0f0f 00ff8000 ff000000",
            "00ffe0ff ffff0000 0000ffff 00000000"
        };
        for (int row = 0; row < rows.length; row++) {
            String expected = rows[row].replace(" ", "");
            for (int i = 0; i < 16; i++) {
                int offset = 16 * row + i;
                if (differs(offset)) {
                    continue;
                }
                String seen = String.format("%02x", bench.memory.read(Bench.REGISTERS + offset, 1));
                assertEquals(
                        expected.substring(2 * i, 2 * i + 2), seen, Integer.toHexString(offset));
            }
        }
    }

    /** QEMU does not implement these, all of which read as ones there; the manual has zeros. */
    private static boolean differs(int offset) {
        return offset == 0x44
                || offset == 0x45
                || offset == 0x49
                || offset == 0x4c
                || offset == 0x51
                || offset == 0x54
                || offset == 0x55;
    }

    @ParameterizedTest
    @EnumSource(LsiRegister.class)
    void register_has_its_reset_value_again_after_a_reset(LsiRegister register) {
        boolean starts = register == LsiRegister.DSP || register == LsiRegister.DCNTL;
        if (register.access() == Register.Access.READ_WRITE && !starts) {
            bench.write(register, 0x15);
        }
        bench.chip.reset();
        bench.setUp();
        assertEquals((int) register.resetValue(), bench.read(register));
    }

    @Test
    void function_says_who_it_is() {
        assertEquals(0x0012_1000L, bench.chip.function().readConfig(0x00, 4));
        assertEquals(0x0100_0000L, bench.chip.function().readConfig(0x08, 4));
        assertEquals(0x1000_0000L, bench.chip.function().readConfig(0x2c, 4));
        assertEquals(0x0100, bench.chip.function().readConfig(0x3c, 4));
        for (int bar = 0; bar < 3; bar++) {
            bench.chip.function().writeConfig(0x10 + 4 * bar, 4, 0xffff_ffffL);
        }
        assertEquals(0xffff_ff01L, bench.chip.function().readConfig(0x10, 4));
        assertEquals(0xffff_fc00L, bench.chip.function().readConfig(0x14, 4));
        assertEquals(0xffff_e000L, bench.chip.function().readConfig(0x18, 4));
    }

    @Test
    void both_register_bars_reach_the_same_registers_and_script_ram_is_memory() {
        bench.write(LsiRegister.SCRATCHA, 0x1234_5678);
        assertEquals(0x1234_5678L, bench.io.read(Bench.PORTS + 0x34, 4));
        assertEquals(0x1234_5678L, bench.memory.read(Bench.REGISTERS + 0x334, 4), "mirrored");
        bench.memory.write(Bench.SCRIPT_RAM + 0x1ff8, 8, 0x0102_0304_0506_0708L);
        assertEquals(0x0708, bench.memory.read(Bench.SCRIPT_RAM + 0x1ff8, 2));
        assertEquals(0x0506_0708L, bench.memory.read(Bench.SCRIPT_RAM + 0x1ff8, 4));
        assertEquals(0x0405, bench.memory.read(Bench.SCRIPT_RAM + 0x1ffb, 2));
    }

    @Test
    void scratch_registers_show_the_bars_when_asked() {
        bench.write(LsiRegister.CTEST2, 0x08);
        assertEquals((int) Bench.REGISTERS, bench.read(LsiRegister.SCRATCHA));
        assertEquals((int) Bench.SCRIPT_RAM, bench.read(LsiRegister.SCRATCHB));
    }

    @Test
    void signal_is_cleared_by_reading_ctest2() {
        bench.write(LsiRegister.ISTAT0, 0x20);
        assertEquals(0x20, bench.read(LsiRegister.ISTAT0));
        assertEquals(0x51, bench.read(LsiRegister.CTEST2));
        assertEquals(0x11, bench.read(LsiRegister.CTEST2));
        assertEquals(0, bench.read(LsiRegister.ISTAT0));
    }
}
