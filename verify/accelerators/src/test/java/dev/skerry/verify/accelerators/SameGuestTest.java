package dev.skerry.verify.accelerators;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.execution.kvm.KvmSystem;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Gp;
import dev.skerry.verify.asm.Label;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.List;

/**
 * The same guest gives the same on the software CPU and under KVM: what it does to registers outside
 * its RAM and in which order, what it is left with in its registers and its memory.
 */
@Timeout(120)
class SameGuestTest {
    private static KvmSystem system;

    @BeforeAll
    static void kvmIsThere() throws IOException {
        String missing = TwinBoard.Kvm.missing();
        Assumptions.assumeTrue(missing == null, missing);
        system = KvmSystem.open();
    }

    @AfterAll
    static void close() {
        if (system != null) {
            system.close();
        }
    }

    enum Program {
        PORTS {
            @Override
            void emit(Assembler a, Gp count, Gp source, Gp target) {
                a.mov(DX, TwinBoard.PORTS + 4).mov(EAX, 0x4433_2211);
                a.outDx(AL).outDx(AX).outDx(EAX).inDx(AL).mov(mem(TwinBoard.DATA).dword(), EAX);
                a.inDx(AX).mov(mem(TwinBoard.DATA + 4).dword(), EAX).inDx(EAX);
                a.mov(DX, 0x700).inDx(AX);
            }
        },
        PORT_STRINGS {
            @Override
            void emit(Assembler a, Gp count, Gp source, Gp target) {
                a.cld().mov(DX, TwinBoard.PORTS).mov(target, TwinBoard.DATA).mov(count, 5);
                a.rep().ins(16).mov(source, TwinBoard.DATA + 9).mov(count, 7).std();
                a.rep().outs(8).cld().mov(count, 0).rep().outs(32).outs(32).ins(8);
            }
        },
        REGISTERS {
            @Override
            void emit(Assembler a, Gp count, Gp source, Gp target) {
                if (a.bits() == 16) {
                    return;
                }
                a.mov(EBX, TwinBoard.WINDOW).mov(EAX, 0x8877_6655L);
                a.mov(mem(EBX).plus(1), AL).mov(mem(EBX).plus(4), AX).mov(mem(EBX).plus(8), EAX);
                a.movzx(ECX, mem(EBX).plus(0x10).byteSized()).movsx(EDX, mem(EBX).plus(2).word());
                a.add(mem(EBX).plus(0x20).dword(), 3).or(mem(EBX).plus(0x24).byteSized(), 0x80);
                a.cmp(mem(EBX).plus(0x2c).dword(), 5);
                a.mov(mem(EBX).plus(0x31), EAX).mov(ESI, mem(EBX).plus(0x42));
                a.push(mem(EBX).plus(0x48).sized(a.bits()))
                        .pop(mem(EBX).plus(0x50).sized(a.bits()));
            }
        },
        REGISTER_STRINGS {
            @Override
            void emit(Assembler a, Gp count, Gp source, Gp target) {
                if (a.bits() == 16) {
                    return;
                }
                a.cld().mov(target, TwinBoard.WINDOW).mov(source, TwinBoard.DATA).mov(EAX, 7);
                a.mov(count, 3).rep().stos(32).mov(count, 3).rep().movs(16);
                a.mov(source, TwinBoard.WINDOW).mov(target, TwinBoard.DATA).mov(count, 4);
                a.rep().movs(8).lods(32);
            }
        },
        READ_ONLY_MEMORY {
            @Override
            void emit(Assembler a, Gp count, Gp source, Gp target) {
                if (a.bits() == 16) {
                    return;
                }
                a.mov(EBX, TwinBoard.ROM).mov(EAX, mem(EBX)).mov(mem(EBX).dword(), 0);
                a.add(EAX, mem(EBX)).inc(mem(EBX).plus(4).dword()).mov(ECX, mem(EBX).plus(4));
                // Behind its page nobody is.
                a.mov(EDX, mem(EBX).plus(0xffe)).mov(ESI, mem(EBX).plus(0x1000));
            }
        },
        ARITHMETIC {
            @Override
            void emit(Assembler a, Gp count, Gp source, Gp target) {
                a.mov(EAX, 0x1234_5678).mov(EBX, 0x9abc_def1L).xor(EDX, EDX).mov(ECX, 40);
                Label loop = a.mark();
                a.add(EAX, EBX).adc(EDX, 0).rol(EBX, 3).imul(EBX, EAX).xor(EAX, EDX);
                a.dec(ECX).jcc(Cond.NE, loop).mov(mem(TwinBoard.DATA).dword(), EAX);
                a.mov(mem(TwinBoard.DATA + 4).dword(), EBX).mov(ECX, 7).mul(ECX).div(ECX);
                // What it leaves of other flags is the processor's own business.
                a.test(EAX, EAX);
            }
        };

        abstract void emit(Assembler a, Gp count, Gp source, Gp target);

        Assembler program(int bits) {
            Assembler a = new Assembler(bits, TwinBoard.CODE);
            Gp count = bits == 16 ? CX : bits == 32 ? ECX : RCX;
            Gp source = bits == 16 ? SI : bits == 32 ? ESI : RSI;
            Gp target = bits == 16 ? DI : bits == 32 ? EDI : RDI;
            emit(a, count, source, target);
            Label end = a.out(TwinBoard.STOP_PORT, AL).mark();
            return a.jmp(end);
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_accelerator_changes_nothing(Program program) throws IOException {
        for (int bits : new int[] {16, 32, 64}) {
            List<String> software;
            try (TwinBoard board = new TwinBoard.Software()) {
                software = board.run(bits, program.program(bits));
            }
            try (TwinBoard board = new TwinBoard.Kvm(system)) {
                assertEquals(
                        String.join("\n", software),
                        String.join("\n", board.run(bits, program.program(bits))),
                        bits + " bits");
            }
        }
    }
}
