package dev.skerry.device.pc;

/** Up to 16 characters, each a byte and a flag that travels with it, oldest first. */
final class UartFifo {
    static final int CAPACITY = 16;

    /** Added to a character that is a break. */
    static final int BREAK = 0x100;

    private final short[] characters = new short[CAPACITY];
    private int first;
    private int count;
    private int breaks;

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean holdsBreak() {
        return breaks != 0;
    }

    /** The caller has looked for room. */
    void add(int character) {
        if (count == CAPACITY) {
            throw new AssertionError("no room");
        }
        characters[(first + count) % CAPACITY] = (short) character;
        count++;
        breaks += isBreak(character) ? 1 : 0;
    }

    /** The oldest; the caller has looked that there is one. */
    int peek() {
        if (count == 0) {
            throw new AssertionError("empty");
        }
        return characters[first];
    }

    int remove() {
        int character = peek();
        first = (first + 1) % CAPACITY;
        count--;
        breaks -= isBreak(character) ? 1 : 0;
        return character;
    }

    /** Takes the oldest one's flag off, once it was told. */
    boolean takeBreak() {
        if (count == 0 || !isBreak(characters[first])) {
            return false;
        }
        characters[first] &= ~BREAK;
        breaks--;
        return true;
    }

    void clear() {
        first = 0;
        count = 0;
        breaks = 0;
    }

    private static boolean isBreak(int character) {
        return (character & BREAK) != 0;
    }
}
