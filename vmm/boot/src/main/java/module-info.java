/**
 * Kernels that a machine enters without firmware: Linux as a bzImage or an ELF file, whatever its
 * payload is packed with, and kernels of the Multiboot specification. From files to bytes at
 * addresses and the registers to begin with.
 *
 * <p>Knows no processor, no machine and no device: who asks puts the bytes into memory and sets the
 * registers. Enter by {@link dev.skerry.vmm.boot.KernelImage}.
 */
module dev.skerry.vmm.boot {
    requires transitive dev.skerry.platform.memory;
    requires dev.skerry.platform.zstd;
    requires org.tukaani.xz;

    exports dev.skerry.vmm.boot;
}
