package dev.skerry.execution.x86.semantics;

import static dev.skerry.verify.asm.Cr.CR0;
import static dev.skerry.verify.asm.Cr.CR3;
import static dev.skerry.verify.asm.Cr.CR4;
import static dev.skerry.verify.asm.Gp.AL;
import static dev.skerry.verify.asm.Gp.AX;
import static dev.skerry.verify.asm.Gp.EAX;
import static dev.skerry.verify.asm.Gp.EBX;
import static dev.skerry.verify.asm.Gp.ECX;
import static dev.skerry.verify.asm.Gp.EDX;
import static dev.skerry.verify.asm.Gp.ESP;
import static dev.skerry.verify.asm.Gp.R8;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.execution.x86.core.CpuRig;
import dev.skerry.execution.x86.interpreter.Exit;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.Segment;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Imm;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Seg;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** Segments, gates and stacks of 32-bit protected mode, virtual-8086 mode, and real mode. */
class ProtectedModeTest {
    private final Guest g = new Guest(false);
    private final CpuState s = g.s;

    @AfterEach
    void close() {
        g.close();
    }

    private void stopped() {
        assertEquals(Exit.STOPPED, g.run());
    }

    private void expect(int vector, long error) {
        stopped();
        assertTrue(g.isInHandler(), "no exception");
        assertAll(
                () -> assertEquals(vector, g.vector(), "vector"),
                () -> assertEquals(error, g.error(), "error code"));
    }

    @Test
    void an_interrupt_from_the_user_takes_the_stack_of_the_task_state() {
        g.start(3, 32);
        long after = g.program(32, a -> a.interrupt(0x40).here());
        expect(0x40, 0);
        assertEquals(after, g.rip());
        assertEquals(Guest.USER_CODE32, g.cs());
        assertEquals(Guest.STACK, g.rsp());
        assertEquals(Guest.USER_DATA, g.ss());
        assertEquals(Guest.DATA, s.segments[Segment.SS].selector);
        assertEquals(Guest.KERNEL_STACK - 28, s.gpr[CpuState.RSP]);
    }

    @Test
    void an_interrupt_of_the_kernel_stays_on_its_stack() {
        g.program(32, a -> a.interrupt(0x40).here());
        stopped();
        assertEquals(Guest.STACK - 20, s.gpr[CpuState.RSP]);
    }

    @ParameterizedTest
    @CsvSource({
        // The stack's selector in the task state, the fault, its error code.
        "0, 10, 1",
        "200, 10, 201",
        "2b, 10, 29",
        "13, 10, 11",
        "60, 10, 61",
        "18, 10, 19"
    })
    void a_bad_stack_in_the_task_state_is_an_invalid_task_state(
            String selector, int vector, String error) {
        g.rig.put32(Guest.TASK + 8, Integer.parseInt(selector, 16));
        // The handler of #TS keeps to itself: it is conforming, and needs no other stack.
        g.gate(10, Guest.CONFORMING, Guest.HANDLERS + 160, 0x8e, 0);
        g.start(3, 32);
        s.systemFlags |= Eflags.IOPL;
        g.program(32, a -> a.interrupt(0x40).here());
        stopped();
        assertEquals(vector, g.vector());
        // An INT instruction's own doing: bit 0 is clear.
        assertEquals(Integer.parseInt(error, 16) & ~1, g.error());
    }

    @Test
    void a_call_gate_copies_parameters_and_a_far_return_drops_them() {
        g.rig.put64(
                Guest.GDT + Guest.GATE,
                Guest.gate(Guest.CODE32, Guest.GATE_TARGET, 0xec) | 2L << 32);
        Assembler kernel = new Assembler(32, Guest.GATE_TARGET);
        kernel.mov(EAX, mem(ESP).plus(8)).mov(EBX, mem(ESP).plus(12)).mov(EDX, ESP);
        kernel.retFar(32, 8);
        g.rig.put(Guest.GATE_TARGET, kernel.bytes());
        g.start(3, 32);
        g.program(
                32,
                a -> {
                    a.push(0x11).push(0x22).callFar(32, Guest.GATE | 3, Imm.imm(0));
                    a.mov(ECX, ESP).interrupt(0x40);
                    return 0;
                });
        expect(0x40, 0);
        assertEquals(0x22, s.gpr[CpuState.RAX]);
        assertEquals(0x11, s.gpr[CpuState.RBX]);
        assertEquals(Guest.KERNEL_STACK - 24, s.gpr[CpuState.RDX]);
        assertEquals(Guest.STACK, s.gpr[CpuState.RCX]);
    }

    @ParameterizedTest
    @CsvSource({
        // Offset, size, whether it is outside a segment of 0x100 bytes; then one that expands down.
        "ff, 8, false, false",
        "fd, 32, true, false",
        "fc, 32, false, false",
        "100, 8, true, false",
        "ffffffff, 8, true, false",
        "ff, 8, true, true",
        "100, 8, false, true",
        "ffff, 32, false, true"
    })
    void a_segments_limit_is_kept(String offset, int size, boolean outside, boolean down) {
        g.rig.put64(
                Guest.GDT + Guest.SMALL_DATA,
                Guest.descriptor(0x60000, 0xff, down ? 0x40f7 : 0x40f3));
        g.program(
                32,
                a -> {
                    a.mov(EAX, Guest.SMALL_DATA).mov(Seg.FS, AX);
                    a.mov(EBX, Long.parseLong(offset, 16)).segment(Seg.FS);
                    a.op(size == 8 ? "8A /r" : "8B /r", size == 8 ? AL : EAX, mem(EBX));
                    a.interrupt(0x40);
                    return 0;
                });
        expect(outside ? 13 : 0x40, 0);
    }

    @Test
    void null_data_faults_when_it_is_used_and_not_when_it_is_loaded() {
        long at =
                g.program(
                        32,
                        a -> {
                            a.mov(EAX, 3).mov(Seg.ES, AX).out(1, AL);
                            long here = a.here();
                            a.segment(Seg.ES).mov(EAX, mem(0x40000));
                            return here;
                        });
        expect(13, 0);
        assertEquals(at, g.rip());
        assertEquals(List.of("1=3"), g.rig.written);
    }

    @Test
    void a_return_to_the_user_takes_the_kernels_segments_away() {
        g.program(
                32,
                a -> {
                    Label user = a.label();
                    a.mov(EAX, Guest.USER_DATA).mov(Seg.ES, AX);
                    a.push(Guest.USER_DATA).push(0x39000).push(0x202).push(Guest.USER_CODE32);
                    a.push(Imm.imm(Guest.CODE + 0x100)).iret(32).bind(user);
                    return 0;
                });
        Assembler user = new Assembler(32, Guest.CODE + 0x100);
        user.mov(EAX, Seg.DS).mov(EBX, Seg.ES).mov(ECX, Seg.FS).interrupt(0x40);
        g.rig.put(Guest.CODE + 0x100, user.bytes());
        expect(0x40, 0);
        assertEquals(0, s.gpr[CpuState.RAX]);
        assertEquals(Guest.USER_DATA, s.gpr[CpuState.RBX]);
        assertEquals(0, s.gpr[CpuState.RCX]);
    }

    @Test
    void loading_a_segment_marks_it_accessed() {
        g.rig.put64(Guest.GDT + Guest.SMALL_DATA, Guest.descriptor(0x60000, 0xff, 0x40f2));
        g.program(
                32,
                a -> {
                    a.mov(EAX, Guest.SMALL_DATA).mov(Seg.FS, AX).interrupt(0x40);
                    return 0;
                });
        expect(0x40, 0);
        assertEquals(0xf3, g.rig.get64(Guest.GDT + Guest.SMALL_DATA) >>> 40 & 0xff);
    }

    @Test
    void queries_of_descriptors() {
        g.start(3, 32);
        g.program(
                32,
                a -> {
                    a.mov(EAX, Guest.SMALL_DATA)
                            .lsl(EBX, EAX)
                            .verw(AX)
                            .op("0F 94 /0", mem(0x40000));
                    a.mov(EAX, Guest.DATA).verr(AX).op("0F 94 /0", mem(0x40001));
                    a.mov(EAX, Guest.USER_CODE32).verw(AX).op("0F 94 /0", mem(0x40002));
                    a.verr(AX).op("0F 94 /0", mem(0x40003)).lar(ECX, EAX);
                    a.mov(EAX, 0x2000).mov(EDX, 0x77).lsl(EDX, EAX);
                    a.interrupt(0x40);
                    return 0;
                });
        expect(0x40, 0);
        assertEquals(0xff, s.gpr[CpuState.RBX]);
        assertEquals(0x01_00_00_01, g.rig.get32(0x40000));
        assertEquals(0xc0_fb00, s.gpr[CpuState.RCX] & 0xf0_ff00);
        assertEquals(0x77, s.gpr[CpuState.RDX], "nothing is there: it stays");
    }

    @Test
    void virtual_8086_mode_is_entered_by_iret_and_left_by_an_interrupt() {
        Assembler code = new Assembler(16, 0x100);
        code.mov(AX, Seg.CS).mov(mem(0x10), AX).pushf(16).op("CD ib", Imm.imm(0x40));
        g.rig.put(0x26100, code.bytes());
        g.program(
                32,
                a -> {
                    // GS, FS, DS, ES, SS, ESP, EFLAGS with VM and IOPL 3, CS, EIP.
                    for (int value : new int[] {5, 4, 0x4000, 3, 0x3800, 0x1000}) {
                        a.push(value);
                    }
                    a.push(0x2_3202).push(0x2600).push(0x100).iret(32);
                    return 0;
                });
        expect(0x40, 0);
        assertEquals(0x2600, g.cs());
        assertEquals(0x2600, g.rig.get32(0x40010) & 0xffff);
        assertTrue((g.flags() & Eflags.VM) != 0);
        assertEquals(0xffe, g.rsp());
        assertEquals(0x3800, g.ss());
        long top = s.gpr[CpuState.RSP] + 28;
        assertEquals(3, g.rig.get32(top));
        assertEquals(0x4000, g.rig.get32(top + 4));
        assertEquals(4, g.rig.get32(top + 8));
        assertEquals(5, g.rig.get32(top + 12));
        assertFalse(s.isVirtual8086());
        assertEquals(0, s.cpl);
        assertFalse(s.segments[Segment.DS].usable);
    }

    @ParameterizedTest
    @CsvSource({"FA", "FB", "9C", "9D", "CF", "CD 40", "E4 60", "F4", "0F 20 C0"})
    void what_virtual_8086_mode_refuses_without_privilege(String bytes) {
        Assembler code = new Assembler(16, 0x100);
        for (String b : bytes.split(" ")) {
            code.raw(Integer.parseInt(b, 16));
        }
        g.rig.put(0x26100, code.bytes());
        g.program(
                32,
                a -> {
                    for (int value : new int[] {0, 0, 0, 0, 0x3800, 0x1000}) {
                        a.push(value);
                    }
                    a.push(0x2_0202).push(0x2600).push(0x100).iret(32);
                    return 0;
                });
        expect(13, 0);
        assertEquals(0x100, g.rip());
    }

    @ParameterizedTest
    @CsvSource({"0F 00 C0", "0F 02 C0", "63 C0", "0F 00 D8"})
    void real_and_virtual_mode_do_not_know_the_protected_ones_instructions(String bytes) {
        try (CpuRig rig = new CpuRig()) {
            rig.put(6 * 4, (byte) 0, (byte) 0x7, (byte) 0, (byte) 0);
            rig.put(0x700, (byte) 0xe6, (byte) CpuRig.STOP_PORT, (byte) 0xf4);
            Assembler code = new Assembler(16, 0x600);
            for (String b : bytes.split(" ")) {
                code.raw(Integer.parseInt(b, 16));
            }
            rig.put(0x600, code.bytes());
            rig.state.rip = 0x600;
            rig.state.gpr[CpuState.RSP] = 0x1000;
            assertEquals(Exit.STOPPED, rig.run());
            assertEquals(0x702, rig.state.rip);
            assertEquals(0x600, rig.get32(0xffa) & 0xffff);
            assertEquals(0x1000 - 6, rig.state.gpr[CpuState.RSP]);
        }
    }

    @Test
    void from_real_mode_to_long_mode_and_back() {
        try (Guest tables = new Guest(true);
                CpuRig rig = new CpuRig()) {
            for (long at = 0x1000; at < 0x13000; at += 8) {
                rig.put64(at, tables.rig.get64(at));
            }
            Assembler a = new Assembler(16, 0x600);
            Label pointer = a.label();
            Label protectedMode = a.label();
            Label longMode = a.label();
            Label compatibility = a.label();
            Label narrow = a.label();
            Label real = a.label();
            a.cli().op("66 0F 01 /2", mem(pointer));
            a.mov(EAX, CR0).or(EAX, 1).mov(CR0, EAX);
            a.jmpFar(32, Guest.CODE32, protectedMode.address());
            a.bits(32).bind(protectedMode).mov(EAX, Guest.DATA).mov(Seg.DS, AX).mov(Seg.SS, AX);
            a.mov(ESP, 0x38000);
            a.mov(EAX, 0x20).mov(CR4, EAX).mov(EAX, 0x1000).mov(CR3, EAX);
            a.mov(ECX, 0xc000_0080L).mov(EAX, 0x900).op("31 /mr", EDX, EDX).wrmsr();
            a.mov(EAX, CR0).or(EAX, 0x8000_0000).mov(CR0, EAX);
            a.out(1, AL).jmpFar(32, Guest.CODE64, longMode.address());
            a.bits(64).bind(longMode).movabs(R8, 1L << 40).out(2, AL);
            a.push(Guest.CODE32).op("68 id", compatibility.address()).retFar(64);
            a.bits(32).bind(compatibility).mov(EAX, CR0).and(EAX, 0x7fff_ffff).mov(CR0, EAX);
            a.mov(EAX, Guest.SMALL_DATA).mov(Seg.DS, AX).mov(Seg.SS, AX);
            a.jmpFar(32, Guest.LDT, narrow.address());
            a.bits(16).bind(narrow).mov(EAX, CR0).and(EAX, -2).mov(CR0, EAX);
            a.jmpFar(16, 0, real.address());
            a.bind(real).mov(AX, Seg.CS).out(3, AL).out(CpuRig.STOP_PORT, AL).hlt();
            a.align(8).bind(pointer).dw(Guest.GDT_LIMIT).dd(Guest.GDT);
            rig.put(0x600, a.bytes());
            // 16-bit code instead of the LDT's descriptor, flat data of 64 KiB.
            rig.put64(Guest.GDT + Guest.LDT, Guest.descriptor(0, 0xffff, 0x9b));
            rig.put64(Guest.GDT + Guest.SMALL_DATA, Guest.descriptor(0, 0xffff, 0x93));
            rig.state.rip = 0x600;
            assertEquals(Exit.STOPPED, rig.run());
            assertEquals(List.of("1=11", "2=11", "3=0"), rig.written);
            assertEquals(1L << 40, rig.state.gpr[8]);
            assertFalse(rig.state.isLongMode());
            assertFalse(rig.state.isProtected());
        }
    }
}
