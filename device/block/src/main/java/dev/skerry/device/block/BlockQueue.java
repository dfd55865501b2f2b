package dev.skerry.device.block;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.platform.log.Level;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;

/**
 * A disk as a device model uses it: on the device thread, never waiting. A request that can be
 * served at once is; others go to worker threads.
 *
 * <p>Order: requests run beside each other and complete in any order; a device that must keep an
 * order waits for completions. Only a flush waits: for every write, discard and zeroing submitted
 * before it. With a write-through cache every write is flushed before it completes.
 *
 * <p>Failures go by the {@link ErrorPolicy} in force. A stopped request stays here, in flight for
 * the device, until {@link #resume}.
 */
public final class BlockQueue {
    /**
     * Bounds of one queue.
     *
     * @param inFlight how many requests workers have at most; more wait in order
     * @param waiting how many may wait; a device bounds its own requests, so more is its bug
     * @param inlineWriteBytes writes up to this length are done on the device thread even if the
     *     host's file system cannot promise not to wait (ext4 never can): right for writes that end
     *     in the page cache, 0 to never
     */
    public record Limits(int inFlight, int waiting, long inlineWriteBytes) {
        public static final Limits DEFAULT = new Limits(16, 65_536, 0);
    }

    /** Told, on the device thread, that a failure stops the machine. */
    @FunctionalInterface
    public interface StopHandler {
        /**
         * @return false if the machine cannot be stopped: the failure is reported instead
         */
        boolean stop(BlockRequest request, IOException failure);
    }

    /** The kind of log line a guest can have written at will; of the host's log. */
    private static final int LOG_FAILURE = 0;

    private final BlockImage image;
    private final DeviceHost host;
    private final Limits limits;
    private final CacheMode configured;
    private final ErrorPolicy readPolicy;
    private final ErrorPolicy writePolicy;
    private final StopHandler stopHandler;

    private final Queue<BlockRequest> waiting = new ArrayDeque<>();
    private final List<BlockRequest> running = new ArrayList<>();
    private final List<BlockRequest> heldFlushes = new ArrayList<>();
    private final List<BlockRequest> stopped = new ArrayList<>();
    private boolean writeBack;
    private long sequence;

    /**
     * @param image not closed by the queue
     * @param options cache mode and policies; the rest is not looked at
     * @param stopHandler what stops the machine
     */
    public BlockQueue(
            BlockImage image,
            DeviceHost host,
            DriveOptions options,
            Limits limits,
            StopHandler stopHandler) {
        this.image = image;
        this.host = host;
        this.limits = limits;
        this.configured = options.cache();
        this.readPolicy = options.readPolicy();
        this.writePolicy = options.writePolicy();
        this.stopHandler = stopHandler;
        writeBack = configured.writeBack();
    }

    public BlockImage image() {
        return image;
    }

    /** Whether writes complete before they are on stable storage (SCSI's WCE). */
    public boolean isWriteBack() {
        return writeBack;
    }

    /** Changes it for the requests that follow. */
    public void setWriteBack(boolean enabled) {
        writeBack = enabled;
    }

    /** How many requests have not completed. */
    public int pending() {
        return waiting.size() + running.size() + heldFlushes.size() + stopped.size();
    }

    /**
     * Does a request or begins to. Its range must lie within the image.
     *
     * @return true if it is over already, its {@link BlockRequest#failure} set; its completion is
     *     not called then
     */
    public boolean submit(BlockRequest request) {
        request.busy = true;
        request.sequence = ++sequence;
        if (request.kind == BlockRequest.Kind.FLUSH) {
            return submitFlush(request);
        }
        try {
            if (isInline(request)) {
                request.busy = false;
                return true;
            }
        } catch (IOException e) {
            return isOver(request, e);
        }
        start(request);
        return false;
    }

    private boolean isInline(BlockRequest request) throws IOException {
        if (!waiting.isEmpty()) {
            return false;
        }
        return switch (request.kind) {
            case READ -> image.tryRead(request.offset, request.vector(), 0, request.lengthBytes);
            case WRITE -> !isThrough(request) && isWrittenInline(request);
            default -> false;
        };
    }

    private boolean isWrittenInline(BlockRequest request) throws IOException {
        if (image.tryWrite(request.offset, request.vector(), 0, request.lengthBytes)) {
            return true;
        }
        // A running request may hold a lock of the image for as long as a disk takes.
        if (request.lengthBytes > limits.inlineWriteBytes || !running.isEmpty() || image.isSlow()) {
            return false;
        }
        image.write(request.offset, request.vector(), 0, request.lengthBytes);
        return true;
    }

    private boolean isThrough(BlockRequest request) {
        return (request.throughCache || !writeBack) && !configured.noFlush();
    }

    private boolean submitFlush(BlockRequest request) {
        if (configured.noFlush()) {
            request.busy = false;
            return true;
        }
        request.earlierWrites = 0;
        for (BlockRequest other : running) {
            request.earlierWrites += other.kind.isWrite() ? 1 : 0;
        }
        for (BlockRequest other : waiting) {
            request.earlierWrites += other.kind.isWrite() ? 1 : 0;
        }
        for (BlockRequest other : stopped) {
            request.earlierWrites += other.kind.isWrite() ? 1 : 0;
        }
        if (request.earlierWrites > 0) {
            heldFlushes.add(request);
        } else {
            start(request);
        }
        return false;
    }

    private void start(BlockRequest request) {
        if (!request.isWanted()) {
            cancel(request);
        } else if (running.size() < limits.inFlight) {
            offload(request);
        } else if (waiting.size() < limits.waiting) {
            waiting.add(request);
        } else {
            throw new IllegalStateException("more than " + limits.waiting + " requests wait");
        }
    }

    private void offload(BlockRequest request) {
        running.add(request);
        Work work = new Work(request, isThrough(request));
        host.offload(work, work);
    }

    /** What a worker does for one request, and what follows. */
    private final class Work implements Runnable, DeviceHost.Completion {
        private final BlockRequest request;
        private final boolean through;
        private IOException failure;

        Work(BlockRequest request, boolean through) {
            this.request = request;
            this.through = through;
        }

        @Override
        public void run() {
            try {
                perform(request);
                if (through && request.kind.isWrite()) {
                    image.flush();
                }
            } catch (IOException e) {
                failure = e;
            }
        }

        @Override
        public void done(RuntimeException bug) {
            running.remove(request);
            if (bug != null) {
                host.log().error(image.name() + ": " + bug);
                failure = new ImageException(image.name() + ": " + bug);
            }
            if (request.cancelled || failure == null || isOver(request, failure)) {
                finish(request);
            }
            startWaiting();
        }
    }

    private void startWaiting() {
        while (!waiting.isEmpty() && running.size() < limits.inFlight) {
            BlockRequest next = waiting.remove();
            if (next.isWanted()) {
                offload(next);
            } else {
                cancel(next);
            }
        }
    }

    private void cancel(BlockRequest request) {
        request.cancelled = true;
        finish(request);
    }

    private void perform(BlockRequest request) throws IOException {
        long offset = request.offset;
        long length = request.lengthBytes;
        switch (request.kind) {
            case READ -> image.read(offset, request.vector(), 0, length);
            case WRITE -> image.write(offset, request.vector(), 0, length);
            case FLUSH -> image.flush();
            case DISCARD -> image.discard(offset, length);
            case WRITE_ZEROES -> image.writeZeroes(offset, length, false);
            case WRITE_ZEROES_UNMAP -> image.writeZeroes(offset, length, true);
        }
    }

    /** Applies the policy to a failure; false if the request stays, the machine stopped. */
    private boolean isOver(BlockRequest request, IOException failure) {
        boolean reading = request.kind == BlockRequest.Kind.READ;
        ErrorPolicy decision = (reading ? readPolicy : writePolicy).decide(failure);
        if (host.log().isDue(Level.ERROR, LOG_FAILURE)) {
            String what = request.kind + " at " + request.offset + ": " + failure.getMessage();
            host.log().limited(Level.ERROR, LOG_FAILURE, what);
        }
        if (decision == ErrorPolicy.STOP && stopHandler.stop(request, failure)) {
            stopped.add(request);
            return false;
        }
        request.failure = decision == ErrorPolicy.IGNORE ? null : failure;
        request.busy = false;
        return true;
    }

    private void finish(BlockRequest request) {
        if (request.kind.isWrite()) {
            releaseFlushes(request.sequence);
        }
        request.complete();
    }

    private void releaseFlushes(long writeSequence) {
        Iterator<BlockRequest> flushes = heldFlushes.iterator();
        List<BlockRequest> ready = new ArrayList<>();
        while (flushes.hasNext()) {
            BlockRequest flush = flushes.next();
            if (flush.sequence > writeSequence && --flush.earlierWrites == 0) {
                flushes.remove();
                ready.add(flush);
            }
        }
        ready.forEach(this::start);
    }

    /** The machine goes on: what was stopped is tried again. */
    public void resume() {
        List<BlockRequest> again = new ArrayList<>(stopped);
        stopped.clear();
        again.forEach(this::start);
    }

    /**
     * The device was reset: requests that have not begun end now, cancelled; those with a worker end
     * cancelled when the worker is done, since their memory is in use until then.
     */
    public void cancelAll() {
        List<BlockRequest> ended = new ArrayList<>(waiting);
        ended.addAll(heldFlushes);
        ended.addAll(stopped);
        waiting.clear();
        heldFlushes.clear();
        stopped.clear();
        running.forEach(request -> request.cancelled = true);
        for (BlockRequest request : ended) {
            request.cancelled = true;
            request.complete();
        }
    }
}
