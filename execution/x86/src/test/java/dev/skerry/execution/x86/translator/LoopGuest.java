package dev.skerry.execution.x86.translator;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import dev.skerry.execution.x86.Jit;
import dev.skerry.execution.x86.core.CpuRig;
import dev.skerry.execution.x86.interpreter.Interpreter;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Segment;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Gp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * A CPU in long mode, for a program that runs interpreted or translated. A page fault notes all
 * registers in a log to which R12 points, and makes R13, through which the program then accesses,
 * good again. An interrupt counts and changes nothing else.
 */
final class LoopGuest implements AutoCloseable {
    static final long CODE = 0x20_0000;
    static final long DATA = 0x40_0000;
    static final int DATA_BYTES = 0x2000;
    static final long STACK = 0x60_0000;
    static final long ABSENT = 0x4000_0000;
    static final int INTERRUPT = 0x40;

    private static final long LOG = 0x80_0000;
    static final long COUNTER = 0x70_0000;
    private static final long GDT = 0x10000;
    private static final long IDT = 0x11000;

    /** Where what is mapped ends. */
    static final long MAPPED_END = 0x100_0000;

    /** Where the code is that page faults come to. */
    static final long HANDLERS = 0x30000;

    private static final Gp[] LOGGED = {
        RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R14, R15
    };

    final CpuRig rig = new CpuRig();
    final CpuState s = rig.state;
    final Translator translator;
    private final Interpreter interpreter;

    /** @param jit null for one that is interpreted */
    LoopGuest(Jit jit) {
        Log log = Log.of(new LogSink("jit", 0, System.err, Level.WARNING));
        translator = jit == null ? null : new Translator(jit, rig.memory, log);
        interpreter = new Interpreter(rig.core, translator);
        rig.put64(0x1000, 0x2007);
        rig.put64(0x2000, 0x3007);
        for (int i = 0; i < 8; i++) {
            rig.put64(0x3000 + 8 * i, (long) i << 21 | 0x87);
        }
        rig.put64(GDT + 8, 0x00a0_9b00_0000_0000L);
        rig.put64(GDT + 16, 0x00c0_9300_0000_ffffL);
        gate(14, faultHandler(HANDLERS));
        gate(INTERRUPT, interruptHandler(HANDLERS + 0x800));
        s.gdtrBase = GDT;
        s.gdtrLimit = 0x17;
        s.idtrBase = IDT;
        s.idtrLimit = 0xfff;
        s.cr0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_WP | Control.CR0_ET | Control.CR0_NE;
        s.cr4 = Control.CR4_PAE | Control.CR4_OSFXSR;
        s.efer = Control.EFER_LME | Control.EFER_LMA;
        s.cr3 = 0x1000;
        for (Segment segment : s.segments) {
            segment.set(16, 0, 0xffff_ffffL, 0xc093);
        }
        s.segments[Segment.CS].set(8, 0, 0xffff_ffffL, 0xa09b);
        s.cpl = 0;
        s.updateMode();
        rig.core.mmu.updatePrivilege();
    }

    private void gate(int vector, long handler) {
        rig.put64(
                IDT + 16 * vector,
                handler & 0xffff | 8L << 16 | 0x8eL << 40 | handler >>> 16 << 48);
        rig.put64(IDT + 16 * vector + 8, 0);
    }

    private long faultHandler(long at) {
        Assembler a = new Assembler(64, at);
        for (int i = 0; i < LOGGED.length; i++) {
            a.mov(mem(R12).plus(8 * i), LOGGED[i]);
        }
        a.push(RAX);
        a.mov(RAX, mem(RSP).plus(16)).mov(mem(R12).plus(8 * LOGGED.length), RAX);
        a.mov(RAX, mem(RSP).plus(32)).mov(mem(R12).plus(8 * LOGGED.length + 8), RAX);
        a.pop(RAX);
        a.add(R12, 8 * LOGGED.length + 16);
        a.mov(R13, DATA);
        a.add(RSP, 8).iret(64);
        rig.put(at, a.bytes());
        return at;
    }

    private long interruptHandler(long at) {
        Assembler a = new Assembler(64, at);
        a.inc(mem(COUNTER).qword()).iret(64);
        rig.put(at, a.bytes());
        return at;
    }

    /** Runs a program at {@link #CODE}, which ends by a write to the stop port. */
    void run(byte[] program, long[] registers, boolean interruptible) {
        rig.put(CODE, program);
        rig.code.beginEpoch();
        System.arraycopy(registers, 0, s.gpr, 0, 16);
        s.gpr[CpuState.RSP] = STACK;
        s.gpr[12] = LOG;
        s.gpr[13] = DATA;
        s.gpr[14] = DATA;
        s.rip = CODE;
        s.setRflags(interruptible ? 0x202 : 2);
        interpreter.run();
    }

    long instructions() {
        return interpreter.instructions();
    }

    /** From any thread. */
    void interruptSoon() {
        if (rig.interrupts.isEmpty()) {
            rig.interrupt(INTERRUPT);
        }
    }

    /** Bytes noted by faults. */
    long faults() {
        return s.gpr[12] - LOG;
    }

    /** One of two numbers that a test's own handler noted. */
    long fault(int n, int which) {
        return rig.get64(LOG + 16L * n + 8L * which);
    }

    /** Instructions that translated code has done. */
    long translated() {
        return s.translated;
    }

    /** Whether a program that loops for ever has been translated. From any thread. */
    boolean isSpinning() {
        return translator.made() > 0;
    }

    /** Where a region of a program without jumps to other pages begins. */
    long placeOf(Region region) {
        return CODE + region.entryOffset();
    }

    long interrupts() {
        return rig.get64(COUNTER);
    }

    /** Everything the program can have changed, as text. */
    String outcome() {
        CRC32 data = new CRC32();
        data.update(bytes(DATA, DATA_BYTES));
        CRC32 log = new CRC32();
        log.update(bytes(LOG, (int) faults()));
        return "registers %s flags %x data %x, %d bytes of faults %x"
                .formatted(
                        hex(Arrays.copyOf(s.gpr, 16)),
                        s.rflags() & ~0x200,
                        data.getValue(),
                        faults(),
                        log.getValue());
    }

    private static String hex(long[] values) {
        StringBuilder text = new StringBuilder();
        for (long value : values) {
            text.append(Long.toHexString(value)).append(' ');
        }
        return text.toString();
    }

    private byte[] bytes(long gpa, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(rig.ram(), ValueLayout.JAVA_BYTE, gpa, bytes, 0, length);
        return bytes;
    }

    @Override
    public void close() {
        rig.close();
    }
}
