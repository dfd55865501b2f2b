package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap.Entry;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.LogCapture;
import dev.skerry.verify.testkit.MpqemuClient;
import dev.skerry.verify.testkit.MpqemuClient.Answer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * One process of ours with an edu, which gets the bad input, and a pci-testdev, which must not
 * notice. After whatever was sent, one of the {@code expect} methods says what must be true.
 */
final class Victim implements AutoCloseable {
    static final long BAR = 0xfeb0_0000L;
    static final String IDS = "0x11e81234";

    private static final String OTHER_IDS = "0x51b36";

    /** Its link, its epoll and its wake-up counter. */
    private static final int FDS_OF_A_DEVICE = 3;

    private static final int HEADER_BYTES = 16;

    private final LogCapture log = new LogCapture();
    private final DeviceProcess process;
    private final MpqemuClient edu;
    private final MpqemuClient other;
    private final int fdCount;

    Victim() throws IOException {
        List<String> command = new ArrayList<>(DeviceProcess.ours());
        command.addAll(List.of("-machine", "x-remote", "-d", "debug"));
        command.addAll(List.of("-device", "edu,id=edu0", "-device", "pci-testdev,id=test0"));
        command.addAll(List.of("-object", "x-remote-object,id=r0,devid=edu0,fd=3"));
        command.addAll(List.of("-object", "x-remote-object,id=r1,devid=test0,fd=4"));
        process = DeviceProcess.start(command, 2, log.fd());
        log.begin();
        edu = process.client(0);
        other = process.client(1);
        edu.writeConfig(0x10, 4, BAR);
        edu.writeConfig(4, 2, 7);
        assertEquals(OTHER_IDS, "0x" + Long.toHexString(other.readConfig(0, 4)));
        fdCount = countFds();
    }

    MpqemuClient edu() {
        return edu;
    }

    LogCapture log() {
        return log;
    }

    DeviceProcess process() {
        return process;
    }

    private int countFds() throws IOException {
        try (Stream<java.nio.file.Path> fds = Files.list(process.proc("fd"))) {
            return (int) fds.count();
        }
    }

    /** Sends a header with any numbers, and a payload. */
    void send(int command, long size, byte[] payload, Fd... fds) throws IOException {
        edu.sendRaw(message(command, size, payload), fds);
    }

    static byte[] message(int command, long size, byte[] payload) {
        ByteBuffer message =
                ByteBuffer.allocate(HEADER_BYTES + payload.length).order(ByteOrder.LITTLE_ENDIAN);
        message.putInt(0, command).putLong(8, size).put(HEADER_BYTES, payload);
        return message.array();
    }

    /** The message was an error of the machine: link closed, a line, nothing left behind. */
    void expectLinkClosed(String line) throws IOException {
        assertEquals("closed", edu.awaitReply().toString());
        expectGone(line);
    }

    /** The same when this side has closed the link already. */
    void expectGone(String line) throws IOException {
        String text = log.awaitText(line);
        assertTrue(text.contains("edu0: error: "), text);
        expectOtherServes();
        awaitFdCount(fdCount - FDS_OF_A_DEVICE);
        other.close();
        assertEquals(new Child.Exit(1, -1), process.child().await(DeviceProcess.TIMEOUT_NS));
    }

    /** An access was refused: all ones, a line, and everything goes on. */
    void expectRefused(Answer answer, String line) throws IOException {
        assertEquals("0xffffffffffffffff", answer.toString());
        log.awaitText(line);
        expectServing();
    }

    /** Both devices answer, and no descriptor was left behind. */
    void expectServing() throws IOException {
        assertEquals(IDS, "0x" + Long.toHexString(edu.readConfig(0, 4)));
        expectOtherServes();
        awaitFdCount(fdCount);
    }

    void expectOtherServes() throws IOException {
        assertEquals(OTHER_IDS, "0x" + Long.toHexString(other.readConfig(0, 4)));
    }

    private void awaitFdCount(int wanted) throws IOException {
        long deadlineNs = System.nanoTime() + DeviceProcess.TIMEOUT_NS;
        while (countFds() != wanted && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(1_000_000);
        }
        assertEquals(wanted, countFds(), "open descriptors");
    }

    /** Both links closed: the process ends, with status 0 as nothing was broken. */
    void expectGoodEnd() throws IOException {
        edu.close();
        other.close();
        assertEquals(new Child.Exit(0, -1), process.child().await(DeviceProcess.TIMEOUT_NS));
    }

    /** Shares memory and waits until the process has looked at it. */
    void share(List<Entry> entries, Fd... fds) throws IOException {
        edu.syncMemory(entries, fds);
        edu.readConfig(0, 4);
    }

    /** Has the device write its DMA buffer, or read into it, and waits for the end. */
    void transfer(long gpa, long count, boolean toMemory) throws IOException {
        long source = toMemory ? EduDriver.BUFFER : gpa;
        long destination = toMemory ? gpa : EduDriver.BUFFER;
        edu.writeMemory(BAR + EduDriver.DMA_SOURCE, 8, source);
        edu.writeMemory(BAR + EduDriver.DMA_DESTINATION, 8, destination);
        edu.writeMemory(BAR + EduDriver.DMA_COUNT, 8, count);
        edu.writeMemory(BAR + EduDriver.DMA_COMMAND, 8, 1 | (toMemory ? 2 : 0));
        long deadlineNs = System.nanoTime() + DeviceProcess.TIMEOUT_NS;
        while ((edu.readMemory(BAR + EduDriver.DMA_COMMAND, 4) & 1) != 0) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new LinuxException("edu's DMA", 110, "never ended");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() throws IOException {
        edu.close();
        other.close();
        process.close();
        log.close();
    }
}
