package dev.skerry.device.lsi53c895a;

import dev.skerry.device.api.Dma;
import dev.skerry.device.scsi.ScsiTask;
import dev.skerry.platform.memory.DmaSlice;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves data between a task and memory: RAM is lent to the task, so that its storage reads and
 * writes it directly; whatever else answers at the address goes through a buffer, a page at a time.
 */
final class DataMover {
    private static final int MOST_SLICES = 8;
    private static final int PAGE = 4096;

    private final Dma dma;
    private final Runnable resume;
    private Move move;
    private boolean asking;
    private int moved;
    private boolean kept;
    private byte keptByte;
    private byte firstByte;

    DataMover(Dma dma, Runnable resume) {
        this.dma = dma;
        this.resume = resume;
    }

    /** One move; it outlives a reset of the chip, since its memory is in use until its end. */
    private final class Move implements ScsiTask.Moved {
        private final Connection connection;
        private final boolean in;
        private final long gpa;
        private final boolean keepsOne;
        private final List<DmaSlice> slices = new ArrayList<>(1);
        private final List<MemorySegment> segments = new ArrayList<>(2);
        private MemorySegment buffer;
        private int length;

        Move(Connection connection, boolean in, long gpa, boolean keepsOne) {
            this.connection = connection;
            this.in = in;
            this.gpa = gpa;
            this.keepsOne = keepsOne;
        }

        /** Finds memory for at most so many bytes, and for at least one. */
        void prepare(int most) {
            while (length < most && slices.size() < MOST_SLICES) {
                DmaSlice slice = new DmaSlice();
                if (!dma.acquire(gpa + length, most - length, in, slice)) {
                    break;
                }
                slices.add(slice);
                segments.add(slice.segment());
                length += (int) slice.segment().byteSize();
            }
            if (length == 0) {
                length = (int) Math.min(most, PAGE - (gpa & PAGE - 1));
                buffer = Arena.ofAuto().allocate(PAGE + 1);
                segments.add(buffer.asSlice(0, length));
                if (!in) {
                    dma.read(gpa, buffer, 0, length);
                }
            }
        }

        void run(int most) {
            prepare(most);
            boolean keep = keepsOne && length == most;
            if (keep) {
                buffer = buffer != null ? buffer : Arena.ofAuto().allocate(PAGE + 1);
                segments.add(buffer.asSlice(PAGE, 1));
            }
            connection.dataMoved = true;
            connection.task.move(segments, length + (keep ? 1 : 0), this);
        }

        @Override
        public void moved(long bytes) {
            boolean current = move == this;
            if (current) {
                move = null;
                moved = (int) Math.min(bytes, length);
                kept = keepsOne && bytes > length;
                keptByte = kept ? buffer.get(ValueLayout.JAVA_BYTE, PAGE) : 0;
                if (in && bytes > 0) {
                    firstByte = segments.getFirst().get(ValueLayout.JAVA_BYTE, 0);
                    if (slices.isEmpty()) {
                        dma.write(gpa, buffer, 0, moved);
                    }
                }
            }
            for (DmaSlice slice : slices) {
                slice.close();
            }
            if (!current || !asking) {
                // Also for a script that was stopped and started again meanwhile.
                resume.run();
            }
        }
    }

    boolean isMoving() {
        return move != null;
    }

    /** Moves at most so many bytes from or to an address; {@code keepsOne}: one more into a latch. */
    void begin(Connection connection, boolean in, long gpa, int most, boolean keepsOne) {
        move = new Move(connection, in, gpa, keepsOne);
        Move begun = move;
        asking = true;
        begun.run(most);
        asking = false;
    }

    /** Sends a byte that is not in memory any more; it counts for no instruction. */
    void sendByte(Connection connection, byte value) {
        MemorySegment one = Arena.ofAuto().allocate(1);
        one.set(ValueLayout.JAVA_BYTE, 0, value);
        Move begun = new Move(connection, false, 0, false);
        move = begun;
        asking = true;
        connection.dataMoved = true;
        connection.task.move(List.of(one), 1, begun);
        asking = false;
    }

    void abandon() {
        move = null;
        moved = 0;
        kept = false;
    }

    /** The bytes moved since the last time it was asked. */
    int takeMoved() {
        int value = moved;
        moved = 0;
        return value;
    }

    /** Whether one more came and was kept. */
    boolean takeKept() {
        boolean value = kept;
        kept = false;
        return value;
    }

    int keptByte() {
        return keptByte & 0xff;
    }

    int firstByte() {
        return firstByte & 0xff;
    }
}
