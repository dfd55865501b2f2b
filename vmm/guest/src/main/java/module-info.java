/**
 * Linux guests made of Debian's packages: the kernel, its modules in the order they load in, programs
 * with the libraries they need, and an initial file system of these.
 *
 * <p>Knows no machine. Packages are fetched with {@code apt-get download} and kept; nothing is
 * installed. Enter by {@link dev.skerry.vmm.guest.DebianPackages} and {@link
 * dev.skerry.vmm.guest.InitRamFs}.
 */
module dev.skerry.vmm.guest {
    requires org.tukaani.xz;

    exports dev.skerry.vmm.guest;
}
