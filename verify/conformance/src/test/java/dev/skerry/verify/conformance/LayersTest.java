package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The layers, as the module descriptors and class files of the build have them. */
class LayersTest {
    private static final String PREFIX = "dev.skerry.";
    private static final String NATIVE = "dev.skerry.platform.linux";

    /** What each layer may require. Device and execution do not know each other. */
    private static final Map<String, Set<String>> MAY_REQUIRE =
            Map.of(
                    "platform", Set.of("platform"),
                    "device", Set.of("platform", "device"),
                    "isolation", Set.of("platform", "device", "isolation"),
                    "execution", Set.of("platform", "execution"),
                    "vmm", Set.of("platform", "device", "isolation", "execution", "vmm"),
                    "verify",
                            Set.of(
                                    "platform",
                                    "device",
                                    "isolation",
                                    "execution",
                                    "vmm",
                                    "verify"));

    /** Of isolation, what is about protocols alone and never about devices. */
    private static final List<String> WITHOUT_DEVICES =
            List.of("dev.skerry.isolation.wire", "dev.skerry.isolation.transport");

    /** What shipped modules use of others. */
    private static final Map<String, Set<String>> OTHERS =
            Map.of(
                    "dev.skerry.vmm.boot",
                    Set.of("org.tukaani.xz"),
                    "dev.skerry.vmm.guest",
                    Set.of("org.tukaani.xz"),
                    "dev.skerry.vmm.control",
                    Set.of("org.snakeyaml.engine.v2"));

    private static final Pattern MODULE_JAVADOC =
            Pattern.compile("^/\\*\\*\\s(.*?)\\*/\\s*(@[^\n]*\n)?(open )?module ", Pattern.DOTALL);

    @BeforeAll
    static void imageIsThere() {
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    /** Every built module's descriptor by its folder of classes. */
    private static Map<Path, ModuleDescriptor> modules() throws IOException {
        Map<Path, ModuleDescriptor> modules = new TreeMap<>();
        for (String layer : MAY_REQUIRE.keySet()) {
            for (Path room : rooms(layer)) {
                Path classes = room.resolve("target/classes");
                if (Files.exists(classes.resolve("module-info.class"))) {
                    ModuleFinder.of(classes)
                            .findAll()
                            .forEach(module -> modules.put(classes, module.descriptor()));
                }
            }
        }
        return modules;
    }

    private static List<Path> rooms(String layer) throws IOException {
        Path folder = Peer.root().resolve(layer);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> rooms = Files.list(folder)) {
            return rooms.filter(room -> Files.exists(room.resolve("pom.xml"))).sorted().toList();
        }
    }

    private static String layer(String module) {
        return module.substring(PREFIX.length(), module.indexOf('.', PREFIX.length()));
    }

    @Test
    void every_room_is_a_module_named_after_its_folder() throws IOException {
        for (Map.Entry<Path, ModuleDescriptor> entry : modules().entrySet()) {
            Path room = Peer.root().relativize(entry.getKey().getParent().getParent());
            String expected = PREFIX + room.toString().replace('/', '.');
            assertEquals(expected, entry.getValue().name());
            for (String name : entry.getValue().packages()) {
                assertTrue((name + ".").startsWith(expected + "."), name);
            }
        }
    }

    @Test
    void modules_require_nothing_of_a_layer_above() throws IOException {
        List<String> wrong = new ArrayList<>();
        Map<Path, ModuleDescriptor> modules = modules();
        for (ModuleDescriptor module : modules.values()) {
            Set<String> allowed = MAY_REQUIRE.get(layer(module.name()));
            for (ModuleDescriptor.Requires requires : module.requires()) {
                String name = requires.name();
                if (name.startsWith(PREFIX) && !allowed.contains(layer(name))) {
                    wrong.add(module.name() + " requires " + name);
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(modules.size() >= 12, "modules were built: " + modules.size());
    }

    @Test
    void protocols_know_no_devices() throws IOException {
        for (ModuleDescriptor module : modules().values()) {
            if (WITHOUT_DEVICES.contains(module.name())) {
                for (ModuleDescriptor.Requires requires : module.requires()) {
                    assertFalse(requires.name().startsWith("dev.skerry.device"), module.toString());
                }
            }
        }
    }

    @Test
    void what_is_shipped_requires_the_jdk_ourselves_and_what_is_listed() throws IOException {
        for (ModuleDescriptor module : modules().values()) {
            for (ModuleDescriptor.Requires requires : module.requires()) {
                String name = requires.name();
                boolean known =
                        name.startsWith(PREFIX)
                                || name.startsWith("java.")
                                || OTHERS.getOrDefault(module.name(), Set.of()).contains(name);
                assertTrue(known || layer(module.name()).equals("verify"), module.toString());
            }
        }
    }

    @Test
    void only_the_system_call_door_uses_restricted_methods() throws IOException {
        RestrictedMethods restricted = RestrictedMethods.ofThisJdk();
        List<String> wrong = new ArrayList<>();
        int uses = 0;
        for (Map.Entry<Path, ModuleDescriptor> entry : modules().entrySet()) {
            List<String> used = restricted.usedBy(entry.getKey());
            if (entry.getValue().name().equals(NATIVE)) {
                uses = used.size();
            } else {
                wrong.addAll(used);
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(uses > 0, NATIVE + " uses some, or this test sees none");
    }

    @Test
    void no_class_declares_native_methods() throws IOException {
        for (Path classes : modules().keySet()) {
            assertEquals(List.of(), RestrictedMethods.nativeMethodsOf(classes));
        }
    }

    @Test
    void the_device_image_holds_no_processor_machine_or_proxy()
            throws IOException, InterruptedException {
        ProcessBuilder listing =
                new ProcessBuilder(Peer.DEVICE_PROCESS.path().toString(), "--list-modules");
        listing.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        Process process = listing.redirectErrorStream(true).start();
        List<String> names = new ArrayList<>();
        for (String line : process.inputReader().lines().toList()) {
            names.add(line.replaceFirst("@.*", ""));
        }
        assertEquals(0, process.waitFor());
        assertTrue(names.remove("java.base"), names.toString());
        assertTrue(names.contains("dev.skerry.isolation.remote"), names.toString());
        assertFalse(names.contains("dev.skerry.isolation.proxy"), names.toString());
        Set<String> allowed = Set.of("platform", "device", "isolation");
        for (String name : names) {
            assertTrue(name.startsWith(PREFIX) && allowed.contains(layer(name)), name);
        }
    }

    @Test
    void every_module_says_what_it_is_for() throws IOException {
        for (String layer : MAY_REQUIRE.keySet()) {
            for (Path room : rooms(layer)) {
                Path file = room.resolve("src/main/java/module-info.java");
                if (Files.exists(file)) {
                    Matcher javadoc = MODULE_JAVADOC.matcher(Files.readString(file));
                    assertTrue(javadoc.find(), file + " begins with no Javadoc");
                    assertTrue(javadoc.group(1).length() > 20, file + " says too little");
                }
            }
        }
    }
}
