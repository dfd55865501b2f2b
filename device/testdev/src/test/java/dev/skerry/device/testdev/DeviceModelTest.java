package dev.skerry.device.testdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Property;
import dev.skerry.platform.options.PropertyValues;
import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Set;

class DeviceModelTest {
    private static PciDevice create(DeviceModel model, String properties) throws OptionException {
        OptionList options = OptionList.parse("-device", model.name() + properties, "driver");
        Set<String> elsewhere = Set.of("driver", "id");
        PropertyValues values =
                new PropertyValues(model.name(), model.properties(), options, elsewhere);
        return assertInstanceOf(PciDevice.class, model.create(new ManualHost(), values));
    }

    private static List<String> names(DeviceModel model) {
        return model.properties().stream().map(Property::name).toList();
    }

    @Test
    void models_are_found_in_the_module() {
        List<String> providers =
                Edu.class.getModule().getDescriptor().provides().stream()
                        .filter(p -> p.service().equals(DeviceModel.class.getName()))
                        .flatMap(p -> p.providers().stream())
                        .toList();
        assertEquals(
                Set.of(EduModel.class.getName(), PciTestDeviceModel.class.getName()),
                Set.copyOf(providers));
    }

    @Test
    void names_are_qemus() {
        assertEquals("edu", new EduModel().name());
        assertEquals("pci-testdev", new PciTestDeviceModel().name());
        assertEquals("PCI", new EduModel().bus());
        assertEquals("PCI", new PciTestDeviceModel().bus());
        assertEquals(
                List.of("addr", "dma_mask", "multifunction", "rombar", "romfile"),
                names(new EduModel()));
        assertEquals(
                List.of("addr", "membar", "multifunction", "rombar", "romfile"),
                names(new PciTestDeviceModel()));
    }

    @ParameterizedTest(name = "edu{0}")
    @CsvSource({"'', 0x10001000, true", "',dma_mask=0xffffffff', 0x10001000, false"})
    void edus_dma_mask_is_28_bits_unless_set(String properties, String gpa, boolean reached)
            throws Exception {
        ManualHost host = new ManualHost();
        EduModel model = new EduModel();
        OptionList options = OptionList.parse("-device", "edu" + properties, "driver");
        PropertyValues values =
                new PropertyValues("edu", model.properties(), options, Set.of("driver"));
        try (Workbench edu = new Workbench((PciDevice) model.create(host, values))) {
            edu.memory.write(0x1000, 8, 0x1234);
            edu.write(0x80, 8, 0x40000);
            edu.write(0x88, 8, Long.decode(gpa));
            edu.write(0x90, 8, 8);
            edu.write(0x98, 8, 3);
            host.advance(1_000_000_000);
            assertEquals(reached ? 0 : 0x1234, edu.memory.read(0x1000, 8));
        }
    }

    @ParameterizedTest(name = "membar={0}")
    @CsvSource({
        "0, 0",
        "16, 16",
        "4K, 0x1000",
        "1M, 0x100000",
        "8G, 0x200000000",
        "1T, 0x10000000000"
    })
    void membar_has_its_size(String text, String size) throws Exception {
        PciDevice device = create(new PciTestDeviceModel(), ",membar=" + text);
        long expected = Long.decode(size);
        assertEquals(expected == 0 ? 2 : 3, device.function().bars().size());
        if (expected != 0) {
            assertEquals(expected, device.function().bars().get(2).region().sizeBytes());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"8", "1", "17", "3M", "2T", "0x4000000000000000"})
    void impossible_membar_is_refused_by_name(String text) {
        OptionException refusal =
                assertThrows(
                        OptionException.class,
                        () -> create(new PciTestDeviceModel(), ",membar=" + text));
        assertTrue(refusal.getMessage().startsWith("membar: '" + text + "'"));
    }

    @Test
    void common_properties_are_applied() throws Exception {
        for (DeviceModel model : List.of(new EduModel(), new PciTestDeviceModel())) {
            assertThrows(OptionException.class, () -> create(model, ",addr=77"));
            assertThrows(OptionException.class, () -> create(model, ",romfile=/nowhere/rom"));
            create(model, ",id=d0,addr=05.0").close();
        }
    }
}
