package dev.skerry.execution.kvm;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Label;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** What a guest does to ports and registers arrives, in every mode and size. */
@Timeout(120)
final class AccessTest {
    private static final int CODE = 0x8000;
    private static final int DATA = 0x6000;

    enum Mode {
        REAL(16),
        PROTECTED(32),
        LONG(64);

        private final int bits;

        Mode(int bits) {
            this.bits = bits;
        }

        void begin(Board board) {
            switch (this) {
                case REAL -> board.realMode(0, CODE);
                case PROTECTED -> board.protectedMode(0, CODE);
                case LONG -> board.longMode(0, CODE);
            }
        }
    }

    static void stop(Assembler a) {
        Label here = a.out(Board.STOP_PORT, AL).mark();
        a.jmp(here);
    }

    private static List<String> run(Board board, Mode mode, Assembler a) {
        board.load(a, CODE);
        mode.begin(board);
        assertEquals(KvmCpu.Stop.STOPPED, board.run(0), () -> "" + board.cpu(0).failure());
        return board.trace;
    }

    @ParameterizedTest
    @EnumSource
    void ports_are_read_and_written_in_three_sizes(Mode mode) throws Exception {
        Assembler a = new Assembler(mode.bits, CODE).mov(DX, Board.PORTS + 8);
        a.mov(EAX, 0x4433_2211).outDx(AL).outDx(AX).outDx(EAX);
        a.inDx(EAX).mov(mem(DATA).dword(), EAX).inDx(AX).mov(mem(DATA + 4).dword(), EAX);
        a.inDx(AL).mov(mem(DATA + 8).dword(), EAX);
        stop(a);
        try (Board board = new Board(1)) {
            assertEquals(
                    List.of(
                            "port write1 8 = 11",
                            "port write2 8 = 2211",
                            "port write4 8 = 44332211",
                            "port read4 8 gives 55667788",
                            "port read2 8 gives 7889",
                            "port read1 8 gives 8a"),
                    run(board, mode, a));
            assertEquals(0x5566_7788, board.get32(DATA));
            assertEquals(0x5566_7889, board.get32(DATA + 4));
            assertEquals(0x5566_788a, board.get32(DATA + 8));
        }
    }

    @ParameterizedTest
    @EnumSource
    void string_instructions_reach_a_port_once_an_element(Mode mode) throws Exception {
        Gp source = mode == Mode.REAL ? SI : mode == Mode.PROTECTED ? ESI : RSI;
        Gp target = mode == Mode.REAL ? DI : mode == Mode.PROTECTED ? EDI : RDI;
        Gp count = mode == Mode.REAL ? CX : mode == Mode.PROTECTED ? ECX : RCX;
        Assembler a = new Assembler(mode.bits, CODE).cld().mov(DX, Board.PORTS);
        a.mov(target, DATA).mov(count, 3).rep().ins(16);
        a.mov(source, DATA).mov(count, 4).rep().outs(8);
        a.mov(target, DATA + 0x100).ins(32);
        stop(a);
        try (Board board = new Board(1)) {
            assertEquals(
                    List.of(
                            "port read2 0 gives 7788",
                            "port read2 0 gives 7889",
                            "port read2 0 gives 798a",
                            "port write1 0 = 88",
                            "port write1 0 = 77",
                            "port write1 0 = 89",
                            "port write1 0 = 78",
                            "port read4 0 gives 58697a8b"),
                    run(board, mode, a));
            assertEquals(0x7889_7788, board.get32(DATA));
            assertEquals(0x798a, board.get32(DATA + 4));
            assertEquals(0x5869_7a8b, board.get32(DATA + 0x100));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16, 32})
    void registers_are_read_and_written_in_each_size_of_protected_mode(int bits) throws Exception {
        Gp register = bits == 8 ? AL : bits == 16 ? AX : EAX;
        Assembler a = new Assembler(32, CODE).mov(EBX, Board.WINDOW).mov(EAX, 0x4433_2211);
        a.mov(mem(EBX).plus(8), register).mov(register, mem(EBX).plus(0x10));
        a.mov(mem(DATA), EAX);
        stop(a);
        int bytes = bits / 8;
        String written = Integer.toHexString(0x4433_2211 & (int) (-1L >>> 64 - bits));
        String read = Integer.toHexString(0x5566_7788 & (int) (-1L >>> 64 - bits));
        try (Board board = new Board(1)) {
            assertEquals(
                    List.of(
                            "mem write" + bytes + " 8 = " + written,
                            "mem read" + bytes + " 10 gives " + read),
                    run(board, Mode.PROTECTED, a));
        }
    }

    @Test
    void registers_of_eight_bytes_and_accesses_that_are_not_aligned() throws Exception {
        Assembler a = new Assembler(64, CODE).mov(RBX, Board.WINDOW);
        a.movabs(RAX, 0x8877_6655_4433_2211L).mov(mem(RBX), RAX).mov(RCX, mem(RBX).plus(8));
        a.mov(mem(DATA).qword(), RCX).mov(mem(RBX).plus(0x21), EAX).xchg(mem(RBX).plus(0x40), EAX);
        stop(a);
        try (Board board = new Board(1)) {
            List<String> trace = run(board, Mode.LONG, a);
            assertEquals(
                    List.of(
                            "mem write8 0 = 8877665544332211",
                            "mem read8 8 gives 1122334455667788",
                            "mem write1 21 = 11",
                            "mem write2 22 = 3322",
                            "mem write1 24 = 44"),
                    trace.subList(0, 5));
            assertEquals("mem read4 40 gives 56677889", trace.get(5));
            assertEquals("mem write4 40 = 44332211", trace.get(6));
            assertEquals(0x5566_7788, board.get32(DATA));
        }
    }

    @Test
    void an_access_across_a_page_is_whole_on_both_sides() throws Exception {
        long edge = Board.WINDOW - 3;
        Assembler a = new Assembler(64, CODE).mov(RBX, edge);
        a.movabs(RAX, 0x8877_6655_4433_2211L).mov(mem(RBX), RAX).mov(RAX, mem(RBX));
        a.mov(mem(DATA).qword(), RAX);
        stop(a);
        try (Board board = new Board(1)) {
            List<String> trace = run(board, Mode.LONG, a);
            assertEquals(
                    List.of("mem write4 0 = 77665544", "mem write1 4 = 88"), trace.subList(0, 2));
            // Three bytes that nobody answers, then five of the window's.
            assertEquals(0x88ff_ffff, board.get32(DATA));
        }
    }
}
