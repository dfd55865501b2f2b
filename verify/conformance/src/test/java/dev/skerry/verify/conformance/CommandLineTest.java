package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.block.img.ImgCommand;
import dev.skerry.platform.linux.Child;
import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.LogCapture;
import dev.skerry.verify.testkit.MpqemuClient;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** What users type: QEMU's documented remote command line, help, and signals. */
class CommandLineTest {
    /** The controller's vendor and device. */
    private static final long LSI_53C895A = 0x0012_1000L;

    /** What QEMU's own test of it gives. */
    private static final List<List<String>> TESTED =
            List.of(
                    List.of("-machine", "x-remote"),
                    List.of("-display", "none"),
                    List.of("-vga", "none"),
                    List.of("-nodefaults"),
                    List.of("-device", "lsi53c895a,id=lsi1"),
                    List.of("-object", "x-remote-object,id=robj1,devid=lsi1,fd=4"));

    private static final String PROGRAM = "skerry-system-x86_64";

    @TempDir Path folder;

    @BeforeAll
    static void processIsThere() {
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    /** QEMU's manual, "Multi-process QEMU", for the remote process; fd 4 as there. */
    private List<List<String>> documentedOptions() {
        String image = folder.resolve("ol7-nvme-test-1.qcow2").toString();
        String[] create = {"create", "-q", "-f", "qcow2", image, "1M"};
        assertEquals(0, ImgCommand.run(create, System.out, System.err));
        return List.of(
                List.of("-machine", "x-remote"),
                List.of("-nographic"),
                List.of("-serial", "none"),
                List.of("-monitor", "none"),
                List.of("-device", "lsi53c895a,id=lsi0"),
                List.of("-drive", "id=drive_image2,file=" + image),
                List.of("-device", "scsi-hd,id=drive2,drive=drive_image2,bus=lsi0.0,scsi-id=0"),
                List.of("-object", "x-remote-object,id=robj1,devid=lsi0,fd=4"));
    }

    private List<String> documented(String... more) {
        List<String> command = new ArrayList<>(DeviceProcess.ours());
        documentedOptions().forEach(command::addAll);
        command.addAll(List.of(more));
        return command;
    }

    /** Starts a device process, has its device answer on fd 4, and ends it. */
    private static void assertServes(List<List<String>> options) throws IOException {
        List<String> command = new ArrayList<>(DeviceProcess.ours());
        options.forEach(command::addAll);
        try (DeviceProcess process = DeviceProcess.start(command, 2, null);
                MpqemuClient client = process.client(1)) {
            assertEquals(LSI_53C895A, client.readConfig(0, 4), command.toString());
            client.hangUp();
            assertEquals(
                    new Child.Exit(0, -1),
                    process.child().await(DeviceProcess.TIMEOUT_NS),
                    command.toString());
        }
    }

    @Test
    void the_documented_command_line_serves() throws IOException {
        assertServes(documentedOptions());
    }

    @Test
    void the_command_line_of_qemus_own_test_serves() throws IOException {
        assertServes(TESTED);
    }

    @Test
    void options_serve_in_any_order() throws IOException {
        long seed = new Random().nextLong();
        System.out.println("CommandLineTest: order of options, seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 8; i++) {
            List<List<String>> options = new ArrayList<>(i % 2 == 0 ? documentedOptions() : TESTED);
            Collections.shuffle(options, random);
            sortDevices(options);
            assertServes(options);
        }
    }

    /** Devices stay in order among themselves: a controller has to be there for its disks. */
    private static void sortDevices(List<List<String>> options) {
        int controller = options.indexOf(deviceIn(options, "lsi53c895a"));
        List<String> disk = deviceIn(options, "scsi-hd");
        int at = options.indexOf(disk);
        if (disk != null && at < controller) {
            Collections.swap(options, at, controller);
        }
    }

    private static List<String> deviceIn(List<List<String>> options, String name) {
        return options.stream()
                .filter(option -> option.getLast().startsWith(name))
                .findFirst()
                .orElse(null);
    }

    @Test
    void options_may_have_two_dashes() throws IOException {
        assertServes(documentedOptions().stream().map(CommandLineTest::withTwoDashes).toList());
    }

    private static List<String> withTwoDashes(List<String> option) {
        return Stream.concat(Stream.of("-" + option.getFirst()), option.stream().skip(1)).toList();
    }

    @Test
    void version_says_what_this_is() throws IOException, InterruptedException {
        ProgramRun run = ProgramRun.of(folder, "-version");
        assertEquals(0, run.status());
        assertEquals(1, run.output().size());
        String line = run.output().getFirst();
        assertTrue(line.matches("Skerry emulator version \\d+\\.\\d+\\.\\d+"), line);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-machine help", "-M help", "-machine ?"})
    void machine_help_lists_the_machines(String option) throws IOException, InterruptedException {
        ProgramRun run = ProgramRun.of(folder, option);
        assertEquals(0, run.status());
        assertEquals("Supported machines are:", run.output().getFirst());
        for (String type : List.of("pc ", "q35 ", "none ", "x-remote ")) {
            assertTrue(run.output().stream().anyMatch(l -> l.startsWith(type)), run.toString());
        }
        assertEquals(List.of(), run.errors());
    }

    @Test
    void device_help_lists_the_devices() throws IOException, InterruptedException {
        ProgramRun run = ProgramRun.of(folder, "-device help");
        assertEquals(0, run.status());
        assertTrue(run.says("name \"edu\", bus PCI"), run.toString());
        assertTrue(run.says("name \"pci-testdev\", bus PCI"), run.toString());
        assertTrue(run.says("name \"scsi-hd\", bus SCSI"), run.toString());
        assertTrue(run.says("name \"scsi-cd\", bus SCSI"), run.toString());
    }

    @Test
    void device_help_lists_a_devices_properties() throws IOException, InterruptedException {
        ProgramRun run = ProgramRun.of(folder, "-device edu,help");
        assertEquals(0, run.status());
        assertEquals("edu options:", run.output().getFirst());
        assertTrue(run.says("  dma_mask=<uint64>"), run.toString());
        assertTrue(run.says("  addr=<"), run.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-help", "-h", "--help"})
    void help_names_the_options(String option) throws IOException, InterruptedException {
        ProgramRun run = ProgramRun.of(folder, option);
        assertEquals(0, run.status());
        for (String named : List.of("-machine", "-device", "-object", "-d ", "-D ")) {
            assertTrue(run.says(named), named);
        }
    }

    @Test
    void log_lines_carry_process_and_device() throws IOException {
        try (LogCapture log = new LogCapture();
                DeviceProcess process =
                        DeviceProcess.start(documented("-d", "trace"), 2, log.fd());
                MpqemuClient client = process.client(1)) {
            log.begin();
            client.readConfig(0, 4);
            client.hangUp();
            assertEquals(new Child.Exit(0, -1), process.child().await(DeviceProcess.TIMEOUT_NS));
            String prefix = PROGRAM + "[" + process.child().pid() + "]: lsi0: ";
            String text = log.awaitEnd();
            assertTrue(text.contains(prefix + "trace: PCI_CFGREAD 0x0, length 4"), text);
            assertTrue(text.contains(prefix + "trace: RET 0x121000"), text);
            assertTrue(text.lines().allMatch(line -> line.startsWith(prefix)), text);
        }
    }

    @Test
    void a_log_file_takes_the_lines() throws IOException {
        Path file = folder.resolve("log");
        List<String> command = documented("-d", "trace", "-D", file.toString());
        try (DeviceProcess process = DeviceProcess.start(command, 2, null);
                MpqemuClient client = process.client(1)) {
            client.readConfig(0, 4);
            client.hangUp();
            process.child().await(DeviceProcess.TIMEOUT_NS);
            assertTrue(Files.readString(file).contains("lsi0: trace: PCI_CFGREAD"));
        }
    }

    @Test
    void a_run_without_trouble_says_nothing() throws IOException {
        try (LogCapture log = new LogCapture();
                DeviceProcess process = DeviceProcess.start(documented(), 2, log.fd());
                MpqemuClient client = process.client(1)) {
            log.begin();
            client.readConfig(0, 4);
            client.hangUp();
            assertEquals("", log.awaitEnd());
        }
    }

    /** SIGTERM, SIGINT, SIGHUP. */
    @ParameterizedTest
    @ValueSource(ints = {15, 2, 1})
    void a_signal_to_end_gives_status_0(int signal) throws IOException {
        try (DeviceProcess process = DeviceProcess.start(documented(), 2, null);
                MpqemuClient client = process.client(1)) {
            client.readConfig(0, 4);
            process.child().signal(signal);
            assertEquals(new Child.Exit(0, -1), process.child().await(DeviceProcess.TIMEOUT_NS));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "id=r1,devid=b,fd=3 | fd 3 is tied to a device already",
                "id=r0,devid=b,fd=4 | Duplicate object ID 'r0'",
                "id=r1,devid=a,fd=4 | device 'a' has a socket already"
            },
            quoteCharacter = '"')
    void two_objects_that_clash_are_one_line_and_status_1(String second, String named)
            throws IOException {
        List<String> command = new ArrayList<>(DeviceProcess.ours());
        command.addAll(List.of("-machine", "x-remote"));
        command.addAll(List.of("-device", "edu,id=a", "-device", "edu,id=b"));
        command.addAll(List.of("-object", "x-remote-object,id=r0,devid=a,fd=3"));
        command.addAll(List.of("-object", "x-remote-object," + second));
        try (LogCapture errors = new LogCapture();
                DeviceProcess process = DeviceProcess.start(command, 2, errors.fd())) {
            errors.begin();
            assertEquals(new Child.Exit(1, -1), process.child().await(DeviceProcess.TIMEOUT_NS));
            assertTrue(errors.awaitEnd().endsWith(named + "\n"), errors.text());
            assertEquals(1, errors.text().lines().count(), errors.text());
        }
    }
}
