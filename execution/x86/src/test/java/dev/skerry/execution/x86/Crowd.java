package dev.skerry.execution.x86;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.execution.x86.apic.ApicBus;
import dev.skerry.execution.x86.apic.InterruptController;
import dev.skerry.execution.x86.time.ManualClock;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Cr;
import dev.skerry.verify.asm.Imm;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Seg;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Some CPUs in long mode, each on a thread of its own with a program, a stack and its APIC's MSRs,
 * that translate at once what they run. All share page tables: the first 2 MiB of linear addresses
 * are RAM in pages of 4 KiB, the second MiB being the first once more. A program ends with {@link
 * #end}; a fault without a handler fails the test.
 */
final class Crowd implements AutoCloseable {
    /** Where data may be kept, up to {@link #FUNCTIONS}. */
    static final int DATA = 0x20000;

    /** Where code may be put that programs call, up to {@link #FUNCTIONS_END}. */
    static final int FUNCTIONS = 0x80000;

    static final int FUNCTIONS_END = 0xf0000;

    /** From an address to the other one of the same byte. */
    static final int ALIAS = Board.RAM_BYTES;

    static final int PAGE = 4096;

    private static final int PML4 = 0x1000;
    private static final int PDPT = 0x2000;
    private static final int DIRECTORY = 0x3000;
    private static final int TABLE = 0x4000;
    private static final int GDT = 0x5000;
    private static final int GDT_LIMIT = 0x17;
    private static final int GDTR = 0x5100;
    private static final int IDTR = 0x5110;
    private static final int ENTRIES = 0x5200;
    private static final int IDT = 0x6000;
    private static final int TRAMPOLINE = 0x7000;
    private static final int STACKS = 0x8000;
    private static final int PROGRAMS = 0x10000;
    private static final int PROGRAM_BYTES = 2 * PAGE;
    private static final int BARRIER = 0x1f000;

    /** Present, writable, for users, accessed and dirty. */
    private static final int PRESENT = 0x67;

    final Board board;
    private final int count;
    private final List<CompletableFuture<Cpu.Stop>> running = new ArrayList<>();

    Crowd(int count) {
        this.count = count;
        board = new Board(count, new ManualClock(1), InterruptController.NONE, Jit.ON.eager(2));
        board.put32(PML4, PDPT | PRESENT);
        board.put32(PDPT, DIRECTORY | PRESENT);
        board.put32(DIRECTORY, TABLE | PRESENT);
        for (int i = 0; i < 512; i++) {
            board.put32(TABLE + 8 * i, i * PAGE % Board.RAM_BYTES | PRESENT);
        }
        put64(GDT + 8, 0x00a0_9b00_0000_0000L);
        put64(GDT + 16, 0x00c0_9300_0000_ffffL);
        put64(GDTR, GDT_LIMIT | (long) GDT << 16);
        put64(IDTR, 0xfff | (long) IDT << 16);
        board.load(trampoline());
        board.begin(TRAMPOLINE);
    }

    void put64(int at, long value) {
        board.put32(at, (int) value);
        board.put32(at + 4, (int) (value >>> 32));
    }

    /** From real mode to the CPU's program, with its number in EDI and nothing in R15. */
    private static Assembler trampoline() {
        Assembler a = new Assembler(16, TRAMPOLINE);
        Label wide = a.label("wide");
        a.cli().xor(AX, AX).mov(Seg.DS, AX).lgdt(mem(GDTR));
        a.mov(EAX, Cr.CR4).or(EAX, 0x620).mov(Cr.CR4, EAX);
        a.mov(EAX, PML4).mov(Cr.CR3, EAX);
        a.mov(ECX, 0xc000_0080).rdmsr().or(EAX, 0x100).wrmsr();
        a.mov(EAX, 0x8001_0031).mov(Cr.CR0, EAX);
        a.jmpFar(32, 8, new Imm(0, wide));
        a.bits(64).bind(wide);
        a.mov(EAX, 16).mov(Seg.DS, AX).mov(Seg.ES, AX).mov(Seg.SS, AX).lidt(mem(IDTR));
        a.mov(ECX, 0x1b).rdmsr().or(EAX, 0xc00).wrmsr();
        writeMsr(a, 0x80f, 0x1ff);
        a.mov(ECX, 0x802).rdmsr().mov(EDI, EAX).shl(EAX, 12).lea(RSP, mem(RAX).plus(STACKS + PAGE));
        a.xor(R15D, R15D).jmp(mem(ENTRIES).plus(RDI, 8).qword());
        return a;
    }

    /** Clobbers RAX, RCX and RDX. */
    static void writeMsr(Assembler a, int msr, long value) {
        a.mov(ECX, msr).mov(EAX, (int) value).mov(EDX, (int) (value >>> 32)).wrmsr();
    }

    /** Sends a fixed interrupt; clobbers RAX, RCX and RDX. */
    static void interrupt(Assembler a, int cpu, int vector) {
        writeMsr(a, 0x830, (long) cpu << 32 | vector);
    }

    /** Ends the interrupt in service; clobbers RAX, RCX and RDX. */
    static void endOfInterrupt(Assembler a) {
        writeMsr(a, 0x80b, 0);
    }

    /** A program to be loaded by {@link #program(int, Assembler)}. */
    static Assembler program(int cpu) {
        return new Assembler(64, place(cpu));
    }

    /** Where a CPU's program begins. */
    static int place(int cpu) {
        return PROGRAMS + cpu * PROGRAM_BYTES;
    }

    /** Gives a CPU its program. */
    void program(int cpu, Assembler a) {
        if (a.length() > PROGRAM_BYTES) {
            throw new IllegalArgumentException("a program of " + a.length() + " bytes");
        }
        board.load(a);
        enterAt(cpu, place(cpu));
    }

    /** Has a CPU begin somewhere. */
    void enterAt(int cpu, int gva) {
        put64(ENTRIES + 8 * cpu, gva);
    }

    /** An interrupt gate. */
    void gate(int vector, long handler) {
        put64(IDT + 16 * vector, handler & 0xffff | 8L << 16 | 0x8eL << 40 | handler >>> 16 << 48);
        put64(IDT + 16 * vector + 8, 0);
    }

    /** Where a page's table entry is. */
    static int entryOf(int gva) {
        return TABLE + 8 * (gva / PAGE);
    }

    /** A table entry. */
    static int entryFor(int gpa) {
        return gpa | PRESENT;
    }

    /**
     * Waits until all CPUs are here, for a while without giving way, so that they go on at the same
     * time. Clobbers RCX and uses R15, which a program must leave alone.
     */
    void meet(Assembler a) {
        a.add(R15D, count).lock().inc(mem(BARRIER).dword());
        Label wait = a.label();
        Label all = a.label();
        a.mov(ECX, 5000);
        a.bind(wait).cmp(R15D, mem(BARRIER)).jcc(Cond.LE, all);
        a.dec(ECX).jcc(Cond.NS, wait).pause().jmp(wait);
        a.bind(all);
    }

    /**
     * A program that does something in turns, in each of which all CPUs begin together: whoever is
     * first to translate does not run alone for long. Uses R14, which it must leave alone.
     */
    Assembler inTurns(int cpu, int turns, Consumer<Assembler> turn) {
        Assembler a = program(cpu);
        a.mov(R14D, turns);
        Label again = a.mark();
        meet(a);
        turn.accept(a);
        a.dec(R14D).jcc(Cond.NZ, again);
        end(a);
        return a;
    }

    /** The end of a program: all CPUs stop once all are here. */
    void end(Assembler a) {
        meet(a);
        Label here = a.out(Board.STOP_PORT, AL).mark();
        a.jmp(here);
    }

    /** A direct call of a place, wherever that is. */
    static void call(Assembler a, long gva) {
        a.raw(0xe8).dd(gva - (a.here() + 4));
    }

    /** Waits, without being fast about it, until a number in memory is what it should be. */
    static void await(Assembler a, int gva, int value) {
        Label wait = a.label();
        Label come = a.label();
        a.bind(wait).cmp(mem(gva).dword(), value).jcc(Cond.E, come).pause().jmp(wait);
        a.bind(come);
    }

    /** Runs all CPUs to their end. */
    void run() throws Exception {
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                board.processors.bus().deliver(i, false, ApicBus.STARTUP, TRAMPOLINE / PAGE, false);
            }
            running.add(board.start(i));
        }
        for (CompletableFuture<Cpu.Stop> one : running) {
            one.whenComplete(
                    (stop, failed) -> {
                        if (stop != Cpu.Stop.STOPPED) {
                            board.processors.cpus().forEach(Cpu::stop);
                        }
                    });
        }
        for (int i = 0; i < count; i++) {
            assertEquals(Cpu.Stop.STOPPED, running.get(i).get(60, TimeUnit.SECONDS), "CPU " + i);
        }
        assertEquals("", board.log());
    }

    /** Fails unless a CPU has done so many instructions by translated code. */
    void assertTranslated(int cpu, long least) {
        long done = board.cpu(cpu).counters().translated();
        assertTrue(done >= least, "CPU " + cpu + ": " + done + " instructions, not " + least);
    }

    @Override
    public void close() {
        board.close();
    }
}
