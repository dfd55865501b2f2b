package dev.skerry.device.pc;

/**
 * A keyboard that nobody types on: it answers what firmware and kernels ask of it (IBM PS/2
 * Hardware Interface Technical Reference, "Keyboard", commands from the system). Its answers go to
 * the controller one byte at a time.
 */
final class Keyboard {
    private static final int ACKNOWLEDGE = 0xfa;
    private static final int RESEND = 0xfe;
    private static final int PASSED = 0xaa;
    private static final int ANSWERS_MOST = 16;

    private final int[] answers = new int[ANSWERS_MOST];
    private int first;
    private int count;

    /** The command whose parameter comes next, or 0. */
    private int awaitsParameter;

    private int scanCodeSet = 2;
    private int last = ACKNOWLEDGE;

    boolean hasAnswer() {
        return count != 0;
    }

    int takeAnswer() {
        last = answers[first];
        first = (first + 1) % ANSWERS_MOST;
        count--;
        return last;
    }

    private void answer(int... bytes) {
        for (int value : bytes) {
            if (count < ANSWERS_MOST) {
                answers[(first + count) % ANSWERS_MOST] = value;
                count++;
            }
        }
    }

    /** The system sends a byte. */
    void take(int value) {
        int command = awaitsParameter;
        awaitsParameter = 0;
        if (command != 0 && value < 0x80) {
            takeParameter(command, value);
            return;
        }
        switch (value) {
            case 0xed, 0xf0, 0xf3 -> {
                awaitsParameter = value;
                answer(ACKNOWLEDGE);
            }
            case 0xee -> answer(0xee);
            case 0xf2 -> answer(ACKNOWLEDGE, 0xab, 0x83);
            case 0xf4 -> answer(ACKNOWLEDGE);
            case 0xf5, 0xf6 -> {
                reset();
                answer(ACKNOWLEDGE);
            }
            case 0xfe -> answer(last);
            case 0xff -> {
                reset();
                answer(ACKNOWLEDGE, PASSED);
            }
            default -> answer(RESEND);
        }
    }

    private void takeParameter(int command, int value) {
        answer(ACKNOWLEDGE);
        if (command == 0xf0) {
            if (value == 0) {
                answer(scanCodeSet);
            } else if (value <= 3) {
                scanCodeSet = value;
            }
        }
    }

    void reset() {
        first = 0;
        count = 0;
        awaitsParameter = 0;
        scanCodeSet = 2;
    }
}
