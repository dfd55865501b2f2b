package dev.skerry.execution.x86;

import dev.skerry.execution.x86.apic.LocalApic;
import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.msr.Msrs;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Segment;
import dev.skerry.execution.x86.time.TimeStamp;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * A CPU's state as bytes, big-endian: magic, version, then the fields in the order of {@link
 * #fields}, MSRs, time stamp, APIC, requests. A change of what is in it is a new version.
 */
final class CpuImage {
    /** "SKCP". */
    private static final int MAGIC = 0x534b_4350;

    private static final int VERSION = 1;

    /** Requests that are part of the state; the others are between this process' threads. */
    private static final int KEPT = Core.INTERRUPT | Core.NMI | Core.INIT | Core.STARTUP;

    private CpuImage() {}

    static byte[] save(Core core, LocalApic apic, Msrs msrs, TimeStamp timeStamp) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(4096);
        DataOutputStream out = new DataOutputStream(bytes);
        try {
            out.writeInt(MAGIC);
            out.writeInt(VERSION);
            fields(core.state, new Writer(out));
            msrs.save(out);
            out.writeLong(timeStamp.now());
            out.writeLong(timeStamp.adjustment());
            apic.save(out);
            out.writeInt(core.requests() & KEPT);
        } catch (IOException impossible) {
            throw new AssertionError("an array takes every byte", impossible);
        }
        return bytes.toByteArray();
    }

    static void restore(byte[] state, Core core, LocalApic apic, Msrs msrs, TimeStamp timeStamp)
            throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(state));
        if (in.readInt() != MAGIC) {
            throw new IOException("not the state of a CPU: its first bytes are not SKCP");
        }
        int version = in.readInt();
        if (version != VERSION) {
            throw new IOException(
                    "the state of a CPU is of version " + version + ", wanted " + VERSION);
        }
        fields(core.state, new Reader(in));
        msrs.restore(in);
        long stamp = in.readLong();
        timeStamp.restore(stamp, in.readLong());
        core.take(KEPT);
        apic.restore(in);
        core.repeat(in.readInt() & KEPT);
        if (in.read() >= 0) {
            throw new IOException("the state of a CPU is longer than it should be");
        }
    }

    /** Takes each field to a file or from it, so that both go through one list. */
    private interface Transfer {
        long of(long value) throws IOException;

        default int of(int value) throws IOException {
            return (int) of((long) value);
        }

        default boolean of(boolean value) throws IOException {
            return of(value ? 1L : 0) != 0;
        }

        default void of(long[] values) throws IOException {
            for (int i = 0; i < values.length; i++) {
                values[i] = of(values[i]);
            }
        }

        default void of(int[] values) throws IOException {
            for (int i = 0; i < values.length; i++) {
                values[i] = of(values[i]);
            }
        }

        default void of(Segment segment) throws IOException {
            segment.selector = of(segment.selector);
            segment.base = of(segment.base);
            segment.limit = of(segment.limit);
            segment.attributes = of(segment.attributes);
            segment.usable = of(segment.usable);
        }
    }

    private record Writer(DataOutput out) implements Transfer {
        @Override
        public long of(long value) throws IOException {
            out.writeLong(value);
            return value;
        }
    }

    private record Reader(DataInput in) implements Transfer {
        @Override
        public long of(long value) throws IOException {
            return in.readLong();
        }
    }

    private static void fields(CpuState s, Transfer t) throws IOException {
        t.of(s.gpr);
        s.gpr[CpuState.ZERO] = 0;
        s.rip = t.of(s.rip);
        s.setRflags(t.of(s.rflags()));
        for (Segment segment : s.segments) {
            t.of(segment);
        }
        t.of(s.ldtr);
        t.of(s.tr);
        s.gdtrBase = t.of(s.gdtrBase);
        s.gdtrLimit = t.of(s.gdtrLimit);
        s.idtrBase = t.of(s.idtrBase);
        s.idtrLimit = t.of(s.idtrLimit);
        s.cr0 = t.of(s.cr0);
        s.cr2 = t.of(s.cr2);
        s.cr3 = t.of(s.cr3);
        s.cr4 = t.of(s.cr4);
        s.efer = t.of(s.efer);
        s.xcr0 = t.of(s.xcr0);
        t.of(s.pdpte);
        t.of(s.dr);
        s.cpl = t.of(s.cpl) & 3;
        s.star = t.of(s.star);
        s.lstar = t.of(s.lstar);
        s.cstar = t.of(s.cstar);
        s.sfmask = t.of(s.sfmask);
        s.kernelGsBase = t.of(s.kernelGsBase);
        s.sysenterCs = t.of(s.sysenterCs);
        s.sysenterEsp = t.of(s.sysenterEsp);
        s.sysenterEip = t.of(s.sysenterEip);
        s.tscAux = t.of(s.tscAux);
        floatingPoint(s, t);
        s.interruptShadow = t.of(s.interruptShadow);
        s.halted = t.of(s.halted);
        s.waitingForStartup = t.of(s.waitingForStartup);
        s.nmiBlocked = t.of(s.nmiBlocked);
        s.debugArmed = t.of(s.debugArmed);
    }

    private static void floatingPoint(CpuState s, Transfer t) throws IOException {
        t.of(s.xmm);
        s.sse.loadMxcsr(t.of(s.sse.mxcsr()));
        t.of(s.fpSignificand);
        t.of(s.fpSignExponent);
        s.fpControl = t.of(s.fpControl);
        s.fpStatus = t.of(s.fpStatus);
        s.fpInUse = t.of(s.fpInUse);
        s.fpInstruction = t.of(s.fpInstruction);
        s.fpInstructionSelector = t.of(s.fpInstructionSelector);
        s.fpOperand = t.of(s.fpOperand);
        s.fpOperandSelector = t.of(s.fpOperandSelector);
        s.fpOpcode = t.of(s.fpOpcode);
        s.x87.loadControlWord(s.fpControl);
        s.x87.setFlags(s.fpStatus);
    }
}
