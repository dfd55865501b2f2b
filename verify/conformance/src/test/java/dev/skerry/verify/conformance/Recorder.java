package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.MpqemuClient;
import dev.skerry.verify.testkit.MpqemuClient.Answer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A device process with one device, and everything that was said to it with what it answered: one
 * line a message. Two processes that give the same lines for a script cannot be told apart by it.
 */
final class Recorder implements AutoCloseable {
    /** What to say to a device. */
    @FunctionalInterface
    interface Script {
        void run(Recorder device) throws IOException;
    }

    /** How memory files of scripts are called in a process' maps. */
    private static final String MEMORY_NAME = "conformance-ram";

    private static final int HEADER_BYTES = 16;
    private static final int INTERRUPT_LINE = 0x3c;

    private static final int MARK = 0x5a;

    private final DeviceProcess process;
    private final MpqemuClient client;
    private final List<String> lines = new ArrayList<>();
    private final EventFd irq = EventFd.create();
    private final EventFd resample = EventFd.create();

    /** Both complain on standard error, as they should; that is not compared. */
    private final Fd chatter = MemFd.resizable("stderr", 0);

    private boolean linkOpen = true;

    private Recorder(List<String> program, String device) throws IOException {
        process = DeviceProcess.start(DeviceProcess.oneDevice(program, device), 1, chatter);
        client = process.client(0);
        if (program.equals(DeviceProcess.stock())) {
            mark(client, 0);
        }
    }

    /**
     * Writes a mark before the program has even begun, and reads it until it is what it should be.
     * Stock QEMU resets its devices once at start, after having answered what was in the socket by
     * then: when the mark is gone, so is that reset.
     */
    private static long mark(MpqemuClient client, long wanted) throws IOException {
        client.writeConfig(INTERRUPT_LINE, 1, MARK);
        long mark = client.readConfig(INTERRUPT_LINE, 1);
        long deadlineNs = System.nanoTime() + DeviceProcess.TIMEOUT_NS;
        while (mark != wanted && System.nanoTime() - deadlineNs < 0) {
            // Stock QEMU answers without looking up while there is something to answer.
            LockSupport.parkNanos(1_000_000);
            mark = client.readConfig(INTERRUPT_LINE, 1);
        }
        return mark;
    }

    /** What becomes of a write that was sent before the program began. */
    static long firstMark(List<String> program) throws IOException {
        long wanted = program.equals(DeviceProcess.stock()) ? 0 : MARK;
        List<String> command = DeviceProcess.oneDevice(program, "pci-testdev");
        try (Fd chatter = MemFd.resizable("stderr", 0);
                DeviceProcess process = DeviceProcess.start(command, 1, chatter);
                MpqemuClient client = process.client(0)) {
            return mark(client, wanted);
        }
    }

    /**
     * Runs a script, then closes the link.
     *
     * @return the lines; the last one says how the process ended
     */
    static List<String> record(List<String> program, String device, Script script)
            throws IOException {
        try (Recorder recorder = new Recorder(program, device)) {
            script.run(recorder);
            recorder.hangUp();
            return recorder.lines;
        }
    }

    /** Runs a script with stock QEMU and with ours, and requires the same lines of both. */
    static void assertSame(String device, Script script) throws IOException {
        List<String> stock = record(DeviceProcess.stock(), device, script);
        List<String> ours = record(DeviceProcess.ours(), device, script);
        for (int i = 0; i < Math.min(stock.size(), ours.size()); i++) {
            String context = String.join("\n", stock.subList(Math.max(0, i - 10), i));
            assertEquals(stock.get(i), ours.get(i), "after:\n" + context);
        }
        assertEquals(stock.size(), ours.size(), "messages");
        assertEquals("link closed -> exit status 0", stock.getLast());
    }

    private Answer note(String what, Answer answer) {
        lines.add(what + " -> " + answer);
        return answer;
    }

    private static long valueOf(Answer answer) {
        return answer instanceof Answer.Value(long value) ? value : -1;
    }

    /** Reads configuration space; all ones if there was no value for an answer. */
    long config(int offset, int length) throws IOException {
        String what = String.format("CFGREAD 0x%x, length %d", offset, length);
        return valueOf(note(what, client.askConfig(Command.PCI_CFGREAD, offset, 0, length)));
    }

    Answer setConfig(int offset, int length, long value) throws IOException {
        String what = String.format("CFGWRITE 0x%x, length %d, 0x%x", offset, length, value);
        return note(what, client.askConfig(Command.PCI_CFGWRITE, offset, (int) value, length));
    }

    /** Reads memory space. */
    long memory(long gpa, int size) throws IOException {
        String what = String.format("BAR_READ memory 0x%x, size %d", gpa, size);
        return valueOf(note(what, client.askBar(Command.BAR_READ, gpa, 0, size, true)));
    }

    Answer setMemory(long gpa, int size, long value) throws IOException {
        String what = String.format("BAR_WRITE memory 0x%x, size %d, 0x%x", gpa, size, value);
        return note(what, client.askBar(Command.BAR_WRITE, gpa, value, size, true));
    }

    /** Reads I/O space. */
    long port(long port, int size) throws IOException {
        String what = String.format("BAR_READ port 0x%x, size %d", port, size);
        return valueOf(note(what, client.askBar(Command.BAR_READ, port, 0, size, false)));
    }

    Answer setPort(long port, int size, long value) throws IOException {
        String what = String.format("BAR_WRITE port 0x%x, size %d, 0x%x", port, size, value);
        return note(what, client.askBar(Command.BAR_WRITE, port, value, size, false));
    }

    Answer reset() throws IOException {
        return note("DEVICE_RESET", client.reset());
    }

    /** Sends a header with any numbers, a payload of zeros, and descriptors. */
    Answer sendOdd(int command, long size, int payload, Fd... fds) throws IOException {
        ByteBuffer message =
                ByteBuffer.allocate(HEADER_BYTES + payload).order(ByteOrder.LITTLE_ENDIAN);
        message.putInt(0, command).putLong(8, size);
        client.sendRaw(message.array(), fds);
        return note(
                String.format("command %d, size 0x%x, %d fds", command, size, fds.length),
                client.awaitReply());
    }

    /** Shares regions of one file, one descriptor each. */
    void share(SystemMemoryMap.Entry... regions) throws IOException {
        long fileBytes = 4096;
        for (SystemMemoryMap.Entry region : regions) {
            fileBytes = Math.max(fileBytes, region.fileOffset() + region.sizeBytes());
        }
        try (Fd file = MemFd.sealed(MEMORY_NAME, fileBytes)) {
            Fd[] fds = new Fd[regions.length];
            java.util.Arrays.fill(fds, file);
            client.syncMemory(List.of(regions), fds);
            lines.add("SYNC_SYSMEM of " + List.of(regions));
        }
    }

    /**
     * Notes which shared memory the process has mapped, as lengths and offsets in the file, once as
     * many pieces are mapped as should be: stock QEMU unmaps a while after it was told to.
     */
    void noteMappings(int wanted) throws IOException {
        List<String> mapped = mappings();
        long deadlineNs = System.nanoTime() + DeviceProcess.TIMEOUT_NS;
        while (mapped.size() != wanted && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(1_000_000);
            mapped = mappings();
        }
        lines.add("mapped: " + mapped);
    }

    private List<String> mappings() throws IOException {
        List<String> mapped = new ArrayList<>();
        for (String line : Files.readAllLines(process.proc("maps"))) {
            if (line.contains(MEMORY_NAME)) {
                String[] fields = line.split(" +");
                String[] range = fields[0].split("-");
                long length = Long.parseLong(range[1], 16) - Long.parseLong(range[0], 16);
                mapped.add(fields[1] + " 0x" + Long.toHexString(length) + " at " + fields[2]);
            }
        }
        mapped.sort(null);
        return mapped;
    }

    void giveCounters() throws IOException {
        client.setIrqFd(irq.fd(), resample.fd());
        lines.add("SET_IRQFD");
    }

    /** Notes how often the interrupt was signalled since the last time. */
    void noteInterrupts() throws IOException {
        // Stock QEMU makes received descriptors blocking, for everybody who has them.
        irq.fd().setNonBlocking();
        lines.add("interrupts: " + irq.drain());
    }

    void signalResample() {
        lines.add("resample: " + resample.signal());
    }

    /** How the process ends when nobody does anything more. */
    Child.Exit awaitExit() throws IOException {
        return process.child().await(DeviceProcess.TIMEOUT_NS);
    }

    private void hangUp() throws IOException {
        client.close();
        linkOpen = false;
        lines.add("link closed -> " + awaitExit());
    }

    @Override
    public void close() throws IOException {
        irq.close();
        resample.close();
        chatter.close();
        if (linkOpen) {
            client.close();
        }
        process.close();
    }
}
