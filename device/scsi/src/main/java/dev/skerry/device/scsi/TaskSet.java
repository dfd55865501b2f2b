package dev.skerry.device.scsi;

import java.util.ArrayList;
import java.util.List;

/** The tasks of a logical unit that have no status yet, oldest first (SAM-2, 7). */
final class TaskSet {
    /** As many as there are tags, and one without. */
    static final int MOST_TASKS = 257;

    private final List<ScsiTask> tasks = new ArrayList<>();

    List<ScsiTask> all() {
        return List.copyOf(tasks);
    }

    boolean isFull() {
        return tasks.size() >= MOST_TASKS;
    }

    boolean hasTag(int tag) {
        for (int i = 0; i < tasks.size(); i++) {
            if (tasks.get(i).tag() == tag) {
                return true;
            }
        }
        return false;
    }

    void add(ScsiTask task) {
        tasks.add(task);
    }

    boolean remove(ScsiTask task) {
        return tasks.remove(task);
    }

    /** The oldest task that may begin now, marked as begun; null if there is none. */
    ScsiTask next() {
        boolean older = false;
        boolean olderOrdered = false;
        // Head-of-queue tasks wait for nobody, so they are looked for first.
        for (int i = 0; i < tasks.size(); i++) {
            ScsiTask task = tasks.get(i);
            if (task.attribute() == TaskAttribute.HEAD_OF_QUEUE && !task.hasBegun()) {
                task.begin();
                return task;
            }
        }
        for (int i = 0; i < tasks.size() && !olderOrdered; i++) {
            ScsiTask task = tasks.get(i);
            boolean ordered = task.attribute() == TaskAttribute.ORDERED;
            if (!task.hasBegun() && !(ordered && older)) {
                task.begin();
                return task;
            }
            older = true;
            olderOrdered = task.attribute() != TaskAttribute.SIMPLE;
        }
        return null;
    }
}
