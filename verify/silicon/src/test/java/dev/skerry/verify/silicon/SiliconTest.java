package dev.skerry.verify.silicon;

import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Mem;
import dev.skerry.verify.asm.Seg;
import dev.skerry.verify.asm.St;
import dev.skerry.verify.asm.Xmm;
import dev.skerry.verify.silicon.NativeResult.Ending;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** What instructions with known results do on the host's CPU, and how each kind of end is told. */
class SiliconTest {
    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RSP = 4;

    private static Silicon silicon;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(Silicon.missing() == null, Silicon.missing());
        silicon = Silicon.start();
    }

    @AfterAll
    static void stop() throws IOException {
        if (silicon != null) {
            silicon.close();
        }
    }

    private static byte[] code(Consumer<Assembler> program) {
        Assembler a = new Assembler(64, Layout.CODE);
        program.accept(a);
        return a.bytes();
    }

    private static NativeResult run(Consumer<Assembler> program) {
        return silicon.run(NativeCase.of(code(program)));
    }

    private static NativeResult done(Consumer<Assembler> program) {
        NativeResult result = run(program);
        assertEquals(Ending.DONE, result.ending(), result.toString());
        assertNull(result.fault());
        return result;
    }

    private static void faults(
            int vector, long error, long address, int signal, Consumer<Assembler> program) {
        NativeResult result = run(program);
        assertEquals(Ending.FAULT, result.ending(), result.toString());
        assertEquals(new Fault(vector, error, address, signal), result.fault());
        assertEquals(Fault.of(vector, error, address), result.fault());
        assertEquals(Layout.CODE + 1, result.rip(), "one NOP, then the fault");
    }

    @Test
    void all_registers_and_flags_arrive_and_return() {
        long[] gpr = new long[16];
        for (int i = 0; i < 16; i++) {
            gpr[i] = 0x1111_2222_3333_4400L * (i + 1) + i;
        }
        byte[] fxsave = FxState.initial();
        for (int n = 0; n < 16; n++) {
            FxState.xmm(fxsave, n, 0x0102030405060708L * n, ~n);
        }
        FxState.put(fxsave, FxState.FTW, 1, 0xc0);
        FxState.put(fxsave, FxState.FSW, 2, 6 << 11);
        FxState.st(fxsave, 0, 0x3fff, 0x8000000000000000L);
        FxState.st(fxsave, 1, 0xc000, 0xc90fdaa22168c235L);
        byte[] data = new byte[Layout.DATA_BYTES];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i * 7 + i / 256);
        }
        long flags = Flags.CF | Flags.AF | Flags.SF | Flags.OF | Flags.DF | Flags.AC;
        NativeResult result =
                silicon.run(new NativeCase(code(Assembler::nop), gpr, flags, fxsave, data));
        assertEquals(Ending.DONE, result.ending());
        assertArrayEquals(gpr, result.gpr());
        assertEquals(flags, result.rflags(), Flags.text(result.rflags()));
        assertArrayEquals(fxsave, result.fxsave());
        assertArrayEquals(data, result.data());
        assertEquals(Layout.CODE + 1, result.rip());
    }

    @Test
    void an_addition_sets_its_flags() {
        NativeResult result = done(a -> a.mov(Gp.EAX, 0x7fffffff).add(Gp.EAX, 1));
        assertEquals(0x80000000L, result.gpr()[RAX]);
        assertEquals(Flags.OF | Flags.SF | Flags.AF | Flags.PF, result.rflags());
    }

    @Test
    void a_loop_a_call_and_the_stack_work() {
        NativeResult result =
                done(
                        a -> {
                            Label body = a.label("body");
                            Label end = a.label("end");
                            a.mov(Gp.ECX, 5);
                            Label again = a.mark();
                            a.call(body).loop(again).push(Gp.RAX).jmp(end);
                            a.bind(body).add(Gp.RAX, Gp.RCX).ret();
                            a.bind(end);
                        });
        assertEquals(15, result.gpr()[RAX]);
        assertEquals(0, result.gpr()[RCX]);
        assertEquals(Layout.DATA + 2048 - 8, result.gpr()[RSP]);
        assertEquals(15, result.data(2048 - 8, 8));
    }

    @Test
    void string_instructions_write_the_window() {
        NativeResult result =
                done(
                        a -> {
                            a.mov(Gp.RDI, Layout.DATA + 16).mov(Gp.EAX, 0x41).mov(Gp.ECX, 3);
                            a.rep().stos(8);
                        });
        assertEquals(0x0000414141L, result.data(16, 5));
    }

    @Test
    void segment_bases_are_those_of_the_layout() {
        NativeResult result =
                done(
                        a -> {
                            a.mov(mem(8).in(Seg.FS).dword(), 0x1234);
                            a.mov(mem(8).in(Seg.GS).dword(), 0x5678);
                        });
        assertEquals(0x1234, result.data(8, 4));
        assertEquals(0x5678, result.data(0x808, 4));
    }

    @Test
    void sse_computes_and_notes_what_was_inexact() {
        NativeCase c = NativeCase.of(code(a -> a.op("F2 0F 5E /r", Xmm.XMM0, Xmm.XMM1)));
        FxState.xmm(c.fxsave(), 0, Double.doubleToRawLongBits(1), 5);
        FxState.xmm(c.fxsave(), 1, Double.doubleToRawLongBits(3), 6);
        NativeResult result = silicon.run(c);
        assertEquals(1.0 / 3, Double.longBitsToDouble(result.xmm(0, 0)));
        assertEquals(5, result.xmm(0, 1));
        assertEquals(0x1fa0, FxState.get(result.fxsave(), FxState.MXCSR, 4), "precision");
    }

    @Test
    void x87_computes_with_64_bits_of_significand() {
        NativeResult result =
                done(
                        a -> {
                            a.op("D9 EB").op("D9 E8"); // FLDPI, FLD1
                            a.op("DE C0+i", St.ST1); // FADDP
                            a.op("DB /7", mem(Layout.DATA)); // FSTP m80
                            a.op("D9 EB");
                        });
        assertEquals(0x8487_ed51_10b4_611aL, result.data(0, 8), "pi + 1");
        assertEquals(0x4001, result.data(8, 2));
        assertEquals(0x80, FxState.get(result.fxsave(), FxState.FTW, 1));
        assertEquals(7 << 11 | 0x20, FxState.get(result.fxsave(), FxState.FSW, 2));
        assertEquals(0xc90fdaa22168c235L, FxState.get(result.fxsave(), FxState.ST, 8));
    }

    @Test
    void each_exception_is_told_with_its_vector_error_code_and_address() {
        faults(0, 0, 0, 8, a -> a.nop().div(Gp.ECX));
        faults(6, 0, 0, 4, a -> a.nop().ud2());
        faults(13, 0, 0, 11, a -> a.nop().hlt());
        faults(14, 6, Layout.DATA + 4096, 11, a -> a.nop().mov(mem(Layout.DATA + 4096), Gp.EAX));
        faults(14, 4, Layout.DATA - 1, 11, a -> a.nop().mov(Gp.AL, mem(Layout.DATA - 1)));
        faults(14, 7, Layout.CODE, 11, a -> a.nop().mov(mem(Layout.CODE), Gp.AL));
        faults(13, 0, 0, 11, a -> a.nop().op("0F 29 /mr", mem(Layout.DATA + 8), Xmm.XMM0));
        faults(13, 0x82 * 4 + 2, 0, 11, a -> a.nop().interrupt(0x41));
    }

    @Test
    void a_jump_out_faults_where_it_led_to() {
        NativeResult result = run(a -> a.mov(Gp.EAX, 0x40000000).jmp(Gp.RAX));
        assertEquals(Fault.of(14, 0x14, 0x40000000L), result.fault());
        assertEquals(0x40000000L, result.rip());
    }

    @Test
    void traps_point_behind_their_instruction() {
        NativeResult breakpoint = run(a -> a.int3().nop());
        assertEquals(Fault.of(3, 0, 0), breakpoint.fault());
        assertEquals(Layout.CODE + 1, breakpoint.rip());
        NativeResult step = run(a -> a.push(0x102).popf(64).nop().nop());
        assertEquals(Fault.of(1, 0, 0), step.fault());
        assertEquals(Ending.FAULT, step.ending());
    }

    @Test
    void misaligned_data_faults_with_ac_set() {
        NativeCase plain = NativeCase.of(code(a -> a.nop().mov(Gp.EAX, mem(Layout.DATA + 1))));
        NativeCase checked =
                new NativeCase(plain.code(), plain.gpr(), Flags.AC, plain.fxsave(), plain.data());
        assertEquals(Ending.DONE, silicon.run(plain).ending());
        NativeResult result = silicon.run(checked);
        assertEquals(Fault.of(17, 0, 0), result.fault());
        assertEquals(Flags.AC, result.rflags());
    }

    @Test
    void unmasked_floating_point_exceptions_are_16_and_19() {
        NativeCase x87 =
                NativeCase.of(
                        code(a -> a.nop().op("D9 E8").op("D9 EE").op("DE F8+i", St.ST1).fwait()));
        FxState.put(x87.fxsave(), FxState.FCW, 2, 0x37b);
        NativeResult mf = silicon.run(x87);
        assertEquals(Fault.of(16, 0, 0), mf.fault());
        assertEquals(Layout.CODE + 7, mf.rip(), "the FWAIT, not the division");
        NativeCase sse = NativeCase.of(code(a -> a.nop().op("F3 0F 5E /r", Xmm.XMM0, Xmm.XMM1)));
        FxState.put(sse.fxsave(), FxState.MXCSR, 4, 0x1f80 & ~0x80);
        NativeResult xm = silicon.run(sse);
        assertEquals(Fault.of(19, 0, 0), xm.fault());
    }

    @Test
    void thirty_two_bit_code_has_its_own_instructions() {
        Assembler a = new Assembler(32, Layout.CODE);
        a.mov(Gp.EAX, 0x00ff).inc(Gp.EAX).aaa().push(Gp.EAX).op("40+r", Gp.ECX);
        long[] gpr = NativeCase.of(new byte[0]).gpr();
        NativeCase c = new NativeCase(32, a.bytes(), gpr, Flags.AF, FxState.initial(), new byte[0]);
        NativeResult result = silicon.run(c);
        assertEquals(Ending.DONE, result.ending(), result.toString());
        assertEquals(0x206, result.gpr()[RAX]);
        assertEquals(1, result.gpr()[RCX]);
        assertEquals(Layout.DATA + 2048 - 4, result.gpr()[RSP]);
        assertEquals(0x206, result.data(2044, 4));
    }

    @Test
    void a_runaway_is_ended_with_its_state() {
        NativeResult result =
                run(
                        a -> {
                            a.mov(Gp.EAX, 7);
                            Label here = a.mark();
                            a.jmp(here);
                        });
        assertEquals(Ending.RUNAWAY, result.ending());
        assertEquals(7, result.gpr()[RAX]);
        assertEquals(Layout.CODE + 5, result.rip());
    }

    @Test
    void a_system_call_is_stopped_and_not_made() {
        NativeResult exit = run(a -> a.mov(Gp.EAX, 231).mov(Gp.EDI, 3).syscall());
        assertEquals(Ending.FAULT, exit.ending());
        assertEquals(new Fault(Fault.NONE, 0, 0, 31), exit.fault());
        NativeResult old = run(a -> a.mov(Gp.EAX, 1).interrupt(0x80));
        assertEquals(new Fault(Fault.NONE, 0, 0, 31), old.fault());
    }

    @Test
    void code_that_kills_the_process_costs_itself_alone() {
        int before = silicon.deaths();
        // The stub's state, among it the alternate stack and the record it answers with.
        byte[] hostile =
                code(
                        a -> {
                            a.mov(Gp.RDI, 0x1100_0000L).mov(Gp.ECX, 0x20000 / 8);
                            a.mov(Gp.RAX, -1).rep().stos(64);
                        });
        byte[] five = code(a -> a.mov(Gp.EAX, 5));
        List<NativeCase> cases = new ArrayList<>(Collections.nCopies(100, NativeCase.of(five)));
        cases.set(50, NativeCase.of(hostile));
        cases.set(70, NativeCase.of(hostile));
        List<NativeResult> results = silicon.run(cases);
        for (int i = 0; i < 100; i++) {
            Ending expected = i == 50 || i == 70 ? Ending.DIED : Ending.DONE;
            assertEquals(expected, results.get(i).ending(), "case " + i);
            assertEquals(expected == Ending.DONE ? 5 : 0, results.get(i).gpr()[RAX]);
        }
        assertEquals(before + 2, silicon.deaths());
    }

    @Test
    void a_case_leaves_nothing_behind_for_the_next() {
        run(
                a -> {
                    a.mov(Gp.EAX, 0).mov(Seg.DS, Gp.EAX).mov(Seg.ES, Gp.EAX).mov(Seg.FS, Gp.EAX);
                    a.std().op("D9 E8").mov(mem(Layout.DATA + 4000).dword(), -1);
                    a.op("0F AE /2", Mem.rip(0)).op("66 0F EF /r", Xmm.XMM3, Xmm.XMM3);
                });
        NativeResult result =
                done(a -> a.mov(Gp.EAX, mem(4000).in(Seg.FS)).op("0F 28 /r", Xmm.XMM1, Xmm.XMM3));
        assertEquals(0, result.gpr()[RAX]);
        assertEquals(0, result.rflags());
        assertArrayEquals(FxState.initial(), result.fxsave());
    }

    @Test
    void thousands_of_cases_come_back_in_order() {
        List<NativeCase> cases = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            int number = i;
            cases.add(NativeCase.of(code(a -> a.mov(Gp.EAX, number).op("0F 1F /0", mem(Gp.RAX)))));
        }
        long start = System.nanoTime();
        List<NativeResult> results = silicon.run(cases);
        long took = System.nanoTime() - start;
        for (int i = 0; i < 5000; i++) {
            assertEquals(i, results.get(i).gpr()[RAX]);
        }
        System.out.println("native cases a second: " + 5000L * 1_000_000_000 / took);
    }

    @Test
    void what_would_break_the_stub_is_no_case() {
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new NativeCase(
                                new byte[1],
                                new long[16],
                                Flags.TF,
                                FxState.initial(),
                                new byte[0]));
        byte[] bad = FxState.initial();
        FxState.put(bad, FxState.MXCSR, 4, 0x10000);
        assertThrows(
                IllegalArgumentException.class,
                () -> new NativeCase(new byte[1], new long[16], 0, bad, new byte[0]));
    }
}
