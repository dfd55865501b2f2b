package dev.skerry.vmm.control.config;

import dev.skerry.vmm.control.config.VmConfig.DeviceConfig;
import dev.skerry.vmm.control.config.VmConfig.DiskConfig;
import dev.skerry.vmm.control.config.VmConfig.OnExit;
import dev.skerry.vmm.control.config.VmConfig.ProcessConfig;
import dev.skerry.vmm.control.config.VmConfig.RestartLimit;
import dev.skerry.vmm.control.config.VmConfig.SandboxMode;

import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads a {@code vm.yaml}: everything that is wrong with it is told at once, with lines. */
public final class VmFile {
    private static final long LEAST_MEMORY = 1 << 20;

    private final Mistakes mistakes;
    private final Map<String, DiskConfig> disks = new LinkedHashMap<>();
    private final Set<String> usedDisks = new HashSet<>();
    private final Set<String> ids = new HashSet<>();

    private VmFile(String document) {
        mistakes = new Mistakes(document);
    }

    /** The JSON schema of the documents, for editors. */
    public static String schema() {
        return VmSchema.toJson();
    }

    /** Reads a file. */
    public static VmConfig read(Path file) throws ConfigException {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new ConfigException(file + ": no such file");
        } catch (AccessDeniedException e) {
            throw new ConfigException(file + ": permission denied");
        } catch (CharacterCodingException e) {
            throw new ConfigException(file + ": no text in UTF-8");
        } catch (IOException e) {
            throw new ConfigException(file + ": cannot be read: " + e.getMessage());
        }
        String name = nameOf(file.getFileName().toString());
        return parse(file.toString(), name, file.toAbsolutePath().getParent(), text);
    }

    /** A file's name as a machine's, which commands and sockets must be able to say. */
    private static String nameOf(String fileName) {
        String name =
                fileName.replaceAll("\\.[^.]*$", "")
                        .replaceAll("[^A-Za-z0-9._-]", "-")
                        .replaceAll("^[^A-Za-z]+", "");
        return name.isEmpty() ? "machine" : name;
    }

    /**
     * Reads a document.
     *
     * @param document its name in messages
     * @param name the machine's name if the document gives none
     * @param folder what files are relative to
     */
    public static VmConfig parse(String document, String name, Path folder, String text)
            throws ConfigException {
        VmFile file = new VmFile(document);
        Node root;
        try {
            LoadSettings settings =
                    LoadSettings.builder()
                            .setLabel(document)
                            .setUseMarks(true)
                            .setMaxAliasesForCollections(0)
                            .setCodePointLimit(1 << 20)
                            .build();
            Optional<Node> composed = new Compose(settings).composeString(text);
            root = composed.orElse(null);
        } catch (MarkedYamlEngineException e) {
            Place place =
                    e.getProblemMark()
                            .map(mark -> new Place(mark.getLine() + 1, mark.getColumn() + 1))
                            .orElse(new Place(1, 1));
            throw new ConfigException(
                    document + ":" + place.line() + ":" + place.column() + ": " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new ConfigException(document + ": no YAML: " + e.getMessage());
        }
        if (root == null) {
            throw new ConfigException(document + ":1:1: the document is empty");
        }
        Table table =
                new TableReader(folder, file.mistakes)
                        .table(root, VmSchema.DOCUMENT, "the machine");
        VmConfig config = file.config(table, name);
        file.mistakes.throwIfAny();
        return config;
    }

    private VmConfig config(Table table, String name) {
        long memory = table.number("memory");
        if (memory < LEAST_MEMORY) {
            mistakes.add(table.place("memory"), "memory: at least 1M is wanted");
        }
        for (String key : List.of("initrd", "append")) {
            if (table.has(key) && !table.has("kernel")) {
                mistakes.add(table.place(key), key + ": only with 'kernel'");
            }
        }
        table.tables("disks").forEach(this::disk);
        List<DeviceConfig> inMachine = new ArrayList<>();
        Map<String, ProcessConfig> processes = new LinkedHashMap<>();
        for (Table device : table.tables("devices")) {
            device(device, inMachine, processes);
        }
        for (Table disk : table.tables("disks")) {
            if (disk.text("id") != null && !usedDisks.contains(disk.text("id"))) {
                mistakes.add(disk.place("id"), "no device has the disk '" + disk.text("id") + "'");
            }
        }
        return new VmConfig(
                table.has("name") ? table.text("name") : name,
                table.text("machine"),
                table.texts("accelerator"),
                memory,
                (int) table.number("cpus"),
                table.text("cpu"),
                path(table, "firmware"),
                path(table, "kernel"),
                path(table, "initrd"),
                table.has("append") ? table.text("append") : "",
                "stdio".equals(table.text("console")),
                sandbox(table),
                List.copyOf(inMachine),
                List.copyOf(processes.values()));
    }

    private static Path path(Table table, String key) {
        return table.text(key) == null ? null : Path.of(table.text(key));
    }

    private static SandboxMode sandbox(Table table) {
        return SandboxMode.valueOf(table.text("sandbox").toUpperCase(Locale.ROOT));
    }

    private void unique(Table table) {
        String id = table.text("id");
        if (id != null && !ids.add(id)) {
            mistakes.add(table.place("id"), "the id '" + id + "' is there twice");
        }
    }

    private void disk(Table table) {
        unique(table);
        String id = table.text("id");
        String file = table.text("file");
        if (id == null || file == null) {
            return;
        }
        boolean readOnly = table.bool("read-only") || table.bool("cdrom");
        if (!readOnly && !Files.isWritable(Path.of(file))) {
            mistakes.add(
                    table.place("file"),
                    "file: '" + file + "' cannot be written; say read-only: true");
        }
        disks.put(
                id,
                new DiskConfig(
                        id,
                        Path.of(file),
                        table.text("format"),
                        table.text("cache"),
                        readOnly,
                        table.bool("cdrom")));
    }

    private void device(
            Table table, List<DeviceConfig> inMachine, Map<String, ProcessConfig> processes) {
        unique(table);
        String id = table.text("id");
        List<DiskConfig> own = new ArrayList<>();
        for (String disk : table.texts("disks")) {
            DiskConfig found = disks.get(disk);
            if (found == null) {
                mistakes.add(table.place("disks"), "disks: there is no disk '" + disk + "'");
            } else if (!usedDisks.add(disk)) {
                mistakes.add(
                        table.place("disks"), "disks: '" + disk + "' is another device's already");
            } else {
                own.add(found);
            }
        }
        DeviceConfig device =
                new DeviceConfig(
                        id,
                        table.text("driver"),
                        table.properties("properties"),
                        own,
                        replyTimeout(table));
        if (table.bool("in-machine")) {
            for (String key :
                    List.of("process", "on-exit", "reply-timeout", "restart", "sandbox")) {
                if (table.has(key)) {
                    mistakes.add(table.place(key), key + ": not with 'in-machine: true'");
                }
            }
            inMachine.add(device);
        } else {
            join(table, device, processes);
        }
    }

    private long replyTimeout(Table table) {
        long timeoutMs = table.number("reply-timeout");
        if (timeoutMs == 0) {
            mistakes.add(
                    table.place("reply-timeout"), "reply-timeout: '0' is too short for any reply");
        }
        return timeoutMs;
    }

    private void join(Table table, DeviceConfig device, Map<String, ProcessConfig> processes) {
        String name = table.has("process") ? table.text("process") : device.id();
        Table restart = table.table("restart");
        ProcessConfig wanted =
                new ProcessConfig(
                        name,
                        List.of(device),
                        OnExit.valueOf(table.text("on-exit").toUpperCase(Locale.ROOT)),
                        new RestartLimit(
                                (int) restart.number("limit"),
                                restart.number("window"),
                                restart.number("backoff"),
                                restart.number("backoff-limit")),
                        sandbox(table));
        if ("machine".equals(name)) {
            String key = table.has("process") ? "process" : "id";
            mistakes.add(table.place(key), key + ": 'machine' is the machine process' own name");
        }
        ProcessConfig there = processes.get(name);
        if (there == null) {
            processes.put(name, wanted);
            return;
        }
        Map<String, Boolean> same = new HashMap<>();
        same.put("on-exit", there.onExit() == wanted.onExit());
        same.put("restart", there.restart().equals(wanted.restart()));
        same.put("sandbox", there.sandbox() == wanted.sandbox());
        same.forEach(
                (key, equal) -> {
                    if (!equal) {
                        mistakes.add(
                                table.place(key),
                                key + ": the devices of process '" + name + "' must agree");
                    }
                });
        List<DeviceConfig> devices = new ArrayList<>(there.devices());
        devices.add(device);
        processes.put(
                name,
                new ProcessConfig(
                        name,
                        List.copyOf(devices),
                        there.onExit(),
                        there.restart(),
                        there.sandbox()));
    }
}
