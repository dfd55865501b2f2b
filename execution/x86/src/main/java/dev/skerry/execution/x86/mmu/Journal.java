package dev.skerry.execution.x86.mmu;

import dev.skerry.platform.memory.AddressSpace;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What a piece of code did to memory, so that it can be taken back and done once more in another way:
 * the second time devices are not reached, and everything must come out the same. Owned by one CPU.
 */
public final class Journal {
    /** Of each access: where, its size with {@link #STORE} or a device's mark, the value, the old. */
    private static final int FIELDS = 4;

    private static final long STORE = 1 << 8;
    private static final long DEVICE_READ = 2 << 8;
    private static final long DEVICE_WRITE = 3 << 8;
    private static final long SIZE = 0xff;

    private long[] entries = new long[64 * FIELDS];
    private int end;

    /** When replaying: what comes next. Otherwise -1. */
    private int next = -1;

    private String difference;

    /** Forgets everything and records from now on. */
    void begin() {
        end = 0;
        next = -1;
        difference = null;
    }

    /** Takes back all stores; what follows is compared with what was recorded. */
    void rewind(MemorySegment window) {
        for (int i = end - FIELDS; i >= 0; i -= FIELDS) {
            long kind = entries[i + 1];
            if ((kind & ~SIZE) == STORE) {
                put(window, entries[i], (int) (kind & SIZE), entries[i + 3]);
            }
        }
        next = 0;
    }

    /** After the second run: the first difference, or null. */
    String difference() {
        if (difference == null && next < end) {
            return "has not done: " + describe(entries, next);
        }
        return difference;
    }

    void stored(MemorySegment window, long offset, int size, long value) {
        note(offset, STORE | size, cut(value, size), get(window, offset, size));
    }

    long read(AddressSpace space, long gpa, int size) {
        if (next >= 0) {
            long value = next < end ? entries[next + 2] : -1;
            note(gpa, DEVICE_READ | size, value, 0);
            return value;
        }
        long value = space.read(gpa, size);
        note(gpa, DEVICE_READ | size, value, 0);
        return value;
    }

    void write(AddressSpace space, long gpa, int size, long value) {
        if (next < 0) {
            space.write(gpa, size, value);
        }
        note(gpa, DEVICE_WRITE | size, cut(value, size), 0);
    }

    private void note(long where, long kind, long value, long old) {
        if (next < 0) {
            if (end == entries.length) {
                entries = Arrays.copyOf(entries, 2 * end);
            }
            set(entries, end, where, kind, value, old);
            end += FIELDS;
            return;
        }
        long[] now = new long[FIELDS];
        set(now, 0, where, kind, value, old);
        if (difference == null
                && (next >= end || !Arrays.equals(now, 0, FIELDS, entries, next, next + FIELDS))) {
            difference = "does " + describe(now, 0);
            difference += next >= end ? "" : ", not " + describe(entries, next);
        }
        next += FIELDS;
    }

    private static void set(long[] to, int at, long where, long kind, long value, long old) {
        to[at] = where;
        to[at + 1] = kind;
        to[at + 2] = value;
        to[at + 3] = old;
    }

    private static String describe(long[] entries, int at) {
        long kind = entries[at + 1];
        String what =
                switch ((int) (kind >>> 8)) {
                    case 1 -> "store";
                    case 2 -> "device read";
                    default -> "device write";
                };
        return "%s of %d bytes at 0x%x: 0x%x"
                .formatted(what, kind & SIZE, entries[at], entries[at + 2]);
    }

    private static long cut(long value, int size) {
        return size == 8 ? value : value & (1L << 8 * size) - 1;
    }

    private static long get(MemorySegment window, long offset, int size) {
        return switch (size) {
            case 1 -> Direct.get8(window, offset);
            case 2 -> Direct.get16(window, offset);
            case 4 -> Direct.get32(window, offset);
            default -> Direct.get64(window, offset);
        };
    }

    private static void put(MemorySegment window, long offset, int size, long value) {
        switch (size) {
            case 1 -> Direct.set8(window, offset, value);
            case 2 -> Direct.set16(window, offset, value);
            case 4 -> Direct.set32(window, offset, value);
            default -> Direct.set64(window, offset, value);
        }
    }
}
