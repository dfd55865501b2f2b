package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.LsiDriver;
import dev.skerry.verify.testkit.LsiPort;
import dev.skerry.verify.testkit.LsiScript;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A device process with an {@code lsi53c895a} and a disk of its own, and what a script has seen of
 * them: one line for each thing looked at.
 */
final class LsiRecorder implements AutoCloseable {
    /** What to do with the chip. */
    @FunctionalInterface
    interface Action {
        void run(LsiRecorder chip) throws IOException;
    }

    /** Where programs are put, and the tests' data. */
    static final long PROGRAM = 0x8000;

    static final long MESSAGE = 0x1000;
    static final long CDB = 0x1100;
    static final long STATUS = 0x1200;
    static final long BUFFER = 0x40_0000;
    static final int DISK_BYTES = 8 << 20;

    private static final int RAM_BYTES = 16 << 20;

    /** Stock QEMU never shows it in ISTAT0. */
    private static final int CONNECTED = 0x08;

    private static final int PENDING = LsiPort.DMA_PENDING | LsiPort.SCSI_PENDING;

    /** Interrupts that wait behind each other; more is a chip that keeps on. */
    private static final int MOST_STACKED = 8;

    /** No program here takes as long. */
    private static final long SILENCE_NS = 1_000_000_000L;

    private static final int SHOWN_BYTES = 48;
    private static final byte UNTOUCHED = (byte) 0xee;
    private static final int CHECK_CONDITION = 2;
    private static final byte SENSE_BYTES = 18;

    private final Path image = Files.createTempFile("skerry-disk", ".img");
    private final Fd chatter = MemFd.resizable("stderr", 0);
    private final DeviceProcess process;
    private final LsiPort port;
    private final List<String> lines = new ArrayList<>();
    private LsiDriver driver;

    LsiRecorder(List<String> program, String disk) throws IOException {
        Files.write(image, pattern());
        List<String> command = DeviceProcess.oneDisk(program, image, "", disk);
        process = DeviceProcess.start(command, 1, chatter);
        port = new LsiPort(process.client(0), program.equals(DeviceProcess.stock()), RAM_BYTES);
    }

    /** Every block says where it is. */
    static byte[] pattern() {
        byte[] bytes = new byte[DISK_BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ((i >> 9) * 31 + (i & 511) * 7 + (i >> 17));
        }
        return bytes;
    }

    /** Runs it with stock QEMU or ours and gives the lines. */
    static List<String> record(List<String> program, String disk, Action action)
            throws IOException {
        try (LsiRecorder recorder = new LsiRecorder(program, disk)) {
            action.run(recorder);
            return recorder.lines;
        }
    }

    /** Runs it with stock QEMU and with ours, and requires the same lines of both. */
    static void assertSame(Action action) throws IOException {
        assertSame("", action);
    }

    static void assertSame(String disk, Action action) throws IOException {
        List<String> stock = record(DeviceProcess.stock(), disk, action);
        List<String> ours = record(DeviceProcess.ours(), disk, action);
        assertEquals(String.join("\n", stock), String.join("\n", ours), "stock and ours");
    }

    /** Requires different lines of the two. */
    static void assertDiffers(String stock, String ours, Action action) throws IOException {
        assertEquals(
                stock, String.join("\n", record(DeviceProcess.stock(), "", action)), "stock QEMU");
        assertEquals(ours, String.join("\n", record(DeviceProcess.ours(), "", action)), "ours");
    }

    LsiPort port() {
        return port;
    }

    /** Made when first asked for; the chip is reset then. */
    LsiDriver driver() throws IOException {
        if (driver == null) {
            driver = new LsiDriver(port);
        }
        return driver;
    }

    void note(String line) {
        lines.add(line);
    }

    void noteRegister(int register) throws IOException {
        note(String.format("register %02x: %02x", register, port.read(register)));
    }

    void noteRegister32(int register) throws IOException {
        note(String.format("register %02x: %08x", register, port.read32(register)));
    }

    void noteMemory(long gpa, int lengthBytes) {
        note(String.format("memory %x: %s", gpa, port.peek(gpa, lengthBytes)));
    }

    /** Notes the line's rises since it was last asked. */
    void noteLine() throws IOException {
        note("the line rose: " + port.awaitInterrupt(0));
    }

    /** Runs a program until it has something to say, and notes and takes that. */
    void run(LsiScript script) throws IOException {
        port.place(PROGRAM, script);
        port.start(PROGRAM);
        noteStop();
    }

    /** Waits for an interrupt, notes all there are and takes them. */
    void noteStop() throws IOException {
        int status = port.pollStatus(SILENCE_NS);
        if (status == 0) {
            note(String.format("silent: dsp %x", port.read32(LsiPort.DSP)));
        }
        for (int i = 0; i < MOST_STACKED && (status & PENDING) != 0; i++) {
            if ((status & LsiPort.ON_THE_FLY) != 0) {
                // First, since stock QEMU keeps DSTAT until then.
                port.write(LsiPort.ISTAT0, LsiPort.ON_THE_FLY);
            }
            int scsi = port.takeScsi();
            int dma = port.read(LsiPort.DSTAT);
            note(
                    String.format(
                            "stopped: istat %02x, sist %04x, dstat %02x, vector %x, dsp %x,"
                                    + " left %x",
                            status & ~CONNECTED,
                            scsi,
                            dma,
                            dma == 0x84 ? port.read32(LsiPort.DSPS) : 0,
                            port.read32(LsiPort.DSP),
                            // Only a block move counts in stock QEMU.
                            scsi == 0x80 ? port.read32(LsiPort.DBC) & 0xff_ffff : 0));
            status = port.read(LsiPort.ISTAT0);
        }
    }

    /** Selects the disk, identifies, and sends a command. */
    LsiScript begin(String cdb) {
        return begin("80", cdb);
    }

    LsiScript begin(String messages, String cdb) {
        port.poke(MESSAGE, messages);
        port.poke(CDB, cdb);
        port.poke(STATUS, "eeeeeeee");
        return new LsiScript()
                .select(0, true, "end")
                .move(LsiScript.MSG_OUT, messages.replace(" ", "").length() / 2, MESSAGE)
                .move(LsiScript.COMMAND, cdb.replace(" ", "").length() / 2, CDB);
    }

    /** Takes status and message, and stops. */
    static LsiScript end(LsiScript script) {
        return script.move(LsiScript.STATUS, 1, STATUS)
                .move(LsiScript.MSG_IN, 1, STATUS + 1)
                .clear(LsiScript.ACK)
                .waitDisconnect()
                .label("end")
                .interrupt(0x77);
    }

    /** Runs a program and takes its interrupts without a note. */
    void runQuietly(LsiScript script) throws IOException {
        int before = lines.size();
        run(script);
        lines.subList(before, lines.size()).clear();
    }

    /** Has the disk tell of its power-on. */
    void clearAttention() throws IOException {
        runQuietly(end(begin("00 00 00 00 00 00")));
    }

    /**
     * Notes the sense data there is. Stock QEMU refuses to tell a unit attention at first; another
     * command takes it.
     */
    void noteSense() throws IOException {
        runQuietly(end(begin("00 00 00 00 00 00")));
        LsiScript script = begin("03 00 00 00 12 00").move(LsiScript.DATA_IN, SENSE_BYTES, BUFFER);
        runQuietly(end(script));
        noteMemory(BUFFER, SENSE_BYTES);
    }

    /** Does a command by the driver and notes status, data and, if there is any, sense. */
    void command(String cdb, int dataBytes) throws IOException {
        command(0, 0, cdb, dataBytes);
    }

    void command(int target, int lun, String cdb, int dataBytes) throws IOException {
        MemorySegment buffer = port.ram().asSlice(BUFFER, dataBytes);
        buffer.fill(UNTOUCHED);
        send(target, lun, cdb, dataBytes);
    }

    /** As {@link #command}, with data for the target. */
    void commandOut(String cdb, byte[] data) throws IOException {
        MemorySegment.copy(data, 0, port.ram(), ValueLayout.JAVA_BYTE, BUFFER, data.length);
        send(0, 0, cdb, data.length);
    }

    private void send(int target, int lun, String cdb, int dataBytes) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(cdb.replace(" ", ""));
        int status = driver().run(target, lun, bytes, BUFFER, dataBytes);
        String line = String.format("%s: status %x, data %s", cdb, status, summary(dataBytes));
        if (status == CHECK_CONDITION) {
            byte[] requestSense = {3, 0, 0, 0, SENSE_BYTES, 0};
            int senseStatus = driver.run(target, lun, requestSense, BUFFER, SENSE_BYTES);
            line += ", sense " + (senseStatus == 0 ? port.peek(BUFFER, SENSE_BYTES) : "refused");
        }
        note(line);
    }

    /** Starts the driver and takes the unit attentions, without a note. */
    void makeReady() throws IOException {
        while (driver().run(0, 0, new byte[6], BUFFER, 0) != 0) {
            // Each attention is told once.
            continue;
        }
    }

    /** Notes how many bytes a command answered with. */
    void noteAnswerLength(String cdb, int dataBytes) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(cdb.replace(" ", ""));
        driver().run(0, 0, bytes, BUFFER, dataBytes);
        note(dataBytes - driver.residue(0) + " bytes");
    }

    private String summary(int dataBytes) {
        byte[] data = port.ram().asSlice(BUFFER, dataBytes).toArray(ValueLayout.JAVA_BYTE);
        int used = data.length;
        // Stock QEMU fills up with zeros what has a shorter answer.
        while (used > 0 && (data[used - 1] == UNTOUCHED || data[used - 1] == 0)) {
            used--;
        }
        data = Arrays.copyOf(data, used);
        if (used <= SHOWN_BYTES) {
            return HexFormat.of().formatHex(data);
        }
        CRC32 sum = new CRC32();
        sum.update(data);
        String begin = HexFormat.of().formatHex(Arrays.copyOf(data, SHOWN_BYTES));
        return String.format("%s…, %d bytes, CRC %08x", begin, used, sum.getValue());
    }

    /** Notes what the image holds now. */
    void noteImage() throws IOException {
        CRC32 sum = new CRC32();
        sum.update(Files.readAllBytes(image));
        note(String.format("image: CRC %08x", sum.getValue()));
    }

    byte[] image() throws IOException {
        return Files.readAllBytes(image);
    }

    @Override
    public void close() throws IOException {
        port.close();
        process.close();
        chatter.close();
        Files.delete(image);
    }
}
