package dev.skerry.device.disk;

import dev.skerry.device.block.BlockImage;
import dev.skerry.device.block.BlockNodes;
import dev.skerry.device.block.DriveOptions;
import dev.skerry.device.block.ImageException;
import dev.skerry.device.block.Images;
import dev.skerry.device.block.SlowImage;
import dev.skerry.device.block.Throttle;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The disks of a command line: {@code -drive} and {@code -blockdev}. All images are open, and
 * locked, before the first device is made, those no device uses included. Used by one thread, but
 * for {@link #flush}.
 */
public final class Drives implements AutoCloseable {
    /**
     * One disk, for one device.
     *
     * @param options as the user gave them
     * @param image open, or null for a drive without a medium
     */
    public record Drive(DriveOptions options, BlockImage image) {}

    private final Images images;
    private final Log log;
    private final BlockNodes nodes = new BlockNodes();
    private final Map<String, OptionList> sources = new LinkedHashMap<>();
    private final Map<String, DriveOptions> roots = new LinkedHashMap<>();
    private final Map<String, Drive> opened = new LinkedHashMap<>();
    private final Map<String, Boolean> taken = new LinkedHashMap<>();
    private int anonymous;

    public Drives(Images images, Log log) {
        this.images = images;
        this.log = log;
    }

    /** Takes a {@code -drive}. */
    public void addDrive(OptionList options) throws OptionException {
        DriveOptions drive = nodes.addDrive(options);
        // QEMU's name for a drive without one.
        String name = drive.id().isEmpty() ? "none" + anonymous++ : drive.id();
        sources.put(name, options);
        roots.put(name, drive);
    }

    /** Takes a {@code -blockdev}; the nodes it builds upon come before it. */
    public void addBlockdev(OptionList options) throws OptionException {
        DriveOptions node = nodes.addBlockdev(options);
        sources.put(node.id(), options);
        roots.put(node.id(), node);
        if (options.has("file")) {
            roots.remove(options.get("file"));
        }
    }

    /**
     * Opens every disk.
     *
     * @throws OptionException if one cannot be used; the process is to end then
     */
    public void open() throws OptionException {
        for (Map.Entry<String, DriveOptions> root : roots.entrySet()) {
            DriveOptions options = root.getValue();
            BlockImage image = null;
            if (!options.file().isEmpty()) {
                try {
                    image = images.open(options);
                    Throttle throttle = DriveOptions.throttleOf(sources.get(root.getKey()));
                    image = throttle == null ? image : new SlowImage(image, throttle);
                } catch (IOException e) {
                    throw sources.get(root.getKey()).error(whyNot(options.file(), e));
                }
            }
            opened.put(root.getKey(), new Drive(options, image));
        }
    }

    /** In QEMU's words; always one line. */
    private static String whyNot(String file, IOException e) {
        String reason = e.getMessage();
        if (e instanceof LinuxException linux) {
            String text = linux.errno().toString();
            String plain = text.substring(text.indexOf(", ") + (text.contains(", ") ? 2 : 1));
            reason = Character.toUpperCase(plain.charAt(0)) + plain.substring(1);
        } else if (e instanceof ImageException && reason.startsWith(file + ": ")) {
            reason = reason.substring(file.length() + 2);
        }
        return "Could not open '" + file + "': " + reason.replace("\n", ". ");
    }

    /**
     * Gives a disk to a device.
     *
     * @param property the property that names it, such as {@code scsi-hd.drive}, for messages
     * @throws OptionException if there is none of that name, or another device has it
     */
    public Drive take(String property, String name) throws OptionException {
        Drive drive = opened.get(name);
        if (drive == null) {
            throw new OptionException(
                    "Property '" + property + "' can't find value '" + name + "'");
        }
        if (taken.putIfAbsent(name, true) != null) {
            throw new OptionException("Drive '" + name + "' is already in use by another device");
        }
        return drive;
    }

    /** Makes what was written durable; by any thread, also while devices use the disks. */
    public void flush() {
        for (Drive drive : opened.values()) {
            if (drive.image() != null && !drive.options().cache().noFlush()) {
                try {
                    drive.image().flush();
                } catch (IOException e) {
                    log.error(drive.image().name() + ": what was written may be lost: " + e);
                }
            }
        }
    }

    /** Closes all images; no device uses one any more. */
    @Override
    public void close() {
        for (Drive drive : opened.values()) {
            if (drive.image() != null) {
                try {
                    drive.image().close();
                } catch (IOException e) {
                    log.error(drive.image().name() + ": what was written may be lost: " + e);
                }
            }
        }
        opened.clear();
    }
}
