package dev.skerry.device.scsi;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/** {@code scsi-hd}: a direct-access device (SBC-3). */
final class DiskLun extends BlockLun {
    /** What vital page B0 says of UNMAP descriptors. */
    static final int MOST_UNMAP_DESCRIPTORS = 255;

    /** What vital page B0 says of the longest WRITE SAME, in blocks. */
    static final long MOST_WRITE_SAME = 0x3f_ffff;

    private static final int UNMAP_DESCRIPTOR = 16;

    DiskLun(LunSettings settings) {
        super(settings);
    }

    @Override
    boolean isCd() {
        return false;
    }

    @Override
    boolean knows(Cdb cdb) {
        return switch (cdb.opcode()) {
            case Opcode.WRITE_6,
                    Opcode.WRITE_10,
                    Opcode.WRITE_12,
                    Opcode.WRITE_16,
                    Opcode.WRITE_AND_VERIFY_10,
                    Opcode.WRITE_AND_VERIFY_12,
                    Opcode.WRITE_AND_VERIFY_16,
                    Opcode.WRITE_SAME_10,
                    Opcode.WRITE_SAME_16,
                    Opcode.UNMAP ->
                    true;
            default -> super.knows(cdb);
        };
    }

    @Override
    void access(ScsiTask task) {
        switch (task.cdb().opcode()) {
            case Opcode.WRITE_6, Opcode.WRITE_10, Opcode.WRITE_12, Opcode.WRITE_16 ->
                    write(task, isForced(task.cdb()));
            case Opcode.WRITE_AND_VERIFY_10,
                    Opcode.WRITE_AND_VERIFY_12,
                    Opcode.WRITE_AND_VERIFY_16 ->
                    // What has reached the medium needs no second look.
                    write(task, true);
            case Opcode.WRITE_SAME_10, Opcode.WRITE_SAME_16 -> writeSame(task);
            case Opcode.UNMAP -> unmap(task);
            default -> super.access(task);
        }
    }

    private void write(ScsiTask task, boolean durable) {
        if (!isTransferRefused(task, true)) {
            takeBlocks(task, this::store, () -> endDurably(task, durable));
        }
    }

    private void store(
            ScsiTask task, long offsetBytes, List<MemorySegment> from, Consumer<Sense> result) {
        medium().write(
                        offsetBytes,
                        from,
                        new ForTask(
                                task,
                                failure ->
                                        result.accept(
                                                failure == null ? null : writeFailure(failure))));
    }

    private void writeSame(ScsiTask task) {
        Cdb cdb = task.cdb();
        boolean noData = cdb.opcode() == Opcode.WRITE_SAME_16 && cdb.bit(1, 0x01);
        if (cdb.bit(1, 0x16) || cdb.blocks() == 0 || cdb.blocks() > MOST_WRITE_SAME) {
            fail(task, Sense.INVALID_FIELD_IN_CDB);
        } else if (!isTransferRefused(task, true)) {
            byte[] block = new byte[noData ? 0 : settings.logicalBlockBytes()];
            receive(task, block, () -> writeSame(task, block));
        }
    }

    private void writeSame(ScsiTask task, byte[] block) {
        long offset = bytes(task.cdb().lba());
        long length = bytes(task.cdb().blocks());
        boolean zeros = true;
        for (byte b : block) {
            zeros &= b == 0;
        }
        if (zeros) {
            medium().writeZeroes(
                            offset,
                            length,
                            new ForTask(
                                    task,
                                    failure -> {
                                        if (failure != null) {
                                            fail(task, writeFailure(failure));
                                        } else {
                                            endDurably(task, false);
                                        }
                                    }));
            return;
        }
        MemorySegment pattern = pool.take();
        for (int at = 0; at < BufferPool.BYTES; at += block.length) {
            MemorySegment.copy(MemorySegment.ofArray(block), 0, pattern, at, block.length);
        }
        new Repetition(task, pattern, offset, offset + length).run();
    }

    /** Writes a pattern again and again; a loop, for a storage that completes at once. */
    private final class Repetition {
        private final ScsiTask task;
        private final MemorySegment pattern;
        private final long to;
        private long from;
        private boolean asking;
        private boolean again;

        Repetition(ScsiTask task, MemorySegment pattern, long from, long to) {
            this.task = task;
            this.pattern = pattern;
            this.from = from;
            this.to = to;
        }

        void run() {
            do {
                again = false;
                if (from == to || !task.isAlive()) {
                    pool.give(pattern);
                    endDurably(task, false);
                    return;
                }
                long bytes = Math.min(BufferPool.BYTES, to - from);
                asking = true;
                store(
                        task,
                        from,
                        List.of(pattern.asSlice(0, bytes)),
                        sense -> written(sense, bytes));
                asking = false;
            } while (again);
        }

        private void written(Sense sense, long bytes) {
            from += bytes;
            if (sense != null) {
                pool.give(pattern);
                fail(task, sense);
            } else if (asking) {
                again = true;
            } else {
                run();
            }
        }
    }

    private void unmap(ScsiTask task) {
        Cdb cdb = task.cdb();
        if (cdb.bit(1, 0x01)) {
            fail(task, Sense.INVALID_FIELD_IN_CDB);
        } else if (isWriteProtected()) {
            fail(task, Sense.WRITE_PROTECTED);
        } else if (cdb.allocation() == 0) {
            good(task);
        } else {
            byte[] list = new byte[cdb.allocation()];
            receive(task, list, () -> unmap(task, list));
        }
    }

    private void unmap(ScsiTask task, byte[] list) {
        if (list.length < 8 || 8 + BigEndian.get2(list, 2) > list.length) {
            fail(task, Sense.PARAMETER_LIST_LENGTH);
            return;
        }
        int count = BigEndian.get2(list, 2) / UNMAP_DESCRIPTOR;
        if (count > MOST_UNMAP_DESCRIPTORS) {
            fail(task, Sense.INVALID_FIELD_IN_PARAMETERS);
            return;
        }
        for (int i = 0; i < count; i++) {
            int at = 8 + UNMAP_DESCRIPTOR * i;
            if (isOutside(BigEndian.get8(list, at), BigEndian.get4(list, at + 8))) {
                fail(task, Sense.LBA_OUT_OF_RANGE);
                return;
            }
        }
        discard(task, list, 0, count);
    }

    private void discard(ScsiTask task, byte[] list, int index, int count) {
        if (index == count || !task.isAlive()) {
            endDurably(task, false);
            return;
        }
        int at = 8 + UNMAP_DESCRIPTOR * index;
        medium().discard(
                        bytes(BigEndian.get8(list, at)),
                        bytes(BigEndian.get4(list, at + 8)),
                        new ForTask(
                                task,
                                failure -> {
                                    if (failure != null) {
                                        fail(task, writeFailure(failure));
                                    } else {
                                        discard(task, list, index + 1, count);
                                    }
                                }));
    }
}
