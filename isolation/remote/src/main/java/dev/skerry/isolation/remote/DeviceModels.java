package dev.skerry.isolation.remote;

import dev.skerry.device.api.DeviceModel;

import java.util.ServiceLoader;
import java.util.TreeMap;

/** The device models this image has. */
final class DeviceModels {
    private DeviceModels() {}

    /** The model of a name, or null. */
    static DeviceModel find(String name) {
        for (DeviceModel model : ServiceLoader.load(DeviceModel.class)) {
            if (model.name().equals(name)) {
                return model;
            }
        }
        return null;
    }

    /** All models by name. */
    static TreeMap<String, DeviceModel> all() {
        TreeMap<String, DeviceModel> models = new TreeMap<>();
        for (DeviceModel model : ServiceLoader.load(DeviceModel.class)) {
            models.put(model.name(), model);
        }
        return models;
    }
}
