package dev.skerry.execution.x86.semantics;

import static dev.skerry.verify.asm.Cr.CR0;
import static dev.skerry.verify.asm.Cr.CR3;
import static dev.skerry.verify.asm.Cr.CR4;
import static dev.skerry.verify.asm.Gp.AL;
import static dev.skerry.verify.asm.Gp.AX;
import static dev.skerry.verify.asm.Gp.EAX;
import static dev.skerry.verify.asm.Gp.EBX;
import static dev.skerry.verify.asm.Gp.ECX;
import static dev.skerry.verify.asm.Gp.RAX;
import static dev.skerry.verify.asm.Gp.RBX;
import static dev.skerry.verify.asm.Gp.RSP;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.core.CpuRig;
import dev.skerry.execution.x86.interpreter.Exit;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Dr;
import dev.skerry.verify.asm.Imm;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Seg;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.function.Consumer;

/** Ways from one piece of 64-bit code to another. Intel SDM 3A, chapters 5 and 6. */
class LongModeTransfersTest {
    private final Guest g = new Guest(true);
    private final CpuState s = g.s;

    @AfterEach
    void close() {
        g.close();
    }

    private void handler(int vector, Consumer<Assembler> writer) {
        Assembler a = new Assembler(64, Guest.HANDLERS + vector * 16);
        writer.accept(a);
        g.rig.put(Guest.HANDLERS + vector * 16, a.bytes());
    }

    /** A handler that notes that it was there and returns. */
    private void note(int vector) {
        handler(vector, a -> a.out(vector, AL).iret(64));
    }

    private void stopped() {
        assertEquals(Exit.STOPPED, g.run());
    }

    @Test
    void an_interrupt_from_the_user_switches_to_the_kernels_stack() {
        g.start(3, 64);
        long after = g.program(64, a -> a.interrupt(0x40).here());
        s.gpr[CpuState.RSP] = Guest.STACK - 3;
        stopped();
        assertEquals(0x40, g.vector());
        assertEquals(after, g.rip());
        assertEquals(Guest.USER_CODE64, g.cs());
        assertEquals(Guest.USER_DATA, g.ss());
        assertEquals(Guest.STACK - 3, g.rsp());
        assertEquals(Guest.KERNEL_STACK - 56, s.gpr[CpuState.RSP]);
        assertEquals(0, s.segments[2].selector, "SS is null with the new privilege");
        assertEquals(0, s.cpl);
    }

    @Test
    void the_stack_is_aligned_when_the_privilege_stays() {
        g.program(64, a -> a.interrupt(0x40).here());
        s.gpr[CpuState.RSP] = Guest.STACK - 3;
        stopped();
        assertEquals(Guest.STACK - 16 - 56, s.gpr[CpuState.RSP]);
        assertEquals(Guest.STACK - 3, g.rsp());
    }

    @Test
    void a_gate_may_name_one_of_the_interrupt_stacks() {
        g.gate(6, Guest.CODE64, Guest.HANDLERS + 0x60, 0x8e, 1);
        g.program(
                64,
                a -> {
                    a.ud2();
                    return 0;
                });
        stopped();
        assertEquals(6, g.vector());
        assertEquals(Guest.INTERRUPT_STACK - 56, s.gpr[CpuState.RSP]);
        assertEquals(Guest.DATA, s.segments[2].selector, "SS stays with the privilege");
    }

    @Test
    void trap_gates_leave_interrupts_open_and_interrupt_gates_do_not() {
        for (int attributes : new int[] {0x8f, 0x8e}) {
            g.start(0, 64);
            s.systemFlags |= Eflags.IF;
            g.gate(0x40, Guest.CODE64, Guest.HANDLERS + 0x400, attributes, 0);
            g.program(64, a -> a.interrupt(0x40).here());
            stopped();
            assertEquals(attributes == 0x8f, (s.systemFlags & Eflags.IF) != 0);
            assertTrue((g.flags() & Eflags.IF) != 0);
        }
    }

    @Test
    void iret_restores_what_the_interrupt_found() {
        g.start(3, 64);
        handler(0x40, a -> a.out(0x40, AL).iret(64));
        g.program(
                64,
                a -> {
                    a.op("F9");
                    a.interrupt(0x40);
                    a.op("0F 92 /0", AL);
                    a.mov(mem(0x40000), RSP);
                    a.ud2();
                    return 0;
                });
        stopped();
        assertEquals(6, g.vector());
        assertEquals(List.of("40=0"), g.rig.written);
        assertEquals(1, s.gpr[CpuState.RAX] & 0xff, "carry");
        assertEquals(Guest.STACK, g.rig.get64(0x40000));
        assertEquals(Guest.USER_CODE64, g.cs());
    }

    @Test
    void syscall_and_sysret_go_to_the_kernel_and_back() {
        g.start(3, 64);
        s.star = 0x0023_0008_0000_0000L;
        s.lstar = 0x22000;
        s.sfmask = Eflags.IF | Eflags.DF;
        s.systemFlags |= Eflags.DF;
        Assembler kernel = new Assembler(64, 0x22000);
        kernel.mov(EBX, 7).mov(mem(0x40000), Seg.CS).mov(mem(0x40002), Seg.SS).sysret(64);
        g.rig.put(0x22000, kernel.bytes());
        g.program(
                64,
                a -> {
                    a.syscall().mov(mem(0x40004), Seg.CS).mov(mem(0x40006), Seg.SS).ud2();
                    return 0;
                });
        stopped();
        assertEquals(6, g.vector());
        assertEquals(7, s.gpr[CpuState.RBX]);
        assertEquals(Guest.CODE64, g.rig.get32(0x40000) & 0xffff);
        assertEquals(Guest.CODE64 + 8, g.rig.get32(0x40002) & 0xffff);
        assertEquals(0x33, g.rig.get32(0x40004) & 0xffff);
        assertEquals(0x2b, g.rig.get32(0x40006) & 0xffff);
        assertTrue((g.flags() & Eflags.DF) != 0, "flags come back from R11");
    }

    @Test
    void a_call_gate_leads_to_the_kernels_stack_and_a_far_return_back() {
        g.start(3, 64);
        Assembler kernel = new Assembler(64, Guest.GATE_TARGET);
        kernel.mov(mem(0x40010), RSP).retFar(64);
        g.rig.put(Guest.GATE_TARGET, kernel.bytes());
        g.program(
                64,
                a -> {
                    a.op("66 C7 /0 iw", mem(0x40004), Imm.imm(Guest.GATE | 3));
                    a.callFar(32, mem(0x40000)).mov(mem(0x40018), RSP).ud2();
                    return 0;
                });
        stopped();
        assertEquals(6, g.vector());
        assertEquals(Guest.KERNEL_STACK - 32, g.rig.get64(0x40010));
        assertEquals(Guest.STACK, g.rig.get64(0x40018));
        assertEquals(Guest.USER_CODE64, g.cs());
    }

    @Test
    void a_gate_for_the_kernel_alone_refuses_the_user() {
        g.start(3, 64);
        g.program(
                64,
                a -> {
                    a.op("66 C7 /0 iw", mem(0x40004), Imm.imm(Guest.INNER_GATE));
                    a.callFar(32, mem(0x40000));
                    return 0;
                });
        stopped();
        assertEquals(13, g.vector());
        assertEquals(Guest.INNER_GATE, g.error());
    }

    @Test
    void compatibility_code_is_entered_by_iret_and_left_by_an_interrupt() {
        Assembler code = new Assembler(32, 0x24000);
        code.mov(EAX, -1).inc(EAX).interrupt(0x40);
        g.rig.put(0x24000, code.bytes());
        g.program(
                64,
                a -> {
                    a.push(Guest.USER_DATA).push(0x39000).push(0x202);
                    a.push(Guest.USER_CODE32).push(0x24000).iret(64);
                    return 0;
                });
        stopped();
        assertEquals(0x40, g.vector());
        assertEquals(Guest.USER_CODE32, g.cs());
        assertEquals(0x39000, g.rsp());
        assertEquals(0, s.gpr[CpuState.RAX]);
        assertEquals(Guest.KERNEL_STACK - 56, s.gpr[CpuState.RSP]);
    }

    @Test
    void a_contributory_fault_during_a_contributory_fault_is_a_double_fault() {
        g.gate(13, Guest.CODE64, Guest.HANDLERS + 13 * 16, 0x0e, 0);
        long at =
                g.program(
                        64,
                        a -> {
                            long here = a.movabs(RAX, 1L << 47).here();
                            a.mov(RBX, mem(RAX));
                            return here;
                        });
        stopped();
        assertEquals(8, g.vector());
        assertEquals(0, g.error());
        assertEquals(at, g.rip());
    }

    @Test
    void a_page_fault_without_a_gate_is_a_double_fault_and_a_benign_one_is_not() {
        g.gate(14, Guest.CODE64, Guest.HANDLERS + 14 * 16, 0x0e, 0);
        g.program(
                64,
                a -> {
                    a.mov(RAX, mem(Guest.ABSENT_PAGE));
                    return 0;
                });
        stopped();
        assertEquals(8, g.vector());
        g.start(0, 64);
        g.gate(6, Guest.CODE64, Guest.HANDLERS + 6 * 16, 0x0e, 0);
        g.program(64, a -> a.ud2().here());
        stopped();
        assertEquals(11, g.vector());
        assertEquals(6 * 8 + 2 + 1, g.error(), "the gate, and that no instruction asked for it");
    }

    @Test
    void a_fault_on_the_way_to_the_double_faults_handler_is_a_shutdown() {
        s.idtrLimit = 0;
        g.program(64, a -> a.ud2().here());
        assertEquals(Exit.SHUTDOWN, g.run());
    }

    @Test
    void a_kernel_stack_on_an_absent_page_is_a_double_fault_on_its_own_stack() {
        g.gate(8, Guest.CODE64, Guest.HANDLERS + 8 * 16, 0x8e, 1);
        g.program(
                64,
                a -> {
                    a.mov(RSP, Guest.ABSENT_PAGE + 0x1000).push(RAX);
                    return 0;
                });
        stopped();
        assertEquals(8, g.vector());
        assertEquals(Guest.ABSENT_PAGE + 0x1000, g.rsp());
    }

    @Test
    void sti_and_a_load_of_ss_hold_interrupts_for_one_instruction() {
        note(0x30);
        g.rig.interrupt(0x30);
        g.program(
                64,
                a -> {
                    a.sti().out(1, AL).out(2, AL);
                    return 0;
                });
        stopped();
        assertEquals(List.of("1=0", "30=0", "2=0"), g.rig.written);
    }

    @Test
    void a_load_of_ss_holds_interrupts_for_one_instruction() {
        note(0x30);
        g.rig.interrupt(0x30);
        g.program(
                64,
                a -> {
                    a.mov(EAX, Guest.DATA).sti().mov(Seg.SS, AX).out(1, AL).out(2, AL);
                    return 0;
                });
        stopped();
        assertEquals(List.of("1=10", "30=10", "2=10"), g.rig.written);
    }

    @Test
    void a_halted_cpu_goes_on_behind_hlt() {
        note(0x30);
        g.program(
                64,
                a -> {
                    a.sti().hlt().out(2, AL);
                    return 0;
                });
        g.rig.interrupt(0x30);
        stopped();
        assertEquals(List.of("30=0", "2=0"), g.rig.written);
    }

    @Test
    void a_second_nmi_waits_for_the_iret_of_the_first() {
        handler(2, a -> a.out(2, AL).out(3, AL).iret(64));
        g.rig.core.request(Core.NMI);
        g.program(
                64,
                a -> {
                    a.nop().out(9, AL);
                    return 0;
                });
        stopped();
        assertEquals(List.of("2=0", "3=0", "9=0"), g.rig.written);
        g.start(0, 64);
        g.rig.written.clear();
        s.nmiBlocked = true;
        g.rig.core.request(Core.NMI);
        g.program(
                64,
                a -> {
                    a.out(1, AL).push(Guest.DATA).push(0x38000).push(2).push(Guest.CODE64);
                    a.push(0x25000).iret(64);
                    return 0;
                });
        Assembler rest = new Assembler(64, 0x25000);
        rest.out(5, AL).out(CpuRig.STOP_PORT, AL).hlt();
        g.rig.put(0x25000, rest.bytes());
        stopped();
        assertEquals(List.of("1=0", "2=0", "3=0", "5=0"), g.rig.written);
    }

    @Test
    void a_single_step_traps_behind_each_instruction() {
        handler(1, a -> a.out(1, AL).iret(64));
        s.systemFlags |= Eflags.TF;
        g.program(
                64,
                a -> {
                    a.nop().nop().nop();
                    return 0;
                });
        stopped();
        assertEquals(List.of("1=0", "1=0", "1=0"), g.rig.written);
        assertEquals(1 << 14, s.dr[6] & 1 << 14);
    }

    @Test
    void a_software_interrupt_under_single_step_is_not_trapped_itself() {
        handler(1, a -> a.out(1, AL).iret(64));
        handler(0x40, a -> a.out(0x40, AL).iret(64));
        s.systemFlags |= Eflags.TF;
        g.program(
                64,
                a -> {
                    a.interrupt(0x40).nop();
                    return 0;
                });
        stopped();
        assertEquals("40=0", g.rig.written.getFirst());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void code_that_is_changed_runs_as_it_is_now(boolean byDevice) {
        // A loop that runs an instruction, changes it, and runs it again.
        Assembler a = new Assembler(64, Guest.CODE);
        Label again = a.label();
        a.op("31 /mr", ECX, ECX).bind(again);
        long place = a.here();
        a.mov(EAX, 0x11).out(1, AL).out(7, AL);
        if (!byDevice) {
            a.op("C6 /0 ib", mem(place + 1), Imm.imm(0x22));
        }
        a.inc(ECX).cmp(ECX, 2).jcc(Cond.NE, again);
        a.out(CpuRig.STOP_PORT, AL).hlt();
        g.rig.put(Guest.CODE, a.bytes());
        if (byDevice) {
            g.rig.onWrite =
                    port -> {
                        if (port == 7) {
                            g.rig.put(place + 1, (byte) 0x22);
                            g.rig.code.beginEpoch();
                        }
                    };
        }
        stopped();
        assertEquals(List.of("1=11", "7=11", "1=22", "7=22"), g.rig.written);
    }

    @Test
    void a_change_of_the_next_instruction_is_seen_at_once() {
        int length = 8;
        long place = Guest.CODE + length;
        Assembler b = new Assembler(64, Guest.CODE);
        b.op("C6 /0 ib", mem(place + 1), Imm.imm(0x33));
        assertEquals(place, b.here());
        b.mov(EAX, 0x11).out(1, AL);
        b.out(CpuRig.STOP_PORT, AL).hlt();
        g.rig.put(Guest.CODE, b.bytes());
        stopped();
        assertEquals(List.of("1=33"), g.rig.written);
    }

    @Test
    void paging_off_and_on_again_from_compatibility_code() {
        Assembler code = new Assembler(32, 0x24000);
        code.mov(EAX, CR0).and(EAX, 0x7fff_ffff).mov(CR0, EAX);
        code.mov(ECX, CR4).mov(mem(0x40000), ECX);
        code.or(EAX, 0x8000_0000).mov(CR0, EAX);
        code.mov(EAX, CR3).mov(mem(0x40008), EAX).interrupt(0x40);
        g.rig.put(0x24000, code.bytes());
        g.program(
                64,
                a -> {
                    a.push(Guest.DATA).push(0x39000).push(2).push(Guest.CODE32);
                    a.push(0x24000).iret(64);
                    return 0;
                });
        stopped();
        assertEquals(0x40, g.vector());
        assertEquals(0xa0, g.rig.get32(0x40000));
        assertEquals(0x1000, g.rig.get32(0x40008));
        assertTrue(s.isLongMode());
    }

    @Test
    void a_breakpoint_on_an_instruction_is_reported_before_it_and_once() {
        // The handler sets RF in the image, as a debugger does.
        handler(1, a -> a.out(1, AL).op("81 /1 id", mem(RSP).plus(18), Imm.imm(1)).iret(64));
        g.program(
                64,
                a -> {
                    a.nop().out(2, AL);
                    long here = a.here();
                    a.out(3, AL);
                    s.dr[0] = here;
                    return here;
                });
        s.dr[7] |= 1;
        s.debugArmed = true;
        stopped();
        assertEquals(List.of("2=0", "1=0", "3=0"), g.rig.written);
        assertEquals(1, s.dr[6] & 0xf);
        assertEquals(0, s.systemFlags & Eflags.RF);
    }

    @ParameterizedTest
    @ValueSource(strings = {"write", "read", "beside"})
    void a_breakpoint_on_data_is_reported_behind_the_instruction(String how) {
        handler(1, a -> a.out(1, AL).iret(64));
        g.program(
                64,
                a -> {
                    // DR1: four bytes at 0x40004, writes. It is armed by the program itself.
                    a.mov(RAX, 0x40004).mov(Dr.DR1, RAX);
                    a.mov(RAX, 0x00d0_0004).mov(Dr.DR7, RAX).mov(EAX, 0);
                    long gva = how.equals("beside") ? 0x40008 : 0x40007;
                    if (how.equals("read")) {
                        a.mov(AL, mem(gva));
                    } else {
                        a.mov(mem(gva), AL);
                    }
                    a.out(2, AL);
                    return 0;
                });
        stopped();
        boolean hit = how.equals("write");
        assertEquals(hit ? List.of("1=0", "2=0") : List.of("2=0"), g.rig.written);
        assertEquals(hit ? 2 : 0, s.dr[6] & 0xf);
    }

    @Test
    void general_detection_reports_the_next_access_to_a_debug_register() {
        s.dr[7] |= 1 << 13;
        g.program(
                64,
                a -> {
                    a.mov(RAX, Dr.DR6);
                    return 0;
                });
        stopped();
        assertEquals(1, g.vector());
        assertEquals(1 << 13, s.dr[6] & 1 << 13);
        assertEquals(0, s.dr[7] & 1 << 13);
    }
}
