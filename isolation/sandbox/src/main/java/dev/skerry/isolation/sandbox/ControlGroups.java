package dev.skerry.isolation.sandbox;

import dev.skerry.platform.linux.CurrentProcess;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Control groups for the processes this one starts (cgroups(7), both versions), below the group it is
 * in itself, called {@code skerry-PID-NAME} with this process' id. What they limit is in the policies.
 *
 * <p>A host need not let it: without root, version 1 has no folder to write to, and version 2 has one
 * only where a group was delegated. What cannot be had is told, nothing fails. Used by one thread.
 */
public final class ControlGroups implements AutoCloseable {
    /** The file that takes the id of a process that is to enter, and lists those that have. */
    static final String MEMBERS = "cgroup.procs";

    private static final String PREFIX = "skerry-";
    private static final String AVAILABLE = "cgroup.controllers";
    private static final String FOR_CHILDREN = "cgroup.subtree_control";

    /** The kernel takes a process out of its group a little after its parent could wait for it. */
    private static final int REMOVALS = 100;

    /** A value any controller takes for an empty group. */
    private static final long PROBE = 1 << 20;

    private final List<GroupPlace> places = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();
    private final List<String> switchedOn = new ArrayList<>();
    private final List<Path> leftBehind = new ArrayList<>();

    /** Where this process is itself while it has made room in its own group, or null. */
    private Path retreat;

    private ControlGroups() {}

    /**
     * Tries what this host gives, and removes what a process that has died left behind.
     *
     * <p>A group of version 2 can limit the groups below only while no process is in it. So this
     * process may go one below, until it closes this; that works if it is alone.
     */
    public static ControlGroups look() {
        ControlGroups groups = new ControlGroups();
        try {
            groups.look(
                    Files.readString(Path.of("/proc/self/cgroup")),
                    Files.readString(Path.of("/proc/self/mountinfo")));
        } catch (IOException e) {
            groups.missing.add("limits of any kind: " + reason(e));
        }
        return groups;
    }

    private void look(String own, String mounts) {
        for (GroupController controller : GroupController.values()) {
            GroupPlace place = GroupPlace.find(controller, own, mounts);
            try {
                if (place == null) {
                    throw new IOException("no control group hierarchy for it is mounted");
                }
                removeOthers(place.folder());
                if (place.version() == 2) {
                    switchOn(place);
                }
                probe(place);
                places.add(place);
            } catch (IOException e) {
                missing.add("a limit of " + controller.kernelName() + ": " + reason(e));
            }
        }
    }

    /** What cannot be limited here and why, as a person would say it; empty if all can. */
    public String missing() {
        return String.join("; ", missing);
    }

    /** What can be limited, and where; empty if nothing can. */
    public String found() {
        List<String> words = new ArrayList<>();
        for (GroupPlace place : places) {
            words.add(
                    place.controller().kernelName()
                            + " below "
                            + place.folder()
                            + " (version "
                            + place.version()
                            + ")");
        }
        return String.join(", ", words);
    }

    /**
     * Makes a group with a role's limits.
     *
     * @param name of the process that is to be in it
     * @param guestBytes of memory it shares with the guest: whoever touches a page first is charged
     *     for it, so each process may have to pay for all
     * @throws IOException if the kernel refuses; nothing is left behind
     */
    public ControlGroup make(Policy policy, String name, long guestBytes) throws IOException {
        List<Path> made = new ArrayList<>();
        try {
            for (Path parent : GroupPlace.folders(places)) {
                made.add(makeFolder(parent, name));
            }
            for (GroupPlace place : places) {
                int at = GroupPlace.folders(places).indexOf(place.folder());
                for (Policy.GroupRule rule : policy.groups()) {
                    if (rule.controller() == place.controller()) {
                        boolean memory = rule.controller() == GroupController.MEMORY;
                        limit(place, made.get(at), rule.value() + (memory ? guestBytes : 0));
                    }
                }
            }
        } catch (IOException e) {
            remove(made);
            throw e;
        }
        return new ControlGroup(this, made);
    }

    /** A predecessor's of the same name may not be gone yet: then it has a number. */
    private static Path makeFolder(Path parent, String name) throws IOException {
        String whole = PREFIX + CurrentProcess.id() + "-" + name.replaceAll("[^A-Za-z0-9._-]", "_");
        for (int i = 1; ; i++) {
            try {
                return Files.createDirectory(parent.resolve(i == 1 ? whole : whole + "." + i));
            } catch (FileAlreadyExistsException e) {
                if (i == REMOVALS) {
                    throw e;
                }
            }
        }
    }

    private static void limit(GroupPlace place, Path folder, long value) throws IOException {
        write(folder.resolve(place.controller().limitFile(place.version())), Long.toString(value));
    }

    /** All that will be done, but for a process that enters: a group, its limit, the right to enter. */
    private void probe(GroupPlace place) throws IOException {
        Path folder = makeFolder(place.folder(), "probe");
        try {
            limit(place, folder, PROBE);
            Path entrance = folder.resolve(MEMBERS);
            // Version 2 wants the right to move a process there of the group it comes from, too.
            Path exit = place.version() == 2 ? place.folder().resolve(MEMBERS) : entrance;
            for (Path file : List.of(entrance, exit)) {
                if (!Files.isWritable(file)) {
                    throw new IOException(file + " cannot be written");
                }
            }
        } finally {
            remove(List.of(folder));
        }
    }

    private void switchOn(GroupPlace place) throws IOException {
        String name = place.controller().kernelName();
        if (!words(place.folder().resolve(AVAILABLE)).contains(name)) {
            throw new IOException(place.folder() + " is not given the controller '" + name + "'");
        }
        Path file = place.folder().resolve(FOR_CHILDREN);
        if (words(file).contains(name)) {
            return;
        }
        try {
            write(file, "+" + name);
        } catch (IOException e) {
            if (retreat != null) {
                throw e;
            }
            retreat(place.folder());
            try {
                write(file, "+" + name);
            } catch (IOException inside) {
                comeBack();
                throw new IOException(
                        "this process is not alone in "
                                + place.folder()
                                + ", or it was not delegated: "
                                + reason(inside),
                        inside);
            }
        }
        switchedOn.add(name);
    }

    private void retreat(Path from) throws IOException {
        Path to = makeFolder(from, "control");
        try {
            write(to.resolve(MEMBERS), Integer.toString(CurrentProcess.id()));
        } catch (IOException e) {
            remove(List.of(to));
            throw e;
        }
        retreat = to;
    }

    private void comeBack() throws IOException {
        Path from = retreat;
        write(from.resolveSibling(MEMBERS), Integer.toString(CurrentProcess.id()));
        retreat = null;
        remove(List.of(from));
    }

    /** Removes what processes that are no more have left, unless somebody is in it. */
    private static void removeOthers(Path parent) throws IOException {
        String[] names = parent.toFile().list();
        for (String name : names == null ? new String[0] : names) {
            if (isOfTheDead(name)) {
                try {
                    Files.deleteIfExists(parent.resolve(name));
                } catch (FileSystemException e) {
                    // Somebody is in it, or it is another user's: it stays his.
                    continue;
                }
            }
        }
    }

    /** Whether a group's name is one of ours with the id of a process that is no more. */
    static boolean isOfTheDead(String name) {
        int end = name.indexOf('-', PREFIX.length());
        String pid = end < 0 ? "" : name.substring(PREFIX.length(), end);
        return name.startsWith(PREFIX)
                && pid.matches("[1-9][0-9]{0,8}")
                && !Files.exists(Path.of("/proc", pid));
    }

    /** Removes groups; one that has somebody in it all the same is tried again later. */
    void remove(List<Path> folders) {
        leftBehind.addAll(folders);
        leftBehind.removeIf(ControlGroups::removed);
    }

    private static boolean removed(Path folder) {
        for (int i = 0; i < REMOVALS; i++) {
            try {
                Files.deleteIfExists(folder);
                return true;
            } catch (IOException e) {
                // EBUSY: there is no event for its end in version 1.
                try {
                    TimeUnit.MILLISECONDS.sleep(1);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
        }
        return false;
    }

    /**
     * Leaves this process' own group as it was. The groups that were made must have been closed.
     *
     * @throws IOException if something had to stay, with what
     */
    @Override
    public void close() throws IOException {
        remove(List.of());
        if (retreat != null) {
            // No process may come back while groups below have controllers.
            for (String name : switchedOn) {
                write(retreat.resolveSibling(FOR_CHILDREN), "-" + name);
            }
            comeBack();
        }
        if (!leftBehind.isEmpty()) {
            throw new IOException("control groups stay behind, not empty: " + leftBehind);
        }
    }

    private static List<String> words(Path file) throws IOException {
        return List.of(Files.readString(file).strip().split(" "));
    }

    /** A file of the kernel's takes its text in one call, and is never made. */
    private static void write(Path file, String text) throws IOException {
        try {
            Files.write(file, text.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.WRITE);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw new FileSystemException(file.toString(), null, e.getMessage());
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException none -> none.getFile() + " is not there";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            default -> e.getMessage();
        };
    }
}
