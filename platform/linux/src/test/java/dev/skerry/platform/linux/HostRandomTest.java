package dev.skerry.platform.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;

class HostRandomTest {
    @Test
    void all_bits_are_random() {
        Set<Long> seen = new HashSet<>();
        long ones = 0;
        long zeroes = 0;
        for (int i = 0; i < 100; i++) {
            long number = HostRandom.next();
            seen.add(number);
            ones |= number;
            zeroes |= ~number;
        }
        assertEquals(100, seen.size());
        assertEquals(-1, ones);
        assertEquals(-1, zeroes);
    }
}
