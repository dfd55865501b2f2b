package dev.skerry.execution.x86.state;

import dev.skerry.execution.x86.fp.FpEnv;

/**
 * What a program sees of one CPU: all its registers. Owned by the vCPU's thread; others look only
 * while it stands. Fields are public since the semantics and translated code are written in terms
 * of them; what must be kept consistent with something else has a method.
 *
 * <p>While an instruction runs, {@link #rip} is the address of the next one, as in the manual's
 * operation sections. An instruction that transfers control sets it as its last step. One that
 * faults must not have changed any register or flag; the interpreter puts {@code rip} back.
 */
public final class CpuState {
    public static final int RAX = 0;
    public static final int RCX = 1;
    public static final int RDX = 2;
    public static final int RBX = 3;
    public static final int RSP = 4;
    public static final int RBP = 5;
    public static final int RSI = 6;
    public static final int RDI = 7;

    /** The index of a register that is always zero: an address without a base or an index. */
    public static final int ZERO = 16;

    /** RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8..R15, and {@link #ZERO}. */
    public final long[] gpr = new long[17];

    public long rip;

    // See Flags.
    public int flagsKind;
    public long flagsA;
    public long flagsB;
    public long flagsResult;
    public int status;

    /** RFLAGS without {@link Eflags#STATUS}. */
    public int systemFlags = Eflags.FIXED;

    /** ES, CS, SS, DS, FS, GS by {@link Segment}'s numbers. */
    public final Segment[] segments = {
        new Segment(), new Segment(), new Segment(), new Segment(), new Segment(), new Segment()
    };

    public final Segment ldtr = new Segment();
    public final Segment tr = new Segment();
    public long gdtrBase;
    public int gdtrLimit;
    public long idtrBase;
    public int idtrLimit;

    public long cr0;
    public long cr2;
    public long cr3;
    public long cr4;

    /** The four top entries of PAE paging, read when CR3 is loaded. */
    public final long[] pdpte = new long[4];

    public long efer;
    public long xcr0 = 1;
    public final long[] dr = new long[8];

    /** 0 to 3. */
    public int cpl;

    /** What linear addresses of code begin at: 0 in 64-bit mode, otherwise the base of CS. */
    public long codeBase;

    /** What instruction decoding and address formation depend on; see {@link Mode}. */
    public int mode;

    // Model-specific registers that instructions use; the others are with the Msrs class.
    public long star;
    public long lstar;
    public long cstar;
    public long sfmask;
    public long kernelGsBase;
    public long sysenterCs;
    public long sysenterEsp;
    public long sysenterEip;
    public long tscAux;

    /** XMM0 low, XMM0 high, XMM1 low, ... */
    public final long[] xmm = new long[32];

    /** MXCSR is in here. */
    public final FpEnv sse = new FpEnv();

    /** x87 registers by physical number: significands, and sign with exponent (16 bits). */
    public final long[] fpSignificand = new long[8];

    public final int[] fpSignExponent = new int[8];
    public int fpControl = 0x37f;

    /** The x87 status word, with TOP. */
    public int fpStatus;

    /** A bit for each physical x87 register that is in use. */
    public int fpInUse;

    public long fpInstruction;
    public int fpInstructionSelector;
    public long fpOperand;
    public int fpOperandSelector;
    public int fpOpcode;

    /** Follows {@link #fpControl}. */
    public final FpEnv x87 = new FpEnv();

    // A 128-bit result on its way, and a source operand; scratch of the SSE classes.
    public long low;
    public long high;
    public long sourceLow;
    public long sourceHigh;

    /** Instructions that translated code has done. */
    public long translated;

    /** After STI or a load of SS: no interrupt before the next instruction is done. */
    public boolean interruptShadow;

    public boolean halted;

    /** After INIT, until a startup message. */
    public boolean waitingForStartup;

    /** From the delivery of an NMI to the next IRET. */
    public boolean nmiBlocked;

    /** Whether DR7 has a breakpoint on: instructions are then run one at a time. */
    public boolean debugArmed;

    /** The data breakpoints that the present instruction has hit, as the low bits of DR6. */
    public int debugHits;

    public final GuestFault fault = new GuestFault();

    /** The exception, filled in and ready to be thrown. */
    public GuestFault fault(int vector) {
        return fault.of(vector);
    }

    public GuestFault fault(int vector, int errorCode) {
        return fault.of(vector, errorCode);
    }

    public long rflags() {
        return Flags.get(this) | systemFlags;
    }

    /** Sets RFLAGS to a value that the caller has checked against the current privilege. */
    public void setRflags(long value) {
        Flags.set(this, (int) value & Eflags.STATUS);
        systemFlags = (int) value & ~Eflags.STATUS | Eflags.FIXED;
    }

    public boolean isLongMode() {
        return (efer & Control.EFER_LMA) != 0;
    }

    public boolean isProtected() {
        return (cr0 & Control.CR0_PE) != 0;
    }

    public boolean isVirtual8086() {
        return (systemFlags & Eflags.VM) != 0;
    }

    /** Whether CS is a 64-bit code segment. */
    public boolean is64() {
        return mode == Mode.LONG;
    }

    /** Brings {@link #mode} up to date after a change of CS, SS, CR0, EFER or RFLAGS.VM. */
    public void updateMode() {
        Segment cs = segments[Segment.CS];
        if (isLongMode() && cs.has(Segment.LONG)) {
            mode = Mode.LONG;
            codeBase = 0;
            return;
        }
        int now = cs.has(Segment.BIG) ? Mode.CODE32 : 0;
        now |= segments[Segment.SS].has(Segment.BIG) ? Mode.STACK32 : 0;
        now |= isProtected() ? Mode.PROTECTED : 0;
        now |= isVirtual8086() ? Mode.V86 : 0;
        mode = now;
        codeBase = cs.base;
    }
}
