package dev.skerry.isolation.sandbox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the control group is that a process belongs to for one controller.
 *
 * @param controller what is limited there
 * @param version of the hierarchy: 1, one for some controllers; or 2, one for all that are left
 * @param folder the process' own group
 */
record GroupPlace(GroupController controller, int version, Path folder) {
    /**
     * Finds it by what the kernel tells a process about itself. Whether version 2 has the controller
     * is not in these texts; the folder's {@code cgroup.controllers} says so.
     *
     * @param groups the text of {@code /proc/self/cgroup} (cgroups(7))
     * @param mounts the text of {@code /proc/self/mountinfo} (proc_pid_mountinfo(5))
     * @return null if no mount shows it
     */
    static GroupPlace find(GroupController controller, String groups, String mounts) {
        String second = null;
        for (String line : groups.split("\n")) {
            // hierarchy-ID:controller-list:path, the path may hold colons
            String[] fields = line.split(":", 3);
            if (fields.length < 3) {
                continue;
            }
            if (List.of(fields[1].split(",")).contains(controller.kernelName())) {
                Path folder = folder(fields[2], controller.kernelName(), mounts);
                return folder == null ? null : new GroupPlace(controller, 1, folder);
            }
            if (fields[0].equals("0") && fields[1].isEmpty()) {
                second = fields[2];
            }
        }
        Path folder = second == null ? null : folder(second, null, mounts);
        return folder == null ? null : new GroupPlace(controller, 2, folder);
    }

    /**
     * The folder that shows a group.
     *
     * @param controller of a hierarchy of version 1; null for version 2
     */
    private static Path folder(String group, String controller, String mounts) {
        for (String line : mounts.split("\n")) {
            List<String> fields = List.of(line.split(" "));
            // Optional fields end with a hyphen; before them are ID, parent, device, root, place,
            // options, behind it type, source, the file system's own options.
            int hyphen = fields.indexOf("-");
            if (hyphen < 6 || fields.size() < hyphen + 4) {
                continue;
            }
            String type = fields.get(hyphen + 1);
            List<String> options = List.of(fields.get(hyphen + 3).split(","));
            boolean wanted =
                    controller == null
                            ? type.equals("cgroup2")
                            : type.equals("cgroup") && options.contains(controller);
            String rest = wanted ? below(group, unescaped(fields.get(3))) : null;
            if (rest != null) {
                return Path.of(unescaped(fields.get(4)) + rest).normalize();
            }
        }
        return null;
    }

    /** What a group's path has behind the root of a mount; null if it is not below it. */
    private static String below(String group, String root) {
        // Outside the cgroup namespace's root there is nothing to be had.
        if (group.startsWith("/..") || root.startsWith("/..")) {
            return null;
        } else if (root.equals("/")) {
            return group;
        }
        boolean inside = group.equals(root) || group.startsWith(root + "/");
        return inside ? group.substring(root.length()) : null;
    }

    /** Blanks, tabs, line ends and backslashes are octal there. */
    private static String unescaped(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && i + 3 < text.length()) {
                plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }

    /** The folders of several places, each once: a hierarchy may have both controllers. */
    static List<Path> folders(List<GroupPlace> places) {
        List<Path> folders = new ArrayList<>();
        for (GroupPlace place : places) {
            if (!folders.contains(place.folder())) {
                folders.add(place.folder());
            }
        }
        return folders;
    }
}
