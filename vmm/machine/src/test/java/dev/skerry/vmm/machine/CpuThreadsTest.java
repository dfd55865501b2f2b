package dev.skerry.vmm.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The threads of CPUs, one of which meets a bug of ours. */
class CpuThreadsTest {
    private static final long LONGEST_S = 60;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final Log log = Log.of(new LogSink("machine", 0, said, Level.INFO));

    /** Runs until it is stopped. */
    private static final class Diligent implements CpuThreads.Cpu {
        private final Semaphore stops = new Semaphore(0);

        @Override
        public Runnable run() {
            stops.acquireUninterruptibly();
            return null;
        }

        @Override
        public void stop() {
            stops.release();
        }
    }

    /** Does not run. */
    private record Broken(RuntimeException bug) implements CpuThreads.Cpu {
        @Override
        public Runnable run() {
            throw bug;
        }

        @Override
        public void stop() {
            return;
        }
    }

    @Test
    void a_bug_is_told_with_its_place_and_ends_the_others_run() throws Exception {
        CountDownLatch failed = new CountDownLatch(1);
        CpuThreads threads = new CpuThreads(failed::countDown, log);
        threads.add(new Diligent());
        threads.add(new Broken(new IllegalStateException("a mistake")));
        threads.resume();
        assertTrue(failed.await(LONGEST_S, TimeUnit.SECONDS), "nobody was told");
        String line = said.toString();
        assertEquals(1, line.lines().count(), line);
        assertTrue(line.contains("vcpu1 has met a bug and stands: "), line);
        assertTrue(line.contains("a mistake at "), line);
        assertTrue(line.contains(CpuThreadsTest.class.getName()), line);
        // Returns once both stand, of which one never will run again.
        threads.pause();
        threads.close();
    }
}
