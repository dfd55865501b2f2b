package dev.skerry.vmm.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;

/** What {@code skerry top} makes of two looks at the same processes. */
class TopTest {
    private static Sample sample(
            int pid, long machineMs, long runningMs, long cpuMs, String traffic) {
        return new Sample(
                "vm-7",
                "lsi0",
                pid,
                pid < 0 ? "ended" : "running",
                machineMs,
                runningMs,
                2048,
                cpuMs,
                0,
                traffic == null ? null : Traffic.parse(traffic));
    }

    private static String row(Top top, Sample sample) throws IOException {
        String[] lines = top.table(List.of(sample + "\n")).split("\n");
        assertEquals(2, lines.length);
        return lines[1].strip().replaceAll(" +", " ");
    }

    @Test
    void the_first_look_has_averages_since_the_start() throws IOException {
        Sample first = sample(5, 2000, 1000, 500, "1440 2560:10 10240:8 1000000:2");
        assertEquals(
                "vm lsi0 5 running 10.0 2.6 us 1.00 ms 720 2 MB 50 % 0", row(new Top(), first));
    }

    @Test
    void later_looks_have_what_came_since_the_one_before() throws IOException {
        Top top = new Top();
        row(top, sample(5, 2000, 2000, 500, "1440 2560:10 10240:10"));
        Sample second = sample(5, 4000, 4000, 700, "2440 2560:10 5120:800 10240:10");
        assertEquals("vm lsi0 5 running 400 5.1 us 5.1 us 500 2 MB 10 % 0", row(top, second));
    }

    @Test
    void a_device_that_rests_has_no_latency() throws IOException {
        Top top = new Top();
        row(top, sample(5, 2000, 2000, 0, "1440 2560:10"));
        Sample second = sample(5, 3000, 3000, 0, "1440 2560:10");
        assertEquals("vm lsi0 5 running 0.0 - - 0.0 2 MB 0 % 0", row(top, second));
    }

    @Test
    void a_new_process_has_its_own_load_and_its_devices_messages() throws IOException {
        Top top = new Top();
        row(top, sample(5, 2000, 2000, 1900, "1440 2560:10"));
        row(top, sample(-1, 3000, 0, 0, "1440 2560:10"));
        Sample third = sample(6, 4000, 500, 100, "1940 2560:20");
        assertEquals("vm lsi0 6 running 10.0 2.6 us 2.6 us 500 2 MB 20 % 0", row(top, third));
    }

    @Test
    void what_is_not_known_is_a_dash() throws IOException {
        assertEquals("vm lsi0 - ended - - - - - - 0", row(new Top(), sample(-1, 2000, 0, 0, null)));
    }

    @Test
    void machines_of_one_name_are_told_apart() throws IOException {
        Sample one = sample(5, 1000, 1000, 0, "0");
        Sample other =
                new Sample(
                        "vm-8", "lsi0", 6, "running", 1000, 1000, 0, 0, 0, Traffic.parse("8 99:8"));
        Top top = new Top();
        top.table(List.of(one + "\n", other + "\n"));
        String[] lines = top.table(List.of(one + "\n", other + "\n")).split("\n");
        assertEquals(3, lines.length);
        assertEquals(-1, lines[2].indexOf("8.0"), lines[2]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "1 2", "1 2:", "1 :2", "1 2:x", "1 2:3:4", "1  2:3"})
    void what_a_machine_should_not_say_is_no_traffic(String text) {
        assertNull(Traffic.parse(text));
    }

    @Test
    void another_versions_answer_is_said_to_be_one() {
        assertThrows(IOException.class, () -> new Top().table(List.of("something else\n")));
    }
}
