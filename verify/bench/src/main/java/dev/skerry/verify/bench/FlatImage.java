package dev.skerry.verify.bench;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cr;
import dev.skerry.verify.asm.Imm;
import dev.skerry.verify.asm.Label;
import dev.skerry.verify.asm.Seg;
import dev.skerry.verify.boot.FlatProgram;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A program for {@link FlatProgram} as a kernel that stock QEMU loads: a multiboot header (Multiboot
 * specification 0.6.96, section 3.1, with addresses in it) and what takes a CPU to 64-bit mode with
 * the same map.
 */
final class FlatImage {
    private static final int LOAD = 0x10_0000;
    private static final int STUB = LOAD + 0x40;
    private static final int GDT = LOAD + 0x1000;
    private static final int PML4 = LOAD + 0x2000;
    private static final int PDPT = LOAD + 0x3000;
    private static final int DIRECTORY = LOAD + 0x4000;
    private static final int MAGIC = 0x1bad_b002;
    private static final int ADDRESSES = 1 << 16;
    private static final int CODE64 = 8;
    private static final int DATA = 16;

    private FlatImage() {}

    static byte[] of(byte[] program) {
        int codeAt = (int) FlatProgram.CODE - LOAD;
        ByteBuffer image =
                ByteBuffer.allocate(codeAt + program.length).order(ByteOrder.LITTLE_ENDIAN);
        int end = LOAD + image.capacity();
        image.putInt(MAGIC).putInt(ADDRESSES).putInt(-(MAGIC + ADDRESSES));
        image.putInt(LOAD).putInt(LOAD).putInt(end).putInt(end).putInt(STUB);
        image.put(STUB - LOAD, stub());
        image.putLong(GDT + CODE64 - LOAD, 0x00af_9b00_0000_ffffL);
        image.putLong(GDT + DATA - LOAD, 0x00cf_9300_0000_ffffL);
        image.putShort(GDT + 24 - LOAD, (short) 23).putInt(GDT + 26 - LOAD, GDT);
        image.putLong(PML4 - LOAD, PDPT | 3L);
        image.putLong(PDPT - LOAD, DIRECTORY | 3L);
        for (int i = 0; i < 512; i++) {
            image.putLong(DIRECTORY + 8 * i - LOAD, (long) i << 21 | 0x83);
        }
        image.put(codeAt, program);
        return image.array();
    }

    private static byte[] stub() {
        Assembler a = new Assembler(32, STUB);
        Label wide = a.label("wide");
        a.lgdt(mem(GDT + 24));
        a.mov(EAX, 0x620).mov(Cr.CR4, EAX);
        a.mov(EAX, PML4).mov(Cr.CR3, EAX);
        a.mov(ECX, 0xc000_0080).rdmsr().or(EAX, 0x100).wrmsr();
        a.mov(EAX, 0x8000_0031).mov(Cr.CR0, EAX);
        a.raw(0xea).dd(new Imm(0, wide)).dw(CODE64);
        a.bits(64).bind(wide);
        a.mov(EAX, DATA);
        for (Seg segment : new Seg[] {Seg.DS, Seg.ES, Seg.FS, Seg.GS, Seg.SS}) {
            a.mov(segment, EAX);
        }
        a.mov(ESP, (int) FlatProgram.STACK);
        a.mov(EAX, (int) FlatProgram.CODE).jmp(RAX);
        return a.bytes();
    }
}
