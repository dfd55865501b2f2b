package dev.skerry.vmm.boot;

/** What dictionary coders of the Lempel-Ziv kind have in common. */
final class Matches {
    private Matches() {}

    /**
     * Repeats what was put out before; source and target may overlap, which makes a pattern.
     *
     * @param distance at least 1, at most {@code at}
     * @return where the output goes on
     * @throws IndexOutOfBoundsException if the output is full
     */
    static int copy(byte[] output, int at, int distance, int length) {
        java.util.Objects.checkFromIndexSize(at, length, output.length);
        int from = at - distance;
        if (distance >= length) {
            System.arraycopy(output, from, output, at, length);
        } else {
            for (int i = 0; i < length; i++) {
                output[at + i] = output[from + i];
            }
        }
        return at + length;
    }
}
