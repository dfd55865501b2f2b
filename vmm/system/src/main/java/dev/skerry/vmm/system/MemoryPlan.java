package dev.skerry.vmm.system;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Values;
import dev.skerry.vmm.machine.MachineOptions;
import dev.skerry.vmm.machine.MemoryBackend;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which RAM a machine has: {@code -m}, {@code -object memory-backend-…}, and what ties them together,
 * {@code -machine memory-backend=} or {@code -numa node,memdev=}.
 */
final class MemoryPlan {
    /** The objects there are, for help. */
    static final List<String> TYPES =
            List.of("memory-backend-file", "memory-backend-memfd", "memory-backend-ram");

    private static final Set<String> WITHOUT_EFFECT =
            Set.of("merge", "dump", "reserve", "seal", "discard-data", "prealloc-threads", "align");

    private static final long MIB = 1 << 20;
    private static final long MOST_BYTES = 1L << 39;

    private MemoryPlan() {}

    static MemoryBackend of(CommandLine line) throws OptionException {
        List<MemoryBackend> backends = new ArrayList<>();
        for (OptionList object : line.objects()) {
            MemoryBackend made = backend(object);
            if (backends.stream().anyMatch(other -> other.id().equals(made.id()))) {
                throw object.error("duplicate ID '" + made.id() + "'");
            }
            backends.add(made);
        }
        String wanted = line.machine().get("memory-backend");
        String node = node(line, backends);
        if (wanted != null && node != null) {
            throw new OptionException(
                    line.machineSource()
                            + ": 'memory-backend' and '-numa memdev' cannot be used together");
        }
        OptionList size = line.memory();
        if (wanted == null && node == null) {
            return MemoryBackend.anonymous(
                    size == null ? MachineOptions.DEFAULT_RAM_BYTES : size(size));
        }
        MemoryBackend backend = find(backends, wanted == null ? node : wanted);
        if (backend == null) {
            throw new OptionException(
                    line.machineSource() + ": Memory backend '" + wanted + "' not found");
        }
        if (size != null && size(size) != backend.sizeBytes()) {
            throw size.error(
                    "RAM of "
                            + size(size)
                            + " bytes, but memory backend '"
                            + backend.id()
                            + "' has "
                            + backend.sizeBytes());
        } else if (size == null
                && node != null
                && backend.sizeBytes() != MachineOptions.DEFAULT_RAM_BYTES) {
            throw new OptionException(
                    "-numa: total memory for NUMA nodes is "
                            + backend.sizeBytes()
                            + " bytes, RAM size is "
                            + MachineOptions.DEFAULT_RAM_BYTES
                            + "; say -m");
        }
        return backend;
    }

    private static MemoryBackend find(List<MemoryBackend> backends, String id) {
        return backends.stream().filter(one -> one.id().equals(id)).findFirst().orElse(null);
    }

    /** The backend of the only node there can be, or null. */
    private static String node(CommandLine line, List<MemoryBackend> backends)
            throws OptionException {
        String backend = null;
        int nodes = 0;
        for (OptionList numa : line.numas()) {
            if (!numa.require("type").equals("node")) {
                throw numa.error("only -numa node is supported");
            } else if (++nodes > 1) {
                throw numa.error("more than one NUMA node is not supported");
            }
            for (String key : numa.values().keySet()) {
                if (!Set.of("type", "memdev", "nodeid", "cpus").contains(key)) {
                    throw numa.error("'" + key + "' is not supported");
                }
            }
            backend = numa.get("memdev");
            if (backend != null && find(backends, backend) == null) {
                throw numa.error("memdev=" + backend + " is ambiguous or not there");
            }
        }
        return backend;
    }

    /** {@code -m}'s size: mebibytes where it has no suffix. */
    private static long size(OptionList options) throws OptionException {
        for (String key : options.values().keySet()) {
            // Slots and a limit for memory that is plugged in later, of which there is none.
            if (!Set.of("size", "slots", "maxmem").contains(key)) {
                throw options.error("Invalid parameter '" + key + "'");
            }
        }
        if (!options.has("size")) {
            return MachineOptions.DEFAULT_RAM_BYTES;
        }
        String text = options.require("size");
        long bytes;
        try {
            bytes = Values.size(text);
        } catch (OptionException e) {
            throw options.error(e.getMessage());
        }
        if (Character.isDigit(text.charAt(text.length() - 1)) && !text.startsWith("0x")) {
            bytes = bytes > MOST_BYTES / MIB ? Long.MAX_VALUE : bytes * MIB;
        }
        if (bytes < MIB || bytes > MOST_BYTES) {
            throw options.error("'" + text + "' is out of range (1M to 512G)");
        }
        return bytes;
    }

    private static MemoryBackend backend(OptionList options) throws OptionException {
        String type = options.require("qom-type");
        if (!TYPES.contains(type)) {
            throw options.error(
                    "object type '"
                            + type
                            + "' is not supported; there are "
                            + String.join(", ", TYPES));
        }
        boolean file = type.equals("memory-backend-file");
        Path path = file ? Path.of(options.require("mem-path")) : null;
        long size = bytes(options, options.require("size"));
        long offset = 0;
        boolean share = type.equals("memory-backend-memfd");
        boolean prealloc = false;
        for (Map.Entry<String, String> entry : options.values().entrySet()) {
            String key = entry.getKey();
            switch (key) {
                case "qom-type", "id", "size" -> {}
                case "share" -> share = CommandLine.bool(options, key);
                case "prealloc" -> prealloc = CommandLine.bool(options, key);
                case "hugetlb" -> {
                    if (CommandLine.bool(options, key)) {
                        throw options.error("huge pages are not supported");
                    }
                }
                default -> {
                    boolean ofFile = file && Set.of("mem-path", "offset").contains(key);
                    if (ofFile && key.equals("offset")) {
                        offset = bytes(options, entry.getValue());
                    } else if (!ofFile && !WITHOUT_EFFECT.contains(key)) {
                        throw options.error("Property '" + type + "." + key + "' not found");
                    }
                }
            }
        }
        if ((size & 4095) != 0 || (offset & 4095) != 0 || size == 0) {
            throw options.error("size and offset must be multiples of 4K, size not 0");
        }
        return new MemoryBackend(options.require("id"), path, size, offset, share, prealloc);
    }

    private static long bytes(OptionList options, String text) throws OptionException {
        try {
            return Values.size(text);
        } catch (OptionException e) {
            throw options.error(e.getMessage());
        }
    }
}
