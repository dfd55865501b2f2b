package dev.skerry.execution.x86.semantics;

import dev.skerry.execution.x86.core.CpuRig;
import dev.skerry.execution.x86.decode.Decoder;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.state.Segment;
import dev.skerry.verify.silicon.Executor;
import dev.skerry.verify.silicon.Fault;
import dev.skerry.verify.silicon.FxState;
import dev.skerry.verify.silicon.Layout;
import dev.skerry.verify.silicon.NativeCase;
import dev.skerry.verify.silicon.NativeResult;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Runs the host CPU's cases instruction by instruction here, at privilege level 3. */
public class X87Twin implements Executor, AutoCloseable {
    private static final long WINDOW = 0x10000;

    protected final CpuRig rig = new CpuRig();
    protected final CpuState s = rig.state;
    private final Decoder decoder = new Decoder();

    public X87Twin() {
        rig.put64(0x1000, 0x2007);
        rig.put64(0x2000, 0x3007);
        rig.put64(0x3000 + 8 * (Layout.DATA >>> 21), 0x4007);
        rig.put64(0x4000, WINDOW | 7);
    }

    @Override
    public NativeResult run(NativeCase c) {
        start(c);
        Fault fault = execute(c);
        byte[] data = new byte[Layout.DATA_BYTES];
        MemorySegment.copy(rig.ram(), ValueLayout.JAVA_BYTE, WINDOW, data, 0, data.length);
        return new NativeResult(
                fault == null ? NativeResult.Ending.DONE : NativeResult.Ending.FAULT,
                fault,
                Arrays.copyOf(s.gpr, 16),
                s.rip,
                s.rflags(),
                image(),
                data);
    }

    /** Runs the case that was loaded to its end. Null: no fault ended it. */
    protected Fault execute(NativeCase c) {
        byte[] code = Arrays.copyOf(c.code(), c.code().length + Decoder.MOST);
        Fault fault = null;
        while (fault == null && s.rip != Layout.CODE + c.code().length) {
            int at = (int) (s.rip - Layout.CODE);
            Insn in = decoder.decode(code, at, code.length, s.mode);
            try {
                s.rip += in.length;
                Dispatch.execute(rig.core, in);
            } catch (GuestFault thrown) {
                s.rip = Layout.CODE + at;
                fault = Fault.of(thrown.vector(), thrown.errorCode(), s.cr2);
            }
        }
        return fault;
    }

    private void start(NativeCase c) {
        rig.put(WINDOW, Arrays.copyOf(c.data(), Layout.DATA_BYTES));
        s.cr0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_ET | Control.CR0_NE | Control.CR0_AM;
        s.cr4 = Control.CR4_PAE | Control.CR4_OSFXSR | Control.CR4_OSXMMEXCPT;
        s.efer = Control.EFER_LME | Control.EFER_LMA;
        s.cr3 = 0x1000;
        for (Segment segment : s.segments) {
            segment.set(Layout.DS, 0, 0xffff_ffffL, 0xc0f3);
        }
        boolean wide = c.bits() == 64;
        int selector = wide ? Layout.CS64 : Layout.CS32;
        s.segments[Segment.CS].set(selector, 0, 0xffff_ffffL, wide ? 0xa0fb : 0xc0fb);
        s.segments[Segment.FS].base = Layout.FS_BASE;
        s.segments[Segment.GS].base = Layout.GS_BASE;
        s.cpl = 3;
        s.setRflags(c.rflags() | 0x202);
        System.arraycopy(c.gpr(), 0, s.gpr, 0, 16);
        s.rip = Layout.CODE;
        s.updateMode();
        rig.core.mmu.updatePrivilege();
        load(c.fxsave());
    }

    private void load(byte[] image) {
        X87Semantics.setControl(s, (int) FxState.get(image, FxState.FCW, 2));
        X87Semantics.setStatus(s, (int) FxState.get(image, FxState.FSW, 2));
        s.fpInUse = (int) FxState.get(image, FxState.FTW, 1);
        s.fpInstruction = FxState.get(image, FxState.FIP, 8);
        s.fpOperand = FxState.get(image, FxState.FDP, 8);
        s.fpOpcode = (int) FxState.get(image, FxState.FOP, 2);
        s.sse.loadMxcsr((int) FxState.get(image, FxState.MXCSR, 4));
        for (int i = 0; i < 8; i++) {
            int n = X87Stack.physical(s, i);
            s.fpSignificand[n] = FxState.get(image, FxState.ST + 16 * i, 8);
            s.fpSignExponent[n] = (int) FxState.get(image, FxState.ST + 16 * i + 8, 2);
        }
        for (int i = 0; i < 32; i++) {
            s.xmm[i] = FxState.get(image, FxState.XMM + 8 * i, 8);
        }
    }

    private byte[] image() {
        byte[] image = new byte[FxState.BYTES];
        FxState.put(image, FxState.FCW, 2, s.fpControl);
        FxState.put(image, FxState.FSW, 2, s.fpStatus);
        FxState.put(image, FxState.FTW, 1, s.fpInUse);
        FxState.put(image, FxState.FIP, 8, s.fpInstruction);
        FxState.put(image, FxState.FDP, 8, s.fpOperand);
        FxState.put(image, FxState.FOP, 2, s.fpOpcode);
        FxState.put(image, FxState.MXCSR, 4, s.sse.mxcsr());
        for (int i = 0; i < 8; i++) {
            FxState.st(image, i, X87Stack.signExponent(s, i), X87Stack.significand(s, i));
        }
        for (int i = 0; i < 32; i++) {
            FxState.put(image, FxState.XMM + 8 * i, 8, s.xmm[i]);
        }
        return image;
    }

    @Override
    public void close() {
        rig.close();
    }
}
