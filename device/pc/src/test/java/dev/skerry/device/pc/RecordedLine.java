package dev.skerry.device.pc;

import dev.skerry.device.api.InterruptLine;

/** A line that counts its edges. */
final class RecordedLine implements InterruptLine {
    private boolean up;
    private int rises;

    @Override
    public void set(boolean asserted) {
        if (asserted && !up) {
            rises++;
        }
        up = asserted;
    }

    boolean isUp() {
        return up;
    }

    /** Rising edges since this was last asked. */
    int takeRises() {
        int since = rises;
        rises = 0;
        return since;
    }
}
