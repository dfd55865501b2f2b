package dev.skerry.verify.bench;

import dev.skerry.isolation.transport.SocketTransport;
import dev.skerry.isolation.wire.mpqemu.BarAccess;
import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.ConfigAccess;
import dev.skerry.isolation.wire.mpqemu.Header;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Spawn;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.MpqemuClient;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The round trip of a message. The same C client asks stock QEMU, ours and a C program that does
 * nothing but answer, in turns within one run.
 *
 * <p>Where the scheduler puts client and server matters more than anything either does: on one core
 * a message costs two context switches, on two it costs two wake-ups across cores, here ten times as
 * much. So both are pinned, and measured once together on one core and once apart on two.
 */
final class LinkBench {
    private static final int ROUNDS = 12;
    private static final int WARM_UP = 20_000;
    private static final int MESSAGES = 10_000;
    private static final long SETTLE_MS = 500;
    private static final long BAR = 0xfeb00000L;

    /**
     * Which cores the two ends run on.
     *
     * @param name for the table
     */
    private record Placement(String name, int serverCore, int clientCore) {
        List<String> server(List<String> command) {
            return pin(serverCore, command);
        }

        List<String> client(List<String> command) {
            return pin(clientCore, command);
        }

        private static List<String> pin(int core, List<String> command) {
            List<String> pinned = new ArrayList<>(List.of("/usr/bin/taskset", "-c", "" + core));
            pinned.addAll(command);
            return pinned;
        }
    }

    private static final List<Placement> PLACEMENTS =
            List.of(new Placement("one core", 1, 1), new Placement("two cores", 1, 0));

    private final PrintStream out;

    LinkBench(PrintStream out) {
        this.out = out;
    }

    void run() throws IOException, InterruptedException {
        List<Subject> subjects =
                List.of(
                        Subject.floor(),
                        Subject.stock(),
                        Subject.skerry(),
                        Subject.skerryWithoutPolling());
        Map<String, String> messages = new LinkedHashMap<>();
        messages.put("BAR_READ", bar(Command.BAR_READ));
        messages.put("BAR_WRITE", bar(Command.BAR_WRITE));
        messages.put("PCI_CFGREAD", config());
        out.printf(
                "link: round trips, %d rounds of %d messages each, microseconds%n",
                ROUNDS, MESSAGES);
        for (Placement placement : PLACEMENTS) {
            out.printf(
                    "  %-12s %-20s %8s %8s %8s %9s %9s %9s%n",
                    placement.name(),
                    "server",
                    "p50",
                    "p90",
                    "p99",
                    "x stock",
                    "x floor",
                    "CPU us");
            for (Map.Entry<String, String> message : messages.entrySet()) {
                measure(message.getKey(), message.getValue(), subjects, placement);
            }
        }
    }

    private void measure(String name, String hex, List<Subject> subjects, Placement placement)
            throws IOException, InterruptedException {
        List<Running> running = new ArrayList<>();
        try {
            for (Subject subject : subjects) {
                running.add(new Running(subject, placement));
            }
            for (Running server : running) {
                server.ask(hex, WARM_UP, new Samples());
            }
            Random order = new Random(1);
            for (int round = 0; round < ROUNDS; round++) {
                List<Running> turns = new ArrayList<>(running);
                Collections.shuffle(turns, order);
                for (Running server : turns) {
                    long before = Subject.cpuNs(server.process);
                    server.ask(hex, MESSAGES, server.samples);
                    server.cpuNs += Subject.cpuNs(server.process) - before;
                }
            }
            Samples floor = running.get(0).samples;
            Samples stock = running.get(1).samples;
            for (Running server : running) {
                Samples s = server.samples;
                out.printf(
                        "  %-12s %-20s %8.2f %8.2f %8.2f %9.2f %9.2f %9.2f%n",
                        name,
                        server.subject.name(),
                        s.us(50),
                        s.us(90),
                        s.us(99),
                        s.medianRatioTo(stock),
                        s.medianRatioTo(floor),
                        server.cpuNs / 1e3 / s.count());
            }
        } finally {
            for (Running server : running) {
                server.process.close();
            }
        }
    }

    private static String bar(int command) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(Header.BYTES + BarAccess.BYTES);
            Header.put(message, 0, command, BarAccess.BYTES);
            // A byte of the name in pci-testdev's header: reads give it, writes do nothing.
            BarAccess.put(message, Header.BYTES, BAR + 16, 0, 4, true);
            return HexFormat.of().formatHex(message.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private static String config() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(Header.BYTES + ConfigAccess.BYTES);
            Header.put(message, 0, Command.PCI_CFGREAD, ConfigAccess.BYTES);
            ConfigAccess.put(message, Header.BYTES, 0, 0, 2);
            return HexFormat.of().formatHex(message.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** A server that has been started and, if it is a device, has its BAR programmed. */
    private static final class Running {
        private final Subject subject;
        private final Placement placement;
        private final DeviceProcess process;
        private final Samples samples = new Samples();
        private long cpuNs;

        Running(Subject subject, Placement placement) throws IOException, InterruptedException {
            this.subject = subject;
            this.placement = placement;
            process = DeviceProcess.start(placement.server(subject.command()), 1, null);
            if (subject.isDevice()) {
                SocketTransport borrowed =
                        new SocketTransport(process.link(0), DeviceProcess.TIMEOUT_NS);
                MpqemuClient client = new MpqemuClient(borrowed, DeviceProcess.TIMEOUT_NS);
                client.readConfig(0, 2);
                // Stock QEMU resets its devices some time after it has begun to answer.
                Thread.sleep(SETTLE_MS);
                client.writeConfig(0x10, 4, BAR);
                client.writeConfig(0x04, 2, 0x7);
                client.writeMemory(BAR, 1, 0);
            }
        }

        void ask(String hex, int count, Samples into) throws IOException {
            Path file = Files.createTempFile("skerry-bench", ".ns");
            List<String> command =
                    List.of(
                            Subject.ping().toString(),
                            "measure",
                            Integer.toString(count),
                            file.toString(),
                            hex);
            try (Child client =
                    new Spawn(placement.client(command)).with(3, process.link(0).fd()).start()) {
                Child.Exit exit = client.await(10 * DeviceProcess.TIMEOUT_NS);
                if (exit == null || exit.status() != 0) {
                    throw new IOException(
                            "the client of " + subject.name() + " ended with " + exit);
                }
                ByteBuffer times =
                        ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
                while (times.hasRemaining()) {
                    into.add(Integer.toUnsignedLong(times.getInt()));
                }
            } finally {
                Files.delete(file);
            }
        }
    }
}
