package dev.skerry.verify.bench;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Imm;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.boot.FlatProgram;

import java.util.ArrayList;
import java.util.List;

/**
 * What CoreMark is a mix of, in code of our own: a linked list is searched and reversed, small
 * matrices of integers are multiplied, a state machine tells numbers in a text from what is none, and
 * a CRC-16 goes over the results bit by bit. The CRC at the end is compared with what stock QEMU
 * computes; if it differs, the program ends by a fault.
 *
 * <p>In R14 are the rounds to go, in R13 the CRC; functions give their result in EAX and may change
 * all registers but R13 to R15 and RSP.
 */
final class MixedWork {
    private static final int ROUNDS = 4000;
    private static final int RESULT = 0x2f97;

    private static final int HEAD = (int) FlatProgram.DATA + 0x10000;
    private static final int NODES = HEAD + 0x1000;
    private static final int NODE_COUNT = 64;

    /** A node is a pointer to the next one and a number. */
    private static final int NODE_SHIFT = 4;

    private static final int NUMBER = 8;
    private static final int SEARCHES = 8;

    private static final int ORDER = 8;
    private static final int LEFT = HEAD + 0x2000;
    private static final int RIGHT = HEAD + 0x3000;
    private static final int PRODUCT = HEAD + 0x4000;

    private static final int TEXT = HEAD + 0x5000;
    private static final int COUNTS = HEAD + 0x6000;
    private static final String WORDS =
            "1998,-17,+4.25,.5e-3,12e4,3.e+77,--1,0x2a,6.02e23,e,+,100000,2.7182,-.25E2,7.1e,9";
    private static final int COPIES = 6;
    private static final int TEXT_BYTES = COPIES * (WORDS.length() + 1);

    /** Every so many bytes of the text one is changed for a round. */
    private static final int CHANGED = 19;

    private final Assembler a;
    private final Label list;
    private final Label matrix;
    private final Label text;
    private final Label crc;

    private MixedWork(Assembler a) {
        this.a = a;
        list = a.label("list");
        matrix = a.label("matrix");
        text = a.label("text");
        crc = a.label("crc");
    }

    static void put(Assembler a) {
        new MixedWork(a).put();
    }

    private void put() {
        Label end = a.label("end");
        putData();
        a.mov(R14D, ROUNDS).xor(R13D, R13D);
        Label again = a.mark();
        for (Label part : List.of(list, matrix, text)) {
            a.call(part).call(crc);
        }
        a.dec(R14D).jcc(Cond.NZ, again);
        a.cmp(R13D, RESULT).jcc(Cond.E, end).ud2();
        putList();
        putMatrix();
        putText();
        putCrc();
        a.bind(end);
    }

    private void putData() {
        Label words = a.label("words");
        Label behind = a.label();
        a.jmp(behind).bind(words).ascii(WORDS + ",").bind(behind);
        a.cld().mov(EDI, TEXT).mov(EDX, COPIES);
        Label copy = a.mark();
        a.lea(RSI, mem(words)).mov(ECX, WORDS.length() + 1).rep().movs(8);
        a.dec(EDX).jcc(Cond.NZ, copy);
        a.xor(EAX, EAX).mov(EDI, COUNTS).mov(ECX, 16).rep().stos(64);
        a.mov(EAX, 1).xor(ECX, ECX);
        Label element = a.mark();
        a.imul(EAX, EAX, 1103515245).add(EAX, 12345).mov(EDX, EAX).shr(EDX, 17);
        a.mov(mem(LEFT).plus(RCX, 2), DX).shr(EDX, 5).sub(EDX, 200);
        a.mov(mem(RIGHT).plus(RCX, 2), DX);
        a.inc(ECX).cmp(ECX, ORDER * ORDER).jcc(Cond.B, element);
        putNodes();
    }

    /** Nodes follow each other in the list otherwise than in memory. */
    private void putNodes() {
        a.xor(ECX, ECX).xor(EBX, EBX);
        Label node = a.mark();
        a.imul(EAX, ECX, 37).and(EAX, NODE_COUNT - 1).shl(EAX, NODE_SHIFT).add(EAX, NODES);
        a.mov(mem(RAX), RBX).mov(mem(RAX).plus(NUMBER), ECX).mov(EBX, EAX);
        a.inc(ECX).cmp(ECX, NODE_COUNT).jcc(Cond.B, node);
        a.mov(mem(HEAD), RBX);
    }

    /** Looks for some numbers, one of which is not there, and turns the list round. */
    private void putList() {
        Label search = a.label();
        Label next = a.label();
        Label over = a.label();
        Label turn = a.label();
        a.bind(list).xor(EAX, EAX).mov(EDI, SEARCHES);
        a.bind(search).lea(EDX, mem(R14, RDI, 8)).and(EDX, NODE_COUNT - 1).dec(EDX);
        a.mov(RSI, mem(HEAD));
        a.bind(next).cmp(mem(RSI).plus(NUMBER), EDX).jcc(Cond.E, over);
        a.inc(EAX).mov(RSI, mem(RSI)).test(RSI, RSI).jcc(Cond.NZ, next);
        a.bind(over).dec(EDI).jcc(Cond.NZ, search);
        a.mov(RSI, mem(HEAD)).xor(EDX, EDX);
        a.bind(turn).mov(RCX, mem(RSI)).mov(mem(RSI), RDX).mov(RDX, RSI);
        a.mov(RSI, RCX).test(RSI, RSI).jcc(Cond.NZ, turn);
        a.mov(mem(HEAD), RDX).ret();
    }

    /** Multiplies, takes some bits of each element together, and changes one of the factors. */
    private void putMatrix() {
        a.bind(matrix).xor(EBX, EBX).xor(R8D, R8D);
        Label row = a.mark();
        a.xor(R9D, R9D);
        Label column = a.mark();
        a.mov(EAX, R8D).shl(EAX, 4).lea(RSI, mem(RAX).plus(LEFT));
        a.lea(RDI, mem(RIGHT).plus(R9, 2)).mov(ECX, ORDER).xor(R10D, R10D);
        Label element = a.mark();
        a.movsx(EAX, mem(RSI).word()).movsx(EDX, mem(RDI).word()).imul(EAX, EDX).add(R10D, EAX);
        a.add(RSI, 2).add(RDI, 2 * ORDER).dec(ECX).jcc(Cond.NZ, element);
        a.lea(EAX, mem(R9, R8, 8)).mov(mem(PRODUCT).plus(RAX, 4), R10D);
        a.mov(EAX, R10D).shr(R10D, 2).and(R10D, 15).shr(EAX, 5).and(EAX, 0x7f);
        a.imul(EAX, R10D).add(EBX, EAX);
        a.inc(R9D).cmp(R9D, ORDER).jcc(Cond.B, column);
        a.inc(R8D).cmp(R8D, ORDER).jcc(Cond.B, row);
        a.mov(EAX, R14D).and(EAX, ORDER * ORDER - 1).add(mem(LEFT).plus(RAX, 2).word(), R14W);
        a.mov(EAX, EBX).ret();
    }

    /** The state of a word so far; the code for the next character is entered by a table. */
    private enum State {
        BEGIN,
        SIGN,
        WHOLE,
        FRACTION,
        EXPONENT,
        EXPONENT_SIGN,
        SCALED,
        NO_NUMBER
    }

    private void putText() {
        Label table = a.label("table");
        Label next = a.label("next");
        Label moved = a.label("moved");
        Label between = a.label("between");
        Label done = a.label("done");
        a.bind(text);
        change();
        a.mov(ESI, TEXT).xor(EBX, EBX).xor(EDI, EDI);
        a.bind(next).movzx(EAX, mem(RSI).byteSized()).inc(RSI).cmp(EAX, ',').jcc(Cond.E, between);
        a.jmp(mem(table).plus(RBX, 8).qword());
        a.bind(between).inc(mem(COUNTS).plus(RBX, 4).dword()).xor(EBX, EBX);
        a.bind(moved).cmp(RSI, TEXT + TEXT_BYTES).jcc(Cond.B, next).jmp(done);
        List<Label> places = new ArrayList<>();
        for (State state : State.values()) {
            places.add(a.mark());
            step(state, moved);
        }
        a.align(8).bind(table);
        places.forEach(place -> a.dq(new Imm(0, place)));
        a.bind(done);
        change();
        a.mov(EAX, mem(COUNTS));
        for (State state : State.values()) {
            a.rol(EAX, 3).add(EAX, mem(COUNTS + 4 * state.ordinal()));
        }
        a.ret();
    }

    /** Changes some characters, or changes them back. */
    private void change() {
        a.mov(ECX, TEXT).mov(EAX, R14D).and(EAX, 7);
        Label again = a.mark();
        a.xor(mem(RCX), AL).add(ECX, CHANGED).cmp(ECX, TEXT + TEXT_BYTES).jcc(Cond.B, again);
    }

    private void step(State state, Label moved) {
        switch (state) {
            case BEGIN -> {
                digits(State.WHOLE, moved);
                when('.', State.FRACTION, moved);
                when('+', State.SIGN, moved);
                when('-', State.SIGN, moved);
            }
            case SIGN, WHOLE -> {
                digits(State.WHOLE, moved);
                when('.', State.FRACTION, moved);
            }
            case FRACTION -> {
                digits(State.FRACTION, moved);
                when('e', State.EXPONENT, moved);
                when('E', State.EXPONENT, moved);
            }
            case EXPONENT -> {
                digits(State.SCALED, moved);
                when('+', State.EXPONENT_SIGN, moved);
                when('-', State.EXPONENT_SIGN, moved);
            }
            case EXPONENT_SIGN, SCALED -> digits(State.SCALED, moved);
            case NO_NUMBER -> {}
        }
        a.mov(EBX, State.NO_NUMBER.ordinal()).jmp(moved);
    }

    private void digits(State to, Label moved) {
        Label other = a.label();
        a.lea(EDX, mem(RAX).plus(-'0')).cmp(EDX, 9).jcc(Cond.A, other);
        a.mov(EBX, to.ordinal()).jmp(moved).bind(other);
    }

    private void when(int character, State to, Label moved) {
        Label other = a.label();
        a.cmp(EAX, character).jcc(Cond.NE, other);
        a.mov(EBX, to.ordinal()).jmp(moved).bind(other);
    }

    /** CRC-16 with the polynomial 0x8005, lowest bit first, of the 32 bits in EAX. */
    private void putCrc() {
        Label zero = a.label();
        a.bind(crc).mov(ECX, 32);
        Label bit = a.mark();
        a.mov(EDX, R13D).xor(EDX, EAX).shr(EAX, 1).shr(R13D, 1);
        a.test(EDX, 1).jcc(Cond.Z, zero).xor(R13D, 0xa001).bind(zero);
        a.dec(ECX).jcc(Cond.NZ, bit).ret();
    }
}
