package dev.skerry.device.block;

import dev.skerry.platform.linux.IoVector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A bounded number of tables of one cluster each, written back when they are evicted or asked to.
 * The caller holds the image's metadata lock. A table handed out is good until the next three are.
 */
final class TableCache {
    /** What must be on disk before a changed table is written. */
    @FunctionalInterface
    interface Order {
        void beforeWrite() throws IOException;
    }

    /** One table. */
    static final class Table {
        private final MemorySegment memory;
        private final IoVector vector;
        private long offset;
        private boolean dirty;

        private Table(int bytes) {
            memory = Arena.ofAuto().allocate(bytes, 8);
            vector = IoVector.of(memory);
        }

        long offset() {
            return offset;
        }

        MemorySegment memory() {
            return memory;
        }

        long entry(long index) {
            return BigEndian.u64(memory, 8 * index);
        }

        void setEntry(long index, long value) {
            BigEndian.put64(memory, 8 * index, value);
            dirty = true;
        }

        void markDirty() {
            dirty = true;
        }
    }

    private static final int LEAST_TABLES = 4;

    private final ImageFile file;
    private final int tableBytes;
    private final int capacity;
    private final Order order;
    private final String what;
    private final Map<Long, Table> tables = new LinkedHashMap<>(64, 0.75f, true);

    TableCache(ImageFile file, int tableBytes, long budgetBytes, String what, Order order) {
        this.file = file;
        this.tableBytes = tableBytes;
        this.what = what;
        this.order = order;
        capacity = (int) Math.max(LEAST_TABLES, budgetBytes / tableBytes);
    }

    /** The table at an offset if it is here, or null. */
    Table cached(long offset) {
        return tables.get(offset);
    }

    /** The table at an offset, read if it is not here. */
    Table get(long offset) throws IOException {
        Table table = tables.get(offset);
        if (table != null) {
            return table;
        }
        table = room();
        long read = file.read(offset, table.vector, 0, tableBytes);
        if (read < tableBytes) {
            throw new ImageException(
                    file.name()
                            + ": "
                            + what
                            + " at offset 0x"
                            + Long.toHexString(offset)
                            + " is cut off by the end of the file");
        }
        return keep(table, offset);
    }

    /** A table of zeroes for an offset nothing is read from; dirty. */
    Table create(long offset) throws IOException {
        Table table = tables.remove(offset);
        if (table == null) {
            table = room();
        }
        table.memory.fill((byte) 0);
        table.dirty = true;
        return keep(table, offset);
    }

    private Table keep(Table table, long offset) {
        table.offset = offset;
        tables.put(offset, table);
        return table;
    }

    /** A table to fill: a new one, or the one used longest ago. */
    private Table room() throws IOException {
        if (tables.size() < capacity) {
            return new Table(tableBytes);
        }
        Table eldest = tables.values().iterator().next();
        if (eldest.dirty) {
            order.beforeWrite();
            write(eldest);
        }
        tables.remove(eldest.offset);
        return eldest;
    }

    /** Drops a table whose cluster is no longer one, changed or not. */
    void forget(long offset) {
        Table table = tables.remove(offset);
        if (table != null) {
            table.dirty = false;
        }
    }

    boolean isDirty() {
        for (Table table : tables.values()) {
            if (table.dirty) {
                return true;
            }
        }
        return false;
    }

    /** Writes all changed tables, in the order of their offsets; the caller has seen to order. */
    void writeDirty() throws IOException {
        List<Table> dirty = new ArrayList<>();
        for (Table table : tables.values()) {
            if (table.dirty) {
                dirty.add(table);
            }
        }
        dirty.sort(Comparator.comparingLong(Table::offset));
        for (Table table : dirty) {
            write(table);
        }
    }

    private void write(Table table) throws IOException {
        file.write(table.offset, table.vector, 0, tableBytes);
        table.dirty = false;
    }
}
