package dev.skerry.vmm.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A Linux kernel for x86-64, entered in 64-bit mode where it was linked to run. Linux kernel
 * documentation, "The Linux/x86 Boot Protocol" and "Zero Page". What a machine gives it lies below
 * 640 KiB; its initial file system as high below 4 GiB as it may.
 */
public final class LinuxKernel implements KernelImage {
    private static final int ZERO_PAGE = 0x10000;
    private static final int ZERO_PAGE_BYTES = 4096;
    private static final int COMMAND_LINE = 0x20000;

    /** Behind the longest command line a kernel can ask for here. */
    private static final int LOW_END = 0x30000;

    // Fields of the zero page. Those from 0x1f1 on are the setup header's.
    private static final int RSDP = 0x070;
    private static final int E820_COUNT = 0x1e8;
    private static final int BOOT_FLAG = 0x1fe;
    private static final int HEADER_MAGIC = 0x202;
    private static final int VERSION = 0x206;
    private static final int TYPE_OF_LOADER = 0x210;
    private static final int LOAD_FLAGS = 0x211;
    private static final int RAMDISK_IMAGE = 0x218;
    private static final int RAMDISK_SIZE = 0x21c;
    private static final int COMMAND_LINE_POINTER = 0x228;
    private static final int INITRD_ADDRESS_MOST = 0x22c;
    private static final int COMMAND_LINE_SIZE = 0x238;
    private static final int E820_TABLE = 0x2d0;
    private static final int E820_MOST = 128;

    private static final int LOADER_WITHOUT_A_NUMBER = 0xff;
    private static final int VERSION_WITH_COMMAND_LINE_SIZE = 0x206;
    private static final int OLD_COMMAND_LINE_SIZE = 255;

    private static final long BELOW_4_GIB = 0xffff_ffffL;
    private static final long PAGE = 4096;

    private final byte[] setupHeader;
    private final long entryGpa;
    private final List<Segment> segments;

    private LinuxKernel(byte[] setupHeader, long entryGpa, List<Segment> segments) {
        this.setupHeader = setupHeader;
        this.entryGpa = entryGpa;
        this.segments = segments;
    }

    /**
     * @param setupHeader what belongs into the zero page from 0x1f1 on
     */
    static LinuxKernel of(byte[] setupHeader, byte[] elf) throws BootException {
        ElfFile file = ElfFile.read(elf);
        if (!file.is64Bit() || file.machine() != ElfFile.X86_64) {
            throw new BootException("a 32-bit kernel; only kernels for x86-64 are supported");
        }
        for (Segment segment : file.segments()) {
            if (segment.overlaps(StartTables.GDT, LOW_END)) {
                throw new BootException(
                        String.format(
                                "a segment at 0x%x, where the boot parameters go", segment.gpa()));
            }
        }
        long entry = file.entry();
        if (file.segments().stream().noneMatch(segment -> segment.overlaps(entry, entry + 1))) {
            throw new BootException(
                    String.format("its entry 0x%x lies in none of its segments", entry));
        }
        return new LinuxKernel(setupHeader, entry, file.segments());
    }

    /** A kernel as the linker left it: the setup header is made up. */
    static LinuxKernel ofElf(byte[] elf) throws BootException {
        int begin = BzImage.SETUP_HEADER;
        ByteBuffer header =
                ByteBuffer.allocate(BzImage.SETUP_HEADER_MOST - begin)
                        .order(ByteOrder.LITTLE_ENDIAN);
        header.putShort(BOOT_FLAG - begin, (short) 0xaa55);
        header.putInt(HEADER_MAGIC - begin, BzImage.HDRS);
        header.putShort(VERSION - begin, (short) 0x20c);
        // LOADED_HIGH.
        header.put(LOAD_FLAGS - begin, (byte) 1);
        header.putInt(INITRD_ADDRESS_MOST - begin, 0x7fff_ffff);
        header.putInt(COMMAND_LINE_SIZE - begin, 2047);
        return of(header.array(), elf);
    }

    /** Where it is entered. */
    public long entryGpa() {
        return entryGpa;
    }

    /** Its own pieces, where they go. */
    public List<Segment> segments() {
        return segments;
    }

    @Override
    public BootImage boot(BootRequest request) throws BootException {
        byte[] initrd =
                request.initrd() == null
                        ? new byte[0]
                        : KernelImage.contents("initrd", Path.of(request.initrd()));
        return boot(request, initrd);
    }

    /** The same with the initial file system's bytes; {@code initrd} of the request is not read. */
    public BootImage boot(BootRequest request, byte[] initrd) throws BootException {
        List<Segment> all = new ArrayList<>(segments);
        for (Segment segment : segments) {
            request.requireRam("the kernel", segment);
        }
        ByteBuffer zeroPage = ByteBuffer.allocate(ZERO_PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        zeroPage.put(BzImage.SETUP_HEADER, setupHeader);
        zeroPage.put(TYPE_OF_LOADER, (byte) LOADER_WITHOUT_A_NUMBER);
        zeroPage.putLong(RSDP, request.rsdpGpa());
        if (initrd.length != 0) {
            Segment placed = Segment.of(placeInitrd(request, zeroPage, initrd.length), initrd);
            zeroPage.putInt(RAMDISK_IMAGE, (int) placed.gpa());
            zeroPage.putInt(RAMDISK_SIZE, initrd.length);
            all.add(placed);
        }
        all.add(Segment.of(COMMAND_LINE, commandLine(request, zeroPage)));
        zeroPage.putInt(COMMAND_LINE_POINTER, COMMAND_LINE);
        putMap(request.memory(), zeroPage);
        all.add(Segment.of(ZERO_PAGE, zeroPage.array()));
        all.add(StartTables.longMode());
        for (Segment segment : all) {
            request.requireRam("the kernel with its parameters", segment);
        }
        return new BootImage(all, new Linux64Entry(entryGpa, ZERO_PAGE));
    }

    private static byte[] commandLine(BootRequest request, ByteBuffer zeroPage)
            throws BootException {
        byte[] line = BootRequest.terminated(request.append());
        long most =
                (zeroPage.getShort(VERSION) & 0xffff) < VERSION_WITH_COMMAND_LINE_SIZE
                        ? OLD_COMMAND_LINE_SIZE
                        : zeroPage.getInt(COMMAND_LINE_SIZE) & 0xffff_ffffL;
        most = Math.min(most, LOW_END - COMMAND_LINE - 1);
        if (line.length - 1 > most) {
            throw new BootException(
                    "the command line has "
                            + (line.length - 1)
                            + " bytes, the kernel takes "
                            + most);
        }
        return line;
    }

    private long placeInitrd(BootRequest request, ByteBuffer zeroPage, long sizeBytes)
            throws BootException {
        long most = zeroPage.getInt(INITRD_ADDRESS_MOST) & 0xffff_ffffL;
        long limit = Math.min(most == 0 ? 0x37ff_ffffL : most, BELOW_4_GIB) + 1;
        long kernelEnd = 0;
        for (Segment segment : segments) {
            kernelEnd = Math.max(kernelEnd, segment.endGpa());
        }
        for (MemoryRange range : request.memory().reversed()) {
            long end = Math.min(limit, range.endGpa());
            long begin = end - sizeBytes & -PAGE;
            if (range.type() == MemoryRange.USABLE
                    && begin >= Math.max(range.gpa(), kernelEnd)
                    && begin >= 0) {
                return begin;
            }
        }
        throw new BootException(
                "the initrd of "
                        + sizeBytes
                        + " bytes does not fit into memory behind the kernel and below "
                        + String.format("0x%x", limit));
    }

    private static void putMap(List<MemoryRange> memory, ByteBuffer zeroPage) throws BootException {
        if (memory.size() > E820_MOST) {
            throw new BootException("a map of memory with more than 128 ranges");
        }
        zeroPage.put(E820_COUNT, (byte) memory.size());
        int at = E820_TABLE;
        for (MemoryRange range : memory) {
            zeroPage.putLong(at, range.gpa());
            zeroPage.putLong(at + 8, range.sizeBytes());
            zeroPage.putInt(at + 16, range.type());
            at += 20;
        }
    }
}
