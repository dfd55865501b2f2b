package dev.skerry.device.lsi53c895a;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

/**
 * A driver in the manner of sym53c8xx: its script in the chip's RAM, data structures by DSA, tagged
 * commands, disconnection and reselection, one message byte at a time, SDU cleared before each
 * disconnection it expects.
 */
final class TaggedDriver {
    private static final int NEXT = 1;
    private static final int RESELECTED = 2;
    private static final int COMPLETE = 3;
    private static final int SIGNALLED = 4;
    private static final int UNKNOWN = 5;
    private static final int MESSAGE_BAD = 6;

    /** The table of a command: 8-byte entries, then what they point at. */
    private static final long TABLES = 0x20_0000;

    private static final int TABLE_BYTES = 0x100;
    private static final long DATA = 0x21_0000;
    private static final long MESSAGE_IN = 0x1f_0000;
    private static final int SFBR_IS = Script.IF_TRUE | Script.ON_DATA;

    private final Bench bench;
    private final Script script = new Script();
    int disconnections;
    int mostOutstanding;
    private int outstanding;

    TaggedDriver(Bench bench) {
        this.bench = bench;
        int scntl2 = LsiRegister.SCNTL2.offset();
        script.label("start")
                .word(0x4700_0000, "reselected")
                .jump(Script.WAIT | Script.ON_PHASE | Script.MSG_OUT << 24, "unknown")
                .moveTable(Script.MSG_OUT, 0)
                .moveTable(Script.COMMAND, 8)
                .label("dispatch")
                .jumpWhen(Script.MSG_IN, "message")
                .jump(Script.IF_TRUE | Script.ON_PHASE | Script.DATA_IN << 24, "in")
                .jump(Script.IF_TRUE | Script.ON_PHASE | Script.DATA_OUT << 24, "out")
                .jump(Script.IF_TRUE | Script.ON_PHASE | Script.STATUS << 24, "status")
                .label("unknown")
                .interrupt(UNKNOWN)
                .label("in")
                .moveTable(Script.DATA_IN, 16)
                .jump("dispatch")
                .label("out")
                .moveTable(Script.DATA_OUT, 16)
                .jump("dispatch")
                .label("status")
                .moveTable(Script.STATUS, 24)
                .jump("dispatch")
                .label("message")
                .move(Script.MSG_IN, 1, MESSAGE_IN)
                .jump(SFBR_IS, "complete")
                .jump(SFBR_IS | 4, "disconnect")
                .jump(SFBR_IS | 2, "saved")
                .interrupt(MESSAGE_BAD)
                .label("saved")
                .clear(0x40)
                .jump("dispatch")
                .label("complete")
                .register(7, 4, scntl2, 0x7f)
                .clear(0x40)
                .waitDisconnect()
                .interrupt(COMPLETE)
                .label("disconnect")
                .register(7, 4, scntl2, 0x7f)
                .clear(0x40)
                .waitDisconnect()
                .interrupt(NEXT)
                .label("wait")
                .waitReselect("signalled")
                .label("reselected")
                .move(Script.MSG_IN, 1, MESSAGE_IN)
                .clear(0x40)
                .move(Script.MSG_IN, 2, MESSAGE_IN + 1)
                .clear(0x40)
                .interrupt(RESELECTED)
                .label("signalled")
                .interrupt(SIGNALLED);
        bench.place(Bench.SCRIPT_RAM, script);
        bench.write(LsiRegister.SCID, 0x47);
        bench.write(LsiRegister.DIEN, 0x7d);
        bench.write(LsiRegister.SIEN0, 0x8f);
        bench.write(LsiRegister.SIEN1, 0x05);
    }

    private static long table(int tag) {
        return TABLES + (long) tag * TABLE_BYTES;
    }

    /** Where a command's data goes. */
    static long data(int tag) {
        return DATA + 4096L * (tag & 0x1f) + 512L * (tag >> 5 & 7);
    }

    void prepare(int tag, int kind, String cdb, int dataBytes) {
        long table = table(tag);
        entry(table, 3, table + 0x40);
        entry(table + 8, cdb.replace(" ", "").length() / 2, table + 0x50);
        entry(table + 16, dataBytes, data(tag));
        entry(table + 24, 1, table + 0x60);
        bench.poke(table + 0x40, String.format("c0%02x%02x", kind, tag));
        bench.poke(table + 0x50, cdb);
        bench.poke(table + 0x60, "ff");
    }

    private void entry(long at, int count, long gpa) {
        bench.memory.write(at, 4, count);
        bench.memory.write(at + 4, 4, gpa);
    }

    int status(int tag) {
        return (int) bench.memory.read(table(tag) + 0x60, 1);
    }

    private void go(String label) {
        bench.start(Bench.SCRIPT_RAM + script.offset(label));
    }

    /** Lets the chip run until it has something to say, and says what. */
    private int await() {
        for (int i = 0; i < 10_000; i++) {
            if (bench.lineIsUp) {
                assertEquals(0, bench.read(LsiRegister.SIST0), "SIST0");
                assertEquals(0, bench.read(LsiRegister.SIST1), "SIST1");
                assertEquals(0x84, bench.read(LsiRegister.DSTAT));
                return bench.read(LsiRegister.DSPS);
            }
            bench.host.advance(20_000);
            bench.disk.complete();
        }
        return fail("nothing happens, dsp " + Integer.toHexString(bench.read(LsiRegister.DSP)));
    }

    /** Issues commands by their tags as fast as the bus allows and awaits them all. */
    void run(int... tags) {
        int done = 0;
        int issued = 0;
        while (done < tags.length) {
            if (issued < tags.length) {
                bench.write(LsiRegister.DSA, (int) table(tags[issued++]));
                outstanding++;
                mostOutstanding = Math.max(mostOutstanding, outstanding);
                go("start");
            } else {
                go("wait");
            }
            done += settle();
        }
    }

    /** Handles interrupts until the bus is free; returns how many commands ended. */
    private int settle() {
        while (true) {
            switch (await()) {
                case NEXT -> {
                    disconnections++;
                    return 0;
                }
                case COMPLETE -> {
                    outstanding--;
                    return 1;
                }
                case RESELECTED -> {
                    assertEquals("80", bench.peek(MESSAGE_IN, 1));
                    assertEquals("20", bench.peek(MESSAGE_IN + 1, 1));
                    assertEquals(0x80, bench.read(LsiRegister.SSID));
                    int tag = (int) bench.memory.read(MESSAGE_IN + 2, 1);
                    bench.write(LsiRegister.DSA, (int) table(tag));
                    go("dispatch");
                }
                default -> fail("vector " + bench.read(LsiRegister.DSPS));
            }
        }
    }
}
