package dev.skerry.verify.silicon;

import dev.skerry.verify.silicon.NativeResult.Ending;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The host's CPU. Cases run in a child process ({@link Stub}); one that kills the process costs
 * itself alone: its result says {@link Ending#DIED} and the next one gets a new process.
 *
 * <p>One thread at a time.
 */
public final class Silicon implements Executor, AutoCloseable {
    /** Far beyond any case: the child ends a runaway itself, by its own time. */
    private static final long STUCK_MS = 20_000;

    private final Path program;
    private final ExecutorService threads =
            Executors.newCachedThreadPool(
                    Thread.ofPlatform().daemon().name("silicon-", 0).factory());
    private Process process;
    private DataInputStream results;
    private int sequence;
    private int deaths;

    private Silicon(Path program) {
        this.program = program;
    }

    /** Why there is none on this host, or null. */
    public static String missing() {
        String arch = System.getProperty("os.arch");
        String os = System.getProperty("os.name");
        return arch.equals("amd64") && os.equals("Linux")
                ? null
                : "cases run on x86-64 Linux alone; this is " + arch + " " + os;
    }

    /**
     * Starts the child process.
     *
     * @throws IOException if it does not come up; says which step failed
     */
    public static Silicon start() throws IOException {
        Path program =
                Files.createTempFile(
                        "skerry-silicon",
                        ".elf",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
        Silicon silicon = new Silicon(program);
        try {
            Files.write(program, Stub.elf());
            silicon.launch();
        } catch (IOException e) {
            silicon.close();
            throw e;
        }
        return silicon;
    }

    private void launch() throws IOException {
        process =
                new ProcessBuilder(program.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        results = new DataInputStream(process.getInputStream());
        try {
            int greeting = Integer.reverseBytes(results.readInt());
            if (greeting != Stub.MAGIC) {
                throw new IOException("the child greets with 0x%x".formatted(greeting));
            }
        } catch (EOFException e) {
            throw new IOException("the child's set-up failed: " + Stub.step(ended()), e);
        }
    }

    private int ended() {
        process.destroyForcibly();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return process.waitFor();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Processes that did not survive a case. */
    public int deaths() {
        return deaths;
    }

    /** The child's process id, for tests that take it away. */
    long pid() {
        return process.pid();
    }

    @Override
    public NativeResult run(NativeCase c) {
        return run(List.of(c)).getFirst();
    }

    /**
     * Runs cases in order.
     *
     * @return a result for each
     * @throws IllegalStateException if no new process can be had
     */
    public List<NativeResult> run(List<NativeCase> cases) {
        List<NativeResult> done = new ArrayList<>(cases.size());
        while (done.size() < cases.size()) {
            runUntilDeath(cases.subList(done.size(), cases.size()), done);
        }
        return done;
    }

    private void runUntilDeath(List<NativeCase> cases, List<NativeResult> done) {
        int first = sequence;
        sequence += cases.size();
        OutputStream to = process.getOutputStream();
        Future<?> writing = threads.submit(() -> writeAll(cases, first, to));
        Process watched = process;
        AtomicInteger progress = new AtomicInteger();
        Future<?> watch = threads.submit(() -> watch(watched, progress));
        int at = 0;
        try {
            for (; at < cases.size(); at++) {
                done.add(result(cases.get(at), first + at));
                progress.incrementAndGet();
            }
        } catch (IOException e) {
            // The case it was at is the one that did it: results are written one by one.
            done.add(NativeResult.died());
            deaths++;
            restart();
        } finally {
            watch.cancel(true);
            writing.cancel(true);
        }
    }

    private void restart() {
        ended();
        try {
            launch();
        } catch (IOException e) {
            throw new IllegalStateException("no new process after one that died", e);
        }
    }

    /** Writes until there is no more or no one: who reads the results sees the reason. */
    private static Void writeAll(List<NativeCase> cases, int first, OutputStream to)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Stub.IN_BYTES * 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < cases.size(); i++) {
            encode(cases.get(i), first + i, buffer);
            if (!buffer.hasRemaining() || i == cases.size() - 1) {
                to.write(buffer.array(), 0, buffer.position());
                to.flush();
                buffer.clear();
            }
        }
        return null;
    }

    private static Void watch(Process process, AtomicInteger progress) throws InterruptedException {
        int seen = -1;
        while (seen != progress.get()) {
            seen = progress.get();
            if (process.waitFor(STUCK_MS, TimeUnit.MILLISECONDS)) {
                return null;
            }
        }
        process.destroyForcibly();
        return null;
    }

    private static void encode(NativeCase c, int number, ByteBuffer to) {
        int start = to.position();
        to.putInt(Stub.MAGIC).putInt(number);
        to.putLong(c.bits() == 64 ? Layout.CS64 : Layout.CS32);
        to.position(start + Stub.IN_GPR);
        for (long register : c.gpr()) {
            to.putLong(register);
        }
        to.putLong(start + Stub.IN_RFLAGS, c.rflags());
        to.put(start + Stub.IN_FXSAVE, c.fxsave());
        byte[] code = Arrays.copyOf(c.code(), Layout.CODE_BYTES);
        Arrays.fill(code, c.code().length, code.length, (byte) 0xcc);
        to.put(start + Stub.IN_CODE, code);
        to.put(start + Stub.IN_DATA, Arrays.copyOf(c.data(), Layout.DATA_BYTES));
        to.position(start + Stub.IN_BYTES);
    }

    private NativeResult result(NativeCase c, int number) throws IOException {
        byte[] record = new byte[Stub.OUT_BYTES];
        results.readFully(record);
        ByteBuffer from = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
        if (from.getInt(0) != Stub.MAGIC || from.getInt(Stub.OUT_SEQUENCE) != number) {
            throw new IOException("the child's memory is no longer what it was");
        }
        long[] gpr = new long[16];
        for (int i = 0; i < 16; i++) {
            gpr[i] = greg(from, Stub.greg(i));
        }
        long rip = greg(from, Stub.GREG_RIP);
        int signal = from.getInt(Stub.OUT_SIGNAL);
        Fault fault = fault(from, signal);
        long end = Layout.CODE + c.code().length;
        Ending ending = Ending.FAULT;
        if (signal == Stub.SIGVTALRM) {
            ending = Ending.RUNAWAY;
            fault = null;
        } else if (fault.vector() == 3 && rip == end + 1) {
            ending = Ending.DONE;
            fault = null;
            rip = end;
        }
        return new NativeResult(
                ending,
                fault,
                gpr,
                rip,
                greg(from, Stub.GREG_RFLAGS),
                Arrays.copyOfRange(record, Stub.OUT_FXSAVE, Stub.OUT_DATA),
                Arrays.copyOfRange(record, Stub.OUT_DATA, Stub.OUT_BYTES));
    }

    private static long greg(ByteBuffer from, int index) {
        return from.getLong(Stub.OUT_GREGS + 8 * index);
    }

    private static Fault fault(ByteBuffer from, int signal) {
        int vector = (int) greg(from, Stub.GREG_TRAP);
        if (signal == 31) {
            return new Fault(Fault.NONE, 0, 0, signal);
        }
        long address = vector == 14 ? greg(from, Stub.GREG_CR2) : 0;
        return new Fault(vector, greg(from, Stub.GREG_ERROR), address, signal);
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        if (process != null) {
            ended();
        }
        Files.deleteIfExists(program);
    }
}
