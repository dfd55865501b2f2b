package dev.skerry.verify.boot;

import dev.skerry.execution.x86.CpuRegisters;
import dev.skerry.execution.x86.CpuRegisters.SegmentName;
import dev.skerry.vmm.boot.Entry;
import dev.skerry.vmm.boot.FlatSegment;
import dev.skerry.vmm.boot.Segment;

import java.lang.foreign.MemorySegment;

/** Puts a software CPU and its RAM where a program begins. */
final class EntryRegisters {
    private static final int RAX = 0;
    private static final int RBX = 3;
    private static final int RSI = 6;

    private EntryRegisters() {}

    /** Puts bytes into RAM that begins at address 0 and is zero. */
    static void put(Segment segment, MemorySegment ram) {
        MemorySegment bytes = segment.bytes();
        MemorySegment.copy(bytes, 0, ram, segment.gpa(), bytes.byteSize());
    }

    static void set(CpuRegisters cpu, Entry entry) {
        cpu.setGdt(entry.gdtGpa(), entry.gdtLimit());
        cpu.setControl(4, entry.cr4());
        cpu.setControl(3, entry.cr3());
        cpu.setEfer(entry.efer());
        cpu.setControl(0, entry.cr0());
        set(cpu, SegmentName.CS, entry.code());
        for (SegmentName name :
                new SegmentName[] {
                    SegmentName.DS, SegmentName.ES, SegmentName.FS, SegmentName.GS, SegmentName.SS
                }) {
            set(cpu, name, entry.data());
        }
        cpu.setGeneral(RAX, entry.rax());
        cpu.setGeneral(RBX, entry.rbx());
        cpu.setGeneral(RSI, entry.rsi());
        cpu.setRip(entry.rip());
    }

    private static void set(CpuRegisters cpu, SegmentName name, FlatSegment segment) {
        cpu.setSegment(name, segment.selector(), 0, segment.limit(), segment.attributes());
    }
}
