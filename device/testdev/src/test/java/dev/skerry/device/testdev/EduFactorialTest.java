package dev.skerry.device.testdev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class EduFactorialTest {
    private static final int FACTORIAL = 0x08;
    private static final int STATUS = 0x20;
    private static final int COMPUTING = 0x01;
    private static final int WHEN_DONE = 0x80;
    private static final int INTERRUPT_STATUS = 0x24;

    private final ManualHost host = new ManualHost();
    private final Edu device = new Edu(host, 0xfff_ffff);
    private final Workbench edu = new Workbench(device);

    @AfterEach
    void close() {
        edu.close();
    }

    // From 13 on modulo 2^32: 13! = 0x17328cc00; 33! = 2^31 * odd; from 34 on all 32 bits are 0.
    @ParameterizedTest(name = "{0}! = {1}")
    @CsvSource({
        "0, 1",
        "1, 1",
        "2, 2",
        "5, 120",
        "12, 479001600",
        "13, 0x7328cc00",
        "33, 0x80000000",
        "34, 0",
        "1000000, 0",
        "0x80000000, 0",
        "0xffffffff, 0"
    })
    void factorial_is_computed_beside_the_cpu(String of, String result) {
        edu.write(FACTORIAL, 4, Long.decode(of));
        assertEquals(COMPUTING, edu.read(STATUS, 4));
        assertEquals(Long.decode(of), edu.read(FACTORIAL, 4));
        assertTrue(host.runOffloaded());
        assertEquals(0, edu.read(STATUS, 4));
        assertEquals(Long.decode(result), edu.read(FACTORIAL, 4));
        assertEquals(List.of(), edu.line);
    }

    @Test
    void interrupt_when_done_if_asked_for() {
        edu.write(STATUS, 4, WHEN_DONE);
        edu.write(FACTORIAL, 4, 4);
        assertEquals(COMPUTING | WHEN_DONE, edu.read(STATUS, 4));
        assertFalse(edu.lineIsUp());
        host.runOffloaded();
        assertEquals(WHEN_DONE, edu.read(STATUS, 4));
        assertEquals(0x001, edu.read(INTERRUPT_STATUS, 4));
        assertTrue(edu.lineIsUp());
    }

    @Test
    void interrupt_may_be_asked_for_or_not_until_it_is_done() {
        edu.write(FACTORIAL, 4, 4);
        edu.write(STATUS, 4, WHEN_DONE);
        host.runOffloaded();
        assertTrue(edu.lineIsUp());
        edu.write(0x64, 4, 1);
        edu.write(FACTORIAL, 4, 4);
        edu.write(STATUS, 4, 0);
        host.runOffloaded();
        assertFalse(edu.lineIsUp());
    }

    @Test
    void second_argument_is_ignored_while_computing() {
        edu.write(FACTORIAL, 4, 5);
        edu.write(FACTORIAL, 4, 6);
        assertEquals(5, edu.read(FACTORIAL, 4));
        assertTrue(host.runOffloaded());
        assertFalse(host.runOffloaded());
        assertEquals(120, edu.read(FACTORIAL, 4));
        edu.write(FACTORIAL, 4, 6);
        host.runOffloaded();
        assertEquals(720, edu.read(FACTORIAL, 4));
    }

    @Test
    void reset_forgets_a_computation() {
        edu.write(STATUS, 4, WHEN_DONE);
        edu.write(FACTORIAL, 4, 5);
        device.reset();
        edu.setUp();
        edu.write(STATUS, 4, WHEN_DONE);
        assertEquals(WHEN_DONE, edu.read(STATUS, 4));
        assertTrue(host.runOffloaded());
        assertEquals(0, edu.read(FACTORIAL, 4));
        assertEquals(List.of(), edu.line);
    }

    @Test
    void forgotten_computation_does_not_end_the_next_one() {
        edu.write(FACTORIAL, 4, 5);
        device.reset();
        edu.setUp();
        edu.write(FACTORIAL, 4, 6);
        host.runOffloaded();
        assertEquals(COMPUTING, edu.read(STATUS, 4));
        assertEquals(6, edu.read(FACTORIAL, 4));
        host.runOffloaded();
        assertEquals(0, edu.read(STATUS, 4));
        assertEquals(720, edu.read(FACTORIAL, 4));
    }

    @Test
    void closed_device_takes_no_result() {
        ManualHost other = new ManualHost();
        Workbench closed = new Workbench(new Edu(other, 0));
        closed.write(STATUS, 4, WHEN_DONE);
        closed.write(FACTORIAL, 4, 5);
        closed.close();
        assertTrue(other.runOffloaded());
        assertEquals(List.of(), closed.line);
    }
}
