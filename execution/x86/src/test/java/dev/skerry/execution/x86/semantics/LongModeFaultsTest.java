package dev.skerry.execution.x86.semantics;

import static dev.skerry.verify.asm.Cr.CR0;
import static dev.skerry.verify.asm.Cr.CR3;
import static dev.skerry.verify.asm.Cr.CR4;
import static dev.skerry.verify.asm.Cr.CR8;
import static dev.skerry.verify.asm.Gp.AL;
import static dev.skerry.verify.asm.Gp.AX;
import static dev.skerry.verify.asm.Gp.EAX;
import static dev.skerry.verify.asm.Gp.ECX;
import static dev.skerry.verify.asm.Gp.EDX;
import static dev.skerry.verify.asm.Gp.RAX;
import static dev.skerry.verify.asm.Gp.RBP;
import static dev.skerry.verify.asm.Gp.RBX;
import static dev.skerry.verify.asm.Gp.RCX;
import static dev.skerry.verify.asm.Gp.RSP;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.execution.x86.interpreter.Exit;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cr;
import dev.skerry.verify.asm.Dr;
import dev.skerry.verify.asm.Imm;
import dev.skerry.verify.asm.Seg;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** Every fault that 64-bit code can raise by itself, with its error code. Intel SDM 2 and 3A, 6. */
class LongModeFaultsTest {
    private static final int DE = 0;
    private static final int UD = 6;
    private static final int NP = 11;
    private static final int SS = 12;
    private static final int GP = 13;
    private static final int PF = 14;
    private static final long HOLE = 0x8000_0000_0000L;

    private static Arguments at(
            String name, int cpl, int vector, int error, ToLongFunction<Assembler> program) {
        return Arguments.of(name, cpl, vector, error, program);
    }

    /** The program's last instruction faults. */
    private static long last(Assembler a, Runnable instruction) {
        long here = a.here();
        instruction.run();
        return here;
    }

    private static Arguments selector(
            String name, int cpl, Seg to, int value, int vector, int error) {
        return at(
                name,
                cpl,
                vector,
                error,
                a -> {
                    a.mov(EAX, value);
                    return last(a, () -> a.mov(to, AX));
                });
    }

    private static Arguments control(String name, Cr to, long value) {
        return at(
                name,
                0,
                GP,
                0,
                a -> {
                    a.movabs(RAX, value);
                    return last(a, () -> a.mov(to, RAX));
                });
    }

    private static Arguments returns(String name, int cs, long rip, int ss, int vector, int error) {
        return at(
                name,
                0,
                vector,
                error,
                a -> {
                    a.push(ss).push(0x38000).push(2).push(cs).movabs(RAX, rip).push(RAX);
                    return last(a, () -> a.iret(64));
                });
    }

    private static Arguments farCall(String name, int cpl, int selector, int vector, int error) {
        return at(
                name,
                cpl,
                vector,
                error,
                a -> {
                    a.op("C7 /0 id", mem(0x40000), imm(0x22000))
                            .op("66 C7 /0 iw", mem(0x40004), imm(selector));
                    return last(a, () -> a.callFar(32, mem(0x40000)));
                });
    }

    private static Imm imm(long value) {
        return Imm.imm(value);
    }

    private static Arguments memory(String name, int cpl, long gva, boolean write, int error) {
        return at(
                name,
                cpl,
                PF,
                error,
                a -> {
                    a.movabs(RBX, gva);
                    return last(a, () -> copy(a, write));
                });
    }

    private static void copy(Assembler a, boolean write) {
        if (write) {
            a.mov(mem(RBX), RAX);
        } else {
            a.mov(RAX, mem(RBX));
        }
    }

    static Stream<Arguments> exceptions() {
        return Stream.of(
                at(
                        "division by zero",
                        3,
                        DE,
                        0,
                        a -> {
                            a.op("31 /mr", ECX, ECX);
                            return last(a, () -> a.div(ECX));
                        }),
                at("UD2", 3, UD, 0, a -> last(a, a::ud2)),
                at("RSM", 0, UD, 0, a -> last(a, a::rsm)),
                memory("a page that is absent", 3, Guest.ABSENT_PAGE, false, 4),
                memory("a write to an absent page", 0, Guest.ABSENT_PAGE, true, 2),
                memory("the kernel's page", 3, Guest.KERNEL_PAGE, false, 5),
                memory("a write to a read-only page", 3, Guest.READ_ONLY_PAGE, true, 7),
                memory("the same by the kernel", 0, Guest.READ_ONLY_PAGE, true, 3),
                at(
                        "not canonical",
                        3,
                        GP,
                        0,
                        a -> {
                            a.movabs(RBX, HOLE);
                            return last(a, () -> a.mov(RAX, mem(RBX)));
                        }),
                at(
                        "not canonical through RBP",
                        3,
                        SS,
                        0,
                        a -> {
                            a.movabs(RBP, HOLE);
                            return last(a, () -> a.mov(RAX, mem(RBP)));
                        }),
                at(
                        "a push that is not canonical",
                        3,
                        SS,
                        0,
                        a -> {
                            a.movabs(RSP, HOLE + 8);
                            return last(a, () -> a.push(RAX));
                        }),
                at(
                        "a call that is not canonical",
                        3,
                        GP,
                        0,
                        a -> {
                            a.movabs(RBX, HOLE);
                            return last(a, () -> a.call(RBX));
                        }),
                at(
                        "a fetch from an absent page",
                        3,
                        PF,
                        0x14,
                        a -> {
                            a.movabs(RBX, Guest.ABSENT_PAGE);
                            a.jmp(RBX);
                            return Guest.ABSENT_PAGE;
                        }),
                at("HLT by the user", 3, GP, 0, a -> last(a, a::hlt)),
                at("CLI by the user", 3, GP, 0, a -> last(a, a::cli)),
                at("STI by the user", 3, GP, 0, a -> last(a, a::sti)),
                at("LGDT by the user", 3, GP, 0, a -> last(a, () -> a.lgdt(mem(0x40000)))),
                at("MOV from CR0 by the user", 3, GP, 0, a -> last(a, () -> a.mov(RAX, CR0))),
                at("RDMSR by the user", 3, GP, 0, a -> last(a, a::rdmsr)),
                at("WRMSR by the user", 3, GP, 0, a -> last(a, a::wrmsr)),
                at(
                        "an MSR that is not there",
                        0,
                        GP,
                        0,
                        a -> {
                            a.mov(ECX, 0x1234567);
                            return last(a, a::rdmsr);
                        }),
                at("SWAPGS by the user", 3, GP, 0, a -> last(a, a::swapgs)),
                at("INVLPG by the user", 3, GP, 0, a -> last(a, () -> a.invlpg(mem(0x40000)))),
                at("LTR by the user", 3, GP, 0, a -> last(a, () -> a.ltr(AX))),
                at("LLDT by the user", 3, GP, 0, a -> last(a, () -> a.lldt(AX))),
                at("CLTS by the user", 3, GP, 0, a -> last(a, a::clts)),
                at("WBINVD by the user", 3, GP, 0, a -> last(a, a::wbinvd)),
                at("RDPMC", 0, GP, 0, a -> last(a, a::rdpmc)),
                at("CLAC by the user", 3, UD, 0, a -> last(a, a::clac)),
                at("XGETBV without OSXSAVE", 0, UD, 0, a -> last(a, a::xgetbv)),
                at(
                        "RDFSBASE without FSGSBASE",
                        3,
                        UD,
                        0,
                        a -> last(a, () -> a.op("F3 REX.W 0F AE /0", RAX))),
                at("SYSRET by the user", 3, GP, 0, a -> last(a, () -> a.sysret(64))),
                at("SYSENTER without a segment", 3, GP, 0, a -> last(a, a::sysenter)),
                at("SYSEXIT by the user", 3, GP, 0, a -> last(a, () -> a.sysexit(32))),
                at("an allowed port's neighbour", 3, GP, 0, a -> last(a, () -> a.out(5, AL))),
                at("two ports of which one is allowed", 3, GP, 0, a -> last(a, () -> a.out(4, AX))),
                at("a port beyond the map", 3, GP, 0, a -> last(a, () -> a.in(AL, 0x60))),
                at(
                        "an INT that is not for the user",
                        3,
                        GP,
                        0x41 * 8 + 2,
                        a -> last(a, () -> a.interrupt(0x41))),
                at("the breakpoint's gate is closed", 3, GP, 3 * 8 + 2, a -> last(a, a::int3)),
                control("PG without PE", CR0, 0x8000_0000L),
                control("NW without CD", CR0, 0xa000_0011L),
                control("CR0's upper half", CR0, 0x1_8000_0011L),
                control("paging off in 64-bit code", CR0, 0x11),
                control("PAE off in long mode", CR4, 0),
                control("a bit CR4 does not have", CR4, 0x800_0020),
                control("VME, which is not announced", CR4, 0x21),
                control("an address in CR3 beyond 40 bits", CR3, 1L << 40 | 0x1000),
                control("CR3's bit 63 without PCIDs", CR3, Long.MIN_VALUE | 0x1000),
                control("CR8 above 15", CR8, 16),
                at("CR1", 0, UD, 0, a -> last(a, () -> a.op("0F 20 C8"))),
                at(
                        "DR7's upper half",
                        0,
                        GP,
                        0,
                        a -> {
                            a.movabs(RAX, 1L << 32);
                            return last(a, () -> a.mov(Dr.DR7, RAX));
                        }),
                at(
                        "LGDT of a base that is not canonical",
                        0,
                        GP,
                        0,
                        a -> {
                            a.movabs(RAX, HOLE).mov(mem(0x40002), RAX);
                            return last(a, () -> a.lgdt(mem(0x40000)));
                        }),
                selector("a selector beyond the table", 0, Seg.DS, 0x1000, GP, 0x1000),
                selector("a local selector without a table", 0, Seg.DS, 0x0c, GP, 0x0c),
                selector("the kernel's data", 3, Seg.ES, Guest.DATA, GP, Guest.DATA),
                selector("RPL 3 for the kernel's data", 0, Seg.ES, Guest.DATA | 3, GP, Guest.DATA),
                selector("absent data", 0, Seg.FS, Guest.ABSENT_DATA, NP, Guest.ABSENT_DATA),
                selector("a system segment", 0, Seg.GS, Guest.TSS, GP, Guest.TSS),
                selector("null for the user's stack", 3, Seg.SS, 0, GP, 0),
                selector("a null stack of another RPL", 0, Seg.SS, 1, GP, 0),
                selector("a read-only stack", 0, Seg.SS, Guest.READ_ONLY, GP, Guest.READ_ONLY),
                selector("the user's stack", 0, Seg.SS, Guest.USER_DATA, GP, Guest.USER_DATA & ~3),
                selector("code as a stack", 0, Seg.SS, Guest.CODE64, GP, Guest.CODE64),
                returns("IRET to a null code segment", 0, 0x20000, Guest.DATA, GP, 0),
                returns("IRET to data", Guest.DATA, 0x20000, Guest.DATA, GP, Guest.DATA),
                returns(
                        "IRET to absent code",
                        Guest.ABSENT_CODE,
                        0x20000,
                        Guest.DATA,
                        NP,
                        Guest.ABSENT_CODE),
                returns(
                        "IRET to code of both sizes",
                        Guest.BOTH_SIZES,
                        0x20000,
                        Guest.DATA,
                        GP,
                        Guest.BOTH_SIZES),
                returns("IRET to the hole", Guest.CODE64, HOLE, Guest.DATA, GP, 0),
                returns("IRET to the user without a stack", Guest.USER_CODE64, 0x20000, 0, GP, 0),
                returns(
                        "IRET to the user on the kernel's stack",
                        Guest.USER_CODE64,
                        0x20000,
                        Guest.DATA,
                        GP,
                        Guest.DATA),
                returns(
                        "IRET with an RPL that is not the DPL",
                        Guest.CODE64 | 3,
                        0x20000,
                        Guest.USER_DATA,
                        GP,
                        Guest.CODE64),
                farCall("a call to data", 0, Guest.DATA, GP, Guest.DATA),
                farCall("a call to null", 0, 0, GP, 0),
                farCall("a call to absent code", 0, Guest.ABSENT_CODE, NP, Guest.ABSENT_CODE),
                farCall("a call inwards", 3, Guest.CODE64, GP, Guest.CODE64),
                farCall("a call to the task state", 0, Guest.TSS, GP, Guest.TSS),
                at(
                        "LTR of null",
                        0,
                        GP,
                        0,
                        a -> {
                            a.op("31 /mr", EAX, EAX);
                            return last(a, () -> a.ltr(AX));
                        }),
                at(
                        "LTR of a busy task",
                        0,
                        GP,
                        Guest.TSS,
                        a -> {
                            a.mov(EAX, Guest.TSS);
                            return last(a, () -> a.ltr(AX));
                        }),
                at(
                        "LLDT of a code segment",
                        0,
                        GP,
                        Guest.CODE64,
                        a -> {
                            a.mov(EAX, Guest.CODE64);
                            return last(a, () -> a.lldt(AX));
                        }),
                at(
                        "INVPCID of a type that is not there",
                        0,
                        GP,
                        0,
                        a -> {
                            a.mov(RAX, 4);
                            return last(a, () -> a.invpcid(RAX, mem(0x40000)));
                        }),
                at(
                        "SYSRET to the hole",
                        0,
                        GP,
                        0,
                        a -> {
                            a.movabs(RCX, HOLE);
                            return last(a, () -> a.sysret(64));
                        }),
                at(
                        "WRFSBASE of the hole",
                        0,
                        GP,
                        0,
                        a -> {
                            a.mov(EAX, 1 << 16 | 0x20).mov(CR4, RAX).movabs(RAX, HOLE);
                            return last(a, () -> a.op("F3 REX.W 0F AE /2", RAX));
                        }),
                at(
                        "XSETBV without x87",
                        0,
                        GP,
                        0,
                        a -> {
                            a.mov(EAX, 1 << 18 | 0x20).mov(CR4, RAX);
                            a.mov(EAX, 2).op("31 /mr", ECX, ECX).op("31 /mr", EDX, EDX);
                            return last(a, a::xsetbv);
                        }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("exceptions")
    void is_raised_at_the_instruction(
            String name, int cpl, int vector, int error, ToLongFunction<Assembler> program) {
        try (Guest g = new Guest(true)) {
            g.s.efer |= 1;
            g.start(cpl, 64);
            long at = g.program(64, program);
            assertEquals(Exit.STOPPED, g.run());
            assertTrue(g.isInHandler(), "no exception");
            assertAll(
                    () -> assertEquals(vector, g.vector(), "vector"),
                    () -> assertEquals(error, g.error(), "error code"),
                    () -> assertEquals(at, g.rip(), "rip"),
                    () -> assertEquals(cpl == 3 ? Guest.USER_CODE64 : Guest.CODE64, g.cs()),
                    () -> assertEquals(1 << 16, g.flags() & 1 << 16, "RF"),
                    () -> assertEquals(cpl == 3 ? Guest.USER_DATA : Guest.DATA, g.ss()));
        }
    }
}
