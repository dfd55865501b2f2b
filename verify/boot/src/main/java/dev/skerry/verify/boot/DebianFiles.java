package dev.skerry.verify.boot;

import dev.skerry.verify.testkit.Peer;
import dev.skerry.vmm.boot.BootException;
import dev.skerry.vmm.boot.KernelImage;
import dev.skerry.vmm.boot.LinuxKernel;
import dev.skerry.vmm.guest.DebianPackages;
import dev.skerry.vmm.guest.KernelModules;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The kernel of Debian's {@code linux-image-amd64} and the shell of {@code busybox-static}, fetched
 * once into the build's folder and kept there. Nothing is installed.
 */
public final class DebianFiles {
    private static final DebianPackages PACKAGES =
            new DebianPackages(Peer.root().resolve("target/debian"));

    private DebianFiles() {}

    /** Why they cannot be had, or null if they can; fetches them the first time. Never in CI. */
    public static String missing() {
        try {
            kernel();
            busybox();
            return null;
        } catch (IOException e) {
            String reason = "Debian's kernel and busybox cannot be fetched: " + e.getMessage();
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("in CI nothing may be skipped: " + reason, e);
            }
            return reason;
        }
    }

    /** The bzImage, taken apart. */
    public static LinuxKernel unpackedKernel() throws IOException {
        try {
            return (LinuxKernel) KernelImage.read(kernel());
        } catch (BootException e) {
            throw new IOException(e);
        }
    }

    /** The bzImage. */
    public static Path kernel() throws IOException {
        return PACKAGES.kernel();
    }

    /** The statically linked program. */
    public static Path busybox() throws IOException {
        return PACKAGES.busybox();
    }

    /** The kernel's modules. */
    public static KernelModules modules() throws IOException {
        return new KernelModules(PACKAGES.modules());
    }
}
