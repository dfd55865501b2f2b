package dev.skerry.verify.asm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Instructions with operands of all kinds, byte for byte as GNU as encodes them. */
class AgainstGnuTest {
    private static final long SEED = Long.getLong("skerry.seed", 20250817);

    @TempDir Path scratch;

    @BeforeAll
    static void binutils() {
        GnuAs.assume();
    }

    private void compare(Rows rows) throws IOException, InterruptedException {
        List<byte[]> slots = GnuAs.slots(rows.bits, List.copyOf(rows.rows.keySet()), scratch);
        assertEquals(List.of(), rows.differences(slots), "seed " + SEED);
        assertTrue(rows.rows.size() > 50, "rows: " + rows.rows.size());
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 64})
    void arithmetic(int bits) throws IOException, InterruptedException {
        Rows rows = new Rows(bits, SEED);
        rows.rmReg("add", (a, rm) -> gp -> a.add(rm, gp), true);
        rows.rmReg("or", (a, rm) -> gp -> a.or(rm, gp), true);
        rows.rmReg("adc", (a, rm) -> gp -> a.adc(rm, gp), true);
        rows.rmReg("sbb", (a, rm) -> gp -> a.sbb(rm, gp), true);
        rows.rmReg("and", (a, rm) -> gp -> a.and(rm, gp), true);
        rows.rmReg("sub", (a, rm) -> gp -> a.sub(rm, gp), true);
        rows.rmReg("xor", (a, rm) -> gp -> a.xor(rm, gp), true);
        rows.rmReg("cmp", (a, rm) -> gp -> a.cmp(rm, gp), true);
        rows.rmReg("test", (a, rm) -> gp -> a.test(rm, gp), true);
        rows.regRm("add", (a, gp) -> rm -> a.add(gp, rm));
        rows.regRm("cmp", (a, gp) -> rm -> a.cmp(gp, rm));
        rows.number("add", (a, rm) -> value -> a.add(rm, value));
        rows.number("or", (a, rm) -> value -> a.or(rm, value));
        rows.number("adc", (a, rm) -> value -> a.adc(rm, value));
        rows.number("sbb", (a, rm) -> value -> a.sbb(rm, value));
        rows.number("and", (a, rm) -> value -> a.and(rm, value));
        rows.number("sub", (a, rm) -> value -> a.sub(rm, value));
        rows.number("xor", (a, rm) -> value -> a.xor(rm, value));
        rows.number("cmp", (a, rm) -> value -> a.cmp(rm, value));
        rows.number("test", (a, rm) -> value -> a.test(rm, value));
        rows.one("inc", Assembler::inc);
        rows.one("dec", Assembler::dec);
        rows.one("not", Assembler::not);
        rows.one("neg", Assembler::neg);
        rows.one("mul", Assembler::mul);
        rows.one("imul", Assembler::imul);
        rows.one("div", Assembler::div);
        rows.one("idiv", Assembler::idiv);
        rows.regRm("imul", (a, gp) -> rm -> a.imul(gp, rm));
        rows.times(
                20,
                () -> {
                    int size = rows.wordSize();
                    Gp to = rows.gp(size);
                    Rm from = rows.rm(size);
                    long value = rows.number(size);
                    rows.row(
                            "imul " + to + ", " + from + ", " + value,
                            a -> a.imul(to, from, value));
                });
        compare(rows);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 64})
    void bits(int bits) throws IOException, InterruptedException {
        Rows rows = new Rows(bits, SEED);
        rows.count("rol", (a, rm) -> count -> a.rol(rm, count), true);
        rows.count("ror", (a, rm) -> count -> a.ror(rm, count), true);
        rows.count("rcl", (a, rm) -> count -> a.rcl(rm, count), true);
        rows.count("rcr", (a, rm) -> count -> a.rcr(rm, count), true);
        rows.count("shl", (a, rm) -> count -> a.shl(rm, count), true);
        rows.count("shr", (a, rm) -> count -> a.shr(rm, count), true);
        rows.count("sar", (a, rm) -> count -> a.sar(rm, count), true);
        rows.count("bt", (a, rm) -> bit -> a.bt(rm, bit), false);
        rows.count("bts", (a, rm) -> bit -> a.bts(rm, bit), false);
        rows.count("btr", (a, rm) -> bit -> a.btr(rm, bit), false);
        rows.count("btc", (a, rm) -> bit -> a.btc(rm, bit), false);
        rows.rmReg("bt", (a, rm) -> gp -> a.bt(rm, gp), false);
        rows.rmReg("bts", (a, rm) -> gp -> a.bts(rm, gp), false);
        rows.rmReg("btr", (a, rm) -> gp -> a.btr(rm, gp), false);
        rows.rmReg("btc", (a, rm) -> gp -> a.btc(rm, gp), false);
        rows.regRm("bsf", (a, gp) -> rm -> a.bsf(gp, rm));
        rows.regRm("bsr", (a, gp) -> rm -> a.bsr(gp, rm));
        rows.regRm("popcnt", (a, gp) -> rm -> a.popcnt(gp, rm));
        rows.times(
                30,
                () -> {
                    int size = rows.wordSize();
                    Rm rm = rows.rm(size);
                    Gp gp = rows.gp(size);
                    int count = rows.random.nextInt(100);
                    String tail = " " + rm + ", " + gp + ", ";
                    rows.row("shld" + tail + count, a -> a.shld(rm, gp, count));
                    rows.row("shrd" + tail + count, a -> a.shrd(rm, gp, count));
                    rows.row("shld" + tail + "cl", a -> a.shldCl(rm, gp));
                    rows.row("shrd" + tail + "cl", a -> a.shrdCl(rm, gp));
                    rows.row("sar " + rm + ", cl", a -> a.sarCl(rm));
                    rows.row("rcl " + rm + ", cl", a -> a.rclCl(rm));
                });
        compare(rows);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 64})
    void moves(int bits) throws IOException, InterruptedException {
        Rows rows = new Rows(bits, SEED);
        rows.rmReg("mov", (a, rm) -> gp -> a.mov(rm, gp), true);
        rows.rows.keySet().removeIf(OddRows::isAbsoluteAccumulator);
        rows.number("mov", (a, rm) -> value -> a.mov(rm, value));
        rows.rmReg("xchg", (a, rm) -> gp -> a.xchg(rm, gp), true);
        rows.rmReg("xadd", (a, rm) -> gp -> a.xadd(rm, gp), true);
        rows.rmReg("cmpxchg", (a, rm) -> gp -> a.cmpxchg(rm, gp), true);
        rows.memory("cmpxchg8b", Assembler::cmpxchg8b);
        for (Cond cond : Cond.values()) {
            rows.regRm("cmov" + cond, (a, gp) -> rm -> a.cmov(cond, gp, rm));
            rows.times(
                    4,
                    () -> {
                        Rm rm = rows.rm(8);
                        rows.row("set" + cond + " " + rm, a -> a.set(cond, rm));
                    });
        }
        rows.times(30, () -> extensions(rows));
        rows.times(20, () -> stack(rows));
        compare(rows);
    }

    private static void extensions(Rows rows) {
        int size = rows.wordSize();
        Gp to = rows.gp(size);
        Rm narrow = rows.rm(8);
        Rm word = rows.rm(16);
        Mem mem = rows.mem(0);
        rows.row("movzx " + to + ", " + narrow, a -> a.movzx(to, narrow));
        rows.row("movsx " + to + ", " + narrow, a -> a.movsx(to, narrow));
        if (size > 16) {
            rows.row("movzx " + to + ", " + word, a -> a.movzx(to, word));
            rows.row("movsx " + to + ", " + word, a -> a.movsx(to, word));
            rows.row("bswap " + to, a -> a.bswap(to));
            rows.row("crc32 " + to + ", " + narrow, a -> a.crc32(to, narrow));
        }
        if (size == 32) {
            rows.row("crc32 " + to + ", " + word, a -> a.crc32(to, word));
        }
        if (size == 64) {
            Rm wide = rows.rm(32);
            rows.row("movsxd " + to + ", " + wide, a -> a.movsx(to, wide));
        }
        rows.row("lea " + to + ", " + mem, a -> a.lea(to, mem));
        rows.row("movbe " + to + ", " + mem, a -> a.movbe(to, mem));
        rows.row("movbe " + mem + ", " + to, a -> a.movbe(mem, to));
    }

    private static void stack(Rows rows) {
        int size = rows.bits != 64 ? rows.wordSize() : rows.random.nextBoolean() ? 64 : 16;
        Rm rm = rows.rm(size);
        rows.row("push " + rm, a -> a.push(rm));
        rows.row("pop " + rm, a -> a.pop(rm));
        if (rows.bits != 16 || size == 16) {
            // Of 32 bits in 16-bit code GNU as takes them for far ones.
            rows.row("call " + rm, a -> a.call(rm));
            rows.row("jmp " + rm, a -> a.jmp(rm));
        }
        long number = rows.number(rows.bits == 16 ? 16 : 32);
        rows.row("push " + number, a -> a.push(number));
        Seg seg = rows.random.nextBoolean() ? Seg.FS : Seg.GS;
        rows.row("push " + seg, a -> a.push(seg));
        rows.row("pop " + seg, a -> a.pop(seg));
        Seg loaded = Seg.values()[rows.random.nextInt(2) * 3];
        Gp word = rows.gp(16);
        Mem mem = rows.mem(16);
        rows.row("mov " + loaded + ", " + word, a -> a.mov(loaded, word));
        rows.row("mov " + word + ", " + loaded, a -> a.mov(word, loaded));
        rows.row("mov " + loaded + ", " + mem, a -> a.mov(loaded, mem));
        rows.row("mov " + mem + ", " + loaded, a -> a.mov(mem, loaded));
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 64})
    void system(int bits) throws IOException, InterruptedException {
        Rows rows = new Rows(bits, SEED);
        rows.memory("lgdt", Assembler::lgdt);
        rows.memory("lidt", Assembler::lidt);
        rows.memory("sgdt", Assembler::sgdt);
        rows.memory("sidt", Assembler::sidt);
        rows.memory("invlpg", Assembler::invlpg);
        rows.memory("fxsave", Assembler::fxsave);
        rows.memory("fxrstor", Assembler::fxrstor);
        rows.memory("xsave", Assembler::xsave);
        rows.memory("xrstor", Assembler::xrstor);
        rows.memory("xsaveopt", Assembler::xsaveopt);
        rows.memory("clflush", Assembler::clflush);
        rows.memory("ldmxcsr", Assembler::ldmxcsr);
        rows.memory("stmxcsr", Assembler::stmxcsr);
        Gp wide = bits == 64 ? Gp.R9 : Gp.ESI;
        for (Cr cr : List.of(Cr.CR0, Cr.CR2, Cr.CR3, Cr.CR4)) {
            rows.row("mov " + cr + ", " + wide, a -> a.mov(cr, wide));
            rows.row("mov " + wide + ", " + cr, a -> a.mov(wide, cr));
        }
        for (Dr dr : List.of(Dr.DR0, Dr.DR3, Dr.DR6, Dr.DR7)) {
            rows.row("mov " + dr + ", " + wide, a -> a.mov(dr, wide));
            rows.row("mov " + wide + ", " + dr, a -> a.mov(wide, dr));
        }
        rows.times(10, () -> selectors(rows, wide));
        for (int size : List.of(16, 32)) {
            Gp gp = Gp.of(size, 0);
            rows.row("in " + gp + ", 0x71", a -> a.in(gp, 0x71));
            rows.row("in " + gp + ", dx", a -> a.inDx(gp));
            rows.row("out 0x71, " + gp, a -> a.out(0x71, gp));
            rows.row("out dx, " + gp, a -> a.outDx(gp));
        }
        rows.row("in al, 0xfe", a -> a.in(Gp.AL, 0xfe));
        rows.row("out dx, al", a -> a.outDx(Gp.AL));
        OddRows.plain(rows);
        compare(rows);
    }

    private static void selectors(Rows rows, Gp wide) {
        Rm word = rows.rm(16);
        rows.row("ltr " + word, a -> a.ltr(word));
        rows.row("lldt " + word, a -> a.lldt(word));
        rows.row("verr " + word, a -> a.verr(word));
        rows.row("verw " + word, a -> a.verw(word));
        rows.row("lmsw " + word, a -> a.lmsw(word));
        rows.row("sldt " + word, a -> a.sldt(word));
        rows.row("str " + word, a -> a.str(word));
        rows.row("smsw " + word, a -> a.smsw(word));
        Gp to = rows.gp(16);
        rows.row("lar " + to + ", " + word, a -> a.lar(to, word));
        rows.row("lsl " + to + ", " + word, a -> a.lsl(to, word));
        Mem mem = rows.mem(0);
        rows.row("invpcid " + wide + ", " + mem, a -> a.invpcid(wide, mem));
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 64})
    void forms(int bits) throws IOException, InterruptedException {
        Rows rows = new Rows(bits, SEED);
        rows.times(20, () -> OddRows.vectors(rows));
        rows.times(20, () -> OddRows.x87(rows));
        compare(rows);
    }
}
