package dev.skerry.verify.asm;

import static dev.skerry.verify.asm.Imm.imm;

/** System instructions, ports, fences and state saving (Intel SDM 1, 5.1.8, 5.20 and 3A 2.8). */
public sealed interface SystemInstructions permits Assembler {
    /** Any instruction; see {@link Assembler#op}. */
    Assembler op(String form, Operand... operands);

    /** MOV to a control register, of the mode's size. */
    default Assembler mov(Cr to, Gp from) {
        return op("0F 22 /r", to, from);
    }

    /** MOV from a control register, of the mode's size. */
    default Assembler mov(Gp to, Cr from) {
        return op("0F 20 /mr", to, from);
    }

    /** MOV to a debug register, of the mode's size. */
    default Assembler mov(Dr to, Gp from) {
        return op("0F 23 /r", to, from);
    }

    /** MOV from a debug register, of the mode's size. */
    default Assembler mov(Gp to, Dr from) {
        return op("0F 21 /mr", to, from);
    }

    private static String sizedIfRegister(Rm operand, String form) {
        return operand instanceof Gp ? "os " + form : form;
    }

    /** SLDT. */
    default Assembler sldt(Rm to) {
        return op(sizedIfRegister(to, "0F 00 /0"), to);
    }

    /** STR. */
    default Assembler str(Rm to) {
        return op(sizedIfRegister(to, "0F 00 /1"), to);
    }

    /** SMSW. */
    default Assembler smsw(Rm to) {
        return op(sizedIfRegister(to, "0F 01 /4"), to);
    }

    /** LAR. */
    default Assembler lar(Gp to, Rm selector) {
        return op("os 0F 02 /r", to, selector);
    }

    /** LSL. */
    default Assembler lsl(Gp to, Rm selector) {
        return op("os 0F 03 /r", to, selector);
    }

    /** ARPL (not in 64-bit code). */
    default Assembler arpl(Rm selector, Gp level) {
        return op("63 /mr", selector, level);
    }

    /** INVPCID; the register is of 32 bits, in 64-bit code of 64. */
    default Assembler invpcid(Gp type, Mem descriptor) {
        return op("66 0F 38 82 /r", type, descriptor);
    }

    /** IN of a port 0 to 255 into AL, AX or EAX. */
    default Assembler in(Gp accumulator, int port) {
        return op(port(accumulator, "E4", "E5") + " ib", imm(port));
    }

    /** IN of the port in DX. */
    default Assembler inDx(Gp accumulator) {
        return op(port(accumulator, "EC", "ED"));
    }

    /** OUT to a port 0 to 255. */
    default Assembler out(int port, Gp accumulator) {
        return op(port(accumulator, "E6", "E7") + " ib", imm(port));
    }

    /** OUT to the port in DX. */
    default Assembler outDx(Gp accumulator) {
        return op(port(accumulator, "EE", "EF"));
    }

    private static String port(Gp accumulator, String bytes, String others) {
        if (accumulator.code() != 0 || accumulator.size() == 64 || accumulator.isHigh()) {
            throw new IllegalArgumentException(accumulator + " cannot reach a port");
        }
        return accumulator.size() == 8 ? bytes : "o" + accumulator.size() + " " + others;
    }

    /** SYSRET to 32-bit code, or with 64 to 64-bit code. */
    default Assembler sysret(int size) {
        return op("o" + size + " 0F 07");
    }

    /** SYSEXIT to 32-bit code, or with 64 to 64-bit code. */
    default Assembler sysexit(int size) {
        return op("o" + size + " 0F 35");
    }

    /** LGDT. */
    default Assembler lgdt(Mem operand) {
        return op("0F 01 /2", operand);
    }

    /** LIDT. */
    default Assembler lidt(Mem operand) {
        return op("0F 01 /3", operand);
    }

    /** SGDT. */
    default Assembler sgdt(Mem operand) {
        return op("0F 01 /0", operand);
    }

    /** SIDT. */
    default Assembler sidt(Mem operand) {
        return op("0F 01 /1", operand);
    }

    /** INVLPG. */
    default Assembler invlpg(Mem operand) {
        return op("0F 01 /7", operand);
    }

    /** FXSAVE. */
    default Assembler fxsave(Mem operand) {
        return op("0F AE /0", operand);
    }

    /** FXRSTOR. */
    default Assembler fxrstor(Mem operand) {
        return op("0F AE /1", operand);
    }

    /** FXSAVE64. */
    default Assembler fxsave64(Mem operand) {
        return op("REX.W 0F AE /0", operand);
    }

    /** FXRSTOR64. */
    default Assembler fxrstor64(Mem operand) {
        return op("REX.W 0F AE /1", operand);
    }

    /** XSAVE. */
    default Assembler xsave(Mem operand) {
        return op("0F AE /4", operand);
    }

    /** XRSTOR. */
    default Assembler xrstor(Mem operand) {
        return op("0F AE /5", operand);
    }

    /** XSAVE64. */
    default Assembler xsave64(Mem operand) {
        return op("REX.W 0F AE /4", operand);
    }

    /** XRSTOR64. */
    default Assembler xrstor64(Mem operand) {
        return op("REX.W 0F AE /5", operand);
    }

    /** XSAVEOPT. */
    default Assembler xsaveopt(Mem operand) {
        return op("0F AE /6", operand);
    }

    /** LDMXCSR. */
    default Assembler ldmxcsr(Mem operand) {
        return op("0F AE /2", operand);
    }

    /** STMXCSR. */
    default Assembler stmxcsr(Mem operand) {
        return op("0F AE /3", operand);
    }

    /** CLFLUSH. */
    default Assembler clflush(Mem operand) {
        return op("0F AE /7", operand);
    }

    /** PREFETCHT0. */
    default Assembler prefetcht0(Mem operand) {
        return op("0F 18 /1", operand);
    }

    /** PREFETCHNTA. */
    default Assembler prefetchnta(Mem operand) {
        return op("0F 18 /0", operand);
    }

    /** LLDT; a register counts with its low 16 bits. */
    default Assembler lldt(Rm operand) {
        return op("0F 00 /2", operand);
    }

    /** LTR; a register counts with its low 16 bits. */
    default Assembler ltr(Rm operand) {
        return op("0F 00 /3", operand);
    }

    /** VERR; a register counts with its low 16 bits. */
    default Assembler verr(Rm operand) {
        return op("0F 00 /4", operand);
    }

    /** VERW; a register counts with its low 16 bits. */
    default Assembler verw(Rm operand) {
        return op("0F 00 /5", operand);
    }

    /** LMSW; a register counts with its low 16 bits. */
    default Assembler lmsw(Rm operand) {
        return op("0F 01 /6", operand);
    }

    /** CLTS. */
    default Assembler clts() {
        return op("0F 06");
    }

    /** HLT. */
    default Assembler hlt() {
        return op("F4");
    }

    /** INVD. */
    default Assembler invd() {
        return op("0F 08");
    }

    /** WBINVD. */
    default Assembler wbinvd() {
        return op("0F 09");
    }

    /** RDMSR. */
    default Assembler rdmsr() {
        return op("0F 32");
    }

    /** WRMSR. */
    default Assembler wrmsr() {
        return op("0F 30");
    }

    /** RDTSC. */
    default Assembler rdtsc() {
        return op("0F 31");
    }

    /** RDTSCP. */
    default Assembler rdtscp() {
        return op("0F 01 F9");
    }

    /** RDPMC. */
    default Assembler rdpmc() {
        return op("0F 33");
    }

    /** CPUID. */
    default Assembler cpuid() {
        return op("0F A2");
    }

    /** SYSCALL. */
    default Assembler syscall() {
        return op("0F 05");
    }

    /** SYSENTER. */
    default Assembler sysenter() {
        return op("0F 34");
    }

    /** SWAPGS. */
    default Assembler swapgs() {
        return op("0F 01 F8");
    }

    /** MONITOR. */
    default Assembler monitor() {
        return op("0F 01 C8");
    }

    /** MWAIT. */
    default Assembler mwait() {
        return op("0F 01 C9");
    }

    /** RSM. */
    default Assembler rsm() {
        return op("0F AA");
    }

    /** XGETBV. */
    default Assembler xgetbv() {
        return op("0F 01 D0");
    }

    /** XSETBV. */
    default Assembler xsetbv() {
        return op("0F 01 D1");
    }

    /** CLAC. */
    default Assembler clac() {
        return op("0F 01 CA");
    }

    /** STAC. */
    default Assembler stac() {
        return op("0F 01 CB");
    }

    /** LFENCE. */
    default Assembler lfence() {
        return op("0F AE E8");
    }

    /** MFENCE. */
    default Assembler mfence() {
        return op("0F AE F0");
    }

    /** SFENCE. */
    default Assembler sfence() {
        return op("0F AE F8");
    }

    /** EMMS. */
    default Assembler emms() {
        return op("0F 77");
    }

    /** FNINIT. */
    default Assembler fninit() {
        return op("DB E3");
    }

    /** FNCLEX. */
    default Assembler fnclex() {
        return op("DB E2");
    }

    /** FWAIT. */
    default Assembler fwait() {
        return op("9B");
    }

    /** RDFSBASE of 32 or 64 bits. */
    default Assembler rdfsbase(Gp register) {
        return op("os F3 0F AE /0", register);
    }

    /** RDGSBASE of 32 or 64 bits. */
    default Assembler rdgsbase(Gp register) {
        return op("os F3 0F AE /1", register);
    }

    /** WRFSBASE of 32 or 64 bits. */
    default Assembler wrfsbase(Gp register) {
        return op("os F3 0F AE /2", register);
    }

    /** WRGSBASE of 32 or 64 bits. */
    default Assembler wrgsbase(Gp register) {
        return op("os F3 0F AE /3", register);
    }
}
