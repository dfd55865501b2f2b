package dev.skerry.device.scsi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class TaskTest {
    private static final String READ = "28 00 00 00 00 %02x 00 00 01 00";
    private final Workbench disk = new Workbench("scsi-hd", 1 << 20).ready();

    private ScsiTask read(int tag, TaskAttribute attribute) {
        return disk.submit(0, tag, attribute, String.format(READ, tag));
    }

    @Test
    void order_is_kept_to_the_end() {
        disk.storage.defers = true;
        List<ScsiTask> tasks = new ArrayList<>();
        tasks.add(read(1, TaskAttribute.SIMPLE));
        tasks.add(read(2, TaskAttribute.ORDERED));
        tasks.add(read(3, TaskAttribute.SIMPLE));
        tasks.add(read(4, TaskAttribute.HEAD_OF_QUEUE));
        assertEquals(List.of("read 512 512", "read 2048 512"), disk.storage.log);
        MemorySegment buffer = Arena.ofAuto().allocate(512);
        for (int index : new int[] {0, 3, 1, 2}) {
            ScsiTask task = tasks.get(index);
            while (task.phase() == ScsiTask.Phase.WAITING) {
                assertTrue(disk.storage.complete(), task.toString());
            }
            task.move(List.of(buffer), 512, bytes -> {});
            assertEquals(ScsiStatus.GOOD, task.status());
        }
        assertEquals(
                List.of("read 512 512", "read 2048 512", "read 1024 512", "read 1536 512"),
                disk.storage.log);
        assertEquals(0, disk.device.lun().outstanding());
    }

    @Test
    void full_task_set_takes_no_more() {
        disk.storage.defers = true;
        for (int tag = 0; tag < 256; tag++) {
            read(tag, TaskAttribute.SIMPLE);
        }
        String untagged = String.format(READ, 0);
        disk.submit(0, ScsiTask.UNTAGGED, TaskAttribute.SIMPLE, untagged);
        assertEquals(257, disk.device.lun().outstanding());
        ScsiTask more = disk.submit(0, 256, TaskAttribute.SIMPLE, untagged);
        assertEquals(ScsiStatus.TASK_SET_FULL, more.status());
    }

    @Test
    void tag_used_twice_aborts_everything() {
        disk.storage.defers = true;
        ScsiTask first = read(1, TaskAttribute.SIMPLE);
        ScsiTask other = read(2, TaskAttribute.SIMPLE);
        ScsiTask again = read(1, TaskAttribute.SIMPLE);
        assertEquals(ScsiTask.Phase.ABORTED, first.phase());
        assertEquals(ScsiTask.Phase.ABORTED, other.phase());
        assertEquals(ScsiStatus.CHECK_CONDITION, again.status());
        assertEquals("b/4e/00", disk.sense());
    }

    @Test
    void aborted_task_is_silent_when_its_storage_answers() {
        disk.storage.defers = true;
        ScsiTask task = read(1, TaskAttribute.SIMPLE);
        ScsiTask next = read(2, TaskAttribute.ORDERED);
        task.abort();
        assertEquals(ScsiTask.Phase.ABORTED, task.phase());
        assertTrue(disk.storage.complete());
        assertEquals(ScsiTask.Phase.ABORTED, task.phase());
        assertTrue(disk.storage.complete());
        assertEquals(ScsiTask.Phase.DATA_IN, next.phase());
    }

    @Test
    void move_ends_once_even_if_aborted_meanwhile() {
        disk.holdsBus = true;
        disk.storage.defers = true;
        ScsiTask task = read(1, TaskAttribute.SIMPLE);
        List<Long> ends = new ArrayList<>();
        task.move(List.of(Arena.ofAuto().allocate(512)), 512, ends::add);
        assertTrue(task.isMoving());
        disk.bus.target(0).reset();
        assertEquals(List.of(), ends, "the memory is still in use");
        assertTrue(disk.storage.complete());
        assertEquals(List.of(0L), ends);
        assertFalse(task.isMoving());
    }

    @Test
    void resets_are_told_by_unit_attentions() {
        disk.bus.reset();
        assertEquals(ScsiStatus.CHECK_CONDITION, disk.run("00 00 00 00 00 00").status());
        assertEquals("6/29/02", disk.sense());
        disk.bus.target(0).reset();
        assertEquals("6/29/03", disk.sense(), "REQUEST SENSE may be the first to ask");
        assertEquals(ScsiStatus.GOOD, disk.run("00 00 00 00 00 00").status());
        disk.device.reset();
        assertEquals(ScsiStatus.GOOD, disk.run("12 00 00 00 24 00").status(), "exempt");
        disk.run("00 00 00 00 00 00");
        assertEquals("6/29/00", disk.sense());
        disk.device.resized();
        disk.run("00 00 00 00 00 00");
        assertEquals("6/2a/09", disk.sense());
    }

    @Test
    void sense_is_gone_with_the_next_command() {
        disk.run("c1 00 00 00 00 00");
        disk.run("00 00 00 00 00 00");
        assertEquals("0/00/00", disk.sense());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void data_in_pieces_of_any_size_is_the_same_data(boolean holdsBus) {
        disk.holdsBus = holdsBus;
        long seed = Long.getLong("skerry.test.seed", System.nanoTime());
        System.out.println("TaskTest: -Dskerry.test.seed=" + seed);
        Random random = new Random(seed);
        byte[] expected = new byte[300 * 512];
        random.nextBytes(expected);
        for (int i = 0; i < 20; i++) {
            int blocks = 1 + random.nextInt(300);
            String place = String.format("00 00 00 00 03 00 %04x 00", blocks);
            MemorySegment out = Arena.ofAuto().allocate(expected.length);
            MemorySegment.copy(MemorySegment.ofArray(expected), 0, out, 0, expected.length);
            pieces(disk.submit(0, 1, TaskAttribute.SIMPLE, "2a" + place), out, random);
            MemorySegment in = Arena.ofAuto().allocate(expected.length);
            pieces(disk.submit(0, 1, TaskAttribute.SIMPLE, "28" + place), in, random);
            assertArrayEquals(
                    java.util.Arrays.copyOf(expected, blocks * 512),
                    in.asSlice(0, blocks * 512L).toArray(ValueLayout.JAVA_BYTE),
                    "seed " + seed);
        }
    }

    private void pieces(ScsiTask task, MemorySegment memory, Random random) {
        long at = 0;
        disk.storage.defers = random.nextBoolean();
        while (task.phase() != ScsiTask.Phase.STATUS) {
            if (task.phase() == ScsiTask.Phase.WAITING) {
                assertTrue(disk.storage.complete());
                continue;
            }
            long length =
                    Math.min(
                            task.remainingBytes(),
                            random.nextBoolean() ? 1 + random.nextInt(2000) : 70_000);
            long half = random.nextInt((int) length + 1);
            List<MemorySegment> segments =
                    half == 0 || half == length
                            ? List.of(memory.asSlice(at, length))
                            : List.of(
                                    memory.asSlice(at, half),
                                    memory.asSlice(at + half, length - half));
            task.move(segments, length, bytes -> assertEquals(length, bytes));
            while (task.isMoving()) {
                assertTrue(disk.storage.complete());
            }
            at += length;
        }
        assertEquals(ScsiStatus.GOOD, task.status());
        while (disk.storage.complete()) {
            continue;
        }
        disk.storage.defers = false;
    }

    @Test
    void several_units_and_targets_find_their_places() {
        disk.attach(Workbench.device("scsi-hd,scsi-id=0,lun=2"));
        disk.attach(Workbench.device("scsi-cd"));
        disk.attach(Workbench.device("scsi-hd,scsi-id=9"));
        assertEquals(0, disk.bus.target(1).lun(0).number());
        assertEquals(9, disk.bus.target(9).id());
        assertEquals(4, disk.bus.luns().size());
        assertEquals(
                "000000100000000000000000000000000002000000000000",
                disk.run("a0 00 00 00 00 00 00 00 00 ff 00 00").data());
    }
}
