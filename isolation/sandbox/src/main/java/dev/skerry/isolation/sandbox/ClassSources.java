package dev.skerry.isolation.sandbox;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What classes come from, while files can still be opened. The application's class loader opens an
 * image's or a jar's file when it first needs a class the image's cache lacks, and that may be
 * later.
 */
final class ClassSources {
    private static final String OURS = "dev.skerry.";

    private ClassSources() {}

    /**
     * Loads every class of ours that the image lists, which finds them in its cache and costs next to
     * nothing, and opens what else the process was started with.
     */
    static void open() throws IOException {
        File list = new File(System.getProperty("java.home"), "lib/skerry.classes");
        boolean image = list.exists();
        if (image) {
            load(list);
        }
        for (Module module : ModuleLayer.boot().modules()) {
            if (module.getName().startsWith(OURS) && !(image && isOfTheImage(module))) {
                // Not there; looking for it opens the jar it could be in.
                InputStream none = module.getResourceAsStream("META-INF/none");
                if (none != null) {
                    none.close();
                }
            }
        }
    }

    private static void load(File list) throws IOException {
        String names;
        try (InputStream text = new FileInputStream(list)) {
            names = new String(text.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
        ClassLoader loader = ClassSources.class.getClassLoader();
        try {
            for (int at = 0; at < names.length(); ) {
                int end = names.indexOf('\n', at);
                Class.forName(names.substring(at, end), false, loader);
                at = end + 1;
            }
        } catch (ClassNotFoundException e) {
            throw new IOException(list + " lists a class that is not there: " + e.getMessage(), e);
        }
    }

    private static boolean isOfTheImage(Module module) {
        Optional<java.net.URI> location =
                ModuleLayer.boot()
                        .configuration()
                        .findModule(module.getName())
                        .flatMap(found -> found.reference().location());
        return location.isPresent() && "jrt".equals(location.get().getScheme());
    }
}
