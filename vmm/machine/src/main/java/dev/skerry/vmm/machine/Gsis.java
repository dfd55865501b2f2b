package dev.skerry.vmm.machine;

import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.api.SharedLine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The machine's interrupt inputs as devices drive them: each may have several sources. A test may
 * listen in place of the interrupt controllers.
 */
final class Gsis {
    private final InterruptFabric fabric;
    private final List<SharedLine> lines = new ArrayList<>();
    private volatile IntConsumer listener;

    Gsis(InterruptFabric fabric) {
        this.fabric = fabric;
        for (int i = 0; i < Accelerator.GSIS; i++) {
            int gsi = i;
            lines.add(new SharedLine(up -> set(gsi, up)));
        }
    }

    private void set(int gsi, boolean up) {
        IntConsumer now = listener;
        if (now == null) {
            fabric.set(gsi, up);
        } else {
            now.accept(up ? gsi : ~gsi);
        }
    }

    /** A new source of an input, down. */
    InterruptLine source(int gsi) {
        return lines.get(gsi).source();
    }

    /** A new source of every input, for a chipset to choose among. */
    List<InterruptLine> sources() {
        List<InterruptLine> sources = new ArrayList<>();
        for (SharedLine line : lines) {
            sources.add(line.source());
        }
        return sources;
    }

    /** From now on changes go to a listener: the input's number, or its complement for a fall. */
    void intercept(IntConsumer to) {
        listener = to;
    }
}
