package dev.skerry.execution.x86.apic;

/** 256 interrupt vectors, each in or out: IRR, ISR, TMR. Guarded by its APIC. */
final class VectorSet {
    final int[] words = new int[8];

    boolean has(int vector) {
        return (words[vector >>> 5] >>> vector & 1) != 0;
    }

    void add(int vector) {
        words[vector >>> 5] |= 1 << vector;
    }

    void remove(int vector) {
        words[vector >>> 5] &= ~(1 << vector);
    }

    /** The highest vector, or -1. */
    int highest() {
        for (int i = 7; i >= 0; i--) {
            if (words[i] != 0) {
                return 32 * i + 31 - Integer.numberOfLeadingZeros(words[i]);
            }
        }
        return -1;
    }

    void clear() {
        java.util.Arrays.fill(words, 0);
    }
}
