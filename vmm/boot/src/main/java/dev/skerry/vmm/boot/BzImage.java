package dev.skerry.vmm.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Takes a bzImage apart: its setup header, and the ELF kernel out of its packed payload, which is
 * thereby not for the guest to unpack. Linux kernel documentation, "The Linux/x86 Boot Protocol".
 */
final class BzImage {
    /** Where the setup header begins, in the image and in the zero page. */
    static final int SETUP_HEADER = 0x1f1;

    /** Where it ends at the latest: the zero page has other things behind it. */
    static final int SETUP_HEADER_MOST = 0x290;

    static final int HDRS = 0x5372_6448;

    private static final int MAGIC = 0x202;
    private static final int VERSION = 0x206;
    private static final int PAYLOAD_OFFSET = 0x248;
    private static final int PAYLOAD_LENGTH = 0x24c;

    /** The first protocol version that says where the payload is. */
    private static final int VERSION_WITH_PAYLOAD = 0x208;

    private BzImage() {}

    static boolean isOne(byte[] file) {
        return file.length > 0x260 && little(file).getInt(MAGIC) == HDRS;
    }

    private static ByteBuffer little(byte[] file) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    static LinuxKernel read(byte[] file) throws BootException {
        ByteBuffer b = little(file);
        int version = b.getShort(VERSION) & 0xffff;
        if (version < VERSION_WITH_PAYLOAD) {
            throw new BootException(
                    String.format(
                            "boot protocol %d.%02d is too old, 2.08 is the least",
                            version >> 8, version & 0xff));
        }
        int headerEnd = Math.min(MAGIC + (file[0x201] & 0xff), SETUP_HEADER_MOST);
        int setupSectors = file[SETUP_HEADER] == 0 ? 4 : file[SETUP_HEADER] & 0xff;
        long offset = (setupSectors + 1) * 512L + (b.getInt(PAYLOAD_OFFSET) & 0xffff_ffffL);
        long length = b.getInt(PAYLOAD_LENGTH) & 0xffff_ffffL;
        if (length == 0 || offset + length > file.length) {
            throw new BootException(
                    String.format(
                            "its payload, 0x%x bytes at 0x%x, lies outside the file",
                            length, offset));
        }
        byte[] elf = Payload.unpack(file, (int) offset, (int) length);
        if (!ElfFile.isElf(elf)) {
            throw new BootException("its payload is no ELF file");
        }
        return LinuxKernel.of(Arrays.copyOfRange(file, SETUP_HEADER, headerEnd), elf);
    }
}
