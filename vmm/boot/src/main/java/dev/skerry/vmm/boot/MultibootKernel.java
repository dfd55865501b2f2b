package dev.skerry.vmm.boot;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A kernel of the Multiboot Specification 0.6.96, as an ELF32 file or by the addresses in its header.
 * It is given memory sizes and map, its name and command line, and modules. As with QEMU, what it asks
 * of the screen is not heard, and modules are the files of {@code -initrd "FILE ARGUMENTS,FILE…"},
 * each on a page of its own behind the kernel.
 */
public final class MultibootKernel implements KernelImage {
    private static final int INFO = 0x9000;
    private static final int INFO_BYTES = 120;
    private static final int STRINGS_END = 0x1_0000;

    private static final int HAS_MEMORY = 1;
    private static final int HAS_BOOT_DEVICE = 1 << 1;
    private static final int HAS_COMMAND_LINE = 1 << 2;
    private static final int HAS_MODULES = 1 << 3;
    private static final int HAS_MAP = 1 << 6;
    private static final int HAS_LOADER_NAME = 1 << 9;

    private static final int PROVIDED =
            HAS_MEMORY
                    | HAS_BOOT_DEVICE
                    | HAS_COMMAND_LINE
                    | HAS_MODULES
                    | HAS_MAP
                    | HAS_LOADER_NAME;

    /** The first hard disk, no partition. */
    private static final int BOOT_DEVICE = 0x8000_ffff;

    private static final int MODULE_BYTES = 16;
    private static final int MAP_ENTRY_BYTES = 24;
    private static final long PAGE = 4096;
    private static final long MEBIBYTE = 1 << 20;
    private static final String LOADER_NAME = "skerry";

    private final long entryGpa;
    private final List<Segment> segments;

    private MultibootKernel(long entryGpa, List<Segment> segments) {
        this.entryGpa = entryGpa;
        this.segments = segments;
    }

    static MultibootKernel read(byte[] file, MultibootHeader header) throws BootException {
        if (header.hasAddresses()) {
            return new MultibootKernel(header.entry(), List.of(byAddresses(file, header)))
                    .checked();
        }
        if (!ElfFile.isElf(file)) {
            throw new BootException("a Multiboot kernel without addresses that is no ELF file");
        } else if (ElfFile.is64Bit(file)) {
            throw new BootException("a Multiboot kernel must be a 32-bit ELF file, this is 64-bit");
        }
        ElfFile elf = ElfFile.read(file);
        return new MultibootKernel(elf.entry(), elf.segments()).checked();
    }

    private static Segment byAddresses(byte[] file, MultibootHeader header) throws BootException {
        long offset = header.offset() - (header.headerGpa() - header.loadGpa());
        long length =
                header.loadEnd() == 0 ? file.length - offset : header.loadEnd() - header.loadGpa();
        if (offset < 0 || length < 0 || offset > file.length || length > file.length - offset) {
            throw new BootException("the addresses in its Multiboot header lie outside the file");
        }
        long size = Math.max(length, header.bssEnd() == 0 ? 0 : header.bssEnd() - header.loadGpa());
        MemorySegment bytes = MemorySegment.ofArray(file).asSlice(offset, length);
        return new Segment(header.loadGpa(), bytes, size);
    }

    private MultibootKernel checked() throws BootException {
        for (Segment segment : segments) {
            if (segment.overlaps(StartTables.GDT, STRINGS_END)) {
                throw new BootException(
                        String.format(
                                "a segment at 0x%x, where the boot information goes",
                                segment.gpa()));
            }
        }
        return this;
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
        List<Segment> all = new ArrayList<>(segments);
        Info info = new Info();
        info.put(0, PROVIDED);
        info.put(4, (int) (usableFrom(request, 0) / 1024));
        info.put(8, (int) Math.min(usableFrom(request, MEBIBYTE) / 1024, 0xffff_ffffL));
        info.put(12, BOOT_DEVICE);
        info.put(16, info.text(words(request.kernelName(), request.append())));
        info.put(64, info.text(LOADER_NAME));
        putModules(request, info, all);
        putMap(request, info);
        all.add(Segment.of(INFO, info.bytes()));
        all.add(StartTables.segmentDescriptors());
        for (Segment segment : all) {
            request.requireRam("the kernel with what it is given", segment);
        }
        return new BootImage(all, new Multiboot32Entry(entryGpa, INFO));
    }

    private static String words(String name, String append) {
        return append.isEmpty() ? name : name + ' ' + append;
    }

    private static long usableFrom(BootRequest request, long gpa) {
        for (MemoryRange range : request.memory()) {
            if (range.type() == MemoryRange.USABLE && range.gpa() <= gpa && range.endGpa() > gpa) {
                return range.endGpa() - gpa;
            }
        }
        return 0;
    }

    private void putModules(BootRequest request, Info info, List<Segment> all)
            throws BootException {
        List<String> modules = request.initrd() == null ? List.of() : split(request.initrd());
        long gpa = 0;
        for (Segment segment : segments) {
            gpa = Math.max(gpa, segment.endGpa());
        }
        int table = info.reserve(MODULE_BYTES * modules.size());
        info.put(20, modules.size());
        info.put(24, table);
        for (int i = 0; i < modules.size(); i++) {
            String text = modules.get(i);
            int space = text.indexOf(' ');
            Path file = Path.of(space < 0 ? text : text.substring(0, space));
            gpa = gpa + PAGE - 1 & -PAGE;
            Segment module = Segment.of(gpa, KernelImage.contents("module", file));
            request.requireRam("module '" + file + "'", module);
            all.add(module);
            gpa = module.endGpa();
            int entry = table - INFO + MODULE_BYTES * i;
            info.put(entry, (int) module.gpa());
            info.put(entry + 4, (int) module.endGpa());
            info.put(entry + 8, info.text(text));
        }
    }

    /** At commas; two of them are one within a name. */
    private static List<String> split(String initrd) {
        List<String> modules = new ArrayList<>();
        for (String module : initrd.replace(",,", "\0").split(",")) {
            String text = module.replace('\0', ',').stripLeading();
            if (!text.isEmpty()) {
                modules.add(text);
            }
        }
        return modules;
    }

    private static void putMap(BootRequest request, Info info) throws BootException {
        int table = info.reserve(MAP_ENTRY_BYTES * request.memory().size());
        info.put(44, MAP_ENTRY_BYTES * request.memory().size());
        info.put(48, table);
        int at = table - INFO;
        for (MemoryRange range : request.memory()) {
            // The size does not count itself.
            info.put(at, MAP_ENTRY_BYTES - 4);
            info.put(at + 4, (int) range.gpa());
            info.put(at + 8, (int) (range.gpa() >>> 32));
            info.put(at + 12, (int) range.sizeBytes());
            info.put(at + 16, (int) (range.sizeBytes() >>> 32));
            info.put(at + 20, range.type());
            at += MAP_ENTRY_BYTES;
        }
    }

    /** The information structure with all it points to, growing. */
    private static final class Info {
        private final ByteBuffer bytes =
                ByteBuffer.allocate(STRINGS_END - INFO).order(ByteOrder.LITTLE_ENDIAN);
        private int used = INFO_BYTES;

        void put(int offset, int value) {
            bytes.putInt(offset, value);
        }

        /** Room for a table; returns its address. */
        int reserve(int length) throws BootException {
            int at = used + 3 & -4;
            if (length > bytes.capacity() - at) {
                throw new BootException(
                        "command line, modules and their names take more than 28 KiB");
            }
            used = at + length;
            return INFO + at;
        }

        int text(String text) throws BootException {
            byte[] terminated = BootRequest.terminated(text);
            int gpa = reserve(terminated.length);
            bytes.put(gpa - INFO, terminated);
            return gpa;
        }

        byte[] bytes() {
            return java.util.Arrays.copyOf(bytes.array(), used);
        }
    }
}
