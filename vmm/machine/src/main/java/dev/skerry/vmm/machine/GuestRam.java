package dev.skerry.vmm.machine;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.HostFile;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.platform.memory.Alias;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.platform.options.OptionException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The guest's RAM: one block of one file, shown from 0 up to the hole for devices, the rest from 4
 * GiB on.
 */
final class GuestRam {
    private static final long FOUR_GIB = 1L << 32;
    private static final long PAGE = 4096;
    private static final MemorySegment ZEROES = MemorySegment.ofArray(new byte[(int) PAGE]);

    private final RamBlock block;
    private final long belowBytes;
    private final RamRegion region;
    private final RamRegion readOnly;

    /**
     * @param holeBytes up to which size all RAM is below 4 GiB
     * @param lowBytes how much of a larger one is
     */
    GuestRam(MemoryBackend backend, long holeBytes, long lowBytes) throws OptionException {
        long size = backend.sizeBytes();
        if (size < 1 << 20 || size % PAGE != 0) {
            throw new OptionException(
                    "-m: RAM of " + size + " bytes: it must be at least 1M and a multiple of 4K");
        }
        try {
            block = map(backend);
        } catch (IOException e) {
            throw new OptionException(
                    "memory backend '" + backend.id() + "': no " + size + " bytes: " + e);
        }
        belowBytes = size < holeBytes ? size : lowBytes;
        region = new RamRegion("ram", block, false);
        readOnly = new RamRegion("ram-read-only", block, true);
    }

    private static RamBlock map(MemoryBackend backend) throws IOException {
        long size = backend.sizeBytes();
        if (backend.path() != null && !backend.share()) {
            return copyOf(backend);
        }
        Fd fd = open(backend);
        if (backend.prealloc()) {
            HostFile.adopt(fd).allocate(backend.offsetBytes(), size);
        }
        return RamBlock.mapOwned(fd, backend.offsetBytes(), size);
    }

    private static Fd open(MemoryBackend backend) throws IOException {
        long needed = backend.offsetBytes() + backend.sizeBytes();
        if (backend.path() == null) {
            return MemFd.sealed(backend.id(), needed);
        }
        Path path = backend.path();
        boolean nameless = Files.isDirectory(path);
        if (nameless) {
            path = Files.createTempFile(path, backend.id(), null);
        } else if (!Files.exists(path)) {
            Files.createFile(path);
        }
        HostFile file = HostFile.open(path.toString(), HostFile.Mode.READ_WRITE);
        if (nameless) {
            Files.delete(path);
        }
        if (file.sizeBytes() == 0) {
            file.truncate(needed);
        } else if (file.sizeBytes() < needed) {
            file.close();
            throw new IOException(path + " is shorter than offset and size, " + needed + " bytes");
        }
        return file.fd();
    }

    /** Memory that begins with a file's contents and is not written back: {@code share=off}. */
    private static RamBlock copyOf(MemoryBackend backend) throws IOException {
        RamBlock block =
                RamBlock.mapOwned(
                        MemFd.sealed(backend.id(), backend.sizeBytes()), 0, backend.sizeBytes());
        RamBlock original =
                RamBlock.mapOwned(open(backend), backend.offsetBytes(), backend.sizeBytes());
        MemorySegment from = original.segment();
        for (long at = 0; at < backend.sizeBytes(); at += PAGE) {
            MemorySegment page = from.asSlice(at, PAGE);
            // Pages of zeroes are there already, and take no memory.
            if (page.mismatch(ZEROES) >= 0) {
                MemorySegment.copy(page, 0, block.segment(), at, PAGE);
            }
        }
        original.release();
        return block;
    }

    /** Shows it in a machine's memory. */
    void place(Container memory) {
        memory.add(new Alias("ram-below-4g", region, 0, belowBytes), 0);
        if (aboveBytes() > 0) {
            memory.add(new Alias("ram-above-4g", region, belowBytes, aboveBytes()), FOUR_GIB);
        }
    }

    RamBlock block() {
        return block;
    }

    RamRegion region() {
        return region;
    }

    /** The same, not writable. */
    RamRegion readOnlyRegion() {
        return readOnly;
    }

    /** How much is below 4 GiB. */
    long belowBytes() {
        return belowBytes;
    }

    /** How much is above. */
    long aboveBytes() {
        return block.sizeBytes() - belowBytes;
    }
}
