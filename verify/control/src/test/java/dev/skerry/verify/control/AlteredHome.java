package dev.skerry.verify.control;

import dev.skerry.verify.testkit.Peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A home for Skerry with its command and images, but for one image, whose Java is a script. That one
 * must run without a sandbox, which would not have the script's interpreter.
 */
final class AlteredHome implements AutoCloseable {
    private static final List<String> IMAGES = List.of("control", "machine", "device");

    private final Path home;

    /**
     * Makes it.
     *
     * @param folder in which a folder {@code home} is made
     * @param altered the image
     * @param script gets what its Java would; {@code lib} beside it is the real image's
     */
    AlteredHome(Path folder, String altered, String script) throws IOException {
        home = Files.createDirectory(folder.resolve("home"));
        Path bin = Files.createDirectories(home.resolve("bin"));
        Files.copy(Peer.root().resolve("bin/skerry"), bin.resolve("skerry"));
        bin.resolve("skerry").toFile().setExecutable(true);
        Path images = Files.createDirectories(home.resolve("dist/target"));
        for (String image : IMAGES) {
            if (!image.equals(altered)) {
                Files.createSymbolicLink(images.resolve(image), real(image));
            }
        }
        Path java = Files.createDirectories(images.resolve(altered + "/bin")).resolve("java");
        Files.createFile(
                java,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(java, script);
        Files.createSymbolicLink(images.resolve(altered + "/lib"), real(altered).resolve("lib"));
    }

    private static Path real(String image) {
        return Peer.root().resolve("dist/target/" + image);
    }

    Path path() {
        return home;
    }

    /** Takes the links to the real images away, before anybody deletes what is behind them. */
    @Override
    public void close() throws IOException {
        for (String image : IMAGES) {
            Path there = home.resolve("dist/target/" + image);
            Files.delete(Files.isSymbolicLink(there) ? there : there.resolve("lib"));
        }
    }
}
