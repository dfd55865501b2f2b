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
        "'scsi-hd,scsi-id=16', scsi-id: 16 is not -1 to 15",
        "'scsi-hd,lun=32', lun: 32 is not -1 to 31",
        "'scsi-hd,channel=1', channel: a parallel bus has channel 0 alone",
        "'scsi-hd,logical_block_size=500',"
                + " logical_block_size: 500 is not a power of two from 512 to 32768",
        "'scsi-cd,physical_block_size=64K',"
                + " physical_block_size: 65536 is not a power of two from 512 to 32768",
    })
    void value_out_of_range_is_refused(String options, String message) {
        OptionException refused = assertThrows(OptionException.class, () -> create(options));
        assertEquals(message, refused.getMessage());
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "'scsi-hd,scsi-id=0,lun=0', lun 0 of target 0 is taken",
        "'scsi-hd,scsi-id=7', scsi-id: 7 is the host adapter's own"
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
    void properties_are_in_alphabetical_order() {
        for (var model : java.util.List.of(new ScsiHdModel(), new ScsiCdModel())) {
            var names = model.properties().stream().map(p -> p.name()).toList();
            assertEquals(names.stream().sorted().toList(), names);
        }
    }
}
