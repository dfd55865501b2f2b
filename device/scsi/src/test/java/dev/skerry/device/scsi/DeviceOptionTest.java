package dev.skerry.device.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.PropertyValues;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Set;

class DeviceOptionTest {
    private static ScsiDevice create(String options) throws OptionException {
        var model = options.startsWith("scsi-cd") ? new ScsiCdModel() : new ScsiHdModel();
        OptionList list = OptionList.parse("-device", options, "driver");
        PropertyValues values =
                new PropertyValues(model.name(), model.properties(), list, Set.of("driver"));
        return (ScsiDevice) model.create(null, values);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "'scsi-hd,scsi-id=16', bad scsi device id: 16",
        "'scsi-hd,lun=32', bad scsi device lun: 32",
        "'scsi-hd,channel=1', bad scsi channel id: 1",
        "'scsi-hd,logical_block_size=500',"
                + " logical_block_size: 500 is not a power of two from 512 to 32768",
        "'scsi-cd,physical_block_size=64K',"
                + " physical_block_size: 65536 is not a power of two from 512 to 32768",
        "'scsi-hd,share-rw=on', share-rw=on is not supported: an image is one process' own",
        "'scsi-hd,min_io_size=100', min_io_size: 100 is no multiple of the block size 512",
        "'scsi-hd,min_io_size=64M', min_io_size: 67108864 is more than 65535 blocks",
        "'scsi-hd,discard_granularity=1000',"
                + " discard_granularity: 1000 is no multiple of the block size 512",
        "'scsi-hd,max_unmap_size=0xffffffffffffffff', max_unmap_size: too large",
    })
    void value_out_of_range_is_refused(String options, String message) {
        OptionException refused = assertThrows(OptionException.class, () -> create(options));
        assertEquals(message, refused.getMessage());
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "'scsi-hd,scsi-id=0,lun=0', lun 0 of target 0 is taken",
        "'scsi-hd,scsi-id=7', scsi-id 7 is the host adapter's own"
    })
    void place_that_is_taken_is_refused(String options, String message) throws OptionException {
        ScsiBus bus = new ScsiBus(7);
        bus.attach(create("scsi-hd,scsi-id=0,lun=0"));
        ScsiDevice second = create(options);
        OptionException refused = assertThrows(OptionException.class, () -> bus.attach(second));
        assertEquals(message, refused.getMessage());
    }

    @Test
    void bus_takes_fifteen_targets_and_no_more() throws OptionException {
        ScsiBus bus = new ScsiBus(7);
        for (int i = 0; i < 15; i++) {
            bus.attach(create("scsi-hd"));
        }
        assertNotNull(bus.target(15));
        ScsiDevice more = create("scsi-hd");
        assertThrows(OptionException.class, () -> bus.attach(more));
    }

    @Test
    void device_says_what_medium_it_wants() throws OptionException {
        assertEquals("d7", create("scsi-hd,drive=d7").drive());
        assertTrue(create("scsi-cd").mayBeEmpty());
    }

    @Test
    void device_says_what_becomes_of_failures() throws OptionException {
        ScsiDevice usual = create("scsi-hd");
        assertEquals("auto auto", usual.writeErrors() + " " + usual.readErrors());
        ScsiDevice chosen = create("scsi-hd,werror=stop,rerror=ignore,bootindex=1,share-rw=off");
        assertEquals("stop ignore", chosen.writeErrors() + " " + chosen.readErrors());
    }

    @ParameterizedTest(name = "{0}, medium write-back {1}: {2}")
    @CsvSource({"auto, true, true", "auto, false, false", "on, false, true", "off, true, false"})
    void write_cache_is_the_mediums_unless_set(String set, boolean writeBack, boolean expected) {
        Workbench bench = new Workbench("scsi-hd,write-cache=" + set, 4096, writeBack).ready();
        // Caching page, with its header of 4 and a block descriptor of 8 bytes.
        String page = bench.run("1a 00 08 00 ff 00").data().substring(2 * 12);
        assertEquals(expected ? "04" : "00", page.substring(4, 6));
        bench.device.reset();
        bench.ready();
        assertEquals(page, bench.run("1a 00 08 00 ff 00").data().substring(2 * 12));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "discard_granularity=64K, 00b0003c01000000003fffff000000000000000000200000000000ff00000080",
        "discard_granularity=0, 00b0003c01000000003fffff000000000000000000200000000000ff00000000",
        "max_unmap_size=1048576, 00b0003c01000000003fffff000000000000000000000800000000ff00000008",
        "max_io_size=65536, 00b0003c0100000000000080000000000000000000200000000000ff00000008",
        "'min_io_size=4K,opt_io_size=64K',"
                + " 00b0003c01000008003fffff000000800000000000200000000000ff00000008"
    })
    void limits_are_told_in_vital_page_b0(String options, String page) {
        Workbench bench = new Workbench("scsi-hd," + options, 4096).ready();
        assertEquals(page, bench.run("12 01 b0 00 20 00").data());
    }

    @Test
    void properties_are_in_alphabetical_order() {
        for (var model : java.util.List.of(new ScsiHdModel(), new ScsiCdModel())) {
            var names = model.properties().stream().map(p -> p.name()).toList();
            assertEquals(names.stream().sorted().toList(), names);
        }
    }
}
