package dev.skerry.isolation.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;

/** Where a process' control groups are, by what different hosts say about them. */
class GroupPlaceTest {
    /** A host with version 1, and version 2 beside it without controllers. */
    private static final String FIRST_GROUPS =
            """
            9:name=systemd:/
            8:pids:/
            4:memory:/users/1a09
            1:cpu:/
            0::/
            """;

    private static final String FIRST_MOUNTS =
            """
            22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            39 31 0:36 / /sys/fs/cgroup/pids rw,relatime shared:7 master:2 - cgroup cgroup rw,pids
            40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
            """;

    private static GroupPlace find(GroupController controller, String groups, String mounts) {
        return GroupPlace.find(controller, groups, mounts);
    }

    private static GroupPlace at(GroupController controller, int version, String folder) {
        return new GroupPlace(controller, version, Path.of(folder));
    }

    @Test
    void version_1_has_a_hierarchy_a_controller() {
        assertEquals(
                at(GroupController.MEMORY, 1, "/sys/fs/cgroup/memory/users/1a09"),
                find(GroupController.MEMORY, FIRST_GROUPS, FIRST_MOUNTS));
        assertEquals(
                at(GroupController.PIDS, 1, "/sys/fs/cgroup/pids"),
                find(GroupController.PIDS, FIRST_GROUPS, FIRST_MOUNTS));
    }

    @Test
    void version_2_has_one_for_all() {
        String groups = "0::/user.slice/user-1000.slice/run-r1.scope\n";
        String mounts =
                "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
        String folder = "/sys/fs/cgroup/user.slice/user-1000.slice/run-r1.scope";
        for (GroupController controller : GroupController.values()) {
            assertEquals(at(controller, 2, folder), find(controller, groups, mounts));
        }
    }

    @Test
    void what_version_1_does_not_have_is_version_2s() {
        String groups = "4:memory:/a\n0::/b\n";
        assertEquals(
                at(GroupController.PIDS, 2, "/sys/fs/cgroup/unified/b"),
                find(GroupController.PIDS, groups, FIRST_MOUNTS));
    }

    @Test
    void controllers_may_share_a_hierarchy() {
        String groups = "3:memory,pids:/vm\n";
        String mounts = "9 1 0:9 / /cg rw - cgroup none rw,seclabel,memory,pids\n";
        List<GroupPlace> both =
                List.of(
                        find(GroupController.MEMORY, groups, mounts),
                        find(GroupController.PIDS, groups, mounts));
        assertEquals(List.of(Path.of("/cg/vm")), GroupPlace.folders(both));
    }

    @Test
    void a_mount_may_show_a_part() {
        String mounts =
                """
                8 1 0:9 /other /elsewhere rw - cgroup cgroup rw,memory
                9 1 0:9 /docker/77 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                """;
        assertEquals(
                at(GroupController.MEMORY, 1, "/sys/fs/cgroup/memory/inner"),
                find(GroupController.MEMORY, "4:memory:/docker/77/inner\n", mounts));
        assertEquals(
                at(GroupController.MEMORY, 1, "/sys/fs/cgroup/memory"),
                find(GroupController.MEMORY, "4:memory:/docker/77\n", mounts));
        assertNull(find(GroupController.MEMORY, "4:memory:/docker/778\n", mounts));
    }

    @Test
    void a_group_outside_the_namespace_is_not_to_be_had() {
        assertNull(find(GroupController.PIDS, "8:pids:/../sibling\n", FIRST_MOUNTS));
    }

    @Test
    void what_is_not_mounted_is_not_to_be_had() {
        assertNull(
                find(GroupController.PIDS, FIRST_GROUPS, "22 1 254:0 / / rw - ext4 /dev/vda rw\n"));
        assertNull(find(GroupController.PIDS, "", FIRST_MOUNTS));
        assertNull(find(GroupController.PIDS, "nonsense\n8:pids\n", FIRST_MOUNTS));
    }

    @Test
    void names_may_have_blanks_and_colons() {
        assertEquals(
                at(GroupController.PIDS, 2, "/my groups/a:b"),
                find(
                        GroupController.PIDS,
                        "0::/a:b\n",
                        "9 1 0:9 / /my\\040groups rw - cgroup2 none rw\n"));
    }
}
