package dev.skerry.device.lsi53c895a;

import dev.skerry.device.api.Dma;
import dev.skerry.device.scsi.ScsiTask;
import dev.skerry.platform.memory.DmaSlice;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves data between a task and memory: RAM is lent to the task, so that its storage reads and
 * writes it directly; whatever else answers at the address goes through a buffer, a page at a time.
 *
 * <p>Moves are used again, each with its slices and its buffer, so that data costs no allocation
 * here. One that is abandoned keeps its own until the storage is done with it, and then returns.
 */
final class DataMover {
    private static final int MOST_SLICES = 8;
    private static final int PAGE = 4096;

    /** Where in a move's buffer the byte goes that is kept, behind the page for all others. */
    private static final int KEPT = PAGE;

    /** More than one is on its way only after moves that were abandoned. */
    private static final int MOST_SPARE = 4;

    private final Dma dma;
    private final Runnable resume;
    private final ArrayDeque<Move> spare = new ArrayDeque<>(MOST_SPARE);
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
        private final DmaSlice[] slices = new DmaSlice[MOST_SLICES];
        private final List<MemorySegment> segments = new ArrayList<>(MOST_SLICES + 1);
        private MemorySegment buffer;
        private MemorySegment bufferedByte;
        private int sliceCount;
        private int length;
        private long gpa;
        private boolean in;
        private boolean keepsOne;

        Move() {
            for (int i = 0; i < MOST_SLICES; i++) {
                slices[i] = new DmaSlice();
            }
        }

        /** Most moves need none. */
        private MemorySegment buffer() {
            if (buffer == null) {
                buffer = Arena.ofAuto().allocate(PAGE + 1);
                bufferedByte = buffer.asSlice(KEPT, 1);
            }
            return buffer;
        }

        /** Finds memory for at most so many bytes, and for at least one. */
        private void prepare(int most) {
            while (length < most && sliceCount < MOST_SLICES) {
                DmaSlice slice = slices[sliceCount];
                if (!dma.acquire(gpa + length, most - length, in, slice)) {
                    break;
                }
                sliceCount++;
                segments.add(slice.segment());
                length += (int) slice.segment().byteSize();
            }
            if (length == 0) {
                length = (int) Math.min(most, PAGE - (gpa & PAGE - 1));
                segments.add(buffer().asSlice(0, length));
                if (!in) {
                    dma.read(gpa, buffer, 0, length);
                }
            }
        }

        void run(ScsiTask task, boolean in, long gpa, int most, boolean keepsOne) {
            this.in = in;
            this.gpa = gpa;
            this.keepsOne = keepsOne;
            prepare(most);
            boolean keep = keepsOne && length == most;
            if (keep) {
                buffer();
                segments.add(bufferedByte);
            }
            task.move(segments, length + (keep ? 1 : 0), this);
        }

        /** Sends a byte that is not in memory; it counts for no instruction. */
        void send(ScsiTask task, byte value) {
            in = false;
            keepsOne = false;
            buffer().set(ValueLayout.JAVA_BYTE, KEPT, value);
            segments.add(bufferedByte);
            task.move(segments, 1, this);
        }

        @Override
        public void moved(long bytes) {
            boolean current = move == this;
            if (current) {
                move = null;
                moved = (int) Math.min(bytes, length);
                kept = keepsOne && bytes > length;
                keptByte = kept ? buffer.get(ValueLayout.JAVA_BYTE, KEPT) : 0;
                if (in && bytes > 0) {
                    firstByte = segments.getFirst().get(ValueLayout.JAVA_BYTE, 0);
                    if (sliceCount == 0) {
                        dma.write(gpa, buffer, 0, moved);
                    }
                }
            }
            release();
            if (!current || !asking) {
                // Also for a script that was stopped and started again meanwhile.
                resume.run();
            }
        }

        private void release() {
            for (int i = 0; i < sliceCount; i++) {
                slices[i].close();
            }
            sliceCount = 0;
            length = 0;
            segments.clear();
            if (spare.size() < MOST_SPARE) {
                spare.push(this);
            }
        }
    }

    private Move take() {
        Move taken = spare.poll();
        return taken != null ? taken : new Move();
    }

    boolean isMoving() {
        return move != null;
    }

    /** Moves at most so many bytes from or to an address; {@code keepsOne}: one more into a latch. */
    void begin(Connection connection, boolean in, long gpa, int most, boolean keepsOne) {
        Move begun = take();
        move = begun;
        asking = true;
        connection.dataMoved = true;
        begun.run(connection.task, in, gpa, most, keepsOne);
        asking = false;
    }

    /** Sends a byte that is not in memory any more; it counts for no instruction. */
    void sendByte(Connection connection, byte value) {
        Move begun = take();
        move = begun;
        asking = true;
        connection.dataMoved = true;
        begun.send(connection.task, value);
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
