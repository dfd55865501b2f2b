package dev.skerry.device.scsi;

/** Who asked for a task: the host adapter. Called on the device thread. */
@FunctionalInterface
public interface Initiator {
    /**
     * The task has left {@link ScsiTask.Phase#WAITING}: it wants data moved or has a status. May
     * come from within {@link ScsiTarget#submit} or {@link ScsiTask#move}.
     */
    void taskReady(ScsiTask task);
}
