package dev.skerry.device.pc;

/**
 * One 8259A (Intel data sheet), in 8086 mode. Knows its own eight inputs
 * and nothing of the other chip. Not synchronised: {@link Pic} is.
 *
 * <p>As in QEMU and KVM, an edge once seen is kept even when the input falls before it was
 * acknowledged; the chip itself would answer with its input 7. Edge and level are the business of
 * the ELCR alone, ICW1's bit for it is ignored as in the PC's chip sets. Not implemented: MCS-80
 * mode and buffered mode, which have no meaning on a PC.
 */
final class PicChip {
    static final int INPUTS = 8;
    static final int NONE = -1;

    private static final int SPURIOUS = 7;

    private static final int ICW1 = 0x10;
    private static final int ICW1_NEEDS_ICW4 = 0x01;
    private static final int ICW1_SINGLE = 0x02;
    private static final int ICW4_AUTO_EOI = 0x02;
    private static final int ICW4_FULLY_NESTED = 0x10;

    private static final int OCW3 = 0x08;
    private static final int OCW3_READ_IN_SERVICE = 0x01;
    private static final int OCW3_READ = 0x02;
    private static final int OCW3_POLL = 0x04;
    private static final int OCW3_SPECIAL_MASK = 0x20;
    private static final int OCW3_SET_SPECIAL_MASK = 0x40;

    /** What a write of the second port means. */
    private enum Expecting {
        MASK,
        ICW2,
        ICW3,
        ICW4
    }

    /** Inputs that other chips' outputs are; in fully nested mode they do not block themselves. */
    private final int cascades;

    private int inputs;
    private int levelTriggered;
    private int requests;
    private int inService;
    private int mask;
    private int base;

    /** The input of lowest priority; the one after it has the highest. */
    private int lowest;

    private boolean autoEoi;
    private boolean rotatesOnAutoEoi;
    private boolean fullyNested;
    private boolean specialMask;
    private boolean readsInService;
    private boolean polls;
    private boolean single;
    private boolean needsIcw4;
    private Expecting expecting;

    PicChip(int cascades) {
        this.cascades = cascades;
        reset();
    }

    /** What power-on leaves, and the inputs as they are. */
    void reset() {
        levelTriggered = 0;
        initialise();
        base = 0;
        single = false;
        needsIcw4 = false;
        expecting = Expecting.MASK;
    }

    /** ICW1 (data sheet, "Initialization Command Word 1"): what it clears. */
    private void initialise() {
        // The edge sense is reset: an input that is up needs a new edge, one by level does not. Nor
        // does the cascade, or what already waits behind it would wait for ever.
        requests = inputs & (levelTriggered | cascades);
        inService = 0;
        mask = 0;
        lowest = 7;
        autoEoi = false;
        rotatesOnAutoEoi = false;
        fullyNested = false;
        specialMask = false;
        readsInService = false;
        polls = false;
    }

    void setInput(int input, boolean up) {
        int bit = 1 << input;
        if ((levelTriggered & bit) != 0) {
            requests = up ? requests | bit : requests & ~bit;
        } else if (up && (inputs & bit) == 0) {
            requests |= bit;
        }
        inputs = up ? inputs | bit : inputs & ~bit;
    }

    /** The inputs whose interrupts have not ended. */
    int inService() {
        return inService;
    }

    int levelTriggered() {
        return levelTriggered;
    }

    void setLevelTriggered(int inputs) {
        levelTriggered = inputs;
        requests = requests & ~levelTriggered | this.inputs & levelTriggered;
    }

    /** The input that asks for the CPU, or {@link #NONE}. */
    int pending() {
        int blocking = inService;
        if (specialMask) {
            blocking &= ~mask;
        }
        if (fullyNested) {
            blocking &= ~cascades;
        }
        int asking = rank(requests & ~mask);
        return asking < rank(blocking) ? input(asking) : NONE;
    }

    /** How urgent the most urgent of some inputs is: 0 most, 8 if there are none. */
    private int rank(int of) {
        int rotated = (of << 8 | of) >> (lowest + 1);
        return Math.min(INPUTS, Integer.numberOfTrailingZeros(rotated & 0xff));
    }

    private int input(int rank) {
        return (lowest + 1 + rank) & 7;
    }

    /** The CPU takes {@link #pending}. */
    void acknowledge(int input) {
        int bit = 1 << input;
        requests &= ~bit | inputs & levelTriggered;
        if (!autoEoi) {
            inService |= bit;
        } else if (rotatesOnAutoEoi) {
            lowest = input;
        }
    }

    /** The vector of an input; of {@link #NONE}, that of a request that went before it was taken. */
    int vector(int input) {
        return base + (input == NONE ? SPURIOUS : input);
    }

    /** Whether the next read is a poll, which acknowledges; asking takes it. */
    boolean takePoll() {
        boolean was = polls;
        polls = false;
        return was;
    }

    int readCommandPort() {
        return readsInService ? inService : requests;
    }

    int readDataPort() {
        return mask;
    }

    void writeCommandPort(int value) {
        if ((value & ICW1) != 0) {
            initialise();
            needsIcw4 = (value & ICW1_NEEDS_ICW4) != 0;
            single = (value & ICW1_SINGLE) != 0;
            expecting = Expecting.ICW2;
        } else if ((value & OCW3) != 0) {
            writeOcw3(value);
        } else {
            writeOcw2(value >> 5, value & 7);
        }
    }

    void writeDataPort(int value) {
        switch (expecting) {
            case MASK -> mask = value;
            case ICW2 -> {
                base = value & 0xf8;
                expecting = single ? afterIcw3() : Expecting.ICW3;
            }
            // How the chips are wired is known.
            case ICW3 -> expecting = afterIcw3();
            case ICW4 -> {
                autoEoi = (value & ICW4_AUTO_EOI) != 0;
                fullyNested = (value & ICW4_FULLY_NESTED) != 0;
                expecting = Expecting.MASK;
            }
        }
    }

    private Expecting afterIcw3() {
        return needsIcw4 ? Expecting.ICW4 : Expecting.MASK;
    }

    /** Data sheet, OCW2: rotate, specific, end of interrupt; and a level. */
    private void writeOcw2(int command, int level) {
        switch (command) {
            case 0b000 -> rotatesOnAutoEoi = false;
            case 0b001 -> endMostUrgent(false);
            case 0b010 -> {}
            case 0b011 -> inService &= ~(1 << level);
            case 0b100 -> rotatesOnAutoEoi = true;
            case 0b101 -> endMostUrgent(true);
            case 0b110 -> lowest = level;
            case 0b111 -> {
                inService &= ~(1 << level);
                lowest = level;
            }
            default -> throw new AssertionError(command);
        }
    }

    /** A non-specific end of interrupt; in special mask mode it passes masked inputs by. */
    private void endMostUrgent(boolean rotate) {
        int rank = rank(specialMask ? inService & ~mask : inService);
        if (rank < INPUTS) {
            int ended = input(rank);
            inService &= ~(1 << ended);
            if (rotate) {
                lowest = ended;
            }
        }
    }

    private void writeOcw3(int value) {
        if ((value & OCW3_SET_SPECIAL_MASK) != 0) {
            specialMask = (value & OCW3_SPECIAL_MASK) != 0;
        }
        // A poll is latched until the read it is for.
        polls |= (value & OCW3_POLL) != 0;
        if ((value & OCW3_READ) != 0) {
            readsInService = (value & OCW3_READ_IN_SERVICE) != 0;
        }
    }
}
