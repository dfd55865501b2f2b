package dev.skerry.device.scsi;

/** When a task may begin relative to others of its logical unit (SAM-2, 7.6). */
public enum TaskAttribute {
    /** In any order; also what a command without a tag is. */
    SIMPLE,
    /** After all older ones and before all younger ones. */
    ORDERED,
    /** At once, and before all that have not begun. */
    HEAD_OF_QUEUE
}
