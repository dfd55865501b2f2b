package dev.skerry.execution.x86.translator;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import dev.skerry.execution.x86.core.CpuRig;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Mem;
import dev.skerry.verify.asm.Rm;
import dev.skerry.verify.asm.Xmm;

import java.util.Random;

/**
 * A random program: a loop of blocks with jumps forwards, inner loops, calls, accesses to memory that
 * fault now and then, and instructions that are changed while the loop runs.
 */
final class RandomLoop {
    private static final Gp[] WIDE = {RAX, RCX, RDX, RBX, RBP, RSI, RDI, R8, R9, R10, R11};
    private static final Gp[] MIDDLE = {EAX, ECX, EDX, EBX, EBP, ESI, EDI, R8D, R9D, R10D, R11D};
    private static final Gp[] NARROW = {AL, CL, DL, BL, AH, CH, DH, BH};
    private static final Gp[] LOW = {AL, CL, DL, BL};
    private static final Gp[] SHORT = {AX, CX, DX, BX, BP, SI, DI};
    private static final int ROUNDS = 60;

    private final Random random;
    private final Assembler a = new Assembler(64, LoopGuest.CODE);
    private final Label[] functions = new Label[3];
    private final boolean changesItself;

    RandomLoop(long seed, boolean changesItself) {
        random = new Random(seed);
        this.changesItself = changesItself;
    }

    private static Cond condition(Random random) {
        Cond[] all = Cond.values();
        return all[random.nextInt(all.length)];
    }

    byte[] program() {
        Label end = a.label("end");
        for (int i = 0; i < functions.length; i++) {
            functions[i] = a.label("function" + i);
        }
        a.mov(R15D, ROUNDS);
        Label again = a.mark();
        int blocks = 2 + random.nextInt(6);
        for (int i = 0; i < blocks; i++) {
            block();
        }
        // Every seventh round the pointer is bad once.
        Label good = a.label();
        a.test(R15D, 7).jcc(Cond.NZ, good).mov(R13, LoopGuest.ABSENT);
        a.bind(good);
        a.dec(R15D).jcc(Cond.NZ, again);
        a.jmp(end);
        for (Label function : functions) {
            a.bind(function);
            a.push(RBX);
            instructions(3);
            a.pop(RBX);
            a.ret();
        }
        a.bind(end);
        a.out(CpuRig.STOP_PORT, AL).hlt();
        return a.bytes();
    }

    private void block() {
        instructions(1 + random.nextInt(8));
        switch (random.nextInt(6)) {
            case 0, 1 -> {
                Label over = a.label();
                a.jcc(condition(random), over);
                instructions(1 + random.nextInt(4));
                a.bind(over);
            }
            case 2 -> {
                a.mov(mem(R14).plus(8).dword(), 1 + random.nextInt(9));
                Label inner = a.mark();
                instructions(1 + random.nextInt(4));
                a.sub(mem(R14).plus(8).dword(), 1).jcc(Cond.NZ, inner);
            }
            case 3 -> a.call(functions[random.nextInt(functions.length)]);
            case 4 -> {
                if (changesItself) {
                    change();
                }
            }
            default -> a.lea(RDX, mem(RAX, RCX, 4).plus(random.nextInt(100)));
        }
    }

    /** Writes to the immediate of an instruction behind it, in some rounds. */
    private void change() {
        Label over = a.label();
        Label changed = a.label();
        a.test(R15D, 15).jcc(Cond.NZ, over);
        a.lea(RSI, mem(changed)).mov(mem(RSI).plus(1), EAX);
        a.bind(over);
        instructions(1);
        a.bind(changed);
        a.raw(0xb9, 1, 2, 3, 4); // mov ecx, imm32
    }

    private void instructions(int count) {
        for (int i = 0; i < count; i++) {
            instruction();
        }
    }

    private Gp pick(Gp[] from) {
        return from[random.nextInt(from.length)];
    }

    private Gp[] size() {
        return switch (random.nextInt(8)) {
            case 0 -> NARROW;
            case 1 -> SHORT;
            case 2, 3, 4 -> MIDDLE;
            default -> WIDE;
        };
    }

    private Mem memory(Gp[] size) {
        int at = 64 + random.nextInt(1000);
        Mem place = random.nextInt(3) == 0 ? mem(R13).plus(at) : mem(R14).plus(at);
        // Sometimes across the page's end.
        place = random.nextInt(12) == 0 ? mem(R14).plus(0xffd) : place;
        return size == NARROW
                ? place.byteSized()
                : size == SHORT ? place.word() : size == MIDDLE ? place.dword() : place.qword();
    }

    private void instruction() {
        Gp[] size = size();
        boolean memory = random.nextInt(3) == 0;
        boolean into = random.nextBoolean();
        // Addresses here take a REX prefix, beside which AH is not to be had.
        Gp[] beside = size == NARROW && memory ? LOW : size;
        Rm to = memory && into ? memory(size) : pick(beside);
        Rm from = memory && !into ? memory(size) : pick(beside);
        switch (random.nextInt(24)) {
            case 0 -> a.add(to, from);
            case 1 -> a.sub(to, from);
            case 2 -> a.adc(to, from);
            case 3 -> a.sbb(to, from);
            case 4 -> a.and(to, from);
            case 5 -> a.or(to, from);
            case 6 -> a.xor(to, from);
            case 7 -> a.cmp(to, from);
            case 8 -> a.mov(to, from);
            case 9 -> a.add(to, random.nextInt(100) - 50);
            case 10 -> a.cmp(to, random.nextInt(100) - 50);
            case 11 -> a.inc(to);
            case 12 -> a.dec(to);
            case 13 -> a.neg(to);
            case 14 -> a.not(to);
            case 15 -> shift(to, 1 + random.nextInt(40));
            case 16 -> byCl(to);
            case 17 -> a.imul(pick(WIDE), pick(WIDE));
            case 18 -> a.set(condition(random), pick(NARROW));
            case 19 -> a.cmov(condition(random), pick(MIDDLE), pick(MIDDLE));
            case 20 -> rare();
            case 21 -> a.mov(pick(WIDE), memory(WIDE));
            case 22 -> a.mov(memory(WIDE), pick(WIDE));
            default -> odd();
        }
    }

    private void shift(Rm to, int count) {
        switch (random.nextInt(5)) {
            case 0 -> a.shl(to, count);
            case 1 -> a.shr(to, count);
            case 2 -> a.rol(to, count);
            case 3 -> a.ror(to, count);
            default -> a.sar(to, count);
        }
    }

    private void byCl(Rm to) {
        switch (random.nextInt(3)) {
            case 0 -> a.shlCl(to);
            case 1 -> a.shrCl(to);
            default -> a.sarCl(to);
        }
    }

    /** A repeated one. */
    private void string() {
        int[] opcodes = {0xa4, 0xa5, 0xa6, 0xaa, 0xab, 0xac, 0xae, 0xaf};
        a.lea(RSI, mem(R14).plus(64 + random.nextInt(1000)));
        a.lea(RDI, mem(R14).plus(64 + random.nextInt(1000)));
        a.mov(ECX, random.nextInt(40));
        a.raw(random.nextBoolean() ? 0xf3 : 0xf2, opcodes[random.nextInt(opcodes.length)]);
    }

    private void odd() {
        switch (random.nextInt(14)) {
            case 8, 9 -> string();
            case 10 -> forget();
            case 11 -> a.bt(memory(WIDE), random.nextInt(64));
            case 12 -> bitString();
            case 13 -> equalBytes();
            case 0 -> a.bt(pick(WIDE), pick(WIDE));
            case 1 -> a.bt(pick(MIDDLE), random.nextInt(32));
            case 2 -> a.bswap(pick(WIDE));
            case 3 -> a.xchg(pick(WIDE), pick(WIDE));
            case 4 -> a.movzx(pick(MIDDLE), memory(NARROW));
            case 5 -> a.movsx(pick(WIDE), memory(SHORT));
            case 6 -> a.cmov(condition(random), pick(WIDE), memory(WIDE));
            default -> a.lea(pick(MIDDLE), mem(pick(WIDE), pick(WIDE), 2).plus(77));
        }
    }

    /** Accesses behind it miss the TLB, which leaves a translation. */
    private void forget() {
        if (random.nextBoolean()) {
            a.raw(0x41, 0x0f, 0x01, 0x3e); // invlpg [r14]
        } else {
            a.raw(0x0f, 0x20, 0xda, 0x0f, 0x22, 0xda); // mov rdx, cr3; mov cr3, rdx
        }
    }

    /** A bit far from the operand. */
    private void bitString() {
        a.and(ECX, 0x7ff);
        if (random.nextBoolean()) {
            a.bt(memory(MIDDLE), ECX);
        } else {
            a.bt(memory(WIDE), RCX);
        }
    }

    private void equalBytes() {
        a.op("66 REX.W 0F 6E /r", Xmm.XMM0, pick(WIDE));
        a.op("66 REX.W 0F 6E /r", Xmm.XMM1, pick(WIDE));
        a.op("66 0F 74 /r", Xmm.XMM0, Xmm.XMM1).op("66 0F D7 /r", pick(MIDDLE), Xmm.XMM0);
    }

    /** What is translated to calls, or not at all. */
    private void rare() {
        switch (random.nextInt(10)) {
            case 0 -> a.lock().add(memory(WIDE), pick(WIDE));
            case 1 -> a.xadd(memory(MIDDLE), pick(MIDDLE));
            case 2 -> a.bsf(pick(WIDE), pick(WIDE));
            case 3 -> a.mul(pick(WIDE));
            case 4 -> a.stc();
            case 5 -> a.cmc();
            case 6 -> a.lahf();
            case 7 -> a.rclCl(pick(MIDDLE));
            case 8 -> a.push(pick(WIDE)).pop(pick(WIDE));
            default -> a.cmpxchg(memory(WIDE), pick(WIDE));
        }
    }
}
