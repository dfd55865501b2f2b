package dev.skerry.verify.guests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

/** What the guest's /proc/interrupts says, by the script {@code interrupts}. */
final class InterruptCounts {
    private InterruptCounts() {}

    /** The count of a line that ends or begins with a name, over all CPUs. */
    static long of(Guest guest, String name) {
        long sum = 0;
        for (String line : guest.said("interrupts")) {
            String[] words = line.split("\\s+");
            if (words[0].equals(name + ":") || words[words.length - 1].equals(name)) {
                for (int i = 1; i < words.length && words[i].matches("\\d+"); i++) {
                    sum += Long.parseLong(words[i]);
                }
            }
        }
        return sum;
    }

    /** The device's arrive, and no other ones. */
    static void assertSound(Guest guest) {
        assertTrue(of(guest, "sym53c8xx") > 0, () -> guest.said("interrupts").toString());
        assertEquals(0, of(guest, "SPU"));
        assertEquals(0, of(guest, "ERR"));
        assertEquals(List.of(), guest.said("complaint"));
    }
}
