package dev.skerry.verify.silicon;

import static dev.skerry.verify.asm.Mem.mem;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Mem;
import dev.skerry.verify.asm.Seg;

import java.util.List;

/**
 * The child process: a static ELF64 program that reads cases from descriptor 0, runs each and writes
 * what it left to descriptor 1.
 *
 * <p>A case always ends in a signal, that of the INT3 behind its code or that of a fault; the frame
 * the kernel builds on the alternate stack is the result, floating-point state included. So nothing
 * of the case's state is touched before it is saved. A timer that counts the process' own time ends
 * a case that is still there after some ticks. System calls are the stub's alone: a seccomp filter
 * looks at where they come from and turns the case's into SIGSYS.
 *
 * <p>Numbers and structures: Linux' x86-64 ABI (man 2 of each call, uapi asm/sigcontext.h).
 */
final class Stub {
    // A case, as the stub reads it.
    static final int IN_SEQUENCE = 4;
    static final int IN_CS = 8;
    static final int IN_GPR = 64;
    static final int IN_RFLAGS = 192;
    static final int IN_FXSAVE = 256;
    static final int IN_CODE = IN_FXSAVE + FxState.BYTES;
    static final int IN_DATA = IN_CODE + Layout.CODE_BYTES;
    static final int IN_BYTES = IN_DATA + Layout.DATA_BYTES;

    // A result, as the stub writes it.
    static final int OUT_SEQUENCE = 4;
    static final int OUT_SIGNAL = 8;
    static final int OUT_CODE = 16;
    static final int OUT_GREGS = 32;
    static final int OUT_FXSAVE = 256;
    static final int OUT_DATA = OUT_FXSAVE + FxState.BYTES;
    static final int OUT_BYTES = OUT_DATA + Layout.DATA_BYTES;

    // gregs of a ucontext, in quadwords.
    static final int GREG_RIP = 16;
    static final int GREG_RFLAGS = 17;
    static final int GREG_ERROR = 19;
    static final int GREG_TRAP = 20;
    static final int GREG_CR2 = 22;
    private static final int GREGS = 23;

    static final int SIGVTALRM = 26;
    private static final List<Integer> FATAL = List.of(4, 5, 7, 8, 11, 31);

    static final int MAGIC = 0x5c4e_1001;

    private static final long BASE = 0x1000_0000L;
    private static final int HEADERS = 0x100;
    private static final long STATE = 0x1100_0000L;
    private static final long IN = STATE;
    private static final long OUT = STATE + 0x2000;
    private static final long COUNTER = STATE + 0x4000;
    private static final long SEEN = STATE + 0x4008;
    private static final long TARGET = STATE + 0x4010;
    private static final long TICKS = STATE + 0x4018;
    private static final long STACK_END = STATE + 0x8000;
    private static final long SIGNAL_STACK = STATE + 0x10000;
    // Holds an XSAVE frame with everything today's CPUs have (AMX: 11 KiB), and some.
    private static final int SIGNAL_STACK_BYTES = 0x10000;
    private static final int STATE_BYTES = 0x20000;
    private static final long CODE_ALIAS = 0x1200_0000L;

    private static final int TICK_US = 20_000;

    /** Ticks in one case that make it a runaway. A host that was away may catch up on a few at once. */
    private static final int PATIENCE = 10;

    private static final Gp[] ARGUMENTS = {Gp.RDI, Gp.RSI, Gp.RDX, Gp.R10, Gp.R8, Gp.R9};

    private final Assembler a = new Assembler(64, BASE + HEADERS);
    private final Label fail = a.label("fail");
    private final Label loop = a.label("loop");
    private final Label ended = a.label("ended");
    private final Label tick = a.label("tick");
    private final Label restorer = a.label("restorer");
    private final Label end = a.label("end");

    private Stub() {}

    /** The whole executable file. */
    static byte[] elf() {
        Stub stub = new Stub();
        stub.setUp();
        stub.runCases();
        stub.handleEnd();
        stub.handleTick();
        // The filter sees the address behind a SYSCALL, so that may not be the end.
        stub.a.ud2().bind(stub.end);
        byte[] program = stub.a.bytes();
        return stub.headers(HEADERS + program.length).raw(program).bytes();
    }

    private Assembler headers(int fileBytes) {
        int program = 1;
        int executable = 5;
        int writable = 6;
        Assembler h = new Assembler(64);
        h.db(0x7f).ascii("ELF").db(2, 1, 1).padTo(16);
        h.dw(2, 0x3e).dd(1).dq(BASE + HEADERS, 64, 0).dd(0).dw(64, 56, 2, 64, 0, 0);
        h.dd(program, executable).dq(0, BASE, BASE, fileBytes, fileBytes, 0x1000);
        h.dd(program, writable).dq(0, STATE, STATE, 0, STATE_BYTES, 0x1000);
        return h.padTo(HEADERS);
    }

    /** A system call; arguments that are null are set already. */
    private void call(int number, Long... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] != null) {
                a.mov(ARGUMENTS[i], arguments[i]);
            }
        }
        a.mov(Gp.EAX, number).syscall();
    }

    /** The same, ending the process with {@code step} as its status if it fails. */
    private void callOrFail(int step, int number, Long... arguments) {
        call(number, arguments);
        a.mov(Gp.EBX, step).test(Gp.RAX, Gp.RAX).jcc(Cond.S, fail);
    }

    private void setUp() {
        Label signalStack = a.label("signalStack");
        Label onEnd = a.label("onEnd");
        Label onTick = a.label("onTick");
        Label timer = a.label("timer");
        Label filter = a.label("filter");
        Label name = a.label("name");

        a.mov(Gp.RSP, STACK_END).lea(Gp.RDI, mem(name));
        callOrFail(1, 319, null, 0L); // memfd_create
        a.mov(Gp.R8, Gp.RAX).mov(Gp.RDI, Gp.RAX).mov(Gp.R15, Gp.RAX);
        callOrFail(2, 77, null, 4096L); // ftruncate
        a.mov(Gp.R8, Gp.R15);
        // The code's page is not writable where it runs: two mappings of one file. 0x11 is shared,
        // fixed.
        callOrFail(3, 9, Layout.CODE, 4096L, 5L, 0x11L, null, 0L);
        a.mov(Gp.R8, Gp.R15);
        callOrFail(4, 9, CODE_ALIAS, 4096L, 3L, 0x11L, null, 0L);
        callOrFail(5, 9, Layout.DATA, (long) Layout.DATA_BYTES, 3L, 0x32L, -1L, 0L);
        a.lea(Gp.RDI, mem(signalStack));
        callOrFail(6, 131, null, 0L); // sigaltstack
        for (int signal : FATAL) {
            a.lea(Gp.RSI, mem(onEnd));
            callOrFail(7, 13, (long) signal, null, 0L, 8L); // rt_sigaction
        }
        a.lea(Gp.RSI, mem(onTick));
        callOrFail(8, 13, (long) SIGVTALRM, null, 0L, 8L);
        a.lea(Gp.RSI, mem(timer));
        callOrFail(9, 38, 1L, null, 0L); // setitimer, the process' own time
        callOrFail(10, 157, 38L, 1L, 0L, 0L, 0L); // prctl: no new privileges
        a.lea(Gp.RDX, mem(filter));
        callOrFail(11, 157, 22L, 2L, null, 0L, 0L); // prctl: seccomp filter
        a.mov(Gp.RDI, CODE_ALIAS).mov(Gp.ECX, 4096).mov(Gp.EAX, 0xcc).rep().stos(8);
        a.mov(mem(OUT).dword(), MAGIC);
        callOrFail(12, 1, 1L, OUT, 4L); // The greeting: everything is set up.
        a.jmp(loop);

        a.bind(fail).mov(Gp.EDI, Gp.EBX).mov(Gp.EAX, 231).syscall(); // exit_group

        a.bind(name).ascii("code").db(0).align(8, 0);
        a.bind(signalStack).dq(SIGNAL_STACK, 0, SIGNAL_STACK_BYTES);
        // SIGINFO, ONSTACK, RESTORER, RESTART; NODEFER since the handler does not return.
        a.bind(onEnd).dq(ended.address()).dq(0x5c000004L).dq(restorer.address()).dq(0);
        a.bind(onTick).dq(tick.address()).dq(0x5c000004L).dq(restorer.address()).dq(0);
        a.bind(timer).dq(0, TICK_US, 0, TICK_US);
        seccompProgram(filter);
    }

    /** Allows what comes from the stub's own addresses (struct seccomp_data: the address at 8). */
    private void seccompProgram(Label filter) {
        Label program = a.label("program");
        a.bind(filter).dq(7).dq(program.address());
        a.bind(program);
        a.dw(0x20).db(0, 0).dd(12); // load the address' upper half
        a.dw(0x15).db(0, 3).dd(0); // not 0: trap
        a.dw(0x20).db(0, 0).dd(8); // load its lower half
        a.dw(0x35).db(1, 0).dd(end.address()); // from the end on: trap
        a.dw(0x35).db(1, 0).dd(BASE); // from the base on: allow
        a.dw(0x06).db(0, 0).dd(0x00030000L); // trap
        a.dw(0x06).db(0, 0).dd(0x7fff0000L); // allow
    }

    private void runCases() {
        Label more = a.label("more");
        a.bind(loop).mov(Gp.RSP, STACK_END);
        a.mov(Gp.R12D, 0);
        a.bind(more).lea(Gp.RSI, mem(Gp.R12).plus(IN)).mov(Gp.EDX, IN_BYTES).sub(Gp.EDX, Gp.R12D);
        call(0, 0L, null, null); // read
        // Nothing more, or no one there: the end.
        a.mov(Gp.EBX, 0).cmp(Gp.RAX, 0).jcc(Cond.LE, fail);
        a.add(Gp.R12D, Gp.EAX).cmp(Gp.R12D, IN_BYTES).jcc(Cond.B, more);

        a.inc(mem(COUNTER).qword());
        copy(IN + IN_CODE, CODE_ALIAS, Layout.CODE_BYTES);
        copy(IN + IN_DATA, Layout.DATA, Layout.DATA_BYTES);
        a.mov(Gp.EAX, Layout.DS).mov(Seg.DS, Gp.EAX).mov(Seg.ES, Gp.EAX);
        call(158, 0x1002L, Layout.FS_BASE); // arch_prctl
        call(158, 0x1001L, Layout.GS_BASE);
        a.mov(mem(TARGET).dword(), (int) Layout.CODE).mov(Gp.EAX, mem(IN + IN_CS));
        a.mov(mem(TARGET + 4), Gp.AX);
        a.fxrstor64(mem(IN + IN_FXSAVE));
        a.mov(Gp.RSP, IN + IN_RFLAGS).popf(64);
        for (int i = 0; i < 16; i++) {
            a.mov(Gp.of(64, i), mem(IN + IN_GPR + 8L * i));
        }
        // Far, so that one jump goes to 64-bit and to 32-bit code.
        a.jmpFar(32, mem(TARGET));
    }

    private void copy(long from, long to, int bytes) {
        a.mov(Gp.RSI, from).mov(Gp.RDI, to).mov(Gp.ECX, bytes / 8).rep().movs(64);
    }

    /** The handler of every end: RDI signal, RSI siginfo, RDX ucontext. Does not return. */
    private void handleEnd() {
        a.bind(ended);
        // The kernel leaves AC as the case had it; a frame need not be aligned for that.
        a.push(2).popf(64);
        a.mov(mem(OUT + OUT_SIGNAL), Gp.RDI);
        a.movsx(Gp.RAX, mem(Gp.RSI).plus(8).dword()).mov(mem(OUT + OUT_CODE), Gp.RAX);
        a.lea(Gp.RSI, mem(Gp.RDX).plus(40)).mov(Gp.RDI, OUT + OUT_GREGS).mov(Gp.ECX, GREGS);
        a.rep().movs(64);
        Mem fpstate = mem(Gp.RDX).plus(40 + 8 * GREGS);
        a.mov(Gp.RSI, fpstate).mov(Gp.RDI, OUT + OUT_FXSAVE).mov(Gp.ECX, FxState.BYTES / 8);
        a.rep().movs(64);
        copy(Layout.DATA, OUT + OUT_DATA, Layout.DATA_BYTES);
        a.mov(Gp.EAX, mem(IN + IN_SEQUENCE)).mov(mem(OUT + OUT_SEQUENCE), Gp.EAX);

        Label more = a.label("more");
        a.mov(Gp.RSP, STACK_END).mov(Gp.R12D, 0);
        a.bind(more).lea(Gp.RSI, mem(Gp.R12).plus(OUT));
        a.mov(Gp.EDX, OUT_BYTES).sub(Gp.EDX, Gp.R12D);
        call(1, 1L, null, null); // write
        a.mov(Gp.EBX, 13).cmp(Gp.RAX, 0).jcc(Cond.LE, fail);
        a.add(Gp.R12D, Gp.EAX).cmp(Gp.R12D, OUT_BYTES).jcc(Cond.B, more).jmp(loop);
    }

    /** The timer's handler: ends the case if it has been there for a while. */
    private void handleTick() {
        Label another = a.label("another");
        Label back = a.label("back");
        Mem rip = mem(Gp.RDX).plus(40 + 8 * GREG_RIP);
        a.bind(tick).mov(Gp.RAX, mem(COUNTER)).cmp(Gp.RAX, mem(SEEN)).jcc(Cond.NE, another);
        a.inc(mem(TICKS).dword()).cmp(mem(TICKS).dword(), PATIENCE).jcc(Cond.B, back);
        // Not in the stub itself, which may wait for its next case.
        a.mov(Gp.RAX, rip).sub(Gp.RAX, (int) BASE);
        a.op("REX.W 3D id", end.plus(-BASE)).jcc(Cond.AE, ended);
        a.bind(another).mov(Gp.RAX, mem(COUNTER)).mov(mem(SEEN), Gp.RAX).mov(mem(TICKS).dword(), 0);
        a.bind(back).ret();
        a.bind(restorer).mov(Gp.EAX, 15).syscall(); // rt_sigreturn
    }

    /** What a status the process ended with during its set-up means. */
    static String step(int status) {
        return switch (status) {
            case 1 -> "memfd_create";
            case 2 -> "ftruncate";
            case 3, 4, 5 -> "mmap";
            case 6 -> "sigaltstack";
            case 7, 8 -> "rt_sigaction";
            case 9 -> "setitimer";
            case 10, 11 -> "prctl";
            default -> "status " + status;
        };
    }

    /** Where the ucontext has register {@code n} of the order RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI. */
    static int greg(int n) {
        int[] places = {13, 14, 12, 11, 15, 10, 9, 8};
        return n < 8 ? places[n] : n - 8;
    }
}
