package dev.skerry.device.api;

import java.util.ServiceLoader;
import java.util.TreeMap;

/** The device models this image has. */
public final class DeviceModels {
    private DeviceModels() {}

    /** The model of a name, or null. */
    public static DeviceModel find(String name) {
        for (DeviceModel model : ServiceLoader.load(DeviceModel.class)) {
            if (model.name().equals(name)) {
                return model;
            }
        }
        return null;
    }

    /** All models by name. */
    public static TreeMap<String, DeviceModel> all() {
        TreeMap<String, DeviceModel> models = new TreeMap<>();
        for (DeviceModel model : ServiceLoader.load(DeviceModel.class)) {
            models.put(model.name(), model);
        }
        return models;
    }
}
