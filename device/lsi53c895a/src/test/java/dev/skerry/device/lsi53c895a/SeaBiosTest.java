package dev.skerry.device.lsi53c895a;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A driver like SeaBIOS's: no interrupts, no ATN, no CLEAR ACK, commands of 16 bytes, polling. */
class SeaBiosTest {
    private static final long MESSAGE = 0x10_0000;
    private static final long CDB = 0x10_0100;
    private static final long STATUS = 0x10_0200;
    private static final long SCRATCH = 0x10_0300;
    private static final long DATA = 0x11_0000;

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    /** Does a command; returns status and message, or the SCSI interrupt it failed with. */
    private String command(int target, String cdb, int length, boolean reads) {
        bench.poke(MESSAGE, "8008");
        bench.poke(CDB, "00".repeat(16));
        bench.poke(CDB, cdb);
        bench.poke(STATUS, "ffff");
        Script script =
                new Script()
                        .word(0x4000_0000 | target << 16, 0)
                        .chainedMove(Script.MSG_OUT, 1, MESSAGE)
                        .chainedMove(Script.COMMAND, 16, CDB)
                        .word(0x8782_0000, 0x18)
                        .chainedMove(Script.MSG_IN, 2, SCRATCH)
                        .word(0x5000_0000, 0)
                        .chainedMove(Script.MSG_IN, 2, SCRATCH)
                        .word((reads ? 0x0100_0000 : 0) | length, length == 0 ? 0 : (int) DATA)
                        .chainedMove(Script.STATUS, 1, STATUS)
                        .chainedMove(Script.MSG_IN, 1, STATUS + 1)
                        .interrupt(0);
        bench.place(Bench.SCRIPT, script);
        for (int i = 0; i < 4; i++) {
            long at = Bench.PORTS + LsiRegister.DSP.offset() + i;
            bench.io.write(at, 1, Bench.SCRIPT >> 8 * i);
        }
        for (int polls = 0; polls < 100; polls++) {
            long dstat = bench.io.read(Bench.PORTS + 0x0c, 1);
            long sist = bench.io.read(Bench.PORTS + 0x42, 1);
            sist |= bench.io.read(Bench.PORTS + 0x43, 1) << 8;
            if (sist != 0) {
                return "sist " + Long.toHexString(sist);
            } else if ((dstat & 4) != 0) {
                return bench.peek(STATUS, 2);
            }
            bench.disk.complete();
            bench.host.advance(5_000);
        }
        return "hangs";
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void disk_is_found_and_read_by_polling(boolean slow) {
        bench.disk.defers = slow;
        bench.disk.bytes[512] = 0x55;
        bench.io.write(Bench.PORTS + 0x14, 1, 0x40);
        assertEquals("0000", command(0, "12 00 00 00 24 00", 36, true));
        assertEquals("000005121f", bench.peek(DATA, 5));
        assertEquals("0200", command(0, "00 00 00 00 00 00", 0, false), "unit attention");
        assertEquals("0000", command(0, "03 00 00 00 12 00", 18, true));
        assertEquals("70000600", bench.peek(DATA, 4));
        assertEquals("0000", command(0, "00 00 00 00 00 00", 0, false));
        assertEquals("0000", command(0, "25 00 00 00 00 00 00 00 00 00", 8, true));
        assertEquals("00003fff00000200", bench.peek(DATA, 8));
        for (int i = 0; i < 3; i++) {
            assertEquals("0000", command(0, "28 00 00 00 00 01 00 00 02 00", 1024, true));
            assertEquals("5500", bench.peek(DATA, 2));
        }
        bench.poke(DATA, "77");
        assertEquals("0000", command(0, "2a 00 00 00 00 02 00 00 01 00", 512, false));
        assertEquals(0x77, bench.disk.bytes[1024]);
    }

    @Test
    void empty_place_times_out_at_once() {
        assertEquals("sist 400", command(3, "12 00 00 00 24 00", 36, true));
        assertEquals("0000", command(0, "12 00 00 00 24 00", 36, true));
    }
}
