package dev.skerry.verify.asm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** GNU as as the other opinion. */
final class GnuAs {
    /** Each line of source gets a slot of its own, filled up with something no line ends with. */
    private static final int SLOT = 32;

    private GnuAs() {}

    static void assume() {
        for (String tool : List.of("as", "objcopy")) {
            assumeTrue(
                    Arrays.stream(System.getenv("PATH").split(":"))
                            .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool))),
                    tool + " of GNU binutils is not installed");
        }
    }

    /** The slots of lines in Intel syntax. */
    static List<byte[]> slots(int bits, List<String> lines, Path scratch)
            throws IOException, InterruptedException {
        StringBuilder source = new StringBuilder(".intel_syntax noprefix\n.code" + bits + "\n");
        for (String line : lines) {
            source.append(line).append("\n.balign 32, 0xcc\n");
        }
        Path text = Files.writeString(scratch.resolve("rows.s"), source);
        String object = scratch.resolve("rows.o").toString();
        String image = scratch.resolve("rows.bin").toString();
        run("as", bits == 64 ? "--64" : "--32", "-o", object, text.toString());
        run("objcopy", "-O", "binary", "-j", ".text", object, image);
        byte[] all = Files.readAllBytes(Path.of(image));
        List<byte[]> slots = new ArrayList<>();
        for (int at = 0; at < all.length; at += SLOT) {
            slots.add(Arrays.copyOfRange(all, at, at + SLOT));
        }
        assertEquals(lines.size(), slots.size(), "one slot a line");
        return slots;
    }

    /** Bytes filled up to a slot. */
    static byte[] slot(byte[] code) {
        byte[] slot = new byte[SLOT];
        Arrays.fill(slot, (byte) 0xcc);
        System.arraycopy(code, 0, slot, 0, code.length);
        return slot;
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
    }
}
