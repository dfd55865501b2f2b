package dev.skerry.device.pc;

/**
 * One counter of an 8254 (Intel data sheet), as a function of the time in
 * ticks of its clock: nothing happens between two accesses.
 *
 * <p>A count is taken at the moment it is written where the chip takes it at the clock's next pulse;
 * everything after is that pulse earlier. A count of 1 in modes 2 and 3, which the data sheet
 * forbids, stops the output.
 */
final class PitCounter {
    /** No edge will come by itself. */
    static final long NEVER = Long.MAX_VALUE;

    private static final int LOW = 1;
    private static final int HIGH = 2;
    private static final int BOTH = 3;
    private static final int STATUS_OUTPUT = 0x80;
    private static final int STATUS_NULL_COUNT = 0x40;
    private static final int BINARY_RANGE = 0x10000;
    private static final int DECIMAL_RANGE = 10000;

    private int mode;
    private int access;
    private boolean decimal;
    private boolean gate;

    private boolean writesHigh;
    private boolean readsHigh;
    private int lowByte;

    /** What was latched, with its bytes still to be read in the low two bits; 0 is nothing. */
    private int latchedBytes;

    private int latchedCount;
    private int latchedStatus;
    private boolean statusIsLatched;

    /** Written but not taken yet: by a mode that waits for its gate or its period's end. */
    private boolean hasNext;

    private int next;
    private long nextAt;

    /** Ticks to count; 0 until the mode's first count was taken. */
    private int count;

    /** When the counting began, moved by the time it stood. */
    private long start;

    private boolean running;
    private long stoodAt;
    private boolean nullCount;

    void reset(boolean gateUp, long now) {
        gate = gateUp;
        control(BOTH, 3, false, now);
        nullCount = false;
    }

    /** A control word for this counter; not a latch command. */
    void control(int newAccess, int newMode, boolean newDecimal, long now) {
        // Modes 6 and 7 are 2 and 3 ("Control Word Format": the bit is don't care).
        mode = newMode > 5 ? newMode - 4 : newMode;
        access = newAccess;
        decimal = newDecimal;
        writesHigh = false;
        readsHigh = false;
        latchedBytes = 0;
        statusIsLatched = false;
        hasNext = false;
        count = 0;
        running = false;
        start = now;
        stoodAt = now;
        nullCount = true;
    }

    void writeByte(int value, long now) {
        settle(now);
        if (access == LOW) {
            takeCount(value, now);
        } else if (access == HIGH) {
            takeCount(value << 8, now);
        } else if (!writesHigh) {
            lowByte = value;
            writesHigh = true;
            if (mode == 0) {
                // "Mode 0": the first byte disables counting and sets OUT low.
                stop(now);
                count = 0;
            }
        } else {
            writesHigh = false;
            takeCount(value << 8 | lowByte, now);
        }
    }

    private void takeCount(int written, long now) {
        int ticks = decimal ? fromDecimal(written) : written;
        if (ticks == 0) {
            ticks = decimal ? DECIMAL_RANGE : BINARY_RANGE;
        }
        boolean waitsForGate = mode == 1 || mode == 5;
        boolean periodic = mode == 2 || mode == 3;
        if (waitsForGate || periodic && count != 0 && running) {
            hasNext = true;
            next = ticks;
            nextAt = waitsForGate ? NEVER : endOfPart(now);
            nullCount = true;
        } else {
            load(ticks, now);
        }
    }

    private void load(int ticks, long at) {
        hasNext = false;
        nullCount = false;
        count = ticks;
        start = at;
        stoodAt = at;
        running = gate || mode == 1 || mode == 5;
    }

    /** The end of the period, in mode 3 of its half ("Mode 3": the new count comes at its end). */
    private long endOfPart(long now) {
        long inPeriod = (now - start) % count;
        long left = count - inPeriod;
        int highTicks = (count + 1) / 2;
        if (mode == 3 && inPeriod < highTicks) {
            left = highTicks - inPeriod;
        }
        return now + left;
    }

    /** Takes a waiting count whose moment has come. */
    private void settle(long now) {
        if (hasNext && running && (mode == 2 || mode == 3) && now >= nextAt) {
            boolean atHalf = mode == 3 && (nextAt - start) % count != 0;
            int ticks = next;
            load(ticks, nextAt);
            if (atHalf) {
                // The low half comes first.
                start -= (ticks + 1) / 2;
            }
        }
    }

    private void stop(long now) {
        if (running) {
            running = false;
            stoodAt = now;
        }
    }

    boolean gate() {
        return gate;
    }

    void setGate(boolean up, long now) {
        if (up == gate) {
            return;
        }
        settle(now);
        gate = up;
        if (!up) {
            if (mode != 1 && mode != 5) {
                stop(now);
            }
        } else if (mode == 0 || mode == 4) {
            if (count != 0) {
                start += now - stoodAt;
                running = true;
            }
        } else if (hasNext || count != 0) {
            load(hasNext ? next : count, now);
        }
    }

    boolean output(long now) {
        settle(now);
        long done = done(now);
        return switch (mode) {
            case 0 -> count != 0 && done >= count;
            case 1 -> count == 0 || done >= count;
            case 2 -> !running || count == 1 || done % count != count - 1;
            case 3 -> !running || count == 1 || done % count < (count + 1) / 2;
            case 4, 5 -> count == 0 || done != count;
            default -> throw new AssertionError(mode);
        };
    }

    /**
     * When OUT rises next by itself.
     *
     * @return a tick after {@code now}, or {@link #NEVER}
     */
    long nextRise(long now) {
        settle(now);
        if (!running || count == 0) {
            return NEVER;
        }
        long done = done(now);
        return switch (mode) {
            case 0, 1 -> done < count ? start + count : NEVER;
            case 2 -> count == 1 ? NEVER : start + (done / count + 1) * count;
            case 3 -> {
                if (count == 1) {
                    yield NEVER;
                }
                long end = start + (done / count + 1) * count;
                // A count that waits may begin at the half, with a low half of its own length.
                yield hasNext && nextAt < end ? nextAt + Math.max(1, next / 2) : end;
            }
            case 4, 5 -> done <= count ? start + count + 1 : NEVER;
            default -> throw new AssertionError(mode);
        };
    }

    private long done(long now) {
        return (running ? now : stoodAt) - start;
    }

    /** The counting element, as it would be read. */
    private int value(long now) {
        settle(now);
        if (count == 0) {
            return 0;
        }
        long done = done(now);
        int range = decimal ? DECIMAL_RANGE : BINARY_RANGE;
        int value =
                switch (mode) {
                    case 2 -> count - (int) (done % count);
                    case 3 -> squareWave((int) (done % count));
                    default -> Math.floorMod(count - done, range);
                };
        return decimal ? toDecimal(value % range) : value & 0xffff;
    }

    /** "Mode 3": both halves count down in twos, an odd count from one less. */
    private int squareWave(int inPeriod) {
        int highTicks = (count + 1) / 2;
        int inHalf = inPeriod < highTicks ? inPeriod : inPeriod - highTicks;
        return (count & ~1) - 2 * inHalf;
    }

    void latchCount(long now) {
        if (latchedBytes == 0) {
            latchedCount = value(now);
            latchedBytes = access;
        }
    }

    void latchStatus(long now) {
        if (!statusIsLatched) {
            latchedStatus =
                    (output(now) ? STATUS_OUTPUT : 0)
                            | (nullCount ? STATUS_NULL_COUNT : 0)
                            | access << 4
                            | mode << 1
                            | (decimal ? 1 : 0);
            statusIsLatched = true;
        }
    }

    int readByte(long now) {
        if (statusIsLatched) {
            statusIsLatched = false;
            return latchedStatus;
        }
        if (latchedBytes != 0) {
            boolean low = (latchedBytes & LOW) != 0;
            latchedBytes &= low ? ~LOW : 0;
            return low ? latchedCount & 0xff : latchedCount >> 8;
        }
        int value = value(now);
        boolean high = access == HIGH || access == BOTH && readsHigh;
        readsHigh = access == BOTH && !readsHigh;
        return high ? value >> 8 : value & 0xff;
    }

    private static int fromDecimal(int digits) {
        return (digits >> 12) * 1000
                + (digits >> 8 & 0xf) * 100
                + (digits >> 4 & 0xf) * 10
                + (digits & 0xf);
    }

    private static int toDecimal(int value) {
        return value / 1000 << 12 | value / 100 % 10 << 8 | value / 10 % 10 << 4 | value % 10;
    }
}
