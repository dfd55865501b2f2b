package dev.skerry.vmm.machine;

import dev.skerry.execution.x86.time.Clock;
import dev.skerry.platform.memory.Container;
import dev.skerry.vmm.boot.Entry;

/** {@code -accel qtest}: no CPUs; a test moves the clock and makes the accesses. */
final class NoCpus implements Accelerator {
    private final TestClock clock = new TestClock();
    private final SoftwareInterrupts interrupts =
            new SoftwareInterrupts(up -> {}, (destination, logical, mode, vector, level) -> {});

    @Override
    public String name() {
        return "qtest";
    }

    @Override
    public Clock clock() {
        return clock;
    }

    /** The same clock, for the test. */
    TestClock testClock() {
        return clock;
    }

    @Override
    public InterruptFabric interrupts() {
        return interrupts;
    }

    @Override
    public void place(Container memory, Container ports) {
        interrupts.place(memory, ports);
    }

    @Override
    public void resume() {}

    @Override
    public void pause() {}

    @Override
    public void pauseSoon() {}

    @Override
    public void reset() {
        interrupts.reset();
    }

    @Override
    public void enter(Entry entry) {}

    @Override
    public void setA20(boolean open) {}

    @Override
    public void memoryMayHaveChanged() {}

    @Override
    public void close() {}
}
