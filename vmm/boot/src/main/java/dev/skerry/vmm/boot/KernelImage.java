package dev.skerry.vmm.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A kernel out of a file, not yet placed. */
public sealed interface KernelImage permits LinuxKernel, MultibootKernel {
    /** Far more than any kernel has, and no more than an array can hold. */
    long MOST_FILE_BYTES = 1L << 30;

    /**
     * Reads a bzImage, an ELF64 Linux kernel or a Multiboot kernel; unpacks what is packed.
     *
     * @throws BootException if it cannot be read, is none of them, or is damaged
     */
    static KernelImage read(Path file) throws BootException {
        byte[] bytes = contents("kernel", file);
        try {
            return of(bytes);
        } catch (BootException e) {
            throw new BootException("could not load kernel '" + file + "': " + e.getMessage());
        }
    }

    /** The same from bytes; messages name no file. */
    static KernelImage of(byte[] file) throws BootException {
        if (BzImage.isOne(file)) {
            return BzImage.read(file);
        }
        MultibootHeader header = MultibootHeader.find(file);
        if (header != null) {
            return MultibootKernel.read(file, header);
        } else if (ElfFile.isElf(file)) {
            return LinuxKernel.ofElf(file);
        }
        throw new BootException(
                "neither a bzImage nor an ELF file nor a Multiboot kernel (no HdrS at 0x202)");
    }

    /**
     * Places the kernel and what it is given.
     *
     * @throws BootException if that does not fit into memory, or cannot be read
     */
    BootImage boot(BootRequest request) throws BootException;

    /**
     * Reads a file as a whole.
     *
     * @param what it is, for messages
     */
    static byte[] contents(String what, Path file) throws BootException {
        try {
            if (!Files.exists(file)) {
                throw new BootException("could not open " + what + " file '" + file + "'");
            } else if (!Files.isRegularFile(file)) {
                throw new BootException(what + " file '" + file + "' is not a regular file");
            } else if (Files.size(file) > MOST_FILE_BYTES) {
                throw new BootException(what + " file '" + file + "' is larger than 1 GiB");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new BootException("could not read " + what + " file '" + file + "': " + e);
        }
    }
}
