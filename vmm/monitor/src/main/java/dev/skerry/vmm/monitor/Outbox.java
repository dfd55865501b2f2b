package dev.skerry.vmm.monitor;

import dev.skerry.vmm.machine.CharDevice;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Messages on their way to a peer that may be slow. Whoever must not wait offers and may be refused;
 * whoever may, waits until there is room. Safe for use by many threads.
 */
final class Outbox {
    private static final int MOST_BYTES = 1 << 20;

    private final CharDevice chars;
    private final Queue<byte[]> messages = new ArrayDeque<>();
    private int sent;
    private long waiting;

    Outbox(CharDevice chars) {
        this.chars = chars;
    }

    /** Sends a message if the peer keeps up. Returns whether it will be. */
    synchronized boolean offer(byte[] message) {
        if (waiting > MOST_BYTES) {
            return false;
        }
        messages.add(message);
        waiting += message.length;
        pump();
        return true;
    }

    /** Sends a message, after waiting for room. */
    synchronized void put(byte[] message) throws InterruptedException {
        while (waiting > MOST_BYTES) {
            wait();
        }
        offer(message);
    }

    /** The peer can take more. */
    synchronized void pump() {
        while (!messages.isEmpty()) {
            byte[] message = messages.element();
            for (; sent < message.length; sent++) {
                if (!chars.write(message[sent])) {
                    return;
                }
                waiting--;
            }
            messages.remove();
            sent = 0;
            notifyAll();
        }
    }

    /** Forgets what nobody will read any more. */
    synchronized void clear() {
        messages.clear();
        sent = 0;
        waiting = 0;
        notifyAll();
    }
}
