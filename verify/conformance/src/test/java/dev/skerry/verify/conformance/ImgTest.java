package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** {@code skerry img} as users start it; its commands have their own tests beside them. */
class ImgTest {
    @TempDir Path folder;

    @BeforeAll
    static void imageIsThere() {
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    private ProgramRun img(String arguments) throws IOException, InterruptedException {
        List<String> program = List.of(Peer.root().resolve("bin/skerry").toString(), "img");
        return ProgramRun.of(folder, program, arguments);
    }

    @Test
    void an_image_is_made_converted_and_compared() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Peer.QEMU_IMG.missing() == null, Peer.QEMU_IMG.missing());
        byte[] bytes = new byte[3 << 20];
        new Random(1).nextBytes(bytes);
        Path raw = Files.write(folder.resolve("a.raw"), bytes);
        Path qcow2 = folder.resolve("a.qcow2");
        ProgramRun convert = img("convert -p -f raw -O qcow2 " + raw + " " + qcow2);
        assertEquals(0, convert.status(), convert.toString());
        assertTrue(convert.says("(100.00/100%)"), convert.toString());
        assertEquals(0, img("compare -f raw -F qcow2 " + raw + " " + qcow2).status());
        assertEquals(0, img("check " + qcow2).status());
        List<String> stock = List.of(Peer.QEMU_IMG.path().toString());
        assertEquals(0, ProgramRun.of(folder, stock, "check " + qcow2).status());
        assertEquals(0, ProgramRun.of(folder, stock, "compare " + raw + " " + qcow2).status());
        assertTrue(img("info " + qcow2).says("file format: qcow2"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "info /no/such | 1 | Could not open '/no/such': ",
                "compare /no/such /no/such | 2 | Could not open '/no/such'",
                "frob | 1 | Command not found: frob",
            },
            quoteCharacter = '"')
    void a_mistake_is_one_line_in_our_name(String arguments, int status, String named)
            throws IOException, InterruptedException {
        ProgramRun run = img(arguments);
        assertEquals(status, run.status(), run.toString());
        assertTrue(run.errors().getFirst().startsWith("skerry img: " + named), run.toString());
    }
}
