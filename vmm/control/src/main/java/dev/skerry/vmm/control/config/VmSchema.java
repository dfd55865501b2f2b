package dev.skerry.vmm.control.config;

import dev.skerry.vmm.control.config.Field.Kind;

import java.util.List;

/** All that may stand in {@code vm.yaml}. The validator and the published JSON schema are made of it. */
final class VmSchema {
    private static final List<Field> RESTART =
            List.of(
                    Field.number(
                            "limit",
                            "Restarts within the window, then the device fails",
                            5,
                            0,
                            1000),
                    Field.of("window", Kind.DURATION, "Restarts longer ago are forgotten")
                            .or("60s"),
                    Field.of(
                                    "backoff",
                                    Kind.DURATION,
                                    "Wait before the second restart; doubles with each")
                            .or("100ms"),
                    Field.of("backoff-limit", Kind.DURATION, "The longest wait").or("5s"));

    private static final List<Field> DISK =
            List.of(
                    Field.of("id", Kind.ID, "Its name, for devices to refer to").needed(),
                    Field.of("file", Kind.FILE, "The image").needed(),
                    Field.choice("format", "The image's format", "raw", "raw", "qcow2"),
                    Field.choice(
                            "cache",
                            "How the host's page cache is used, as QEMU's cache=",
                            "writeback",
                            "writeback",
                            "none",
                            "writethrough",
                            "directsync",
                            "unsafe"),
                    Field.of("read-only", Kind.BOOL, "The guest cannot write").or("false"),
                    Field.of("cdrom", Kind.BOOL, "A CD instead of a hard disk").or("false"));

    private static final List<Field> DEVICE =
            List.of(
                    Field.of("id", Kind.ID, "Its name").needed(),
                    Field.of("driver", Kind.ID, "Its model, as -device has it").needed(),
                    Field.of(
                            "process",
                            Kind.ID,
                            "Devices that name the same process share it; else each has one of its own"),
                    Field.of("in-machine", Kind.BOOL, "Keep it inside the machine process")
                            .or("false"),
                    Field.of("disks", Kind.TEXTS, "Disks on its SCSI bus, by id, from target 0 on"),
                    Field.of("properties", Kind.PROPERTIES, "More, as -device has it"),
                    Field.choice(
                            "on-exit",
                            "What follows the end of its process",
                            "restart",
                            "restart",
                            "pause",
                            "fail",
                            "ignore"),
                    Field.of(
                                    "reply-timeout",
                                    Kind.DURATION,
                                    "How long the machine waits for an answer; then the device is lost")
                            .or("5s"),
                    Field.table("restart", Kind.TABLE, "How restarts are limited", RESTART),
                    sandbox("Of its process").or("required"));

    /** The document. */
    static final List<Field> DOCUMENT =
            List.of(
                    Field.of("name", Kind.ID, "The machine's name, for skerry ps"),
                    Field.choice("machine", "Its type", "q35", "q35", "pc"),
                    Field.choices(
                            "accelerator", "In order of preference", "kvm, tcg", "kvm", "tcg"),
                    Field.of("memory", Kind.SIZE, "RAM").or("512M"),
                    Field.number("cpus", "Processors", 1, 1, 255),
                    Field.of("cpu", Kind.TEXT, "The model, as -cpu has it"),
                    Field.of("firmware", Kind.FILE, "As -bios has it"),
                    Field.of("kernel", Kind.FILE, "Linux, entered directly"),
                    Field.of("initrd", Kind.FILE, "Its initial file system"),
                    Field.of("append", Kind.TEXT, "Its command line"),
                    Field.choice(
                            "console",
                            "Where the first serial port goes",
                            "stdio",
                            "stdio",
                            "none"),
                    sandbox("Of the machine process").or("required"),
                    Field.table("disks", Kind.TABLES, "Disk images", DISK),
                    Field.table("devices", Kind.TABLES, "PCI devices", DEVICE));

    private VmSchema() {}

    private static Field sandbox(String whose) {
        return Field.choice(
                "sandbox",
                whose + ": required, or what the host has, or none",
                "required",
                "required",
                "auto",
                "off");
    }

    /** The JSON schema (draft 2020-12) of the document. */
    static String toJson() {
        StringBuilder json = new StringBuilder("{\n");
        json.append("  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n");
        json.append("  \"title\": \"A virtual machine for skerry run\",\n");
        object(json, DOCUMENT, "  ");
        return json.append("\n}\n").toString();
    }

    private static void object(StringBuilder json, List<Field> fields, String indent) {
        json.append(indent).append("\"type\": \"object\",\n");
        json.append(indent).append("\"additionalProperties\": false,\n");
        List<String> required = fields.stream().filter(Field::required).map(Field::name).toList();
        if (!required.isEmpty()) {
            json.append(indent).append("\"required\": ").append(words(required)).append(",\n");
        }
        json.append(indent).append("\"properties\": {");
        String separator = "\n";
        for (Field field : fields) {
            json.append(separator)
                    .append(indent)
                    .append("  \"")
                    .append(field.name())
                    .append("\": {\n");
            value(json, field, indent + "    ");
            json.append("\n").append(indent).append("  }");
            separator = ",\n";
        }
        json.append("\n").append(indent).append("}");
    }

    private static void value(StringBuilder json, Field field, String indent) {
        json.append(indent)
                .append("\"description\": \"")
                .append(field.description())
                .append("\",\n");
        if (field.fallback() != null) {
            boolean bare = field.kind() == Kind.NUMBER || field.kind() == Kind.BOOL;
            String text = bare ? field.fallback() : '"' + field.fallback() + '"';
            json.append(indent).append("\"default\": ").append(text).append(",\n");
        }
        switch (field.kind()) {
            case TEXT, FILE -> json.append(indent).append("\"type\": \"string\"");
            case ID -> pattern(json, indent, "^[A-Za-z][A-Za-z0-9._-]*$");
            case DURATION -> pattern(json, indent, "^[0-9]+(ms|s|m)$");
            case SIZE ->
                    json.append(indent)
                            .append("\"type\": [\"string\", \"integer\"],\n")
                            .append(indent)
                            .append("\"pattern\": \"^[0-9]+[KMGTkmgt]?$\"");
            case CHOICE -> json.append(indent).append("\"enum\": ").append(words(field.choices()));
            case CHOICES ->
                    json.append(indent)
                            .append("\"type\": [\"string\", \"array\"],\n")
                            .append(indent)
                            .append("\"items\": {\"enum\": ")
                            .append(words(field.choices()))
                            .append("}");
            case NUMBER ->
                    json.append(indent)
                            .append("\"type\": \"integer\",\n")
                            .append(indent)
                            .append("\"minimum\": ")
                            .append(field.least())
                            .append(",\n")
                            .append(indent)
                            .append("\"maximum\": ")
                            .append(field.most());
            case BOOL -> json.append(indent).append("\"type\": \"boolean\"");
            case TEXTS ->
                    json.append(indent)
                            .append("\"type\": \"array\",\n")
                            .append(indent)
                            .append("\"items\": {\"type\": \"string\"}");
            case PROPERTIES ->
                    json.append(indent)
                            .append("\"type\": \"object\",\n")
                            .append(indent)
                            .append("\"additionalProperties\": ")
                            .append("{\"type\": [\"string\", \"integer\", \"boolean\"]}");
            case TABLE -> object(json, field.table(), indent);
            case TABLES -> {
                json.append(indent).append("\"type\": \"array\",\n");
                json.append(indent).append("\"items\": {\n");
                object(json, field.table(), indent + "  ");
                json.append("\n").append(indent).append("}");
            }
        }
    }

    private static void pattern(StringBuilder json, String indent, String pattern) {
        json.append(indent)
                .append("\"type\": \"string\",\n")
                .append(indent)
                .append("\"pattern\": \"")
                .append(pattern)
                .append('"');
    }

    private static String words(List<String> words) {
        return "[\"" + String.join("\", \"", words) + "\"]";
    }
}
