package dev.skerry.verify.bench;

import dev.skerry.verify.bench.DiskBench.Load;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.LsiDriver;
import dev.skerry.verify.testkit.LsiDriver.Ending;
import dev.skerry.verify.testkit.LsiPort;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;

/** Somebody who reads and writes blocks of an image, and how long that took. */
abstract sealed class DiskSubject implements AutoCloseable {
    private static final int RAM_BYTES = 64 << 20;
    private static final int SECTOR_BYTES = 512;

    private final String name;
    private final boolean stopping;
    private Samples times = new Samples();
    private Samples roundNs = new Samples();
    private int commands;

    private DiskSubject(String name, boolean stopping) {
        this.name = name;
        this.stopping = stopping;
    }

    /** A loop of pread and pwrite, one at a time. */
    static DiskSubject file(Path image) throws IOException {
        return new PlainFile(image);
    }

    static DiskSubject stock(Path image, Ending ending) throws IOException {
        return new Controller("stock x-remote", DeviceProcess.stock(), true, image, ending);
    }

    static DiskSubject skerry(Path image, Ending ending) throws IOException {
        return new Controller("skerry", DeviceProcess.ours(), false, image, ending);
    }

    String name() {
        return name;
    }

    /** Whether its driver stops after each command. */
    boolean isStopping() {
        return stopping;
    }

    /** The time of each command since the measurement began. */
    Samples times() {
        return times;
    }

    /** Commands a second, of the round that many percent are not faster than. */
    double rate(double percent) {
        return commands * 1e9 / roundNs.percentile(100 - percent);
    }

    /** Forgets what was measured. */
    void begin() {
        times = new Samples();
        roundNs = new Samples();
    }

    /** Carries out a load once; rounds with the same number ask for the same blocks. */
    void round(Load load, long imageBytes, int number) throws IOException {
        Random random = new Random(number);
        int blocks = (int) (imageBytes / load.blockBytes());
        int[] order = new int[load.commands()];
        for (int i = 0; i < order.length; i++) {
            order[i] = load.isSequential() ? i % blocks : random.nextInt(blocks);
        }
        commands = order.length;
        long begin = System.nanoTime();
        carryOut(load, order, times);
        roundNs.add(System.nanoTime() - begin);
    }

    abstract void carryOut(Load load, int[] blocks, Samples into) throws IOException;

    @Override
    public abstract void close() throws IOException;

    private static final class PlainFile extends DiskSubject {
        private final FileChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);

        PlainFile(Path image) throws IOException {
            super("pread and pwrite, no machine", false);
            channel = FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }

        @Override
        void carryOut(Load load, int[] blocks, Samples into) throws IOException {
            for (int block : blocks) {
                buffer.clear().limit(load.blockBytes());
                long begin = System.nanoTime();
                long at = (long) block * load.blockBytes();
                int moved = load.writes() ? channel.write(buffer, at) : channel.read(buffer, at);
                if (moved != load.blockBytes()) {
                    throw new IOException("moved " + moved + " bytes");
                }
                into.add(System.nanoTime() - begin);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    private static final class Controller extends DiskSubject {
        private final DeviceProcess process;
        private final LsiPort port;
        private final LsiDriver driver;
        private final byte[] cdb = new byte[10];
        private final long[] begun = new long[LsiDriver.MOST_COMMANDS];

        Controller(String program, List<String> command, boolean stock, Path image, Ending ending)
                throws IOException {
            super(
                    program + (ending == Ending.STOPPED ? ", script stops" : ", script goes on"),
                    ending == Ending.STOPPED);
            process = DeviceProcess.start(DeviceProcess.oneDisk(command, image, "", ""), 1, null);
            port = new LsiPort(process.client(0), stock, RAM_BYTES);
            driver = new LsiDriver(port, ending, LsiPort.SCRIPT_RAM);
            while (driver.run(0, 0, new byte[6], LsiDriver.DATA, 0) != 0) {
                // Unit attentions are told once each.
                continue;
            }
        }

        @Override
        void carryOut(Load load, int[] blocks, Samples into) throws IOException {
            int issued = 0;
            for (; issued < Math.min(load.depth(), blocks.length); issued++) {
                submit(issued, load, blocks[issued]);
            }
            for (int done = 0; done < blocks.length; done++) {
                int tag = driver.await();
                into.add(System.nanoTime() - begun[tag]);
                if (driver.status(tag) != 0) {
                    throw new IOException(name() + ": status " + driver.status(tag));
                }
                if (issued < blocks.length) {
                    submit(tag, load, blocks[issued++]);
                }
            }
        }

        private void submit(int tag, Load load, int block) {
            int sectors = load.blockBytes() / SECTOR_BYTES;
            int lba = block * sectors;
            cdb[0] = (byte) (load.writes() ? 0x2a : 0x28);
            for (int i = 0; i < 4; i++) {
                cdb[2 + i] = (byte) (lba >>> 24 - 8 * i);
            }
            cdb[7] = (byte) (sectors >> 8);
            cdb[8] = (byte) sectors;
            begun[tag] = System.nanoTime();
            long gpa = LsiDriver.DATA + (long) tag * load.blockBytes();
            driver.submit(tag, 0, 0, cdb, gpa, load.blockBytes());
        }

        @Override
        public void close() throws IOException {
            port.close();
            process.close();
        }
    }
}
