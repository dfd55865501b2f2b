package dev.skerry.isolation.sandbox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A control group for one process and what it starts: its limits stand before anybody is in it, and it
 * is gone when it is closed. Made by {@link ControlGroups}, used by the same thread.
 */
public final class ControlGroup implements AutoCloseable {
    /** No group at all: its process stays in its parent's. */
    public static final ControlGroup NONE = new ControlGroup(null, List.of());

    private static final String SHELL = "/bin/sh";

    /** Enters what comes before the two hyphens, becomes what comes behind. */
    private static final String ENTER =
            "while [ \"$1\" != -- ]; do echo $$ >\"$1\" || exit 125; shift; done; shift; exec \"$@\"";

    private final ControlGroups owner;
    private final List<Path> folders;

    ControlGroup(ControlGroups owner, List<Path> folders) {
        this.owner = owner;
        this.folders = List.copyOf(folders);
    }

    /** One for each hierarchy it is in; empty for {@link #NONE}. */
    public List<Path> folders() {
        return folders;
    }

    /**
     * The command that enters the group and then becomes another command. The process enters by
     * itself: put in from outside it would have begun already, and what it had started by then would
     * stay outside.
     */
    public List<String> command(List<String> command) {
        if (folders.isEmpty()) {
            return command;
        }
        List<String> whole = new ArrayList<>(List.of(SHELL, "-c", ENTER, "skerry-group"));
        for (Path folder : folders) {
            whole.add(folder.resolve(ControlGroups.MEMBERS).toString());
        }
        whole.add("--");
        whole.addAll(command);
        return whole;
    }

    /** Removes it. Its process must have ended and been waited for. */
    @Override
    public void close() {
        if (owner != null) {
            owner.remove(folders);
        }
    }
}
