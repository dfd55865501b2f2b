package dev.skerry.vmm.machine;

import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.StackTraces;

import java.util.ArrayList;
import java.util.List;

/**
 * The threads of a machine's CPUs: they go, stand and end together. Everything may be called from
 * any thread, but {@link #pause} and {@link #close} not from a vCPU's.
 */
final class CpuThreads {
    /** One CPU. */
    interface Cpu {
        /**
         * Runs until it is stopped.
         *
         * @return null, or what follows its end, which all the others share: called when they have
         *     been told to stand
         */
        Runnable run();

        /** Makes {@link #run} return soon, the next one if none is in progress. */
        void stop();
    }

    private final Runnable whenFailed;
    private final Log log;
    private final List<Cpu> cpus = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    /** Whether the CPUs may run; guarded by the monitor, as are the two below. */
    private boolean goes;

    private boolean closed;
    private int standing;

    /**
     * @param whenFailed what follows a bug met by a CPU, ours and not the guest's; called as what
     *     {@link Cpu#run} gives
     */
    CpuThreads(Runnable whenFailed, Log log) {
        this.whenFailed = whenFailed;
        this.log = log;
    }

    /** Adds a CPU, which stands, and starts its thread. Before the first {@link #resume}. */
    synchronized void add(Cpu cpu) {
        cpus.add(cpu);
        String name = "vcpu" + threads.size();
        threads.add(Thread.ofPlatform().daemon().name(name).start(() -> run(cpu)));
    }

    private void run(Cpu cpu) {
        try {
            while (awaitGo()) {
                Runnable end = cpu.run();
                if (end != null) {
                    pauseSoon();
                    end.run();
                }
            }
        } catch (RuntimeException | Error bug) {
            String name = Thread.currentThread().getName();
            log.error(name + " has met a bug and stands: " + StackTraces.oneLine(bug));
            died();
            whenFailed.run();
        }
    }

    /** A mistake of ours ended the thread: the others stand too, and nobody waits for this one. */
    private synchronized void died() {
        pauseSoon();
        standing++;
        notifyAll();
    }

    /** Stands until the CPUs may run; returns false if they never will again. */
    private synchronized boolean awaitGo() {
        standing++;
        notifyAll();
        while (!goes && !closed) {
            await();
        }
        standing--;
        return !closed;
    }

    private void await() {
        try {
            wait();
        } catch (InterruptedException e) {
            // Nobody interrupts a vCPU's thread to end it: that is what close is for.
            Thread.interrupted();
        }
    }

    synchronized void resume() {
        goes = true;
        notifyAll();
    }

    synchronized void pauseSoon() {
        goes = false;
        cpus.forEach(Cpu::stop);
    }

    synchronized void pause() {
        pauseSoon();
        boolean interrupted = false;
        while (standing < threads.size()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends them. */
    void close() {
        synchronized (this) {
            pauseSoon();
            closed = true;
            notifyAll();
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    // The memory must not go before they stand.
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
