package dev.skerry.device.scsi;

import java.io.IOException;

/** What follows a storage operation of a task; it need not be done once the task was aborted. */
record ForTask(ScsiTask task, Storage.Completion then) implements Storage.Completion {
    @Override
    public void done(IOException failure) {
        then.done(failure);
    }

    @Override
    public boolean isWanted() {
        return task.isAlive();
    }
}
