package dev.skerry.platform.memory;

import dev.skerry.platform.linux.LinuxException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** What the tests of this package make address spaces of. */
final class Regions {
    private Regions() {}

    /** Writes down every access; byte {@code i} reads as {@code i + 1}. */
    static final class Recorder implements IoHandler {
        final List<String> calls = new ArrayList<>();

        @Override
        public long read(long offset, int size) {
            calls.add("r" + offset + "/" + size);
            return pattern(offset, size);
        }

        @Override
        public void write(long offset, int size, long value) {
            calls.add("w" + offset + "/" + size + "=" + Long.toHexString(value));
        }

        /** The accesses since the last call of this, in one line. */
        String takeCalls() {
            String line = String.join(" ", calls);
            calls.clear();
            return line;
        }
    }

    static long pattern(long offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (offset + i + 1 & 0xff) << (8 * i);
        }
        return value;
    }

    static IoRegion io(String name, long sizeBytes) {
        return new IoRegion(name, sizeBytes, AccessSizes.ANY, new Recorder());
    }

    /** Memory filled with one byte. */
    static RamRegion ram(String name, long sizeBytes, int fill, boolean readOnly)
            throws LinuxException {
        RamBlock block = RamBlock.allocate(name, sizeBytes);
        block.segment().fill((byte) fill);
        return new RamRegion(name, block, readOnly);
    }

    static AddressSpace space(Region... regions) {
        Container root = new Container("root", 1L << 40);
        for (Region region : regions) {
            root.add(region, 0);
        }
        return new AddressSpace("test", root);
    }

    /** A view in one line: {@code 0-10:a@0}, numbers in hexadecimal. */
    static String describe(FlatView view) {
        return view.ranges().stream()
                .map(
                        r ->
                                String.format(
                                        "%x-%x:%s@%x",
                                        r.start(), r.end(), r.region().name(), r.regionOffset()))
                .collect(Collectors.joining(" "));
    }

    static MemorySegment buffer(int size, int fill) {
        return Arena.ofAuto().allocate(size).fill((byte) fill);
    }

    static MemorySegment bytes(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return Arena.ofAuto().allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    }

    static String hex(MemorySegment segment) {
        return HexFormat.of().formatHex(segment.toArray(ValueLayout.JAVA_BYTE));
    }
}
