package dev.skerry.device.api;

/**
 * An input of an interrupt controller that several drive: it is up while any of them says so.
 *
 * <p>Safe for use by many threads. A short monitor covers it, in which the input is set.
 */
public final class SharedLine {
    private final InterruptLine input;
    private int raised;

    public SharedLine(InterruptLine input) {
        this.input = input;
    }

    /** A new driver of the line, down. */
    public InterruptLine source() {
        return new Source();
    }

    private synchronized void change(boolean up) {
        raised += up ? 1 : -1;
        if (raised == (up ? 1 : 0)) {
            input.set(up);
        }
    }

    private final class Source implements InterruptLine {
        private boolean up;

        @Override
        public void set(boolean asserted) {
            synchronized (SharedLine.this) {
                if (up != asserted) {
                    up = asserted;
                    change(asserted);
                }
            }
        }
    }
}
