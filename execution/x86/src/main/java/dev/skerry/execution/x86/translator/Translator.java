package dev.skerry.execution.x86.translator;

import dev.skerry.execution.x86.Jit;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.GuestMemory;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.mmu.Translation;
import dev.skerry.platform.log.Log;

import java.util.ArrayDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Translates what runs often, for all CPUs of a machine, mostly on a thread of its own, which goes
 * when there is nothing to do. Safe for use by many threads.
 */
public final class Translator {
    /** Requests beyond this are dropped; a block that goes on running often is asked for again. */
    private static final int MOST_WAITING = 512;

    private final Jit jit;
    private final Compiler compiler;
    private final Log log;
    private final ThreadPoolExecutor worker;

    /** Kept, oldest first; guarded by itself. */
    private final ArrayDeque<Region> kept = new ArrayDeque<>();

    private volatile boolean isBroken;
    private final AtomicLong made = new AtomicLong();

    public Translator(Jit jit, GuestMemory memory, Log log) {
        this.jit = jit;
        this.log = log;
        compiler = new Compiler(memory);
        worker =
                new ThreadPoolExecutor(
                        1,
                        1,
                        1,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(MOST_WAITING),
                        task -> Thread.ofPlatform().daemon().name("translator").unstarted(task));
        worker.allowCoreThreadTimeOut(true);
    }

    /** How often a block runs before {@link #request} is called. */
    public int threshold() {
        return jit.threshold();
    }

    public Jit.Mode mode() {
        return jit.mode();
    }

    /** How many regions have been made. */
    public long made() {
        return made.get();
    }

    /** How many are kept. */
    int kept() {
        synchronized (kept) {
            return kept.size();
        }
    }

    /** The one kept longest. */
    Region first() {
        synchronized (kept) {
            return kept.getFirst();
        }
    }

    /** Has a block translated that runs often. On the thread of a CPU that is about to run it. */
    public void request(Mmu mmu, Block block, long gva) {
        Translation known = block.translation;
        if (known != null && known.isStale()) {
            // Another block of it has changed.
            block.translation = null;
            block.requested = false;
        }
        if (isBroken || block.requested || block.translation != null) {
            return;
        }
        Candidate candidate = Former.form(mmu, block, gva, jit.mode() == Jit.Mode.CHECK);
        if (candidate == null) {
            return;
        }
        block.requested = true;
        if (!jit.inBackground()) {
            translate(candidate);
            return;
        }
        try {
            worker.execute(() -> translate(candidate));
        } catch (RejectedExecutionException full) {
            block.requested = false;
        }
    }

    private void translate(Candidate candidate) {
        try {
            Region region =
                    compiler.load(Compiler.compile(candidate, jit.mode() != Jit.Mode.CHECK));
            region.prepare();
            if (!region.connect()) {
                return;
            }
            made.incrementAndGet();
            keep(region);
        } catch (RuntimeException | LinkageError bug) {
            // The interpreter does without.
            isBroken = true;
            log.error("translation fails, code is interpreted from now on: " + bug);
        }
    }

    /** Keeps it, and lets go of others if there are too many: the oldest not entered of late. */
    private void keep(Region region) {
        synchronized (kept) {
            kept.add(region);
            while (kept.size() > jit.mostRegions()) {
                Region oldest = kept.remove();
                if (oldest.isUsed && !oldest.isStale()) {
                    oldest.isUsed = false;
                    kept.add(oldest);
                } else {
                    oldest.disconnect();
                }
            }
        }
    }
}
