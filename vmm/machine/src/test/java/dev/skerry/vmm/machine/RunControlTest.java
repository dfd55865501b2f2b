package dev.skerry.vmm.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;

/** What becomes of a machine when its guest, or somebody outside, wants something of it. */
@Timeout(120)
class RunControlTest {
    private static final String EXIT = "isa-debug-exit,iobase=0xf4,iosize=4";
    private static final String CONSOLE = "isa-debugcon,iobase=0xe9,chardev=c0";

    /** mov al,'A'; out 0xe9,al. */
    private static final String SAY_A = "b041 e6e9";

    /** jmp $. */
    private static final String FOR_EVER = "ebfe";

    @TempDir private Path folder;
    private Bench bench;

    @BeforeEach
    void make() {
        bench = new Bench(folder);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @ParameterizedTest
    @CsvSource({"pc, 0x10, 33", "q35, 0x10, 33", "q35, 0x00, 1"})
    void debug_exit_ends_the_process_with_twice_the_value_plus_one(
            String type, String value, int status) throws Exception {
        bench.type = type;
        // mov al,VALUE; out 0xf4,al
        bench.code("b0" + value.substring(2) + "e6f4" + FOR_EVER).device(EXIT);
        assertEquals(status, bench.start().awaitEnd());
    }

    /** Ports 0xcf9 (reset control), 0x64 (keyboard controller), 0x92, and a triple fault. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                // mov dx,0xcf9; mov al,2; out dx,al; mov al,6; out dx,al
                "baf90c b002ee b006ee",
                // mov al,0xfe; out 0x64,al
                "b0fe e664",
                // in al,0x92; or al,1; out 0x92,al
                "e492 0c01 e692",
                // lidt [cs:0x40] (zeroes); int3
                "2e0f011e4000 cc"
            })
    void guest_resets_the_machine(String how) throws Exception {
        bench.code(SAY_A + how + FOR_EVER).device(CONSOLE);
        bench.start();
        assertEquals("RESET guest-reset", bench.nextEvent());
        assertEquals((byte) 'A', bench.nextByte());
        assertEquals((byte) 'A', bench.nextByte(), "it begins anew");
    }

    @Test
    void reset_ends_a_machine_that_shall_not_start_again() throws Exception {
        bench.noReboot = true;
        bench.code("b0fe e664" + FOR_EVER);
        assertEquals(0, bench.start().awaitEnd());
        assertEquals("SHUTDOWN guest-reset", bench.nextEvent());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void power_off_by_acpi_ends_the_machine_or_stops_it(boolean noShutdown) throws Exception {
        bench.type = "pc";
        bench.noShutdown = noShutdown;
        // PIIX4: PMBA 0x600 at 0x40, PMREGMISC bit 0 at 0x80; then SLP_EN to PM1a_CNT.
        bench.code(
                "66b840 0b0080 baf80c 66ef bafc0c 66b801060000 66ef"
                        + "66b880 0b0080 baf80c 66ef bafc0c b001 ee"
                        + "ba0406 b80020 ef"
                        + FOR_EVER);
        Machine machine = bench.start();
        assertEquals("SHUTDOWN guest-shutdown", bench.nextEvent());
        if (noShutdown) {
            assertEquals("STOP", bench.nextEvent());
            assertEquals(RunState.SHUTDOWN, machine.state());
            assertFalse(machine.cont(), "it must be reset first");
            machine.reset(Cause.HOST_QMP_SYSTEM_RESET);
            assertEquals("RESET host-qmp-system-reset", bench.nextEvent());
            assertTrue(machine.cont());
        } else {
            assertEquals(0, machine.awaitEnd());
        }
    }

    @Test
    void paused_machine_waits_for_cont() throws Exception {
        bench.paused = true;
        bench.code(SAY_A + FOR_EVER).device(CONSOLE);
        Machine machine = bench.start();
        assertEquals(RunState.PRELAUNCH, machine.state());
        assertTrue(bench.chars.bytes.isEmpty());
        assertTrue(machine.cont());
        assertEquals((byte) 'A', bench.nextByte());
        assertEquals("RESUME", bench.nextEvent());
        machine.stop();
        assertEquals("STOP", bench.nextEvent());
        assertEquals(RunState.PAUSED, machine.state());
        assertTrue(machine.cont());
        assertEquals("RESUME", bench.nextEvent());
        machine.quit(Cause.HOST_QMP_QUIT);
        assertEquals(0, machine.awaitEnd());
        assertEquals("SHUTDOWN host-qmp-quit", bench.nextEvent());
    }
}
