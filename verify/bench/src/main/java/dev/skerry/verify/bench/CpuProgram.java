package dev.skerry.verify.bench;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Xmm;
import dev.skerry.verify.boot.FlatProgram;

import java.util.function.Consumer;

/** Small programs, each of one kind of work. They leave R15 alone and keep to the data area. */
enum CpuProgram {
    INTEGERS("integer loop", CpuProgram::integers),
    BRANCHES("branches by random numbers", CpuProgram::branches),
    CALLS("calls and returns", CpuProgram::calls),
    RECURSION("recursion (Fibonacci)", CpuProgram::recursion),
    MIXING("SHA-256-like mixing", CpuProgram::mixing),
    TABLE("CRC-32 of bytes by table", CpuProgram::table),
    MATCHES("zlib-like matching", CpuProgram::matches),
    COPY_LOOP("copy, eight bytes a time", CpuProgram::copyLoop),
    COPY_STRING("copy, rep movsq", CpuProgram::copyString),
    FLOATS("double precision loop", CpuProgram::floats),
    SYSTEM_CALLS("system calls", CpuProgram::systemCalls),
    MIX("CoreMark-like mix", MixedWork::put);

    private static final int LOOPS = 2_000_000;
    private static final int BYTES = 1 << 20;
    private static final int FROM = (int) FlatProgram.DATA + 0x10000;
    private static final int TO = FROM + 2 * BYTES;

    final String title;
    private final Consumer<Assembler> body;

    CpuProgram(String title, Consumer<Assembler> body) {
        this.title = title;
        this.body = body;
    }

    void put(Assembler a) {
        body.accept(a);
    }

    private static void again(Assembler a, Label begin) {
        a.dec(ECX).jcc(Cond.NZ, begin);
    }

    private static void integers(Assembler a) {
        a.mov(ECX, 2 * LOOPS).mov(RAX, 1);
        Label again = a.mark();
        a.imul(RDX, RAX, 31).add(RAX, RDX).mov(RBX, RAX).shr(RBX, 7).xor(RAX, RBX).add(RAX, 5);
        a.cmp(RAX, RBX);
        again(a, again);
    }

    private static void branches(Assembler a) {
        a.mov(ECX, LOOPS).mov(EAX, 12345).xor(ESI, ESI);
        Label again = a.mark();
        Label one = a.label();
        Label two = a.label();
        Label three = a.label();
        a.imul(EAX, EAX, 1103515245).add(EAX, 12345);
        a.test(EAX, 0x10000).jcc(Cond.Z, one).inc(ESI);
        a.bind(one).test(EAX, 0x20000).jcc(Cond.NZ, two).sub(ESI, 3);
        a.bind(two).cmp(EAX, 0x40000000).jcc(Cond.A, three).xor(ESI, EAX);
        a.bind(three);
        again(a, again);
    }

    private static void calls(Assembler a) {
        Label function = a.label("function");
        Label end = a.label("end");
        a.mov(ECX, LOOPS);
        Label again = a.mark();
        a.call(function);
        again(a, again);
        a.jmp(end);
        a.bind(function).push(RBX).mov(RBX, RAX).add(RAX, RBX).pop(RBX).ret();
        a.bind(end);
    }

    private static void recursion(Assembler a) {
        Label function = a.label("function");
        Label end = a.label("end");
        Label base = a.label("base");
        a.mov(EDI, 25).call(function).jmp(end);
        a.bind(function).cmp(EDI, 2).jcc(Cond.B, base);
        a.push(RBX).push(RBP).mov(EBX, EDI);
        a.lea(EDI, mem(RBX).plus(-1)).call(function).mov(EBP, EAX);
        a.lea(EDI, mem(RBX).plus(-2)).call(function).add(EAX, EBP);
        a.pop(RBP).pop(RBX).ret();
        a.bind(base).mov(EAX, EDI).ret();
        a.bind(end);
    }

    private static void mixing(Assembler a) {
        a.mov(ECX, LOOPS / 4).mov(R14D, FROM);
        Label again = a.mark();
        for (int i = 0; i < 4; i++) {
            a.mov(R8D, EAX).ror(R8D, 6).mov(R9D, EAX).ror(R9D, 11).xor(R8D, R9D);
            a.ror(R9D, 14).xor(R8D, R9D);
            a.mov(R10D, EBX).xor(R10D, EDX).and(R10D, EAX).xor(R10D, EDX).add(R8D, R10D);
            a.add(R8D, mem(R14).plus(4 * i)).add(R8D, 0x428a2f98).add(ESI, R8D);
            a.mov(EDX, EBX).mov(EBX, EAX).mov(EAX, ESI);
        }
        again(a, again);
    }

    private static void table(Assembler a) {
        a.mov(ESI, FROM).mov(EDI, TO).mov(ECX, BYTES).mov(EAX, -1);
        Label again = a.mark();
        a.movzx(EBX, mem(RSI).byteSized()).xor(BL, AL).shr(EAX, 8);
        a.xor(EAX, mem(RDI, RBX, 4)).inc(RSI);
        again(a, again);
    }

    /** Hash heads, candidates, and comparison of bytes, on data that repeats now and then. */
    private static void matches(Assembler a) {
        Label none = a.label();
        Label more = a.label();
        a.mov(ESI, FROM).mov(EDI, TO).mov(ECX, BYTES / 2);
        Label again = a.mark();
        a.mov(EAX, mem(RSI)).imul(EBX, EAX, 0x9e3779b1).shr(EBX, 20);
        a.mov(EDX, mem(RDI, RBX, 4)).mov(mem(RDI, RBX, 4), ESI);
        a.test(EDX, EDX).jcc(Cond.Z, none);
        a.xor(EBP, EBP);
        a.bind(more);
        a.mov(AL, mem(RSI, RBP)).cmp(AL, mem(RDX, RBP)).jcc(Cond.NZ, none);
        a.inc(EBP).cmp(EBP, 16).jcc(Cond.B, more);
        a.bind(none).inc(RSI);
        again(a, again);
    }

    private static void copyLoop(Assembler a) {
        a.mov(EDX, 8);
        Label outer = a.mark();
        a.mov(ESI, FROM).mov(EDI, TO).mov(ECX, BYTES / 8);
        Label again = a.mark();
        a.mov(RAX, mem(RSI)).mov(mem(RDI), RAX).add(RSI, 8).add(RDI, 8);
        again(a, again);
        a.dec(EDX).jcc(Cond.NZ, outer);
    }

    private static void copyString(Assembler a) {
        a.mov(EDX, 32);
        Label outer = a.mark();
        a.mov(ESI, FROM).mov(EDI, TO).mov(ECX, BYTES / 8);
        a.cld().rep().movs(64);
        a.dec(EDX).jcc(Cond.NZ, outer);
    }

    private static void floats(Assembler a) {
        a.mov(EAX, 3).op("F2 0F 2A /r", Xmm.XMM0, EAX);
        a.mov(EAX, 7).op("F2 0F 2A /r", Xmm.XMM1, EAX);
        a.op("F2 0F 5E /r", Xmm.XMM1, Xmm.XMM0);
        a.mov(ECX, LOOPS);
        Label again = a.mark();
        a.op("F2 0F 59 /r", Xmm.XMM2, Xmm.XMM1).op("F2 0F 58 /r", Xmm.XMM2, Xmm.XMM0);
        a.op("F2 0F 5E /r", Xmm.XMM2, Xmm.XMM1).op("F2 0F 5C /r", Xmm.XMM0, Xmm.XMM1);
        again(a, again);
    }

    /** SYSCALL to a handler that looks up a function and goes back, all at privilege level 0. */
    private static void systemCalls(Assembler a) {
        Label handler = a.label("handler");
        Label end = a.label("end");
        a.mov(ECX, 0xc000_0080).rdmsr().or(EAX, 1).wrmsr();
        a.mov(ECX, 0xc000_0081).xor(EAX, EAX).mov(EDX, 8).wrmsr();
        a.mov(ECX, 0xc000_0082).lea(RAX, mem(handler)).xor(EDX, EDX).wrmsr();
        a.mov(ECX, 0xc000_0084).mov(EAX, 0x200).wrmsr();
        a.mov(EBP, LOOPS / 20);
        Label again = a.mark();
        a.mov(EAX, 39).syscall();
        a.dec(EBP).jcc(Cond.NZ, again);
        a.jmp(end);
        a.bind(handler);
        a.push(RCX).push(R11).mov(EDI, EAX).add(EDI, 1).pop(R11).pop(RCX).jmp(RCX);
        a.bind(end);
    }
}
