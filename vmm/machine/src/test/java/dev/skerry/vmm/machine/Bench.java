package dev.skerry.vmm.machine;

import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Makes machines for tests, with a firmware of a few instructions, and notes what becomes of them. */
final class Bench implements AutoCloseable, MachineListener {
    static final long TIMEOUT_S = 60;

    private static final int ROM_BYTES = 64 << 10;
    private static final int RESET_VECTOR = 0xfff0;

    final List<OptionList> devices = new ArrayList<>();
    final Collected chars = new Collected();
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    String type = "q35";
    String accelerator = "tcg";
    long ramBytes = 16 << 20;
    MemoryBackend ram;
    int cpus = 1;
    boolean paused;
    boolean noReboot;
    boolean noShutdown;
    private final Path folder;
    private Path firmware;
    private HostEventLoop loop;
    private Machine machine;

    Bench(Path folder) {
        this.folder = folder;
    }

    /** What a guest wrote, by byte. */
    static final class Collected implements CharDevice {
        final BlockingQueue<Byte> bytes = new LinkedBlockingQueue<>();

        @Override
        public void connect(Front front) {}

        @Override
        public boolean write(byte value) {
            bytes.add(value);
            return true;
        }

        @Override
        public void inputWanted() {}
    }

    /**
     * Machine code for a CPU that comes from reset, in 16-bit mode at f000:0000, as hexadecimal
     * bytes.
     */
    Bench code(String hex) throws IOException {
        byte[] rom = new byte[ROM_BYTES];
        byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
        System.arraycopy(code, 0, rom, 0, code.length);
        // jmp f000:0000
        byte[] jump = {(byte) 0xea, 0, 0, 0, (byte) 0xf0};
        System.arraycopy(jump, 0, rom, RESET_VECTOR, jump.length);
        firmware = Files.write(folder.resolve("rom"), rom);
        return this;
    }

    Bench device(String options) throws OptionException {
        devices.add(OptionList.parse("-device", options, "driver"));
        return this;
    }

    Machine make() throws OptionException, IOException {
        Log log = Log.of(new LogSink("test", 0, System.err, Level.WARNING));
        loop = new HostEventLoop(log);
        OptionList accel = OptionList.parse("-accel", accelerator, "accel");
        MachineOptions options =
                new MachineOptions(
                        type,
                        OptionList.parse("-machine", type, "type"),
                        ram == null ? MemoryBackend.anonymous(ramBytes) : ram,
                        cpus,
                        null,
                        List.of(new MachineOptions.AcceleratorChoice(accelerator, accel)),
                        new MachineOptions.Boot(firmware, null, null, ""),
                        Map.of("c0", chars),
                        List.of(),
                        null,
                        List.of(),
                        List.of(),
                        devices,
                        List.of(),
                        new MachineOptions.Run(paused, noReboot, noShutdown));
        machine = PcMachine.create(options, loop, log);
        machine.addListener(this);
        return machine;
    }

    Machine start() throws OptionException, IOException {
        make().start();
        return machine;
    }

    String nextEvent() throws InterruptedException {
        return events.poll(TIMEOUT_S, TimeUnit.SECONDS);
    }

    Byte nextByte() throws InterruptedException {
        return chars.bytes.poll(TIMEOUT_S, TimeUnit.SECONDS);
    }

    @Override
    public void shutdown(Cause cause) {
        events.add("SHUTDOWN " + cause.label());
    }

    @Override
    public void reset(Cause cause) {
        events.add("RESET " + cause.label());
    }

    @Override
    public void stopped() {
        events.add("STOP");
    }

    @Override
    public void resumed() {
        events.add("RESUME");
    }

    @Override
    public void powerdown() {
        events.add("POWERDOWN");
    }

    @Override
    public void close() {
        if (machine != null) {
            machine.close();
        }
        if (loop != null) {
            loop.close();
        }
    }
}
