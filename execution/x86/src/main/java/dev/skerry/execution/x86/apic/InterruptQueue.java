package dev.skerry.execution.x86.apic;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A local APIC's interrupts that have come and are not over: which are requested (IRR), in service
 * (ISR) and level-triggered (TMR), and which goes first. Intel SDM 3A, section 12.8. Guarded by its
 * APIC's lock.
 */
final class InterruptQueue {
    private final VectorSet requested = new VectorSet();
    private final VectorSet inService = new VectorSet();
    private final VectorSet levelTriggered = new VectorSet();

    void clear() {
        requested.clear();
        inService.clear();
        levelTriggered.clear();
    }

    /** @param vector 16 to 255 */
    void request(int vector, boolean level) {
        requested.add(vector);
        if (level) {
            levelTriggered.add(vector);
        } else {
            levelTriggered.remove(vector);
        }
    }

    /**
     * The processor priority: section 12.8.3.1.
     *
     * @param task the task priority, as all priorities with the class in bits 4 to 7
     */
    int priority(int task) {
        int service = Math.max(inService.highest(), 0) & 0xf0;
        return (task & 0xf0) >= service ? task : service;
    }

    /** The vector that the priorities let through, or -1. */
    int next(int task) {
        int highest = requested.highest();
        return highest >= 0 && (highest & 0xf0) > (priority(task) & 0xf0) ? highest : -1;
    }

    /** As {@link #next}; the vector is then in service. */
    int take(int task) {
        int vector = next(task);
        if (vector >= 0) {
            requested.remove(vector);
            inService.add(vector);
        }
        return vector;
    }

    /** Ends the highest in service, and says which that was, or -1. */
    int end() {
        int vector = inService.highest();
        if (vector >= 0) {
            inService.remove(vector);
        }
        return vector;
    }

    boolean isLevelTriggered(int vector) {
        return levelTriggered.has(vector);
    }

    /**
     * 32 vectors of one of the registers.
     *
     * @param register IRR, ISR or TMR
     */
    int word(ApicRegister register, int n) {
        return switch (register) {
            case IRR -> requested.words[n];
            case ISR -> inService.words[n];
            case TMR -> levelTriggered.words[n];
            default -> throw new AssertionError(register);
        };
    }

    private VectorSet[] all() {
        return new VectorSet[] {requested, inService, levelTriggered};
    }

    void save(DataOutput out) throws IOException {
        for (VectorSet set : all()) {
            for (int word : set.words) {
                out.writeInt(word);
            }
        }
    }

    void restore(DataInput in) throws IOException {
        for (VectorSet set : all()) {
            for (int i = 0; i < set.words.length; i++) {
                set.words[i] = in.readInt();
            }
        }
    }
}
