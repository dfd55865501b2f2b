package dev.skerry.device.scsi;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** The data of a task, from the target's side; see {@link ScsiTask#move}. */
interface DataPhase {
    boolean isIn();

    long remaining();

    /** At most {@link #remaining} bytes; the last one ends the phase before the caller is told. */
    void move(List<MemorySegment> segments, long lengthBytes, ScsiTask.Moved moved);

    /** A few bytes a command answers with. */
    final class Reply implements DataPhase {
        private final ScsiTask task;
        private final byte[] bytes;
        private final int length;
        private int position;

        Reply(ScsiTask task, byte[] bytes, int length) {
            this.task = task;
            this.bytes = bytes;
            this.length = length;
        }

        @Override
        public boolean isIn() {
            return true;
        }

        @Override
        public long remaining() {
            return length - position;
        }

        @Override
        public void move(List<MemorySegment> segments, long lengthBytes, ScsiTask.Moved moved) {
            MemorySegment from = MemorySegment.ofArray(bytes);
            for (MemorySegment segment : segments) {
                MemorySegment.copy(from, position, segment, 0, segment.byteSize());
                position += (int) segment.byteSize();
            }
            if (position == length) {
                task.lun().good(task);
            }
            moved.moved(lengthBytes);
        }
    }

    /** A few bytes a command takes, all of them before it looks. */
    final class Parameters implements DataPhase {
        private final ScsiTask task;
        private final byte[] bytes;
        private final Runnable onReceived;
        private int position;

        Parameters(ScsiTask task, byte[] bytes, Runnable onReceived) {
            this.task = task;
            this.bytes = bytes;
            this.onReceived = onReceived;
        }

        @Override
        public boolean isIn() {
            return false;
        }

        @Override
        public long remaining() {
            return bytes.length - position;
        }

        @Override
        public void move(List<MemorySegment> segments, long lengthBytes, ScsiTask.Moved moved) {
            MemorySegment to = MemorySegment.ofArray(bytes);
            for (MemorySegment segment : segments) {
                MemorySegment.copy(segment, 0, to, position, segment.byteSize());
                position += (int) segment.byteSize();
            }
            if (position == bytes.length) {
                task.waitAgain();
                onReceived.run();
            }
            moved.moved(lengthBytes);
        }
    }
}
