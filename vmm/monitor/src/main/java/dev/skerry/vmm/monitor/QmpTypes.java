package dev.skerry.vmm.monitor;

import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.api.DeviceModels;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The types QMP's {@code qom-list-types} tells of: what can be made, and what it is a kind of. */
final class QmpTypes {
    private record Type(String parent, boolean isAbstract) {}

    private static final Type BUS_DEVICE = new Type("device", true);

    private QmpTypes() {}

    private static Map<String, Type> all() {
        Map<String, Type> types = new LinkedHashMap<>();
        types.put("object", new Type(null, true));
        types.put("device", new Type("object", true));
        types.put("pci-device", BUS_DEVICE);
        types.put("scsi-device", BUS_DEVICE);
        types.put("isa-device", BUS_DEVICE);
        for (DeviceModel model : DeviceModels.all().values()) {
            String bus = model.bus().equals("PCI") ? "pci-device" : "scsi-device";
            types.put(model.name(), new Type(bus, false));
        }
        for (String name : List.of("isa-serial", "isa-debug-exit", "isa-debugcon")) {
            types.put(name, new Type("isa-device", false));
        }
        types.put("accel", new Type("object", true));
        for (String name : List.of("tcg", "kvm", "qtest")) {
            types.put(name + "-accel", new Type("accel", false));
        }
        types.put("machine", new Type("device", true));
        for (String name : List.of("pc", "q35", "none")) {
            types.put(name + "-machine", new Type("machine", false));
        }
        types.put("memory-backend", new Type("object", true));
        for (String name : List.of("file", "memfd", "ram")) {
            types.put("memory-backend-" + name, new Type("memory-backend", false));
        }
        return types;
    }

    /**
     * @param kindOf what they are to be kinds of, or null for anything
     * @param withAbstract whether those nobody can make are among them
     */
    static List<Object> list(String kindOf, boolean withAbstract) {
        Map<String, Type> types = all();
        List<Object> list = new ArrayList<>();
        for (Map.Entry<String, Type> entry : types.entrySet()) {
            Type type = entry.getValue();
            if ((withAbstract || !type.isAbstract) && isKindOf(types, entry.getKey(), kindOf)) {
                Map<String, Object> item = new LinkedHashMap<>();
                item.put("name", entry.getKey());
                if (type.isAbstract) {
                    item.put("abstract", true);
                }
                if (type.parent != null) {
                    item.put("parent", type.parent);
                }
                list.add(item);
            }
        }
        return list;
    }

    private static boolean isKindOf(Map<String, Type> types, String name, String kind) {
        if (kind == null) {
            return true;
        }
        for (String at = name; at != null; at = types.get(at).parent) {
            if (at.equals(kind)) {
                return true;
            }
        }
        return false;
    }
}
