package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
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
                "-machine x-remote -foo | -foo: not supported",
                "-machine x-remote -enable-kvm | -enable-kvm: not supported",
                "-machine x-remote -m 512 | -m: not supported",
                "-machine x-remote disk.img | disk.img: ",
                "-machine | -machine: requires an argument",
                "-machine x-remote -device | -device: requires an argument",
                "-machine x-remote -serial stdio | -serial stdio: ",
                "-machine x-remote -display gtk | -display gtk: ",
                "-machine x-remote -d nosuch | -d nosuch: 'nosuch'",
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
                "-machine x-remote,foo=1 | 'x-remote-machine.foo' not found",
                "-machine x-remote,stand-in=so | stand-in: 'so' is neither 'on' nor 'off'",
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
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "jit=maybe | -accel tcg,jit=maybe: jit 'maybe': use one of off, on, check",
                "jit-threshold=1000 | threshold 1000: use a power of two",
                "jit-threshold=x | -accel tcg,jit-threshold=x: 'x' is not a number",
                "nosuch=1 | 'tcg-accel.nosuch' not found",
            })
    void how_a_machine_translates_is_named(String property, String named)
            throws IOException, InterruptedException {
        assertMistake("-machine q35 -display none -accel tcg," + property, named);
    }

    /** {@code @} stands for an image that is there. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "-drive id=d,file=/no/such | -drive id=d,file=/no/such: Could not open '/no/such': No",
                "-drive id=d,file=@,format=raw,cache=foo | invalid cache option",
                "-drive id=d,file=@,format=raw,werror=foo | 'foo' invalid write error action",
                "-drive id=d,file=@,format=raw,if=scsi | if=scsi is not supported",
                "-drive id=d,file=@,format=raw,x=y | does not support the option 'x'",
                "-drive id=d,file=@,format=vmdk | format 'vmdk' is not supported",
                "-drive id=d,file=@,format=qcow2 | Could not open ",
                "-drive id=d,file=@,format=raw -drive id=e,file=@,format=raw | Is another process using",
                "-drive id=d -drive id=d | Duplicate ID 'd' for drive",
                "-blockdev file,node-name=d,filename=@ -drive id=d | Duplicate ID 'd' for drive",
                "-blockdev file,node-name=d | 'filename' is missing",
                "-blockdev raw,node-name=d,file=f | node-name='f'",
            })
    void a_disk_is_named(String arguments, String named) throws IOException, InterruptedException {
        assertMistake("-machine x-remote " + withImage(arguments), named);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "scsi-hd,drive=d,bus=lsi1.0 | Bus 'lsi1.0' not found",
                "scsi-hd,drive=d,bus=lsi0 | Bus 'lsi0' not found",
                "scsi-hd | drive property not set",
                "scsi-hd,drive=none | Property 'scsi-hd.drive' can't find value 'none'",
                "scsi-hd,drive=used | Drive 'used' is already in use by another device",
                "scsi-hd,drive=empty | Device needs media, but drive is empty",
                "scsi-hd,drive=d,scsi-id=16 | bad scsi device id: 16",
                "scsi-hd,drive=d,scsi-id=7 | scsi-id 7 is the host adapter's own",
                "scsi-hd,drive=d,scsi-id=3,lun=0 | lun 0 of target 3 is taken",
                "scsi-hd,drive=d,lun=32 | bad scsi device lun: 32",
                "scsi-hd,drive=d,channel=1 | bad scsi channel id: 1",
                "scsi-hd,drive=d,id=first | Duplicate device ID 'first'",
                "scsi-hd,drive=d,x=1 | Property 'scsi-hd.x' not found",
                "scsi-hd,drive=d,write-cache=perhaps | Parameter 'write-cache': 'perhaps'",
            })
    void a_scsi_device_or_its_property_is_named(String device, String named)
            throws IOException, InterruptedException {
        String others =
                "-device lsi53c895a,id=lsi0 -drive id=used,file=@,format=raw -drive id=empty"
                        + " -blockdev file,node-name=d,filename=@2"
                        + " -device scsi-hd,id=first,drive=used,scsi-id=3";
        String arguments = "-machine x-remote " + others + " -device " + device;
        assertMistake(withImage(arguments), "-device " + device + ": " + named);
    }

    @Test
    void a_disk_before_its_controller_finds_no_bus() throws IOException, InterruptedException {
        String disk = "-drive id=d,file=@,format=raw -device scsi-hd,drive=d";
        assertMistake(
                withImage("-machine x-remote " + disk + " -device lsi53c895a"),
                "No 'SCSI' bus found for device 'scsi-hd'");
    }

    @Test
    void a_socket_is_tied_to_no_disk() throws IOException, InterruptedException {
        String disk = "-drive id=d,file=@,format=raw -device scsi-hd,drive=d,id=hd0";
        assertMistake(
                withImage("-machine x-remote -device lsi53c895a " + disk)
                        + " -object x-remote-object,id=r,devid=hd0,fd=0",
                "device 'hd0' is no PCI device");
    }

    private String withImage(String arguments) throws IOException {
        Path image = Files.write(folder.resolve("image"), new byte[4096]);
        Files.write(folder.resolve("image2"), new byte[4096]);
        return arguments.replace("@", image.toString());
    }

    @ParameterizedTest
    @CsvSource({"edu, edu", "edu, pci-testdev"})
    void an_id_that_is_taken_is_named(String first, String second)
            throws IOException, InterruptedException {
        String devices = "-device " + first + ",id=a -device " + second + ",id=a";
        assertMistake("-machine x-remote " + devices, "Duplicate device ID 'a'");
    }
}
