package dev.skerry.verify.asm;

import static dev.skerry.verify.asm.Imm.imm;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.HexFormat;
import java.util.function.Consumer;

/** Encodings typed from Intel SDM 2A, tables 2-1 to 2-3 and chapters 3 to 5, and what is refused. */
class EncodingTest {
    private static void check(int bits, String hex, Consumer<Assembler> instruction) {
        Assembler a = new Assembler(bits);
        instruction.accept(a);
        assertEquals(hex.replace(" ", ""), HexFormat.of().formatHex(a.bytes()));
    }

    private static void refused(int bits, String why, Consumer<Assembler> instruction) {
        String said =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> instruction.accept(new Assembler(bits)))
                        .getMessage();
        assertTrue(said.contains(why), said);
    }

    @Test
    void modrm_of_16_bits_is_table_2_1() {
        check(16, "8b 00", a -> a.mov(Gp.AX, mem(Gp.BX, Gp.SI)));
        check(16, "8b 41 05", a -> a.mov(Gp.AX, mem(Gp.BX, Gp.DI).plus(5)));
        check(16, "8b 92 00 01", a -> a.mov(Gp.DX, mem(Gp.BP, Gp.SI).plus(0x100)));
        check(16, "8b 1b", a -> a.mov(Gp.BX, mem(Gp.BP, Gp.DI)));
        check(16, "8b 04", a -> a.mov(Gp.AX, mem(Gp.SI)));
        check(16, "8b 05", a -> a.mov(Gp.AX, mem(Gp.DI)));
        check(16, "8b 46 00", a -> a.mov(Gp.AX, mem(Gp.BP)));
        check(16, "8b 07", a -> a.mov(Gp.AX, mem(Gp.BX)));
        check(16, "8b 0e 34 12", a -> a.mov(Gp.CX, mem(0x1234)));
        check(32, "67 8b 07", a -> a.mov(Gp.EAX, mem(Gp.BX)));
    }

    @Test
    void modrm_and_sib_of_32_bits_are_tables_2_2_and_2_3() {
        check(32, "8b 03", a -> a.mov(Gp.EAX, mem(Gp.EBX)));
        check(32, "8b 43 08", a -> a.mov(Gp.EAX, mem(Gp.EBX).plus(8)));
        check(32, "8b 83 80 00 00 00", a -> a.mov(Gp.EAX, mem(Gp.EBX).plus(0x80)));
        check(32, "8b 45 00", a -> a.mov(Gp.EAX, mem(Gp.EBP)));
        check(32, "8b 04 24", a -> a.mov(Gp.EAX, mem(Gp.ESP)));
        check(32, "8b 05 78 56 34 12", a -> a.mov(Gp.EAX, mem(0x12345678)));
        check(32, "8b 04 8b", a -> a.mov(Gp.EAX, mem(Gp.EBX, Gp.ECX, 4)));
        check(32, "8b 44 cd 00", a -> a.mov(Gp.EAX, mem(Gp.EBP, Gp.ECX, 8)));
        check(32, "8b 04 4d 10 00 00 00", a -> a.mov(Gp.EAX, mem(null, Gp.ECX, 2).plus(0x10)));
        check(16, "67 66 8b 04 8b", a -> a.mov(Gp.EAX, mem(Gp.EBX, Gp.ECX, 4)));
    }

    @Test
    void sixty_four_bits_have_rex_and_rip() {
        check(64, "4c 8b 0b", a -> a.mov(Gp.R9, mem(Gp.RBX)));
        check(64, "49 8b 04 24", a -> a.mov(Gp.RAX, mem(Gp.R12)));
        check(64, "49 8b 45 00", a -> a.mov(Gp.RAX, mem(Gp.R13)));
        check(64, "4b 8b 04 a4", a -> a.mov(Gp.RAX, mem(Gp.R12, Gp.R12, 4)));
        check(64, "8b 04 25 00 10 00 00", a -> a.mov(Gp.EAX, mem(0x1000)));
        check(64, "8b 05 10 00 00 00", a -> a.mov(Gp.EAX, Mem.rip(0x10)));
        check(64, "67 8b 03", a -> a.mov(Gp.EAX, mem(Gp.EBX)));
        check(64, "40 88 e7", a -> a.mov(Gp.DIL, Gp.SPL));
        check(64, "88 e7", a -> a.mov(Gp.BH, Gp.AH));
        check(64, "64 48 03 04 25 28 00 00 00", a -> a.add(Gp.RAX, mem(0x28).in(Seg.FS)));
    }

    @Test
    void prefixes_precede_rex_and_the_opcode() {
        check(64, "f0 48 0f c1 03", a -> a.lock().xadd(mem(Gp.RBX), Gp.RAX));
        check(64, "66 f3 0f b8 c1", a -> a.popcnt(Gp.AX, Gp.CX));
        check(64, "f3 4c 0f b8 c1", a -> a.popcnt(Gp.R8, Gp.RCX));
        check(64, "f3 a5", a -> a.rep().movs(32));
        check(64, "f3 48 ab", a -> a.rep().stos(64));
        check(64, "66 45 0f 58 c1", a -> a.op("66 0F 58 /r", Xmm.XMM8, Xmm.XMM9));
        check(64, "9b 41 d9 38", a -> a.op("9B D9 /7", mem(Gp.R8)));
    }

    @Test
    void labels_are_found_before_and_behind() {
        Assembler a = new Assembler(64, 0x400000);
        Label end = a.label("end");
        Label start = a.mark();
        a.nop().jcc(Cond.NZ, end).jmp(start).call(end).mov(Gp.EAX, mem(end).plus(2));
        a.cmp(mem(end).dword(), 0x11223344);
        a.bind(end).dq(end.address()).dd(start.plus(1));
        assertEquals(0x40001e, end.value());
        assertEquals(
                "90 0f85 17000000 eb f7 e8 10000000 8b05 0c000000 813d 00000000 44332211"
                                .replace(" ", "")
                        + "1e00400000000000"
                        + "01004000",
                HexFormat.of().formatHex(a.bytes()));
    }

    @Test
    void modes_change_in_mid_program() {
        Assembler a = new Assembler(16, 0x7c00);
        Label protectedMode = a.label("protectedMode");
        a.mov(Gp.AX, 1).jmpFar(32, 8, protectedMode.address());
        a.bits(32).bind(protectedMode).mov(Gp.EAX, 1).mov(Gp.ECX, mem(protectedMode));
        assertEquals(
                "b80100" + "66ea0b7c0000" + "0800" + "b801000000" + "8b0d0b7c0000",
                HexFormat.of().formatHex(a.bytes()));
    }

    @Test
    void data_and_padding_lie_where_they_should() {
        Assembler a = new Assembler(64, 0x100);
        a.db(1, 0xff, -1).align(4, 0).dw(0x1234).ascii("hi").padTo(0x110).dq(-2).fill(2, 7);
        a.org(0x8000).align(16);
        byte[] expected =
                HexFormat.of()
                        .parseHex(
                                "01ffff00"
                                        + "3412"
                                        + "6869"
                                        + "0000000000000000"
                                        + "feffffffffffffff"
                                        + "0707");
        assertArrayEquals(expected, a.bytes());
        assertEquals(0x8000, a.here());
    }

    @Test
    void what_cannot_be_encoded_is_refused_by_name() {
        refused(64, "ah", a -> a.mov(Gp.AH, Gp.R8B));
        refused(64, "ah", a -> a.movzx(Gp.RAX, Gp.BH));
        refused(32, "64-bit code", a -> a.mov(Gp.RAX, Gp.RCX));
        refused(32, "64-bit code", a -> a.mov(Gp.R8D, 1));
        refused(32, "64-bit", a -> a.mov(Gp.EAX, mem(Gp.RBX)));
        refused(64, "16-bit", a -> a.mov(Gp.EAX, mem(Gp.BX)));
        refused(16, "[cx]", a -> a.mov(Gp.AX, mem(Gp.CX)));
        refused(64, "two memory", a -> a.add(mem(Gp.RAX).dword(), mem(Gp.RBX)));
        refused(64, "says the size", a -> a.inc(mem(Gp.RAX)));
        refused(64, "does not fit", a -> a.add(Gp.AL, 0x100));
        refused(64, "does not fit", a -> a.add(Gp.RAX, 0x80000000L));
        refused(64, "32-bit operands", a -> a.push(Gp.EAX));
        refused(64, "wants 1 values", a -> a.op("66 0F 3A 0F /r ib", Xmm.XMM0, Xmm.XMM1));
        refused(64, "wants 2 operands", a -> a.op("0F 58 /r", Xmm.XMM0));
        refused(64, "'zz' in the form", a -> a.op("0F zz /r", Xmm.XMM0, Xmm.XMM1));
        refused(64, "rsp cannot be an index", a -> a.lea(Gp.RAX, mem(Gp.RAX, Gp.RSP, 2)));
        refused(64, "beyond 32 bits", a -> a.lea(Gp.RAX, mem(0x80000000L)));
        refused(64, "accumulator", a -> a.movLoad(Gp.ECX, imm(0)));
    }

    @Test
    void a_label_out_of_reach_or_unbound_is_refused_by_name() {
        Assembler far = new Assembler(64);
        Label end = far.label("end");
        far.jmpShort(end).fill(128, 0x90).bind(end);
        assertTrue(
                assertThrows(IllegalStateException.class, far::bytes)
                        .getMessage()
                        .startsWith("end "));
        Assembler open = new Assembler(64);
        open.jmp(open.label("nowhere"));
        String said = assertThrows(IllegalStateException.class, open::bytes).getMessage();
        assertEquals("nowhere is used and nowhere bound", said);
    }
}
