package dev.skerry.vmm.control.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.vmm.control.config.VmConfig.OnExit;
import dev.skerry.vmm.control.config.VmConfig.SandboxMode;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class VmFileTest {
    @TempDir Path folder;

    @BeforeEach
    void makeFiles() throws IOException {
        Files.createFile(folder.resolve("a.img"));
        Files.createFile(folder.resolve("b.qcow2"));
        Files.createFile(folder.resolve("vmlinuz"));
    }

    @Test
    void a_document_becomes_a_machine() throws ConfigException {
        VmConfig config =
                parse(
                        """
                        machine: pc
                        accelerator: [tcg]
                        memory: 1G
                        cpus: 2
                        kernel: vmlinuz
                        append: console=ttyS0
                        disks:
                          - {id: a, file: a.img}
                          - {id: b, file: b.qcow2, format: qcow2, read-only: true}
                        devices:
                          - id: lsi0
                            driver: lsi53c895a
                            disks: [a, b]
                            on-exit: pause
                            reply-timeout: 700ms
                            restart: {limit: 3, backoff: 1s}
                            sandbox: auto
                          - {id: edu0, driver: edu, process: small, properties: {dma_mask: 0xff}}
                          - {id: edu1, driver: edu, process: small}
                        """);
        assertEquals("pc", config.machine());
        assertEquals(1L << 30, config.memoryBytes());
        assertEquals(2, config.processes().size());
        VmConfig.ProcessConfig lsi = config.processes().get(0);
        assertEquals(OnExit.PAUSE, lsi.onExit());
        assertEquals(3, lsi.restart().most());
        assertEquals(1000, lsi.restart().backoffMs());
        assertEquals(60_000, lsi.restart().windowMs());
        assertEquals(SandboxMode.AUTO, lsi.sandbox());
        assertEquals(700, lsi.devices().getFirst().replyTimeoutMs());
        assertEquals(5000, config.processes().get(1).devices().getFirst().replyTimeoutMs());
        assertEquals("qcow2", lsi.devices().getFirst().disks().get(1).format());
        assertEquals(2, config.processes().get(1).devices().size());
        assertEquals(SandboxMode.REQUIRED, config.processes().get(1).sandbox());
        assertEquals("vm", config.name());
    }

    @Test
    void all_mistakes_are_told_with_their_lines() {
        ConfigException e =
                assertThrows(
                        ConfigException.class,
                        () ->
                                parse(
                                        """
                                        machine: q36
                                        memory: lots
                                        colour: red
                                        initrd: vmlinuz
                                        disks:
                                          - id: a
                                            file: none.img
                                          - file: a.img
                                          - {id: c, file: a.img}
                                        devices:
                                          - id: lsi0
                                            driver: lsi53c895a
                                            disks: [z]
                                            on-exit: panic
                                            restart:
                                              backoff: soon
                                            reply-timeout: 0s
                                          - id: lsi0
                                            driver: edu
                                            in-machine: yes
                                        """));
        String[] wanted = {
            "vm.yaml:1:10: machine: 'q36' is none of q35, pc",
            "vm.yaml:2:9: memory: 'lots' is not a size",
            "vm.yaml:3:1: 'colour' is not known in the machine",
            "vm.yaml:4:9: initrd: only with 'kernel'",
            "vm.yaml:7:11: file: 'none.img' is no file that can be read",
            "vm.yaml:8:5: an element of 'disks' needs 'id'",
            "vm.yaml:9:10: no device has the disk 'c'",
            "vm.yaml:13:12: disks: there is no disk 'z'",
            "vm.yaml:14:14: on-exit: 'panic' is none of restart, pause, fail, ignore",
            "vm.yaml:16:16: backoff: 'soon' is no time",
            "vm.yaml:17:20: reply-timeout: '0' is too short for any reply",
            "vm.yaml:18:9: the id 'lsi0' is there twice",
            "vm.yaml:20:17: in-machine: 'yes' is neither true nor false",
        };
        for (String line : wanted) {
            assertTrue(e.getMessage().contains(line), line + "\nis missing in\n" + e.getMessage());
        }
    }

    @Test
    void devices_of_one_process_must_agree() {
        ConfigException e =
                assertThrows(
                        ConfigException.class,
                        () ->
                                parse(
                                        """
                                        devices:
                                          - {id: a, driver: edu, process: p, on-exit: fail}
                                          - {id: b, driver: edu, process: p, on-exit: ignore}
                                        """));
        assertEquals(
                "vm.yaml:3:47: on-exit: the devices of process 'p' must agree", e.getMessage());
    }

    @Test
    void what_is_no_yaml_is_told_with_its_line() {
        ConfigException e =
                assertThrows(ConfigException.class, () -> parse("machine: q35\n  cpus: 1\n"));
        assertTrue(e.getMessage().startsWith("vm.yaml:2:"), e.getMessage());
        assertThrows(ConfigException.class, () -> parse(""));
        assertThrows(ConfigException.class, () -> parse("- a\n- b\n"));
        assertThrows(ConfigException.class, () -> parse("a: &x [1]\nb: *x\n"));
    }

    @Test
    void the_published_schema_is_the_validators() throws IOException {
        Path published = Path.of(System.getProperty("skerry.root"), "docs/vm.schema.json");
        assertEquals(
                VmSchema.toJson(),
                Files.readString(published),
                "to renew it, run skerry run --print-schema > docs/vm.schema.json");
    }

    @ParameterizedTest
    @CsvSource({"my vm.yaml, my-vm", "web.1.yaml, web.1", "7.yaml, machine", "ä.yaml, machine"})
    void a_machine_without_a_name_has_its_documents(String file, String name) throws Exception {
        assertEquals(
                name, VmFile.read(Files.writeString(folder.resolve(file), "memory: 64M")).name());
    }

    @Test
    void no_process_is_called_as_the_machines() {
        ConfigException e =
                assertThrows(
                        ConfigException.class,
                        () ->
                                parse(
                                        """
                                        devices:
                                          - {id: machine, driver: edu}
                                          - {id: edu1, driver: edu, process: machine}
                                        """));
        assertTrue(e.getMessage().contains("vm.yaml:2:"), e.getMessage());
        assertTrue(e.getMessage().contains("process: 'machine' is"), e.getMessage());
    }

    private VmConfig parse(String text) throws ConfigException {
        return VmFile.parse("vm.yaml", "vm", folder, text);
    }
}
