package dev.skerry.vmm.system;

import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.options.OptionException;
import dev.skerry.vmm.machine.Cause;
import dev.skerry.vmm.machine.EventLoop;
import dev.skerry.vmm.machine.Machine;
import dev.skerry.vmm.machine.MachineClock;
import dev.skerry.vmm.machine.MachineListener;
import dev.skerry.vmm.machine.MachineOptions;
import dev.skerry.vmm.machine.RunState;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntConsumer;

/** {@code -machine none}: nothing in it, for programs that ask what there could be. */
final class EmptyMachine implements Machine {
    private final MachineOptions options;
    private final EventLoop events;
    private final AddressSpace memory = new AddressSpace("memory", new Container("m", 1L << 40));
    private final AddressSpace ports = new AddressSpace("ports", new Container("p", 0x1_0000));
    private final List<MachineListener> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile RunState state = RunState.PRELAUNCH;

    EmptyMachine(MachineOptions options, EventLoop events) throws OptionException {
        if (!options.devices().isEmpty()) {
            throw options.devices().getFirst().error("the machine 'none' has no bus to plug into");
        } else if (options.boot().kernel() != null) {
            throw new OptionException("-kernel: the machine 'none' has no CPU");
        }
        this.options = options;
        this.events = events;
    }

    @Override
    public String type() {
        return "none";
    }

    @Override
    public String accelerator() {
        return options.accelerators().getFirst().name();
    }

    @Override
    public int cpus() {
        return 0;
    }

    @Override
    public long ramBytes() {
        return 0;
    }

    @Override
    public RunState state() {
        return state;
    }

    @Override
    public EventLoop events() {
        return events;
    }

    @Override
    public void start() {
        if (!options.run().paused()) {
            state = RunState.RUNNING;
        }
    }

    @Override
    public synchronized void stop() {
        if (state == RunState.RUNNING) {
            state = RunState.PAUSED;
            listeners.forEach(MachineListener::stopped);
        }
    }

    @Override
    public synchronized boolean cont() {
        if (state != RunState.RUNNING) {
            state = RunState.RUNNING;
            listeners.forEach(MachineListener::resumed);
        }
        return true;
    }

    @Override
    public void reset(Cause cause) {
        listeners.forEach(listener -> listener.reset(cause));
    }

    @Override
    public void powerdown() {
        listeners.forEach(MachineListener::powerdown);
    }

    @Override
    public synchronized void quit(Cause cause) {
        if (ended.getCount() != 0) {
            listeners.forEach(listener -> listener.shutdown(cause));
            ended.countDown();
        }
    }

    @Override
    public void addListener(MachineListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(MachineListener listener) {
        listeners.remove(listener);
    }

    @Override
    public int awaitEnd() throws InterruptedException {
        ended.await();
        return 0;
    }

    @Override
    public AddressSpace memory() {
        return memory;
    }

    @Override
    public AddressSpace ports() {
        return ports;
    }

    @Override
    public MachineClock testClock() {
        return null;
    }

    @Override
    public boolean interceptInterrupts(String device, IntConsumer changed) {
        return false;
    }

    @Override
    public void setInterrupt(int gsi, boolean up) {
        // There is nobody to interrupt.
    }

    @Override
    public void close() {
        ended.countDown();
    }
}
