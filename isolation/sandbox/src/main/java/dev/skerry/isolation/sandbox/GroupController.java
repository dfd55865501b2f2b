package dev.skerry.isolation.sandbox;

/**
 * What a control group limits, with the kernel's names (cgroups(7), and admin-guide/cgroup-v1/memory,
 * cgroup-v1/pids, cgroup-v2 of the kernel's documentation).
 */
public enum GroupController {
    /** Bytes of memory: private and shared pages, page cache, the kernel's own for the processes. */
    MEMORY("memory", "memory.limit_in_bytes", "memory.max"),
    /** Processes and threads together. */
    PIDS("pids", "pids.max", "pids.max");

    private final String kernelName;
    private final String firstFile;
    private final String secondFile;

    GroupController(String kernelName, String firstFile, String secondFile) {
        this.kernelName = kernelName;
        this.firstFile = firstFile;
        this.secondFile = secondFile;
    }

    /** Its name in {@code /proc/self/cgroup}, mount options and {@code cgroup.controllers}. */
    public String kernelName() {
        return kernelName;
    }

    /**
     * The file of a group that holds its limit, a decimal number.
     *
     * @param version of the hierarchy, 1 or 2
     */
    public String limitFile(int version) {
        return version == 1 ? firstFile : secondFile;
    }
}
