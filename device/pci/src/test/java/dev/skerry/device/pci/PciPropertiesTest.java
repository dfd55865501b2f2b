package dev.skerry.device.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Property;
import dev.skerry.platform.options.PropertyType;
import dev.skerry.platform.options.PropertyValues;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

class PciPropertiesTest {
    private static final long ROM_GPA = 0xfe00_0000L;

    @TempDir private Path folder;
    private final PciFunction function = TestBus.newFunction();

    private void apply(String properties) throws OptionException {
        OptionList options = OptionList.parse("-device", "thing" + properties, "driver");
        PciProperties.apply(
                function,
                new PropertyValues("thing", PciProperties.with(), options, Set.of("driver")));
    }

    private Path rom(int sizeBytes) throws Exception {
        byte[] bytes = new byte[sizeBytes];
        for (int i = 0; i < sizeBytes; i++) {
            bytes[i] = (byte) (i * 7 + (i >> 8));
        }
        return Files.write(folder.resolve("rom.bin"), bytes);
    }

    @Test
    void own_and_common_properties_are_sorted() {
        List<Property> all =
                PciProperties.with(
                        new Property("zeta", PropertyType.BOOL, "off", ""),
                        new Property("alpha", PropertyType.BOOL, "off", ""),
                        new Property("rombus", PropertyType.BOOL, "off", ""));
        assertEquals(
                List.of("addr", "alpha", "multifunction", "rombar", "rombus", "romfile", "zeta"),
                all.stream().map(Property::name).sorted().toList());
        assertEquals(
                all.stream().map(Property::name).sorted().toList(),
                all.stream().map(Property::name).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "4", "04", "0x4", "1f", "1F", "06.0", "1f.7", "0x1f.7", "00"})
    void addr_of_a_slot_is_taken(String addr) throws Exception {
        apply(",addr=" + addr);
        assertTrue(function.bars().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"20", "100", "1g", "06.8", "06.", "", " 4", "-1", "6.00", "04.0.0", "0x"})
    void addr_of_no_slot_is_refused_by_name(String addr) {
        OptionException refusal = assertThrows(OptionException.class, () -> apply(",addr=" + addr));
        assertTrue(refusal.getMessage().startsWith("addr: '" + addr + "'"), refusal.getMessage());
    }

    @ParameterizedTest(name = "file of {0} bytes, ROM of {1}")
    @CsvSource({"1, 2048", "2047, 2048", "2048, 2048", "2049, 4096", "4096, 4096", "66000, 131072"})
    void rom_is_the_file_padded_with_ones(int fileBytes, int romBytes) throws Exception {
        Path file = rom(fileBytes);
        apply(",romfile=" + file);
        try (TestBus bus = new TestBus()) {
            bus.attach(function);
            function.writeConfig(0x30, 4, ROM_GPA | 1);
            function.writeConfig(TestBus.COMMAND, 2, 2);
            Bar bar = function.bars().get(0);
            assertEquals(Bar.Kind.ROM, bar.kind());
            assertEquals(romBytes, bar.region().sizeBytes());
            byte[] contents = Files.readAllBytes(file);
            for (int at = 0; at < romBytes; at++) {
                long expected = at < fileBytes ? contents[at] & 0xff : 0xff;
                assertEquals(expected, bus.memory.read(ROM_GPA + at, 1), "offset " + at);
            }
            bus.memory.write(ROM_GPA, 4, 0x5555_5555L);
            assertEquals(contents[0] & 0xff, bus.memory.read(ROM_GPA, 1));
        }
    }

    @Test
    void rom_is_read_in_wide_accesses_too() throws Exception {
        Path file = Files.write(folder.resolve("rom.bin"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
        apply(",romfile=" + file);
        assertEquals(0x0807_0605_0403_0201L, function.bars().get(0).region().read(0, 8));
        assertEquals(0xffff_ff09L, function.bars().get(0).region().read(8, 4));
        assertEquals(0x0302, function.bars().get(0).region().read(1, 2));
    }

    @Test
    void rombar_0_hides_the_rom() throws Exception {
        apply(",rombar=0,romfile=" + rom(100));
        assertTrue(function.bars().isEmpty());
    }

    @Test
    void empty_romfile_means_none() throws Exception {
        apply(",romfile=");
        assertTrue(function.bars().isEmpty());
    }

    @Test
    void romfile_that_cannot_be_read_is_refused_by_name() throws Exception {
        Path empty = Files.createFile(folder.resolve("empty"));
        Path large = folder.resolve("large");
        try (RandomAccessFile sparse = new RandomAccessFile(large.toFile(), "rw")) {
            sparse.setLength((16 << 20) + 1);
        }
        for (Path bad : List.of(folder.resolve("missing"), folder, empty, large)) {
            OptionException refusal =
                    assertThrows(OptionException.class, () -> apply(",romfile=" + bad));
            assertTrue(
                    refusal.getMessage().startsWith("romfile " + bad + ":"), refusal.getMessage());
            assertTrue(function.bars().isEmpty());
        }
    }
}
