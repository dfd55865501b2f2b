package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.Timer;
import dev.skerry.platform.linux.IoVector;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The queue, with workers that work when the test says so. */
class BlockQueueTest {
    private static final int SIZE = 64 << 10;

    private record Offloaded(Runnable work, DeviceHost.Completion completion) {}

    private final ArrayDeque<Offloaded> offloaded = new ArrayDeque<>();
    private final List<BlockRequest> completed = new ArrayList<>();
    private final List<String> changes = new ArrayList<>();
    private final List<BlockRequest> stops = new ArrayList<>();
    private int failWith;
    private boolean stoppable = true;

    private final DeviceHost host =
            new DeviceHost() {
                @Override
                public String id() {
                    return "d";
                }

                @Override
                public Log log() {
                    return Tools.log();
                }

                @Override
                public long nowNs() {
                    return 0;
                }

                @Override
                public Timer newTimer(Runnable onExpiry) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void offload(Runnable work, Completion completion) {
                    offloaded.add(new Offloaded(work, completion));
                }
            };

    /** Reads without waiting, writes with; fails when told to. */
    private final class TestFile extends MemoryImageFile {
        TestFile() {
            super(new byte[SIZE]);
        }

        @Override
        void before(Change change) throws IOException {
            if (failWith != 0) {
                throw new LinuxException("pwritev2", failWith, "injected");
            }
            changes.add(change.isFlush() ? "flush" : "write");
        }

        @Override
        public synchronized long read(long offset, IoVector into, long at, long length)
                throws IOException {
            if (failWith != 0) {
                throw new LinuxException("preadv2", failWith, "injected");
            }
            return super.read(offset, into, at, length);
        }

        @Override
        public boolean tryRead(long offset, IoVector into, long at, long lengthBytes)
                throws IOException {
            return failWith == 0 && read(offset, into, at, lengthBytes) == lengthBytes;
        }
    }

    private BlockQueue queue(String drive) throws IOException, OptionException {
        return queue(drive, new BlockQueue.Limits(2, 8, 0));
    }

    private BlockQueue queue(String drive, BlockQueue.Limits limits)
            throws IOException, OptionException {
        DriveOptions options =
                DriveOptions.ofDrive(OptionList.parse("-drive", "if=none,id=d" + drive, null));
        BlockImage image = new RawImage(new TestFile(), false, true);
        return new BlockQueue(
                image,
                host,
                options,
                limits,
                (request, failure) -> {
                    stops.add(request);
                    return stoppable;
                });
    }

    private BlockRequest request() {
        return new BlockRequest(completed::add);
    }

    private BlockRequest write(int value) {
        BlockRequest request = request();
        request.vector().add(Arena.ofAuto().allocate(512).fill((byte) value), 0, 512);
        return request.write(0);
    }

    private void work() {
        Offloaded next = offloaded.remove();
        next.work.run();
        next.completion.done(null);
    }

    @Test
    void a_read_from_the_page_cache_is_over_at_once() throws IOException, OptionException {
        BlockRequest request = request();
        request.vector().add(Arena.ofAuto().allocate(512).fill((byte) 1), 0, 512);
        assertTrue(queue("").submit(request.read(0)));
        assertNull(request.failure());
        assertTrue(offloaded.isEmpty());
        assertTrue(completed.isEmpty());
        request.read(512);
    }

    @Test
    void a_write_goes_to_a_worker_and_completes_on_the_device_thread()
            throws IOException, OptionException {
        BlockQueue queue = queue("");
        BlockRequest write = write(7);
        assertFalse(queue.submit(write));
        assertThrows(IllegalStateException.class, () -> write.write(0));
        assertTrue(completed.isEmpty());
        work();
        assertEquals(List.of(write), completed);
        assertEquals(List.of("write"), changes);
        assertEquals(7, Tools.read(queue.image(), 0, 1)[0]);
        assertEquals(0, queue.pending());
    }

    @Test
    void small_writes_may_be_done_at_once_where_the_owner_allows_it()
            throws IOException, OptionException {
        BlockQueue queue = queue("", new BlockQueue.Limits(2, 8, 512));
        assertTrue(queue.submit(write(1)));
        assertEquals(List.of("write"), changes);
    }

    @Test
    void a_flush_waits_for_the_writes_before_it_and_no_others()
            throws IOException, OptionException {
        BlockQueue queue = queue("");
        BlockRequest one = write(1);
        BlockRequest two = write(2);
        BlockRequest flush = request().flush();
        BlockRequest three = write(3);
        for (BlockRequest request : List.of(one, two, flush, three)) {
            assertFalse(queue.submit(request));
        }
        assertEquals(2, offloaded.size(), "two at a time");
        work();
        work();
        assertEquals(List.of(one, two), completed);
        work();
        work();
        assertEquals(4, completed.size());
        assertTrue(completed.contains(flush));
        assertEquals(1, changes.stream().filter("flush"::equals).count());
        assertTrue(changes.indexOf("flush") >= 2);
    }

    @Test
    void a_write_through_cache_flushes_each_write() throws IOException, OptionException {
        BlockQueue queue = queue(",cache=writethrough");
        assertFalse(queue.isWriteBack());
        queue.submit(write(1));
        work();
        assertEquals(List.of("write", "flush"), changes);
        queue.setWriteBack(true);
        queue.submit(write(1));
        work();
        assertEquals(List.of("write", "flush", "write"), changes);
        BlockRequest forced = write(2);
        queue.submit(forced.writeThrough(0));
        work();
        assertEquals("flush", changes.getLast());
    }

    @Test
    void an_unsafe_cache_never_flushes() throws IOException, OptionException {
        BlockQueue queue = queue(",cache=unsafe");
        queue.submit(write(1));
        assertTrue(queue.submit(request().flush()));
        work();
        assertEquals(List.of("write"), changes);
    }

    @ParameterizedTest
    @CsvSource({
        "'',             28, stop", // The default is enospc.
        "'',              5, report",
        "werror=report,  28, report",
        "werror=stop,     5, stop",
        "werror=enospc,  28, stop",
        "werror=enospc,   5, report",
        "werror=ignore,   5, ignore",
    })
    void a_failed_write_goes_by_its_policy(String option, int errno, String outcome)
            throws IOException, OptionException {
        BlockQueue queue = queue(option.isEmpty() ? "" : "," + option);
        failWith = errno;
        BlockRequest write = write(1);
        queue.submit(write);
        work();
        assertEquals(outcome.equals("stop"), stops.contains(write));
        assertEquals(!outcome.equals("stop"), completed.contains(write));
        assertEquals(outcome.equals("report"), write.failure() != null);
        if (outcome.equals("stop")) {
            assertEquals(1, queue.pending());
            failWith = 0;
            queue.resume();
            work();
            assertEquals(List.of(write), completed);
            assertNull(write.failure());
            assertEquals(List.of("write"), changes);
        }
    }

    @ParameterizedTest
    @CsvSource({"report, report", "stop, stop", "ignore, ignore"})
    void a_failed_read_goes_by_its_policy(String option, String outcome)
            throws IOException, OptionException {
        BlockQueue queue = queue(",rerror=" + option);
        failWith = 5;
        BlockRequest read = request();
        read.vector().add(Arena.ofAuto().allocate(512), 0, 512);
        queue.submit(read.read(0));
        work();
        assertEquals(outcome.equals("stop"), stops.contains(read));
        assertEquals(outcome.equals("report"), read.failure() != null);
    }

    @Test
    void what_cannot_stop_reports() throws IOException, OptionException {
        stoppable = false;
        BlockQueue queue = queue(",werror=stop");
        failWith = 5;
        BlockRequest write = write(1);
        queue.submit(write);
        work();
        assertNotNull(write.failure());
        assertEquals(BlockError.IO, BlockError.of(write.failure()));
    }

    @Test
    void a_reset_ends_what_waits_at_once_and_the_rest_when_its_worker_does()
            throws IOException, OptionException {
        BlockQueue queue = queue("");
        List<BlockRequest> requests = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            requests.add(write(i));
            queue.submit(requests.get(i));
        }
        BlockRequest flush = request().flush();
        queue.submit(flush);
        queue.cancelAll();
        assertEquals(List.of(requests.get(2), requests.get(3), flush), completed);
        assertTrue(completed.stream().allMatch(BlockRequest::isCancelled));
        work();
        work();
        assertEquals(5, completed.size());
        assertTrue(requests.get(0).isCancelled());
        assertEquals(0, queue.pending());
    }

    @Test
    void more_requests_than_the_queue_has_room_for_are_the_devices_bug()
            throws IOException, OptionException {
        BlockQueue queue = queue("");
        for (int i = 0; i < 10; i++) {
            queue.submit(write(i));
        }
        assertThrows(IllegalStateException.class, () -> queue.submit(write(11)));
    }
}
