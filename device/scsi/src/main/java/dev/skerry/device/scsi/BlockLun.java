package dev.skerry.device.scsi;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/** A logical unit with a medium of blocks: what disks and CD-ROMs have in common (SBC-3, 5). */
abstract class BlockLun extends ScsiLun {
    private static final int PROTECTION_BITS = 0xe0;
    private static final int FORCE_UNIT_ACCESS = 0x08;

    final LunSettings settings;
    final BufferPool pool = new BufferPool();
    private final ModeParameters mode;
    private final PersistentReservations reservations = new PersistentReservations(this);
    private Storage medium;
    private boolean everInserted;
    private boolean removalPrevented;
    private boolean stopped;

    BlockLun(LunSettings settings) {
        this.settings = settings;
        mode = new ModeParameters(this, settings.hasWriteCache(null));
    }

    abstract boolean isCd();

    Storage medium() {
        return medium;
    }

    void insert(Storage storage) {
        if (everInserted) {
            failAll(Sense.MEDIUM_CHANGED);
            report(Sense.MEDIUM_CHANGED);
        }
        everInserted = true;
        medium = storage;
        mode.setWriteCache(settings.hasWriteCache(medium));
        stopped = false;
    }

    boolean isWriteProtected() {
        return isCd() || medium != null && medium.isReadOnly();
    }

    long blocks() {
        return medium == null ? 0 : medium.sizeBytes() / settings.logicalBlockBytes();
    }

    boolean isRemovalPrevented() {
        return removalPrevented;
    }

    /** Why the medium cannot be reached, or null. */
    Sense notReady() {
        if (medium == null) {
            return Sense.NO_MEDIUM;
        }
        return stopped ? Sense.BECOMING_READY_NEEDED : null;
    }

    @Override
    void clear() {
        super.clear();
        if (medium != null) {
            medium.cancelAll();
        }
    }

    @Override
    void forget() {
        removalPrevented = false;
        stopped = false;
        mode.setWriteCache(settings.hasWriteCache(medium));
    }

    @Override
    byte[] inquiryData(int page) {
        return page < 0 ? VitalPages.standard(this) : VitalPages.page(this, page);
    }

    @Override
    void execute(ScsiTask task) {
        Cdb cdb = task.cdb();
        switch (cdb.opcode()) {
            case Opcode.MODE_SENSE_6, Opcode.MODE_SENSE_10 -> mode.sense(task);
            case Opcode.MODE_SELECT_6, Opcode.MODE_SELECT_10 -> mode.select(task);
            case Opcode.START_STOP_UNIT -> startStop(task);
            case Opcode.PREVENT_ALLOW -> prevent(task);
            case Opcode.RESERVE_6, Opcode.RELEASE_6, Opcode.RESERVE_10, Opcode.RELEASE_10 ->
                    // There is one initiator: nobody to keep out.
                    good(task);
            case Opcode.SEND_DIAGNOSTIC ->
                    endBy(task, cdb.bit(1, 0x04) ? null : Sense.INVALID_FIELD_IN_CDB);
            case Opcode.PERSISTENT_RESERVE_IN -> reservations.in(task);
            case Opcode.PERSISTENT_RESERVE_OUT -> reservations.out(task);
            default -> {
                Sense why = notReady();
                if (!knows(cdb)) {
                    fail(task, Sense.INVALID_OPCODE);
                } else if (why != null) {
                    fail(task, why);
                } else {
                    access(task);
                }
            }
        }
    }

    /** Whether a command that needs the medium is implemented. */
    boolean knows(Cdb cdb) {
        return switch (cdb.opcode()) {
            case Opcode.TEST_UNIT_READY,
                    Opcode.REZERO_UNIT,
                    Opcode.SEEK_6,
                    Opcode.SEEK_10,
                    Opcode.READ_6,
                    Opcode.READ_10,
                    Opcode.READ_12,
                    Opcode.READ_16,
                    Opcode.READ_CAPACITY_10,
                    Opcode.VERIFY_10,
                    Opcode.VERIFY_12,
                    Opcode.VERIFY_16,
                    Opcode.SYNCHRONIZE_CACHE_10,
                    Opcode.SYNCHRONIZE_CACHE_16 ->
                    true;
            case Opcode.SERVICE_ACTION_IN_16 -> cdb.serviceAction() == 0x10;
            default -> false;
        };
    }

    /** Carries out a command that needs the medium, which is there. */
    void access(ScsiTask task) {
        switch (task.cdb().opcode()) {
            case Opcode.TEST_UNIT_READY, Opcode.REZERO_UNIT -> good(task);
            case Opcode.SEEK_6, Opcode.SEEK_10 ->
                    endBy(task, task.cdb().lba() < blocks() ? null : Sense.LBA_OUT_OF_RANGE);
            case Opcode.READ_6, Opcode.READ_10, Opcode.READ_12, Opcode.READ_16 -> read(task);
            case Opcode.READ_CAPACITY_10 -> readCapacity10(task);
            case Opcode.SERVICE_ACTION_IN_16 -> readCapacity16(task);
            case Opcode.VERIFY_10, Opcode.VERIFY_12, Opcode.VERIFY_16 -> verify(task);
            case Opcode.SYNCHRONIZE_CACHE_10, Opcode.SYNCHRONIZE_CACHE_16 -> {
                if (isOutside(task.cdb().lba(), task.cdb().blocks())) {
                    fail(task, Sense.LBA_OUT_OF_RANGE);
                } else {
                    endDurably(task, true);
                }
            }
            default -> throw new AssertionError(task);
        }
    }

    boolean isOutside(long lba, long count) {
        long capacity = blocks();
        return lba < 0 || lba > capacity || count > capacity - lba;
    }

    /** Checks what reads and writes have in common; the command is ended if it will not do. */
    final boolean isTransferRefused(ScsiTask task, boolean writes) {
        Cdb cdb = task.cdb();
        boolean hasProtection = cdb.opcode() >= 0x20;
        if (hasProtection && cdb.bit(1, PROTECTION_BITS)) {
            fail(task, Sense.INVALID_FIELD_IN_CDB);
        } else if (writes && isWriteProtected()) {
            fail(task, Sense.WRITE_PROTECTED);
        } else if (isOutside(cdb.lba(), cdb.blocks())) {
            fail(task, Sense.LBA_OUT_OF_RANGE);
        } else {
            return false;
        }
        return true;
    }

    final long bytes(long blocks) {
        return blocks * settings.logicalBlockBytes();
    }

    private void read(ScsiTask task) {
        Cdb cdb = task.cdb();
        if (isTransferRefused(task, false)) {
            return;
        }
        if (cdb.blocks() == 0) {
            good(task);
            return;
        }
        new BlockIn(
                        task,
                        medium,
                        pool,
                        bytes(cdb.lba()),
                        bytes(cdb.blocks()),
                        settings.logicalBlockBytes())
                .begin();
    }

    /** Opens the data phase of a command that takes blocks. */
    final void takeBlocks(ScsiTask task, BlockOut.Sink sink, Runnable then) {
        Cdb cdb = task.cdb();
        if (cdb.blocks() == 0) {
            good(task);
            return;
        }
        task.open(
                new BlockOut(
                        task,
                        sink,
                        pool,
                        bytes(cdb.lba()),
                        bytes(cdb.blocks()),
                        settings.logicalBlockBytes(),
                        then));
    }

    final boolean isForced(Cdb cdb) {
        return cdb.opcode() >= 0x20 && cdb.bit(1, FORCE_UNIT_ACCESS);
    }

    /** Ends a task whose writes are done: at once, or when they are durable. */
    final void endDurably(ScsiTask task, boolean always) {
        if (!always && mode.hasWriteCache()) {
            good(task);
        } else {
            flush(task, () -> good(task));
        }
    }

    final void flush(ScsiTask task, Runnable then) {
        if (medium == null) {
            then.run();
            return;
        }
        medium.flush(
                new ForTask(
                        task,
                        failure -> {
                            if (failure != null) {
                                fail(task, writeFailure(failure));
                            } else if (task.isAlive()) {
                                then.run();
                            }
                        }));
    }

    static Sense writeFailure(IOException failure) {
        return failure instanceof Storage.FullException
                ? Sense.SPACE_ALLOCATION_FAILED
                : Sense.WRITE_ERROR;
    }

    private void verify(ScsiTask task) {
        if (isTransferRefused(task, false)) {
            return;
        }
        switch (task.cdb().at(1) >> 1 & 3) {
            case 0 -> good(task);
            case 1 -> takeBlocks(task, this::compare, () -> good(task));
            default -> fail(task, Sense.INVALID_FIELD_IN_CDB);
        }
    }

    /** Compares what arrives with what is stored. */
    private void compare(
            ScsiTask task, long offsetBytes, List<MemorySegment> from, Consumer<Sense> result) {
        new Comparison(medium, pool, offsetBytes, from, result).next();
    }

    private void readCapacity10(ScsiTask task) {
        byte[] data = new byte[8];
        BigEndian.put4(data, 0, Math.min(Math.max(blocks() - 1, 0), 0xffff_ffffL));
        BigEndian.put4(data, 4, settings.logicalBlockBytes());
        // The command has no allocation length.
        task.open(new DataPhase.Reply(task, data, data.length));
    }

    private void readCapacity16(ScsiTask task) {
        byte[] data = new byte[32];
        BigEndian.put8(data, 0, Math.max(blocks() - 1, 0));
        BigEndian.put4(data, 8, settings.logicalBlockBytes());
        data[13] =
                (byte)
                        Integer.numberOfTrailingZeros(
                                settings.physicalBlockBytes() / settings.logicalBlockBytes());
        data[14] = (byte) (isCd() || settings.limits().discardGranularity() == 0 ? 0 : 0x80);
        reply(task, data);
    }

    private void prevent(ScsiTask task) {
        if (settings.removable()) {
            removalPrevented = task.cdb().bit(4, 0x01);
        }
        good(task);
    }

    private void startStop(ScsiTask task) {
        Cdb cdb = task.cdb();
        boolean start = cdb.bit(4, 0x01);
        boolean loadOrEject = cdb.bit(4, 0x02);
        if (cdb.bit(4, 0xf0)) {
            // Power conditions are not for simulated motors.
            good(task);
        } else if (loadOrEject && !settings.removable()) {
            fail(task, Sense.INVALID_FIELD_IN_CDB);
        } else if (loadOrEject && !start && removalPrevented) {
            fail(task, Sense.REMOVAL_PREVENTED);
        } else {
            flush(
                    task,
                    () -> {
                        stopped = !start && !isCd();
                        if (loadOrEject) {
                            moveTray(!start);
                        }
                        good(task);
                    });
        }
    }

    /** The tray moves, where there is one. */
    void moveTray(boolean open) {}
}
