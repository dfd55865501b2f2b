package dev.skerry.vmm.guest;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Packages of the Debian the host runs, fetched with {@code apt-get download} into a folder, unpacked
 * and kept there. Nothing is installed, and no right is needed but to write the folder.
 */
public final class DebianPackages {
    private static final String ANY_KERNEL = "linux-image-amd64";

    private final Path folder;

    /**
     * @param folder made when it is needed
     */
    public DebianPackages(Path folder) {
        this.folder = folder;
    }

    /** The bzImage of {@code linux-image-amd64}. */
    public Path kernel() throws IOException {
        return newest(unpacked(imagePackage()).resolve("boot"), "vmlinuz-");
    }

    /** The modules of that kernel: the folder in which {@code kernel} is. */
    public Path modules() throws IOException {
        return newest(unpacked(imagePackage()).resolve("lib/modules"), "");
    }

    /** The statically linked program of {@code busybox-static}. */
    public Path busybox() throws IOException {
        return unpacked("busybox-static").resolve("bin/busybox");
    }

    /** The package that {@code linux-image-amd64} stands for. */
    private String imagePackage() throws IOException {
        Path note = folder.resolve("linux-image");
        if (!Files.exists(note)) {
            Files.createDirectories(folder);
            String depends = HostCommand.run(folder, "apt-cache", "depends", ANY_KERNEL);
            String name =
                    depends.lines()
                            .map(String::strip)
                            .filter(line -> line.startsWith("Depends: linux-image-"))
                            .map(line -> line.substring("Depends: ".length()))
                            .findFirst()
                            .orElseThrow(() -> new IOException(unknown(ANY_KERNEL)));
            Files.writeString(note, name);
        }
        return Files.readString(note);
    }

    private static String unknown(String name) {
        return "apt-cache knows no " + name + "; run: apt-get update";
    }

    /** A package's files, as if installed in a folder of their own. */
    public Path unpacked(String name) throws IOException {
        Path unpacked = folder.resolve(name);
        if (!Files.isDirectory(unpacked)) {
            Files.createDirectories(folder);
            Path download = Files.createTempDirectory(folder, "download");
            HostCommand.run(download, "apt-get", "download", "-q", name);
            Path file = newest(download, "");
            Path partial = Files.createTempDirectory(folder, "unpack");
            HostCommand.run(folder, "dpkg-deb", "-x", file.toString(), partial.toString());
            Files.delete(file);
            Files.delete(download);
            try {
                Files.move(partial, unpacked);
            } catch (FileAlreadyExistsException e) {
                // Somebody else was faster; theirs is as good.
                return unpacked;
            }
        }
        return unpacked;
    }

    private static Path newest(Path folder, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .max(Comparator.naturalOrder())
                    .orElseThrow(() -> new IOException("no " + prefix + "* in " + folder));
        }
    }
}
