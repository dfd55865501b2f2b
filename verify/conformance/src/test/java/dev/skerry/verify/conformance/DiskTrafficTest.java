package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.LsiDriver;
import dev.skerry.verify.testkit.LsiDriver.Ending;
import dev.skerry.verify.testkit.LsiPort;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Many tagged commands at a time, with disconnections and reselections as they come: every read
 * gives what was last written, and so does the image in the end.
 */
class DiskTrafficTest {
    private static final int COMMANDS = 3000;
    private static final int SECTOR_BYTES = 512;

    /** Each tag has a part of the disk and of memory for itself, so that order does not matter. */
    private static final int PART_BYTES = 64 << 10;

    private static final int MOST_SECTORS = 32;

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    @ParameterizedTest
    @CsvSource({
        "stock, ON_THE_FLY, 32",
        "stock, STOPPED, 32",
        "ours, ON_THE_FLY, 32",
        "ours, STOPPED, 32",
        "ours, ON_THE_FLY, 63"
    })
    void what_was_written_is_read(String who, Ending ending, int depth) throws IOException {
        long seed = new Random().nextLong();
        System.out.println("DiskTrafficTest: " + who + ", seed " + seed);
        List<String> program = who.equals("stock") ? DeviceProcess.stock() : DeviceProcess.ours();
        try (LsiRecorder disk = new LsiRecorder(program, "")) {
            LsiDriver driver = new LsiDriver(disk.port(), ending, LsiPort.SCRIPT_RAM);
            while (driver.run(0, 0, new byte[6], LsiDriver.DATA, 0) != 0) {
                // Each unit attention is told once.
                continue;
            }
            Traffic traffic = new Traffic(driver, disk.port().ram(), new Random(seed), depth);
            traffic.run();
            byte[] flush = new byte[10];
            flush[0] = 0x35;
            assertEquals(0, driver.run(0, 0, flush, LsiDriver.DATA, 0));
            assertArrayEquals(traffic.expected, disk.image(), "the image, seed " + seed);
        } catch (AssertionError | IOException e) {
            throw new AssertionError(who + ", seed " + seed + ": " + e.getMessage(), e);
        }
    }

    private static final class Traffic {
        private final LsiDriver driver;
        private final MemorySegment ram;
        private final Random random;
        private final int depth;
        private final byte[] expected = LsiRecorder.pattern();
        private final int[] offset = new int[LsiDriver.MOST_COMMANDS];
        private final int[] length = new int[LsiDriver.MOST_COMMANDS];
        private final boolean[] reads = new boolean[LsiDriver.MOST_COMMANDS];

        Traffic(LsiDriver driver, MemorySegment ram, Random random, int depth) {
            this.driver = driver;
            this.ram = ram;
            this.random = random;
            this.depth = depth;
        }

        void run() throws IOException {
            ArrayDeque<Integer> free = new ArrayDeque<>();
            for (int tag = 0; tag < depth; tag++) {
                free.add(tag);
            }
            int issued = 0;
            for (int done = 0; done < COMMANDS; done++) {
                while (issued < COMMANDS && !free.isEmpty()) {
                    submit(free.poll());
                    issued++;
                }
                int tag = driver.await();
                check(tag);
                free.add(tag);
            }
        }

        private static long gpa(int tag) {
            return LsiDriver.DATA + (long) tag * PART_BYTES;
        }

        private void submit(int tag) {
            int sectors = 1 + random.nextInt(MOST_SECTORS);
            int room = PART_BYTES / SECTOR_BYTES - sectors + 1;
            offset[tag] = tag * PART_BYTES + random.nextInt(room) * SECTOR_BYTES;
            length[tag] = sectors * SECTOR_BYTES;
            reads[tag] = random.nextBoolean();
            MemorySegment buffer = ram.asSlice(gpa(tag), length[tag]);
            if (reads[tag]) {
                buffer.fill((byte) 0x99);
            } else {
                byte[] data = new byte[length[tag]];
                random.nextBytes(data);
                buffer.copyFrom(MemorySegment.ofArray(data));
                System.arraycopy(data, 0, expected, offset[tag], data.length);
            }
            int lba = offset[tag] / SECTOR_BYTES;
            byte[] cdb = new byte[10];
            cdb[0] = (byte) (reads[tag] ? 0x28 : 0x2a);
            cdb[4] = (byte) (lba >> 8);
            cdb[5] = (byte) lba;
            cdb[8] = (byte) sectors;
            driver.submit(tag, 0, 0, cdb, gpa(tag), length[tag]);
        }

        private void check(int tag) {
            assertEquals(0, driver.status(tag), "status of tag " + tag);
            assertEquals(0, driver.residue(tag), "bytes left over of tag " + tag);
            if (reads[tag]) {
                byte[] data = ram.asSlice(gpa(tag), length[tag]).toArray(ValueLayout.JAVA_BYTE);
                byte[] wanted =
                        Arrays.copyOfRange(expected, offset[tag], offset[tag] + length[tag]);
                assertArrayEquals(wanted, data, "read of tag " + tag);
            }
        }
    }
}
