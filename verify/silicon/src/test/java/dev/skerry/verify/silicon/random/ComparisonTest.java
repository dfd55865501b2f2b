package dev.skerry.verify.silicon.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Mem;
import dev.skerry.verify.silicon.Fault;
import dev.skerry.verify.silicon.Flags;
import dev.skerry.verify.silicon.FxState;
import dev.skerry.verify.silicon.Layout;
import dev.skerry.verify.silicon.NativeCase;
import dev.skerry.verify.silicon.NativeResult;
import dev.skerry.verify.silicon.NativeResult.Ending;
import dev.skerry.verify.silicon.random.Step.Encoded;
import dev.skerry.verify.silicon.random.Step.FlagEffect;
import dev.skerry.verify.silicon.random.Step.Instruction;
import dev.skerry.verify.silicon.random.Step.Looseness;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Every kind of difference is seen, and what the manual leaves open is not. */
class ComparisonTest {
    private static Program program(FlagEffect flags, Looseness loose) {
        Instruction mul =
                new Instruction(
                        "MUL",
                        List.of(),
                        List.of(),
                        new Encoded("os F7 /4", List.of(Gp.ECX)),
                        flags,
                        loose);
        return new Program(List.of(mul), NativeCase.of(new byte[0]));
    }

    private static final Program EXACT = program(FlagEffect.NONE, Looseness.NONE);
    private static final long END = Layout.CODE + 2;

    private static NativeResult result(long rax, long rflags, byte[] fxsave, byte[] data) {
        long[] gpr = new long[16];
        gpr[0] = rax;
        return new NativeResult(Ending.DONE, null, gpr, END, rflags, fxsave, data);
    }

    private static NativeResult plain() {
        return result(0, 0, FxState.initial(), new byte[Layout.DATA_BYTES]);
    }

    private static void seen(String what, NativeResult other) {
        List<String> differences = Comparison.differences(EXACT, plain(), other);
        assertEquals(1, differences.size(), differences.toString());
        assertTrue(differences.getFirst().startsWith(what), differences.toString());
    }

    private static byte[] fxsave(int offset, int bytes, long value) {
        byte[] image = FxState.initial();
        FxState.put(image, offset, bytes, value);
        return image;
    }

    private static NativeResult with(byte[] fxsave) {
        return result(0, 0, fxsave, new byte[Layout.DATA_BYTES]);
    }

    @Test
    void each_part_of_the_state_counts() {
        assertEquals(List.of(), Comparison.differences(EXACT, plain(), plain()));
        seen("RAX", result(1, 0, FxState.initial(), new byte[Layout.DATA_BYTES]));
        seen("RFLAGS", result(0, Flags.AF, FxState.initial(), new byte[Layout.DATA_BYTES]));
        byte[] data = new byte[Layout.DATA_BYTES];
        data[4095] = 1;
        seen("data at 0xff8", result(0, 0, FxState.initial(), data));
        seen("FCW", with(fxsave(FxState.FCW, 2, 0x37e)));
        seen("FSW", with(fxsave(FxState.FSW, 2, 0x200)));
        seen("FTW", with(fxsave(FxState.FTW, 1, 1)));
        seen("ST3", with(fxsave(FxState.ST + 48, 8, 1)));
        seen("ST3 sign", with(fxsave(FxState.ST + 56, 2, 1)));
        seen("MXCSR", with(fxsave(FxState.MXCSR, 4, 0x1f81)));
        seen("XMM15", with(fxsave(FxState.XMM + 255, 1, 1)));
    }

    @Test
    void endings_faults_and_places_count() {
        NativeResult plain = plain();
        NativeResult faulted =
                new NativeResult(
                        Ending.FAULT,
                        Fault.of(13, 0, 0),
                        plain.gpr(),
                        END,
                        0,
                        plain.fxsave(),
                        plain.data());
        assertEquals(2, Comparison.differences(EXACT, plain, faulted).size());
        NativeResult elsewhere =
                new NativeResult(
                        Ending.DONE, null, plain.gpr(), END - 1, 0, plain.fxsave(), plain.data());
        seen("RIP", elsewhere);
    }

    @Test
    void a_page_fault_in_the_kernels_half_does_not_tell_the_map() {
        assertEquals(List.of(), faults(0xfffffffffffffa7aL, 7, 6));
        assertEquals(1, faults(0xfffffffffffffa7aL, 7, 4).size());
        assertEquals(1, faults(0x30001000L, 7, 6).size());
    }

    /** FLDENV across a page: some Intel processors look at its last byte first, others do not. */
    @Test
    void an_operand_accessed_in_parts_may_miss_any_of_its_bytes_on_a_page() {
        Encoded load = new Encoded("D9 /4", List.of(Mem.mem(Gp.RDI).sized(224)));
        Program parts =
                new Program(
                        List.of(
                                new Instruction(
                                        "FLDENV",
                                        List.of(),
                                        List.of(),
                                        load,
                                        FlagEffect.NONE,
                                        Looseness.NONE)),
                        NativeCase.of(new byte[0]));
        NativeResult first = pageFault(4, 0x30001000L, Layout.CODE);
        NativeResult last = pageFault(4, 0x3000100fL, Layout.CODE);
        NativeResult next = pageFault(4, 0x30002000L, Layout.CODE);
        assertEquals(List.of(), Comparison.differences(parts, last, first));
        assertEquals(1, Comparison.differences(parts, next, first).size());
        assertEquals(1, Comparison.differences(EXACT, last, first).size());
    }

    private static List<String> faults(long address, long expected, long actual) {
        return Comparison.differences(
                EXACT, pageFault(expected, address, END), pageFault(actual, address, END));
    }

    private static NativeResult pageFault(long error, long address, long rip) {
        NativeResult plain = plain();
        Fault fault = Fault.of(14, error, address);
        return new NativeResult(
                Ending.FAULT, fault, plain.gpr(), rip, 0, plain.fxsave(), plain.data());
    }

    @Test
    void undefined_flags_do_not_count_and_others_do() {
        Program open = program(new FlagEffect(0, Flags.CF, Flags.SF | Flags.PF), Looseness.NONE);
        byte[] data = new byte[Layout.DATA_BYTES];
        NativeResult sign = result(0, Flags.SF, FxState.initial(), data);
        NativeResult zero = result(0, Flags.ZF, FxState.initial(), data);
        assertEquals(List.of(), Comparison.differences(open, plain(), sign));
        assertEquals(1, Comparison.differences(open, plain(), zero).size());
    }

    @Test
    void pointers_of_the_x87_do_not_count() {
        assertEquals(
                List.of(),
                Comparison.differences(EXACT, plain(), with(fxsave(FxState.FIP, 8, 0x20000000))));
    }

    @Test
    void approximate_results_may_be_a_little_off() {
        Program reciprocal =
                program(FlagEffect.NONE, new Looseness(Looseness.Kind.RELATIVE, 2, 16));
        int at = FxState.XMM + 32;
        NativeResult wanted = with(fxsave(at, 4, Float.floatToRawIntBits(1.0f)));
        NativeResult near = with(fxsave(at, 4, Float.floatToRawIntBits(1.0005f)));
        NativeResult far = with(fxsave(at, 4, Float.floatToRawIntBits(1.001f)));
        assertEquals(List.of(), Comparison.differences(reciprocal, wanted, near));
        assertEquals(1, Comparison.differences(reciprocal, wanted, far).size());
        assertEquals(1, Comparison.differences(EXACT, wanted, near).size());
    }

    @Test
    void transcendental_results_may_differ_in_their_last_places() {
        Program sine = program(FlagEffect.NONE, new Looseness(Looseness.Kind.X87, 0, 0));
        assertEquals(0, ulps(sine, 0x3ffe, -2, 0x3ffe, -3));
        assertEquals(0, ulps(sine, 0x3ffe, -1, 0x3fff, Long.MIN_VALUE));
        assertEquals(0, ulps(sine, 0x3fff, Long.MIN_VALUE, 0x3ffe, -1));
        assertEquals(1, ulps(sine, 0x3ffe, -1, 0x3ffe, -10));
        assertEquals(1, ulps(sine, 0x3ffe, -1, 0xbffe, -1));
        assertEquals(2, ulps(sine, 0x3ffe, -1, 0x3fff, Long.MIN_VALUE + 5));
    }

    private static int ulps(Program program, int exponent, long significand, int other, long got) {
        byte[] one = FxState.initial();
        byte[] two = FxState.initial();
        FxState.st(one, 0, exponent, significand);
        FxState.st(two, 0, other, got);
        FxState.put(two, FxState.FSW, 2, 0x220);
        return Comparison.differences(program, with(one), with(two)).size();
    }

    @Test
    void flags_after_shifts_are_what_the_manual_says_of_the_count() {
        Template shl = Template.of("SHL rmv,ib ; os C1 /4 ib ; shift");
        Template sar = Template.of("SAR rmv,ib ; os C1 /7 ib ; shift");
        Template rol = Template.of("ROL rmv,ib ; os C1 /0 ib ; rotate");
        Template shld = Template.of("SHLD rmv,rv,ib ; os 0F A4 /mr ib ; double");
        assertEquals(FlagEffect.NONE, Counts.effect(shl, 32, 32));
        assertEquals(Flags.AF, Counts.effect(shl, 32, 1).undefines());
        assertEquals(Flags.AF | Flags.OF, Counts.effect(shl, 32, 2).undefines());
        assertEquals(Flags.AF | Flags.OF | Flags.CF, Counts.effect(shl, 8, 8).undefines());
        assertEquals(Flags.AF | Flags.OF, Counts.effect(sar, 8, 8).undefines());
        assertEquals(Flags.OF, Counts.effect(rol, 64, 33).undefines());
        assertEquals(Flags.CF | Flags.OF, Counts.effect(rol, 64, 1).defines());
        assertEquals(Flags.STATUS, Counts.effect(shld, 16, 17).undefines());
    }
}
