package dev.skerry.isolation.remote;

import dev.skerry.device.api.DeviceModel;

import java.util.ServiceLoader;
import java.util.TreeMap;

/** The device models this image has and can plug in: those of the PCI bus. */
final class DeviceModels {
    private DeviceModels() {}

    /** The model of a name, or null. */
    static DeviceModel find(String name) {
        for (DeviceModel model : ServiceLoader.load(DeviceModel.class)) {
            if (isPci(model) && model.name().equals(name)) {
                return model;
            }
        }
        return null;
    }

    /** All models by name. */
    static TreeMap<String, DeviceModel> all() {
        TreeMap<String, DeviceModel> models = new TreeMap<>();
        for (DeviceModel model : ServiceLoader.load(DeviceModel.class)) {
            if (isPci(model)) {
                models.put(model.name(), model);
            }
        }
        return models;
    }

    /** Units of a SCSI bus have no drives to be made with yet. */
    private static boolean isPci(DeviceModel model) {
        return model.bus().equals("PCI");
    }
}
