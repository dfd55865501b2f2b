package dev.skerry.verify.asm;

import static dev.skerry.verify.asm.Imm.imm;

/** Rows of instructions without a regular shape, and of the general route. */
final class OddRows {
    private OddRows() {}

    /** GNU as takes the short form of a move between accumulator and absolute address. */
    static boolean isAbsoluteAccumulator(String line) {
        return line.matches("mov [a-z ]*:\\[0x[0-9a-f]+\\], (al|ax|eax)")
                || line.matches("mov [a-z ]*ptr [fgd]s:\\[0x[0-9a-f]+\\], (al|ax|eax)");
    }

    static void plain(Rows rows) {
        rows.row("clts", Assembler::clts);
        rows.row("hlt", Assembler::hlt);
        rows.row("invd", Assembler::invd);
        rows.row("wbinvd", Assembler::wbinvd);
        rows.row("rdmsr", Assembler::rdmsr);
        rows.row("wrmsr", Assembler::wrmsr);
        rows.row("rdtsc", Assembler::rdtsc);
        rows.row("rdtscp", Assembler::rdtscp);
        rows.row("rdpmc", Assembler::rdpmc);
        rows.row("cpuid", Assembler::cpuid);
        rows.row("syscall", Assembler::syscall);
        rows.row("sysenter", Assembler::sysenter);
        rows.row("monitor", Assembler::monitor);
        rows.row("mwait", Assembler::mwait);
        rows.row("rsm", Assembler::rsm);
        rows.row("xgetbv", Assembler::xgetbv);
        rows.row("xsetbv", Assembler::xsetbv);
        rows.row("clac", Assembler::clac);
        rows.row("stac", Assembler::stac);
        rows.row("lfence", Assembler::lfence);
        rows.row("mfence", Assembler::mfence);
        rows.row("sfence", Assembler::sfence);
        rows.row("emms", Assembler::emms);
        rows.row("fninit", Assembler::fninit);
        rows.row("fnclex", Assembler::fnclex);
        rows.row("fwait", Assembler::fwait);
        rows.row("int3", Assembler::int3);
        rows.row("int1", Assembler::int1);
        rows.row("int 0x80", a -> a.interrupt(0x80));
        rows.row("nop", Assembler::nop);
        rows.row("pause", Assembler::pause);
        rows.row("ud2", Assembler::ud2);
        rows.row("clc", Assembler::clc);
        rows.row("stc", Assembler::stc);
        rows.row("cmc", Assembler::cmc);
        rows.row("cld", Assembler::cld);
        rows.row("std", Assembler::std);
        rows.row("cli", Assembler::cli);
        rows.row("sti", Assembler::sti);
        rows.row("lahf", Assembler::lahf);
        rows.row("sahf", Assembler::sahf);
        rows.row("ret", Assembler::ret);
        rows.row("ret 0x10", a -> a.ret(0x10));
        rows.row("leave", Assembler::leave);
        rows.row("enter 0x20, 3", a -> a.enter(0x20, 3));
        rows.row("xlatb", Assembler::xlat);
        rows.row("cbw", a -> a.signExtendAccumulator(16));
        rows.row("cwde", a -> a.signExtendAccumulator(32));
        rows.row("cwd", a -> a.signToData(16));
        rows.row("cdq", a -> a.signToData(32));
        rows.row("iretw", a -> a.iret(16));
        rows.row("iretd", a -> a.iret(32));
        rows.row("pushfw", a -> a.pushf(16));
        rows.row("popfw", a -> a.popf(16));
        strings(rows);
        if (rows.bits == 64) {
            only64(rows);
        } else {
            not64(rows);
        }
    }

    private static void strings(Rows rows) {
        for (int size : rows.sizes()) {
            String letter = size == 8 ? "b" : size == 16 ? "w" : size == 32 ? "d" : "q";
            rows.row("movs" + letter, a -> a.movs(size));
            rows.row("cmps" + letter, a -> a.cmps(size));
            rows.row("stos" + letter, a -> a.stos(size));
            rows.row("lods" + letter, a -> a.lods(size));
            rows.row("scas" + letter, a -> a.scas(size));
            rows.row("rep\nstos" + letter, a -> a.rep().stos(size));
            rows.row("repne\nscas" + letter, a -> a.repne().scas(size));
            if (size < 64) {
                rows.row("ins" + letter, a -> a.ins(size));
                rows.row("outs" + letter, a -> a.outs(size));
            }
        }
        rows.row("lock\nadd dword ptr [eax], 1", a -> a.lock().add(Mem.mem(Gp.EAX).dword(), 1));
    }

    private static void only64(Rows rows) {
        rows.row("swapgs", Assembler::swapgs);
        rows.row("sysretq", a -> a.sysret(64));
        rows.row("sysexitq", a -> a.sysexit(64));
        rows.row("iretq", a -> a.iret(64));
        rows.row("pushfq", a -> a.pushf(64));
        rows.row("popfq", a -> a.popf(64));
        rows.row("cdqe", a -> a.signExtendAccumulator(64));
        rows.row("cqo", a -> a.signToData(64));
        rows.row("rdfsbase r11", a -> a.rdfsbase(Gp.R11));
        rows.row("rdgsbase eax", a -> a.rdgsbase(Gp.EAX));
        rows.row("wrfsbase r11d", a -> a.wrfsbase(Gp.R11D));
        rows.row("wrgsbase rdx", a -> a.wrgsbase(Gp.RDX));
        rows.row("retfq", a -> a.retFar(64));
        rows.row("movabs r10, 5", a -> a.movabs(Gp.R10, 5));
        rows.row("mov rax, 0x123456789", a -> a.mov(Gp.RAX, 0x123456789L));
        rows.row("movabs al, [0x123456789]", a -> a.movLoad(Gp.AL, imm(0x123456789L)));
        rows.row("movabs [0x123456789], rax", a -> a.movStore(imm(0x123456789L), Gp.RAX));
        rows.memory("fxsave64", Assembler::fxsave64);
        rows.memory("fxrstor64", Assembler::fxrstor64);
        rows.memory("xsave64", Assembler::xsave64);
        rows.memory("xrstor64", Assembler::xrstor64);
        rows.memory("cmpxchg16b", Assembler::cmpxchg16b);
        rows.times(
                10,
                () -> {
                    Mem far = rows.mem(0);
                    rows.row("rex.w jmp fword ptr " + far, a -> a.jmpFar(64, far));
                    rows.row("jmp fword ptr " + far, a -> a.jmpFar(32, far));
                    rows.row("call fword ptr " + far, a -> a.callFar(32, far));
                });
    }

    private static void not64(Rows rows) {
        rows.row("daa", Assembler::daa);
        rows.row("das", Assembler::das);
        rows.row("aaa", Assembler::aaa);
        rows.row("aas", Assembler::aas);
        rows.row("aam 7", a -> a.aam(7));
        rows.row("aad 16", a -> a.aad(16));
        rows.row("into", Assembler::into);
        rows.row("pushaw", a -> a.pusha(16));
        rows.row("popaw", a -> a.popa(16));
        rows.row("pushad", a -> a.pusha(32));
        rows.row("popad", a -> a.popa(32));
        rows.row("iretd", a -> a.iret(32));
        rows.row("mov eax, ds:[0x1234]", a -> a.movLoad(Gp.EAX, imm(0x1234)));
        rows.row("mov ds:[0x1234], al", a -> a.movStore(imm(0x1234), Gp.AL));
        rows.times(
                10,
                () -> {
                    int size = rows.wordSize();
                    Gp to = rows.gp(size);
                    Mem far = rows.mem(0);
                    for (Seg seg : new Seg[] {Seg.DS, Seg.ES, Seg.SS, Seg.FS, Seg.GS}) {
                        rows.row("l" + seg + " " + to + ", " + far, a -> a.loadFar(seg, to, far));
                    }
                    rows.row("bound " + to + ", " + far, a -> a.bound(to, far));
                    Rm selector = rows.rm(16);
                    Gp level = rows.gp(16);
                    rows.row("arpl " + selector + ", " + level, a -> a.arpl(selector, level));
                });
    }

    static void vectors(Rows rows) {
        Xmm x = Xmm.values()[rows.random.nextInt(rows.bits == 64 ? 16 : 8)];
        Xmm y = Xmm.values()[rows.random.nextInt(rows.bits == 64 ? 16 : 8)];
        Mmx m = Mmx.values()[rows.random.nextInt(8)];
        Mem mem = rows.mem(0);
        Gp gp = rows.gp(32);
        rows.row("addps " + x + ", " + mem, a -> a.op("0F 58 /r", x, mem));
        rows.row("addpd " + x + ", " + y, a -> a.op("66 0F 58 /r", x, y));
        rows.row("addss " + x + ", " + mem, a -> a.op("F3 0F 58 /r", x, mem));
        rows.row("movups " + mem + ", " + x, a -> a.op("0F 11 /mr", mem, x));
        rows.row("movups " + mem + ", " + y, a -> a.op("0F 11 /r", y, mem));
        rows.row("palignr " + x + ", " + y + ", 3", a -> a.op("66 0F 3A 0F /r ib", x, y, imm(3)));
        rows.row("pshufb " + m + ", " + mem, a -> a.op("0F 38 00 /r", m, mem));
        rows.row("psrlq " + x + ", 7", a -> a.op("66 0F 73 /2 ib", x, imm(7)));
        rows.row("movd " + x + ", " + gp, a -> a.op("66 0F 6E /r", x, gp));
        rows.row("pextrd " + gp + ", " + x + ", 2", a -> a.op("66 0F 3A 16 /mr ib", gp, x, imm(2)));
        rows.row("cvttss2si " + gp + ", " + mem.dword(), a -> a.op("F3 0F 2C /r", gp, mem));
        rows.row("cmpps " + x + ", " + mem + ", 5", a -> a.op("0F C2 /r ib", x, mem, imm(5)));
        rows.row(
                "pcmpistri " + x + ", " + mem + ", 0x1a",
                a -> a.op("66 0F 3A 63 /r ib", x, mem, imm(0x1a)));
        if (rows.bits == 64) {
            Gp wide = rows.gp(64);
            rows.row("movq " + x + ", " + wide, a -> a.op("66 REX.W 0F 6E /r", x, wide));
            rows.row("cvtsi2sd " + x + ", " + wide, a -> a.op("F2 REX.W 0F 2A /r", x, wide));
        }
    }

    static void x87(Rows rows) {
        St st = St.values()[rows.random.nextInt(8)];
        Mem mem = rows.mem(0);
        rows.row("fld " + mem.dword(), a -> a.op("D9 /0", mem));
        rows.row("fld " + mem.sized(80), a -> a.op("DB /5", mem));
        rows.row("fadd st(0), " + st, a -> a.op("D8 C0+i", st));
        rows.row("fxch " + st, a -> a.op("D9 C8+i", st));
        rows.row("fbstp " + mem, a -> a.op("DF /6", mem));
        rows.row("fnstcw " + mem, a -> a.op("D9 /7", mem));
        rows.row("fstcw " + mem, a -> a.op("9B D9 /7", mem));
        rows.row("fcomip st(0), " + st, a -> a.op("DF F0+i", st));
        rows.row("f2xm1", a -> a.op("D9 F0"));
        rows.row("frstor " + mem, a -> a.op("DD /4", mem));
        rows.row("fisttp " + mem.qword(), a -> a.op("DD /1", mem));
    }
}
