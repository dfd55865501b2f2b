package dev.skerry.vmm.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Programs of the host with the shared libraries they need, to be put into a guest. */
public final class HostPrograms {
    private HostPrograms() {}

    /**
     * The files of programs: they and, by {@code ldd}, their libraries and their loader.
     *
     * @param programs paths on the host
     * @return the files' bytes by the path each belongs at
     * @throws IOException if a program or one of its libraries is not there
     */
    public static Map<String, byte[]> withLibraries(Path... programs) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        for (Path program : programs) {
            files.put(program.toString(), Files.readAllBytes(program));
            for (String line :
                    HostCommand.run(Path.of("/"), "ldd", program.toString()).lines().toList()) {
                String library = library(program, line.strip());
                if (library != null) {
                    files.put(library, Files.readAllBytes(Path.of(library)));
                }
            }
        }
        return files;
    }

    /** {@code name => path (address)}, or {@code path (address)}; the kernel's own has no path. */
    private static String library(Path program, String line) throws IOException {
        if (line.contains("not found")) {
            throw new IOException(program + " lacks a library: " + line);
        }
        int arrow = line.indexOf("=> ");
        String rest = arrow < 0 ? line : line.substring(arrow + 3);
        return rest.startsWith("/") ? rest.substring(0, rest.indexOf(' ')) : null;
    }
}
