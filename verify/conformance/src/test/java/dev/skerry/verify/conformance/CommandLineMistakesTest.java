package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What users mistype: one line that names the mistake, nothing else, exit status 1. */
class CommandLineMistakesTest {
    @TempDir Path folder;

    @BeforeAll
    static void processIsThere() {
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    private void assertMistake(String arguments, String named)
            throws IOException, InterruptedException {
        ProgramRun run = ProgramRun.of(folder, arguments);
        assertEquals(1, run.status(), run.toString());
        assertEquals(1, run.errors().size(), run.toString());
        String line = run.errors().getFirst();
        assertTrue(line.startsWith("skerry-system-x86_64: "), line);
        assertTrue(line.contains(named), line);
        assertEquals(List.of(), run.output());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "-foo | -foo: not supported",
                "-drive file=x | -drive: not supported",
                "-enable-kvm | -enable-kvm: not supported",
                "-m 512 | -m: not supported",
                "disk.img | disk.img: ",
                "-machine | -machine: requires an argument",
                "-device | -device: requires an argument",
                "-serial stdio | -serial stdio: ",
                "-display gtk | -display gtk: ",
                "-d nosuch | -d nosuch: 'nosuch'",
                "-D /no/such/file -machine x-remote | -D /no/such/file: ",
            })
    void an_option_is_named(String arguments, String named)
            throws IOException, InterruptedException {
        assertMistake(arguments, named);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "-machine pc | -machine pc: unsupported machine type",
                "-machine x-remote,foo=1 | 'x-remote-machine.foo' not found",
                "-device edu,id=a | -machine: ",
                "-machine x-remote | nothing to serve",
                "-machine x-remote -device edu | nothing to serve",
            })
    void a_machine_is_named(String arguments, String named)
            throws IOException, InterruptedException {
        assertMistake(arguments, named);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "nosuch | 'nosuch' is not a valid device model name",
                "nosuch,help | 'nosuch' is not a valid device model name",
                "edu,x=1 | 'edu.x' not found",
                "edu,dma_mask=z | 'dma_mask': 'z'",
                "edu,addr=99 | addr: '99'",
                "edu,romfile=/no/such | romfile /no/such",
                "pci-testdev,membar=3 | membar: '3'",
                "pci-testdev,membar=2T | membar: '2T'",
            })
    void a_device_or_its_property_is_named(String device, String named)
            throws IOException, InterruptedException {
        assertMistake("-machine x-remote -device " + device, "-device " + device + ": ");
        assertMistake("-machine x-remote -device " + device, named);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "nosuch,id=x | object type 'nosuch'",
                "x-remote-object,id=r,devid=a,fd=3,x=1 | 'x-remote-object.x' not found",
                "x-remote-object,id=r,devid=a | 'fd' is missing",
                "x-remote-object,id=r,fd=3 | 'devid' is missing",
                "x-remote-object,devid=a,fd=3 | 'id' is missing",
                "x-remote-object,id=r,devid=a,fd=x | fd: 'x'",
                "x-remote-object,id=r,devid=a,fd=-1 | fd: '-1'",
                "x-remote-object,id=r,devid=b,fd=0 | there is no device with id 'b'",
                "x-remote-object,id=r,devid=a,fd=99 | fd 99 is not a connected unix stream",
                "x-remote-object,id=r,devid=a,fd=0 | fd 0 is not a connected unix stream",
            })
    void an_object_or_its_property_is_named(String object, String named)
            throws IOException, InterruptedException {
        String arguments = "-machine x-remote -device edu,id=a -object " + object;
        assertMistake(arguments, "-object " + object + ": ");
        assertMistake(arguments, named);
    }

    @ParameterizedTest
    @CsvSource({"edu, edu", "edu, pci-testdev"})
    void an_id_that_is_taken_is_named(String first, String second)
            throws IOException, InterruptedException {
        String devices = "-device " + first + ",id=a -device " + second + ",id=a";
        assertMistake("-machine x-remote " + devices, "Duplicate device ID 'a'");
    }
}
