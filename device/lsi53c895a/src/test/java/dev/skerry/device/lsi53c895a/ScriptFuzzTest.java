package dev.skerry.device.lsi53c895a;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

import java.io.IOException;
import java.util.Random;

/** Random scripts, registers and completions: whatever comes, the chip stays a chip. */
class ScriptFuzzTest {
    private static final int STEPS = 400;
    private static final String[] CDBS = {
        "28000000000100000400",
        "2a000000000100000400",
        "120000002400",
        "000000000000",
        "030000001200",
        "1a003f00ff00",
        "151000001800",
        "88000000000000000002000001000000",
        "8a000000000000000002000001000000",
        "42000000000000001800",
        "41000000000000000100",
        "2f020000000000000100",
        "35000000000000000000",
        "a00000000000000000ff0000",
        "5f000000000000001800",
        "1b0000000100",
        "ffffffffffffffffffffffffffffffff"
    };

    private Bench bench;
    private Random random;

    private static long seed(RepetitionInfo repetition) {
        long fresh = System.nanoTime() ^ (long) repetition.getCurrentRepetition() << 56;
        long seed = Long.getLong("skerry.test.seed", fresh);
        System.out.println("ScriptFuzzTest: -Dskerry.test.seed=" + seed);
        return seed;
    }

    private long address() {
        return switch (random.nextInt(8)) {
            case 0 -> Bench.REGISTERS + random.nextInt(0x100);
            case 1 -> Bench.SCRIPT_RAM + random.nextInt(0x2000);
            case 2 -> Bench.SCRIPT + 4L * random.nextInt(64);
            case 3 -> random.nextInt() & 0xffff_ffffL;
            case 4 -> Bench.RAM_BYTES - random.nextInt(600);
            default -> 0x1000 + random.nextInt(0x8000);
        };
    }

    private int count() {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextInt(0x100_0000);
            case 1 -> random.nextInt(5);
            default -> random.nextInt(3000);
        };
    }

    /** One instruction, mostly one that makes sense. */
    private void instruction(Script script) {
        int phase = random.nextInt(8);
        int here = (int) (Bench.SCRIPT + 8L * random.nextInt(40));
        switch (random.nextInt(16)) {
            case 0, 1, 2 -> script.move(phase, count(), address());
            case 3 -> script.chainedMove(phase, count(), address());
            case 4 -> script.moveTable(phase, random.nextInt(64) * 4);
            case 5 -> script.word(0x2000_0000 | phase << 24 | count(), (int) address());
            case 6 ->
                    script.word(
                            0x8000_0000 | random.nextInt(0x400_0000) | random.nextInt(6) << 27,
                            here);
            case 7 -> script.memoryMove(count(), address(), address());
            case 8 -> script.word(0xe000_0000 | random.nextInt(0x2000_0000), (int) address());
            case 9 -> script.word(0x4000_0000 | random.nextInt(0x4000_0000), here);
            case 10 -> script.set(random.nextInt(0x800)).clear(random.nextInt(0x800));
            case 11 -> script.waitDisconnect();
            case 12 -> script.word(0x5000_0000, here);
            case 13 -> script.word(random.nextInt(), random.nextInt());
            default -> command(script);
        }
    }

    /** A whole command, with a message that may be anything. */
    private void command(Script script) {
        long at = 0x1000 + 0x40L * random.nextInt(64);
        byte[] message = new byte[6];
        random.nextBytes(message);
        bench.poke(at, java.util.HexFormat.of().formatHex(message));
        bench.poke(at, random.nextBoolean() ? "c0" : "80");
        if (random.nextBoolean()) {
            bench.poke(
                    at + 1, String.format("%02x%02x", 0x20 + random.nextInt(3), random.nextInt(4)));
        }
        bench.poke(at + 0x10, CDBS[random.nextInt(CDBS.length)]);
        script.word(0x4100_0000 | random.nextInt(3) << 16, (int) Bench.SCRIPT)
                .move(Script.MSG_OUT, 1 + random.nextInt(5), at)
                .move(Script.COMMAND, 6 + random.nextInt(11), at + 0x10)
                .move(random.nextInt(2), 1 + random.nextInt(2100), address());
    }

    private void step() {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> {
                Script script = new Script();
                for (int i = 0; i < 20; i++) {
                    instruction(script);
                }
                bench.run(script);
            }
            case 3 -> bench.start(address());
            case 4 -> {
                int size = 1 << random.nextInt(4);
                bench.memory.write(
                        Bench.REGISTERS + random.nextInt(0x400), size, random.nextLong());
            }
            case 5 -> bench.io.read(Bench.PORTS + random.nextInt(0x100), 1 << random.nextInt(3));
            case 6 -> bench.write(LsiRegister.ISTAT0, random.nextInt(256));
            case 7 -> bench.write(LsiRegister.SCNTL1, random.nextInt(256));
            case 8 -> bench.disk.defers = random.nextBoolean();
            case 9 -> bench.disk.failure = random.nextInt(4) == 0 ? new IOException("no") : null;
            case 10 -> {
                bench.write(LsiRegister.CCNTL0, random.nextInt(256));
                bench.write(LsiRegister.CCNTL1, random.nextInt(8));
                bench.write(LsiRegister.PMJAD1, (int) Bench.SCRIPT);
                bench.write(LsiRegister.PMJAD2, (int) Bench.SCRIPT + 80);
            }
            default -> {
                bench.disk.complete();
                bench.read(LsiRegister.SIST0);
                bench.read(LsiRegister.SIST1);
                bench.read(LsiRegister.DSTAT);
            }
        }
        bench.host.advance(random.nextInt(20_000));
        if (random.nextInt(3) == 0) {
            bench.disk.complete();
        }
    }

    @RepeatedTest(4)
    void chip_survives_any_script(RepetitionInfo repetition) {
        long seed = seed(repetition);
        random = new Random(seed);
        try (Bench opened = new Bench()) {
            bench = opened;
            bench.attach("scsi-cd,scsi-id=1,lun=0", new MemoryStorage(1 << 20));
            for (int i = 0; i < STEPS; i++) {
                try {
                    step();
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError("seed " + seed + " step " + i, e);
                }
                boolean pin = (bench.chip.function().readConfig(0x06, 2) & 0x8) != 0;
                assertEquals(pin, bench.lineIsUp, "seed " + seed + " step " + i);
            }
            bench.expectUsable("seed " + seed);
            int outstanding = bench.chip.scsiBus().target(0).lun(0).outstanding();
            assertTrue(outstanding == 0, "seed " + seed + ": " + outstanding + " left behind");
        }
    }
}
