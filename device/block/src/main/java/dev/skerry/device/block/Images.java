package dev.skerry.device.block;

import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.IoVector;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Opens images, with their backing files and locks. Immutable; used by any thread.
 *
 * <p>All files of an image are open when it is: a process can give up its right to open files
 * afterwards.
 */
public final class Images {
    /** Where files come from: the host's file system, or what a process was handed. */
    @FunctionalInterface
    public interface Opener {
        /** Opens a name as the user, or an image that names its backing file, gave it. */
        ImageFile open(String name, boolean readOnly) throws IOException;
    }

    /** No sane chain is longer, and every element costs open files and caches. */
    private static final int MOST_BACKING_FILES = 200;

    private final Opener opener;
    private final Log log;
    private final boolean locking;

    /**
     * @param locking false to open images others are writing ({@code --force-share}), only to read
     */
    public Images(Opener opener, Log log, boolean locking) {
        this.opener = opener;
        this.log = log;
        this.locking = locking;
    }

    /** Images by their paths. */
    public static Images ofHost(Log log) {
        return new Images(HostImageFile::open, log, true);
    }

    /**
     * Opens a disk.
     *
     * @throws ImageException if it cannot be used, or another process is using it
     * @throws LinuxException if its file cannot be opened
     */
    public BlockImage open(DriveOptions options) throws IOException {
        return open(options, options.file(), new LinkedHashSet<>());
    }

    private BlockImage open(DriveOptions options, String name, Set<String> chain)
            throws IOException {
        ImageFile file = opener.open(withoutProtocol(name), options.readOnly());
        try {
            if (!chain.add(file.identity())) {
                throw new ImageException(
                        name + ": the chain of backing files leads back to itself");
            }
            if (chain.size() > MOST_BACKING_FILES) {
                throw new ImageException(
                        name + ": the chain of backing files is over " + MOST_BACKING_FILES);
            }
            String format = options.format() == null ? probe(file) : options.format();
            boolean raw = format.equals("raw");
            if (locking && file instanceof HostImageFile hostFile) {
                // A backing file must not change its size either, whatever its format.
                boolean plain = raw && chain.size() == 1;
                hostFile.lock(ImageLocks.Use.of(plain, options.readOnly()));
            }
            if (options.cache().direct() && file instanceof HostImageFile hostFile) {
                file = DirectFile.over(hostFile);
            }
            if (!raw) {
                return openQcow2(file, options, chain);
            }
            boolean guessed = options.format() == null;
            if (guessed && !options.readOnly()) {
                warnOfGuess(name);
            }
            return new RawImage(file, guessed, options.unmap());
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private BlockImage openQcow2(ImageFile file, DriveOptions options, Set<String> chain)
            throws IOException {
        Qcow2Header header = Qcow2Header.read(file);
        BlockImage backing = null;
        if (options.backing() && header.backingFile() != null) {
            backing = openBacking(options, file.name(), header, chain);
        }
        try {
            return Qcow2Image.open(file, header, backing, options.unmap());
        } catch (IOException | RuntimeException e) {
            if (backing != null) {
                backing.close();
            }
            throw e;
        }
    }

    private BlockImage openBacking(
            DriveOptions options, String overlay, Qcow2Header header, Set<String> chain)
            throws IOException {
        String format = header.backingFormat();
        if (format != null && !format.equals("raw") && !format.equals("qcow2")) {
            throw new ImageException(
                    overlay + ": format '" + format + "' of its backing file is not supported");
        }
        String name = resolve(overlay, header.backingFile());
        try {
            return open(options.forBacking(name, format), name, chain);
        } catch (LinuxException e) {
            throw new ImageException(
                    overlay + ": cannot open its backing file " + name + ": " + e.getMessage());
        }
    }

    /** A backing file's name, relative to the directory of the image that names it. */
    static String resolve(String overlay, String backing) throws ImageException {
        String path = withoutProtocol(backing);
        int slash = overlay.lastIndexOf('/');
        return path.startsWith("/") || slash < 0 ? path : overlay.substring(0, slash + 1) + path;
    }

    /** Takes {@code file:} off; another protocol is refused by name. */
    static String withoutProtocol(String name) throws ImageException {
        int colon = name.indexOf(':');
        int slash = name.indexOf('/');
        if (colon < 0 || (slash >= 0 && slash < colon)) {
            return name;
        }
        String protocol = name.substring(0, colon);
        if (protocol.equals("file") || protocol.equals("host_device")) {
            return name.substring(colon + 1);
        }
        throw new ImageException(name + ": Unknown protocol '" + protocol + "'");
    }

    /** The name of the format a file seems to have. */
    static String probe(ImageFile file) throws IOException {
        MemorySegment beginning = Arena.ofAuto().allocate(ImageFormat.PROBE_BYTES);
        long read = file.read(0, IoVector.of(beginning), 0, ImageFormat.PROBE_BYTES);
        ImageFormat format = ImageFormat.of(beginning, read);
        if (format != ImageFormat.RAW && format != ImageFormat.QCOW2) {
            throw new ImageException(
                    file.name() + ": looks like format '" + format.label() + "', not supported");
        }
        return format.label();
    }

    private void warnOfGuess(String name) {
        log.warning(
                "the format of '"
                        + name
                        + "' was not given and is taken to be raw; the guest may not write to"
                        + " block 0 what looks like another format; say format=raw to lift that");
    }

    /** Whether a failure to open means that there is no such file. */
    static boolean isMissing(IOException e) {
        return e instanceof LinuxException linux && linux.is(Errno.ENOENT);
    }
}
