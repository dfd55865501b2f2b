package dev.skerry.verify.conformance;

import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.Mapping;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.MpqemuClient;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;

/**
 * A guest that uses the disk at target 0 of a controller in another process: one command at a time,
 * on a bus that is never given up, by polling. Scripts as the 53C895A's programming guide has them.
 */
final class DiskClient implements AutoCloseable {
    /** The most data a command can move. */
    static final int MOST_BYTES = 1 << 20;

    private static final long RAM_BYTES = 4L << 20;
    private static final long REGISTERS = 0xe000_0000L;
    private static final int ISTAT0 = 0x14;
    private static final int DSTAT = 0x0c;
    private static final int DSP = 0x2c;
    private static final int DSPS = 0x30;
    private static final int SIST = 0x42;
    private static final int PHASE_MISMATCH = 0x80;

    // Where parts of the script begin, and its vector when all went well.
    private static final int STATUS_PART = 0x38;
    private static final int NOBODY_PART = 0x68;
    private static final int DONE = 0x600d;

    private static final long IDENTIFY = 0x1000;
    private static final long COMMAND = 0x1010;
    private static final long STATUS = 0x1040;
    private static final long SCRIPT = 0x2000;
    private static final long DATA = 0x10_0000;

    private final MpqemuClient link;
    private final Fd memory;
    private final Mapping mapping;
    private final MemorySegment ram;

    DiskClient(MpqemuClient link) throws IOException {
        this.link = link;
        memory = MemFd.sealed("guest", RAM_BYTES);
        mapping = Mapping.of(memory, 0, RAM_BYTES, Mapping.Access.READ_WRITE);
        ram = mapping.segment();
        link.syncMemory(List.of(new SystemMemoryMap.Entry(0, RAM_BYTES, 0)), memory);
        link.writeConfig(0x14, 4, REGISTERS);
        link.writeConfig(0x04, 2, 0x6);
        // The first command after power-on is told so, and nothing else.
        run("00 00 00 00 00 00", 0, false);
    }

    /** Starts a command without waiting for it. */
    void begin(String cdb, int dataBytes, boolean out) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(cdb.replace(" ", ""));
        ram.set(ValueLayout.JAVA_BYTE, IDENTIFY, (byte) 0x80);
        MemorySegment.copy(bytes, 0, ram, ValueLayout.JAVA_BYTE, COMMAND, bytes.length);
        ram.set(ValueLayout.JAVA_BYTE, STATUS, (byte) 0xff);
        int[] script = {
            // SELECT ATN target 0; MOVE the message and the command.
            0x4100_0000,
            (int) SCRIPT + NOBODY_PART,
            0x0e00_0001,
            (int) IDENTIFY,
            0x0a00_0000 | bytes.length,
            (int) COMMAND,
            // When the phase is status, there is no data.
            0x830b_0000,
            (int) SCRIPT + STATUS_PART,
            // The data, in the direction the command has.
            (out ? 0x0800_0000 : 0x0900_0000) | Math.max(1, dataBytes),
            (int) DATA,
            // Whatever else the phase is now, status has to follow.
            0x830b_0000,
            (int) SCRIPT + STATUS_PART,
            0x9808_0000,
            0xbad,
            // Status, message, disconnection.
            0x0b00_0001,
            (int) STATUS,
            0x0f00_0001,
            (int) STATUS + 8,
            0x6000_0040,
            0,
            0x7c02_7f00,
            0,
            0x4800_0000,
            0,
            0x9808_0000,
            0x600d,
            0x9808_0000,
            0xdead,
        };
        for (int i = 0; i < script.length; i++) {
            ram.set(ValueLayout.JAVA_INT_UNALIGNED, SCRIPT + 4L * i, script[i]);
        }
        link.writeMemory(REGISTERS + DSP, 4, SCRIPT);
    }

    /** The status of the command that was begun; fails after the usual time. */
    int await() throws IOException {
        long endNs = System.nanoTime() + DeviceProcess.TIMEOUT_NS;
        while (true) {
            while (!isOver()) {
                if (System.nanoTime() - endNs > 0) {
                    throw new IOException("the command does not end");
                }
                Thread.onSpinWait();
            }
            long istat = link.readMemory(REGISTERS + ISTAT0, 1);
            long sist = (istat & 2) != 0 ? link.readMemory(REGISTERS + SIST, 2) : 0;
            long dstat = link.readMemory(REGISTERS + DSTAT, 1);
            if (sist == PHASE_MISMATCH) {
                // The target has no more data to move: a command that failed.
                link.writeMemory(REGISTERS + DSP, 4, SCRIPT + STATUS_PART);
                continue;
            }
            long vector = link.readMemory(REGISTERS + DSPS, 4);
            if (sist != 0 || vector != DONE) {
                throw new IOException(
                        String.format("sist %x, dstat %x, vector %x", sist, dstat, vector));
            }
            return ram.get(ValueLayout.JAVA_BYTE, STATUS) & 0xff;
        }
    }

    /** Whether the command that was begun has come to its end. */
    boolean isOver() throws IOException {
        return (link.readMemory(REGISTERS + ISTAT0, 1) & 3) != 0;
    }

    /** Carries out a command and returns its status. */
    int run(String cdb, int dataBytes, boolean out) throws IOException {
        begin(cdb, dataBytes, out);
        return await();
    }

    private static String transfer(int opcode, long block, int blocks) {
        return String.format("%02x00%08x00%04x00", opcode, block, blocks);
    }

    /** Begins to write one value all over some blocks. */
    void beginWrite(long block, int blocks, byte value) throws IOException {
        ram.asSlice(DATA, 512L * blocks).fill(value);
        begin(transfer(0x2a, block, blocks), 512 * blocks, true);
    }

    int write(long block, int blocks, byte value) throws IOException {
        beginWrite(block, blocks, value);
        return await();
    }

    int read(long block, int blocks) throws IOException {
        return run(transfer(0x28, block, blocks), 512 * blocks, false);
    }

    int synchronize() throws IOException {
        return run(transfer(0x35, 0, 0), 0, false);
    }

    /** What the last read brought. */
    byte data(int at) {
        return ram.get(ValueLayout.JAVA_BYTE, DATA + at);
    }

    /** Why the last command failed, such as {@code 3/11/00}. */
    String sense() throws IOException {
        run("03 00 00 00 12 00", 18, false);
        return String.format("%x/%02x/%02x", data(2) & 0xf, data(12), data(13));
    }

    /** The machine goes. */
    void hangUp() {
        link.hangUp();
    }

    @Override
    public void close() {
        link.close();
        mapping.close();
        memory.close();
    }
}
