package dev.skerry.vmm.monitor;

import dev.skerry.vmm.machine.CharDevice;

/**
 * Bytes from a peer, between the event loop and the thread that acts on them, which may take its
 * time. What does not fit is left to the character device.
 */
final class Inbox {
    private static final int CAPACITY = 4096;

    private final CharDevice chars;
    private final byte[] bytes = new byte[CAPACITY];
    private int begin;
    private int count;
    private boolean refused;

    Inbox(CharDevice chars) {
        this.chars = chars;
    }

    /** Takes what there is room for; returns how much. */
    synchronized int add(byte[] from, int offset, int length) {
        int taken = Math.min(length, CAPACITY - count);
        for (int i = 0; i < taken; i++) {
            bytes[(begin + count + i) % CAPACITY] = from[offset + i];
        }
        count += taken;
        refused = taken < length;
        notifyAll();
        return taken;
    }

    /** The next byte; waits for it. */
    byte take() throws InterruptedException {
        boolean again = false;
        byte taken;
        synchronized (this) {
            while (count == 0) {
                wait();
            }
            taken = bytes[begin];
            begin = (begin + 1) % CAPACITY;
            count--;
            if (count == 0 && refused) {
                refused = false;
                again = true;
            }
        }
        if (again) {
            chars.inputWanted();
        }
        return taken;
    }
}
