package dev.skerry.platform.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Guest-physical addresses as one observer sees them: a CPU, or a device doing DMA. Addresses are
 * bytes from 0 to 2^63 - 1; an address nobody answers, or a negative one, reads as all ones and
 * ignores writes, as a master abort does.
 *
 * <p>Accesses may come from many threads; they neither lock nor allocate. A change of the map is
 * seen as a whole: an access uses the map from before or the one from after.
 */
public final class AddressSpace {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String name;
    private final Container root;
    private final List<MemoryListener> listeners = new CopyOnWriteArrayList<>();
    private volatile FlatView view = FlatView.EMPTY;

    /** Volatile, so that the compiler cannot know it; see {@link #awaitFault}. */
    private volatile int polls = 2;

    public AddressSpace(String name, Container root) {
        this.name = name;
        this.root = root;
        synchronized (Region.TREE) {
            root.addDependent(this::update);
            update();
        }
    }

    public Container root() {
        return root;
    }

    public FlatView view() {
        return view;
    }

    /** Adds a listener, which is told of the present map as a change from an empty one. */
    public void addListener(MemoryListener listener) {
        synchronized (Region.TREE) {
            listeners.add(listener);
            listener.viewChanged(FlatView.EMPTY, view);
        }
    }

    public void removeListener(MemoryListener listener) {
        listeners.remove(listener);
    }

    /** Called with the trees locked. */
    private void update() {
        FlatView before = view;
        FlatView after = FlatView.of(root);
        if (!after.ranges().equals(before.ranges())) {
            view = after;
            for (MemoryListener listener : listeners) {
                listener.viewChanged(before, after);
            }
        }
    }

    /**
     * Reads a little-endian value.
     *
     * @param size 1, 2, 4 or 8 bytes
     */
    public long read(long gpa, int size) {
        FlatView now = view;
        int index = now.find(gpa);
        if (index < 0) {
            return now.beginsWithin(gpa, size) ? readAcross(gpa, size) : AccessSizes.ones(size);
        }
        if (now.remaining(index, gpa) < size) {
            return readAcross(gpa, size);
        }
        long offset = now.offset(index, gpa);
        return switch (now.region(index)) {
            case RamRegion ram -> readRam(now, ram, gpa, offset, size);
            case IoRegion io -> io.read(offset, size);
            default -> throw new AssertionError("a view holds leaves alone");
        };
    }

    /** Writes a little-endian value; see {@link #read(long, int)}. */
    public void write(long gpa, int size, long value) {
        FlatView now = view;
        int index = now.find(gpa);
        if (index < 0) {
            if (now.beginsWithin(gpa, size)) {
                writeAcross(gpa, size, value);
            }
            return;
        }
        if (now.remaining(index, gpa) < size) {
            writeAcross(gpa, size, value);
            return;
        }
        long offset = now.offset(index, gpa);
        switch (now.region(index)) {
            case RamRegion ram -> writeRam(now, ram, gpa, offset, size, value);
            case IoRegion io -> io.write(offset, size, value);
            default -> throw new AssertionError("a view holds leaves alone");
        }
    }

    private long readAcross(long gpa, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= read(gpa + i, 1) << (8 * i);
        }
        return value;
    }

    private void writeAcross(long gpa, int size, long value) {
        for (int i = 0; i < size; i++) {
            write(gpa + i, 1, value >>> (8 * i));
        }
    }

    private long readRam(FlatView now, RamRegion ram, long gpa, long offset, int size) {
        try {
            MemorySegment memory = ram.block().segment();
            long value =
                    switch (size) {
                        case 1 -> memory.get(ValueLayout.JAVA_BYTE, offset) & 0xffL;
                        case 2 -> memory.get(SHORT, offset) & 0xffffL;
                        case 4 -> memory.get(INT, offset) & 0xffff_ffffL;
                        default -> memory.get(LONG, offset);
                    };
            awaitFault();
            return value;
        } catch (IllegalStateException unmapped) {
            // By a change of the map: what it put there answers, or nobody does.
            return now == view ? AccessSizes.ones(size) : read(gpa, size);
        } catch (InternalError cutShort) {
            // The file under it: nobody answers any more.
            return AccessSizes.ones(size);
        }
    }

    /**
     * Lets a fault of the mapped memory just touched (its file was cut short) arrive here and not
     * later. HotSpot throws the {@link InternalError} at the next safepoint poll, which in compiled
     * code lies behind the {@code try} block the access was in. The backward branch of a loop that
     * nobody can count is such a poll.
     */
    private void awaitFault() {
        for (int i = 0; i < polls; i++) {
            continue;
        }
    }

    private void writeRam(
            FlatView now, RamRegion ram, long gpa, long offset, int size, long value) {
        if (ram.isReadOnly()) {
            return;
        }
        try {
            MemorySegment memory = ram.block().segment();
            switch (size) {
                case 1 -> memory.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
                case 2 -> memory.set(SHORT, offset, (short) value);
                case 4 -> memory.set(INT, offset, (int) value);
                default -> memory.set(LONG, offset, value);
            }
            awaitFault();
        } catch (IllegalStateException unmapped) {
            // As in readRam.
            if (now != view) {
                write(gpa, size, value);
            }
        } catch (InternalError cutShort) {
            // As in readRam: the write goes nowhere.
            return;
        }
    }

    /**
     * Copies bytes out of the address space; what nobody answers for is filled with ones.
     *
     * @return whether somebody answered for all of it
     */
    public boolean read(long gpa, MemorySegment into, long offset, long length) {
        boolean whole = true;
        for (long done = 0; done < length; ) {
            FlatView now = view;
            int index = now.find(gpa + done);
            long left = length - done;
            long part =
                    index < 0
                            ? toNextRange(now, gpa + done, left)
                            : Math.min(left, now.remaining(index, gpa + done));
            whole &= index >= 0 && readPart(now, index, gpa + done, into, offset + done, part);
            if (index < 0) {
                into.asSlice(offset + done, part).fill((byte) 0xff);
            }
            done += part;
        }
        return whole;
    }

    /**
     * Copies bytes into the address space.
     *
     * @return whether somebody answered for all of it; memory that may not be written counts as
     *     not answering
     */
    public boolean write(long gpa, MemorySegment from, long offset, long length) {
        boolean whole = true;
        for (long done = 0; done < length; ) {
            FlatView now = view;
            int index = now.find(gpa + done);
            long left = length - done;
            long part =
                    index < 0
                            ? toNextRange(now, gpa + done, left)
                            : Math.min(left, now.remaining(index, gpa + done));
            whole &= index >= 0 && writePart(now, index, gpa + done, from, offset + done, part);
            done += part;
        }
        return whole;
    }

    /** How much of an unanswered stretch can be skipped at once. */
    private static long toNextRange(FlatView now, long gpa, long left) {
        for (FlatView.Range range : now.ranges()) {
            if (range.start() > gpa && gpa >= 0) {
                return Math.min(left, range.start() - gpa);
            }
        }
        return left;
    }

    private boolean readPart(
            FlatView now, int index, long gpa, MemorySegment into, long offset, long length) {
        long at = now.offset(index, gpa);
        if (now.region(index) instanceof RamRegion ram) {
            try {
                MemorySegment.copy(ram.block().segment(), at, into, offset, length);
                awaitFault();
                return true;
            } catch (IllegalStateException | InternalError gone) {
                if (now != view) {
                    return read(gpa, into, offset, length);
                }
                into.asSlice(offset, length).fill((byte) 0xff);
                return false;
            }
        }
        IoRegion io = (IoRegion) now.region(index);
        boolean accepted = true;
        for (long done = 0; done < length; ) {
            int size = io.chunk(at + done, length - done);
            accepted &= io.accepts(at + done, size);
            long value = io.read(at + done, size);
            for (int i = 0; i < size; i++) {
                into.set(ValueLayout.JAVA_BYTE, offset + done + i, (byte) (value >>> (8 * i)));
            }
            done += size;
        }
        return accepted;
    }

    private boolean writePart(
            FlatView now, int index, long gpa, MemorySegment from, long offset, long length) {
        long at = now.offset(index, gpa);
        if (now.region(index) instanceof RamRegion ram) {
            if (ram.isReadOnly()) {
                return false;
            }
            try {
                MemorySegment.copy(from, offset, ram.block().segment(), at, length);
                awaitFault();
                return true;
            } catch (IllegalStateException | InternalError gone) {
                return now != view && write(gpa, from, offset, length);
            }
        }
        IoRegion io = (IoRegion) now.region(index);
        boolean accepted = true;
        for (long done = 0; done < length; ) {
            int size = io.chunk(at + done, length - done);
            accepted &= io.accepts(at + done, size);
            long value = 0;
            for (int i = 0; i < size; i++) {
                value |= (from.get(ValueLayout.JAVA_BYTE, offset + done + i) & 0xffL) << (8 * i);
            }
            io.write(at + done, size, value);
            done += size;
        }
        return accepted;
    }

    /**
     * Lends guest memory without copying it. The slice may be shorter than asked for: it ends where
     * its range of RAM does.
     *
     * @param forWriting whether it will be written to; read-only memory is then refused
     * @return false, with the slice untouched, if there is no such memory at the address
     */
    public boolean acquire(long gpa, long length, boolean forWriting, DmaSlice slice) {
        while (length > 0) {
            FlatView now = view;
            int index = now.find(gpa);
            if (index < 0
                    || !(now.region(index) instanceof RamRegion ram)
                    || (forWriting && ram.isReadOnly())) {
                return false;
            }
            if (ram.block().tryRetain()) {
                long available = Math.min(length, now.remaining(index, gpa));
                slice.fill(
                        ram.block(),
                        ram.block().segment().asSlice(now.offset(index, gpa), available));
                return true;
            }
            if (now == view) {
                return false;
            }
            // The map changed between the look at it and the use: look again.
        }
        return false;
    }

    @Override
    public String toString() {
        return name;
    }
}
