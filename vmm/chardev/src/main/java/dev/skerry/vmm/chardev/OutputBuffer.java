package dev.skerry.vmm.chardev;

/** Bytes on their way out, in a ring of a fixed size. Not safe for use by many threads. */
final class OutputBuffer {
    static final int CAPACITY = 4096;

    private final byte[] bytes = new byte[CAPACITY];
    private int begin;
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    boolean isFull() {
        return count == CAPACITY;
    }

    void add(byte value) {
        bytes[begin + count & CAPACITY - 1] = value;
        count++;
    }

    /** Copies the first bytes without removing them; returns how many. */
    int peek(byte[] into) {
        int length = Math.min(count, into.length);
        int first = Math.min(length, CAPACITY - begin);
        System.arraycopy(bytes, begin, into, 0, first);
        System.arraycopy(bytes, 0, into, first, length - first);
        return length;
    }

    void remove(int length) {
        begin = begin + length & CAPACITY - 1;
        count -= length;
    }

    void clear() {
        count = 0;
    }
}
