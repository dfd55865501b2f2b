package dev.skerry.device.pc;

/** Counts what was asked for. */
final class CountedPower implements MachinePower {
    private int resets;
    private int offs;

    @Override
    public void reset() {
        resets++;
    }

    @Override
    public void powerOff() {
        offs++;
    }

    int resets() {
        return resets;
    }

    int offs() {
        return offs;
    }
}
