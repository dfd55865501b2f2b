package dev.skerry.isolation.sandbox;

import dev.skerry.platform.linux.CurrentProcess;
import dev.skerry.platform.linux.Privileges;

import java.io.File;

/** What a process finds around itself, as evidence of the outer layer. */
final class Surroundings {
    /** Files of any Linux, of which an empty root has none. */
    private static final String[] FILES = {
        "/etc/passwd", "/proc/self/status", "/dev/null", "/usr/bin/env", "/bin/sh", "/sys/kernel"
    };

    private Surroundings() {}

    /** The first file found of those that should not be there, or null. */
    static String firstFile() {
        for (String file : FILES) {
            if (new File(file).exists()) {
                return file;
            }
        }
        return null;
    }

    /** Whether there is a route to anywhere. */
    static boolean reachesNetwork() {
        return dev.skerry.platform.linux.Network.hasRoute();
    }

    /** Whether this process is the first of a pid namespace. */
    static boolean isFirstProcess() {
        return CurrentProcess.id() == 1 && Privileges.parentId() == 0;
    }
}
