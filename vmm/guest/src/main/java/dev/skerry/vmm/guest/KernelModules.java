package dev.skerry.vmm.guest;

import org.tukaani.xz.XZInputStream;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * A kernel's modules, found by name, each with the modules it needs before it. What one needs it says
 * itself ({@code depends=} in its {@code .modinfo}): a package comes without {@code modules.dep}.
 */
public final class KernelModules {
    private static final String SUFFIX = ".ko";
    private static final String PACKED = ".ko.xz";
    private static final byte[] DEPENDS = "\0depends=".getBytes(StandardCharsets.US_ASCII);

    private final Map<String, Path> files = new HashMap<>();

    /**
     * @param folder with {@code *.ko} or {@code *.ko.xz} in it or below
     */
    public KernelModules(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            all.forEach(this::note);
        }
    }

    private void note(Path file) {
        String name = file.getFileName().toString();
        int end = name.endsWith(PACKED) ? name.length() - PACKED.length() : nameEnd(name);
        if (end > 0) {
            files.put(plain(name.substring(0, end)), file);
        }
    }

    private static int nameEnd(String name) {
        return name.endsWith(SUFFIX) ? name.length() - SUFFIX.length() : 0;
    }

    /** The kernel takes - and _ for the same in a module's name. */
    private static String plain(String name) {
        return name.replace('-', '_');
    }

    /**
     * Modules with all they need, in an order in which they can be loaded.
     *
     * @return the modules' bytes, unpacked, by file name
     * @throws IOException if there is no such module
     */
    public SequencedMap<String, byte[]> withDependencies(String... names) throws IOException {
        SequencedMap<String, byte[]> order = new LinkedHashMap<>();
        for (String name : names) {
            add(plain(name), order);
        }
        return order;
    }

    private void add(String name, SequencedMap<String, byte[]> order) throws IOException {
        if (order.containsKey(name + SUFFIX)) {
            return;
        }
        Path file = files.get(name);
        if (file == null) {
            throw new IOException("no kernel module " + name);
        }
        byte[] module = read(file);
        for (String needed : depends(module).split(",")) {
            if (!needed.isEmpty()) {
                add(plain(needed), order);
            }
        }
        order.putLast(name + SUFFIX, module);
    }

    private static byte[] read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (!file.toString().endsWith(PACKED)) {
            return bytes;
        }
        try (XZInputStream unpacked = new XZInputStream(new ByteArrayInputStream(bytes))) {
            return unpacked.readAllBytes();
        }
    }

    private static String depends(byte[] module) {
        for (int i = 0; i + DEPENDS.length < module.length; i++) {
            if (java.util.Arrays.equals(
                    module, i, i + DEPENDS.length, DEPENDS, 0, DEPENDS.length)) {
                int begin = i + DEPENDS.length;
                int end = begin;
                while (end < module.length && module[end] != 0) {
                    end++;
                }
                return new String(module, begin, end - begin, StandardCharsets.US_ASCII);
            }
        }
        return "";
    }
}
