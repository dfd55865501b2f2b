package dev.skerry.verify.testkit;

import dev.skerry.isolation.transport.SocketTransport;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.Spawn;
import dev.skerry.platform.linux.UnixStream;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A running device process and the machine's ends of its links, which are its descriptors 3, 4 and
 * so on. Its log can be captured in a file.
 */
public final class DeviceProcess implements AutoCloseable {
    /** How long a peer may take for an answer before a test fails; long for slow machines. */
    public static final long TIMEOUT_NS = 30_000_000_000L;

    private static final int FIRST_FD = 3;

    private final Child child;
    private final List<UnixStream> links;

    private DeviceProcess(Child child, List<UnixStream> links) {
        this.child = child;
        this.links = links;
    }

    /** Our own, by the launcher users start. */
    public static List<String> ours() {
        return List.of(Peer.root().resolve("bin/skerry-system-x86_64").toString());
    }

    /** Stock QEMU. */
    public static List<String> stock() {
        return List.of(Peer.STOCK_QEMU.path().toString());
    }

    /** The usual command line for one device behind one link. */
    public static List<String> oneDevice(List<String> program, String device) {
        List<String> command = new ArrayList<>(program);
        command.addAll(
                List.of(
                        "-machine",
                        "x-remote",
                        "-nodefaults",
                        "-display",
                        "none",
                        "-device",
                        device + ",id=dev0",
                        "-object",
                        "x-remote-object,id=robj0,devid=dev0,fd=" + FIRST_FD));
        return command;
    }

    /**
     * The command line for an {@code lsi53c895a} behind one link with a disk at target 0.
     *
     * @param drive more of {@code -drive}, such as {@code cache=none}; may be empty
     * @param disk more of {@code -device scsi-hd}; may be empty
     */
    public static List<String> oneDisk(
            List<String> program, Path image, String drive, String disk) {
        List<String> command = oneDevice(program, "lsi53c895a");
        command.addAll(
                List.of(
                        "-drive",
                        "id=d0,if=none,format=raw,file="
                                + image
                                + (drive.isEmpty() ? "" : ",")
                                + drive,
                        "-device",
                        "scsi-hd,id=hd0,drive=d0,bus=dev0.0,scsi-id=0"
                                + (disk.isEmpty() ? "" : ",")
                                + disk));
        return command;
    }

    /**
     * Starts one.
     *
     * @param linkCount how many sockets it gets, from descriptor 3 on
     * @param stderr what its standard error goes to, or null for this process' own
     */
    public static DeviceProcess start(List<String> command, int linkCount, Fd stderr)
            throws IOException {
        List<UnixStream> near = new ArrayList<>();
        List<UnixStream> far = new ArrayList<>();
        try {
            Spawn spawn = new Spawn(command);
            for (int i = 0; i < linkCount; i++) {
                UnixStream[] pair = UnixStream.pair();
                near.add(pair[0]);
                far.add(pair[1]);
                spawn.with(FIRST_FD + i, pair[1].fd());
            }
            if (stderr != null) {
                spawn.with(2, stderr);
            }
            return new DeviceProcess(spawn.start(), near);
        } catch (IOException e) {
            near.forEach(UnixStream::close);
            throw e;
        } finally {
            far.forEach(UnixStream::close);
        }
    }

    /** A client on a link; closing it closes the link. */
    public MpqemuClient client(int link) {
        return new MpqemuClient(new SocketTransport(links.get(link), TIMEOUT_NS), TIMEOUT_NS);
    }

    /** The machine's end of a link. */
    public UnixStream link(int link) {
        return links.get(link);
    }

    public Child child() {
        return child;
    }

    /** A file of a running process' folder in /proc. */
    public Path proc(String file) {
        return Path.of("/proc", Integer.toString(child.pid()), file);
    }

    @Override
    public void close() throws IOException {
        links.forEach(UnixStream::close);
        child.close();
    }
}
