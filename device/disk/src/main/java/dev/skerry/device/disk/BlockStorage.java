package dev.skerry.device.disk;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.Timer;
import dev.skerry.device.block.BlockError;
import dev.skerry.device.block.BlockImage;
import dev.skerry.device.block.BlockQueue;
import dev.skerry.device.block.BlockRequest;
import dev.skerry.device.block.DriveOptions;
import dev.skerry.device.scsi.Storage;
import dev.skerry.platform.linux.IoVector;
import dev.skerry.platform.log.Level;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;

/**
 * A disk image as a logical unit's storage: data moves between the image's file and the memory it
 * was given, with nothing in between. Used on the device thread; requests are made once and used
 * again.
 *
 * <p>A process without a monitor has nobody who could say {@code cont}. Where the policy for a
 * failure says {@code stop}, the request is therefore kept and tried again every second: the guest
 * waits, as it would in a stopped machine, and goes on when the host's administrator has made room.
 * A request whose command the guest has aborted meanwhile is not tried again.
 */
public final class BlockStorage implements Storage {
    /** How long a request that was stopped by its error policy waits for the next try. */
    static final long RETRY_NS = 1_000_000_000L;

    /** The kind of log line; the queue has kind 0 of the same log. */
    private static final int LOG_KEPT = 1;

    private final BlockQueue queue;
    private final DeviceHost host;
    private final boolean writeBack;
    private final Timer retry;
    private final ArrayDeque<Operation> free = new ArrayDeque<>();

    /**
     * @param image not closed by the storage
     * @param options cache mode and error policies; the rest is not looked at
     */
    public BlockStorage(
            BlockImage image, DeviceHost host, DriveOptions options, BlockQueue.Limits limits) {
        this.host = host;
        writeBack = options.cache().writeBack();
        queue = new BlockQueue(image, host, options, limits, this::stopped);
        // The unit itself flushes after each write while its write cache is off.
        queue.setWriteBack(true);
        retry = host.newTimer(queue::resume);
    }

    /** One request with what follows it. */
    private final class Operation implements BlockRequest.Completion {
        private final BlockRequest request = new BlockRequest(this);
        private Completion completion;

        @Override
        public void completed(BlockRequest ended) {
            Completion then = completion;
            IOException failure =
                    ended.isCancelled() ? new IOException("cancelled") : told(ended.failure());
            completion = null;
            ended.vector().clear();
            free.push(this);
            then.done(failure);
        }

        @Override
        public boolean isWanted(BlockRequest stopped) {
            return completion.isWanted();
        }
    }

    private static IOException told(IOException failure) {
        return failure != null && BlockError.of(failure) == BlockError.NO_SPACE
                ? new FullException(failure.getMessage())
                : failure;
    }

    private boolean stopped(BlockRequest request, IOException failure) {
        if (host.log().isDue(Level.WARNING, LOG_KEPT)) {
            String what = request.kind() + " at " + request.offset();
            String text = what + ": kept by the error policy, tried again every second";
            host.log().limited(Level.WARNING, LOG_KEPT, text);
        }
        if (!retry.isArmed()) {
            retry.arm(host.nowNs() + RETRY_NS);
        }
        return true;
    }

    private Operation begin(Completion completion) {
        Operation operation = free.poll();
        if (operation == null) {
            operation = new Operation();
        }
        operation.completion = completion;
        return operation;
    }

    private static void fill(IoVector vector, List<MemorySegment> segments) {
        for (int i = 0; i < segments.size(); i++) {
            MemorySegment segment = segments.get(i);
            vector.add(segment, 0, segment.byteSize());
        }
    }

    private void submit(Operation operation) {
        if (queue.submit(operation.request)) {
            operation.completed(operation.request);
        }
    }

    @Override
    public long sizeBytes() {
        return queue.image().sizeBytes();
    }

    @Override
    public boolean isReadOnly() {
        return queue.image().isReadOnly();
    }

    @Override
    public boolean isWriteBack() {
        return writeBack;
    }

    @Override
    public void read(long offsetBytes, List<MemorySegment> into, Completion completion) {
        Operation operation = begin(completion);
        fill(operation.request.vector(), into);
        operation.request.read(offsetBytes);
        submit(operation);
    }

    @Override
    public void write(long offsetBytes, List<MemorySegment> from, Completion completion) {
        Operation operation = begin(completion);
        fill(operation.request.vector(), from);
        operation.request.write(offsetBytes);
        submit(operation);
    }

    @Override
    public void flush(Completion completion) {
        Operation operation = begin(completion);
        operation.request.flush();
        submit(operation);
    }

    @Override
    public void discard(long offsetBytes, long lengthBytes, Completion completion) {
        Operation operation = begin(completion);
        operation.request.discard(offsetBytes, lengthBytes);
        submit(operation);
    }

    @Override
    public void writeZeroes(long offsetBytes, long lengthBytes, Completion completion) {
        Operation operation = begin(completion);
        operation.request.writeZeroes(offsetBytes, lengthBytes, true);
        submit(operation);
    }

    @Override
    public void cancelAll() {
        retry.cancel();
        queue.cancelAll();
    }
}
