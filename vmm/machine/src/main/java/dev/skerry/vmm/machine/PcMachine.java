package dev.skerry.vmm.machine;

import dev.skerry.isolation.proxy.RoundTrips;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.options.OptionException;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntConsumer;

/** A {@code pc} or {@code q35}: its run control. What it consists of is {@link Pc}'s. */
public final class PcMachine implements Machine {
    private final MachineOptions options;
    private final HostEventLoop events;
    private final Pc pc;
    private final ControlThread control;
    private final List<MachineListener> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile RunState state = RunState.PRELAUNCH;
    private volatile int exitStatus;

    /** Used by the control thread. */
    private boolean closed;

    private PcMachine(MachineOptions options, HostEventLoop events, Log log)
            throws OptionException {
        this.options = options;
        this.events = events;
        control = new ControlThread(log);
        pc = new Pc(options, events, new Requests(), log);
        // Before anybody can make an access: a test's protocol does so from its connection on.
        pc.reset();
    }

    /**
     * Assembles a machine; it does nothing until {@link #start}.
     *
     * @param events is not closed by the machine
     * @throws OptionException if there is something it cannot be
     */
    public static Machine create(MachineOptions options, HostEventLoop events, Log log)
            throws OptionException {
        return new PcMachine(options, events, log);
    }

    /** What the guest asks for, in the middle of an access: noted, and done by the control thread. */
    private final class Requests implements Pc.Requests {
        @Override
        public void reset() {
            pc.accelerator().pauseSoon();
            control.post(() -> doReset(Cause.GUEST_RESET));
        }

        @Override
        public void powerOff() {
            pc.accelerator().pauseSoon();
            control.post(() -> doShutdown(Cause.GUEST_SHUTDOWN));
        }

        @Override
        public void exit(int status) {
            pc.accelerator().pauseSoon();
            control.post(() -> end(status));
        }

        @Override
        public void lost(String id, String reason) {
            listeners.forEach(listener -> listener.deviceLost(id, reason));
        }

        @Override
        public void fail() {
            pc.accelerator().pauseSoon();
            control.post(PcMachine.this::doFail);
        }
    }

    @Override
    public String type() {
        return options.type();
    }

    @Override
    public String accelerator() {
        return pc.accelerator().name();
    }

    @Override
    public int cpus() {
        return options.cpus();
    }

    @Override
    public long ramBytes() {
        return options.ram().sizeBytes();
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
        control.call(
                () -> {
                    pc.connect();
                    if (!options.run().paused()) {
                        resume();
                    }
                });
    }

    private void resume() {
        state = RunState.RUNNING;
        pc.accelerator().resume();
    }

    @Override
    public void stop() {
        control.call(
                () -> {
                    if (state == RunState.RUNNING) {
                        pc.accelerator().pause();
                        state = RunState.PAUSED;
                        listeners.forEach(MachineListener::stopped);
                    }
                });
    }

    @Override
    public boolean cont() {
        boolean[] goes = new boolean[1];
        control.call(
                () -> {
                    if (state == RunState.PAUSED || state == RunState.PRELAUNCH) {
                        resume();
                        listeners.forEach(MachineListener::resumed);
                    }
                    goes[0] = state == RunState.RUNNING;
                });
        return goes[0];
    }

    @Override
    public void reset(Cause cause) {
        control.call(() -> doReset(cause));
    }

    private void doReset(Cause cause) {
        if (hasEnded()) {
            return;
        } else if (options.run().noReboot()) {
            doShutdown(cause);
            return;
        }
        pc.accelerator().pause();
        pc.reset();
        listeners.forEach(listener -> listener.reset(cause));
        if (state == RunState.RUNNING) {
            pc.accelerator().resume();
        } else if (state == RunState.SHUTDOWN || state == RunState.INTERNAL_ERROR) {
            state = RunState.PAUSED;
        }
    }

    private void doShutdown(Cause cause) {
        if (hasEnded()) {
            return;
        }
        pc.accelerator().pause();
        listeners.forEach(listener -> listener.shutdown(cause));
        if (options.run().noShutdown()) {
            boolean went = state == RunState.RUNNING;
            state = RunState.SHUTDOWN;
            if (went) {
                listeners.forEach(MachineListener::stopped);
            }
        } else {
            end(0);
        }
    }

    private void doFail() {
        if (state == RunState.RUNNING) {
            pc.accelerator().pause();
            state = RunState.INTERNAL_ERROR;
            listeners.forEach(MachineListener::stopped);
        }
    }

    private boolean hasEnded() {
        return ended.getCount() == 0;
    }

    private void end(int status) {
        if (!hasEnded()) {
            pc.accelerator().pause();
            exitStatus = status;
            state = RunState.SHUTDOWN;
            ended.countDown();
        }
    }

    @Override
    public void powerdown() {
        control.call(
                () -> {
                    pc.pressPowerButton();
                    listeners.forEach(MachineListener::powerdown);
                });
    }

    @Override
    public void quit(Cause cause) {
        control.post(
                () -> {
                    if (!hasEnded()) {
                        pc.accelerator().pause();
                        listeners.forEach(listener -> listener.shutdown(cause));
                        end(0);
                    }
                });
    }

    @Override
    public void replaceDevice(String id, UnixStream socket, Runnable taken) throws IOException {
        IOException[] failure = new IOException[1];
        control.call(
                () -> {
                    try {
                        pc.replaceDevice(id, socket, taken);
                    } catch (IOException e) {
                        failure[0] = e;
                    }
                });
        if (failure[0] != null) {
            throw failure[0];
        }
    }

    @Override
    public Map<String, RoundTrips> roundTrips() {
        return pc.roundTrips();
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
        return exitStatus;
    }

    @Override
    public AddressSpace memory() {
        return pc.spaces().memorySpace();
    }

    @Override
    public AddressSpace ports() {
        return pc.spaces().portSpace();
    }

    @Override
    public MachineClock testClock() {
        return pc.accelerator() instanceof NoCpus none ? none.testClock() : null;
    }

    @Override
    public boolean interceptInterrupts(String device, IntConsumer changed) {
        boolean known = device.equals("ioapic") || device.equals("pic");
        if (known) {
            pc.gsis().intercept(changed);
        }
        return known;
    }

    @Override
    public void setInterrupt(int gsi, boolean up) {
        pc.setInterrupt(gsi, up);
    }

    @Override
    public void close() {
        control.call(
                () -> {
                    if (!closed) {
                        closed = true;
                        end(0);
                        pc.close();
                    }
                });
        control.close();
    }
}
