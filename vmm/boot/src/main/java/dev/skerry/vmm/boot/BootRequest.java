package dev.skerry.vmm.boot;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;

/**
 * What a machine gives a kernel.
 *
 * @param kernelName the kernel as the user named it; the first word of a Multiboot command line
 * @param append the command line; "" for none
 * @param initrd the argument of {@code -initrd}: a file for Linux, a list of modules for Multiboot;
 *     null for none
 * @param memory the map of memory by address, without overlaps
 * @param rsdpGpa where ACPI's root pointer is, 0 if the kernel is to look for it itself
 */
public record BootRequest(
        String kernelName, String append, String initrd, List<MemoryRange> memory, long rsdpGpa) {
    public BootRequest {
        memory = memory.stream().sorted(Comparator.comparingLong(MemoryRange::gpa)).toList();
    }

    /** Throws unless all of a segment is usable memory. */
    void requireRam(String what, Segment segment) throws BootException {
        for (MemoryRange range : memory) {
            if (range.type() == MemoryRange.USABLE
                    && segment.gpa() >= range.gpa()
                    && segment.endGpa() <= range.endGpa()) {
                return;
            }
        }
        throw new BootException(
                String.format(
                        "%s does not fit into memory: 0x%x to 0x%x is not all RAM",
                        what, segment.gpa(), segment.endGpa()));
    }

    /** Text with the zero byte that ends it. */
    static byte[] terminated(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return java.util.Arrays.copyOf(bytes, bytes.length + 1);
    }
}
