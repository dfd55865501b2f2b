package dev.skerry.verify.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.Spawn;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.verify.control.Skerry.Result;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code skerry run --print-qemu}: a shell and stock QEMU take the lines as they are. */
class PrintQemuTest {
    private static final int FIRST_FD = 3;

    @TempDir Path folder;

    @BeforeAll
    static void peers() {
        assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assumeTrue(Peer.DEVICE_PROCESS.missing() == null, "no images");
    }

    /** Commands without the comments between them. */
    private static List<String> commands(String printed) {
        return Arrays.stream(printed.split("(?m)^#.*\n"))
                .filter(command -> !command.isBlank())
                .toList();
    }

    private List<String> print(String document) throws Exception {
        Path file = Files.writeString(folder.resolve("vm.yaml"), document);
        Result result = new Skerry(folder).run("run", "--print-qemu", file.toString());
        assertEquals(0, result.status(), result.errors());
        return commands(result.out());
    }

    private Child start(String command, Fd[] descriptors) throws IOException {
        Spawn spawn = new Spawn(List.of("/bin/sh", "-c", command));
        for (int i = 0; i < descriptors.length; i++) {
            spawn.with(FIRST_FD + i, descriptors[i]);
        }
        return spawn.start();
    }

    @Test
    void stock_qemu_is_machine_and_devices() throws Exception {
        Files.write(folder.resolve("a disk, isn't it.img"), new byte[1 << 20]);
        Files.write(folder.resolve("local.img"), new byte[1 << 20]);
        List<String> commands =
                print(
                        """
                        machine: pc
                        accelerator: tcg
                        memory: 64M
                        cpus: 2
                        console: none
                        disks:
                          - {id: one, file: "a disk, isn't it.img"}
                          - {id: two, file: local.img, cache: none, read-only: true}
                        devices:
                          - {id: lsi0, driver: lsi53c895a, disks: [one], process: all, properties: {addr: "5"}}
                          - {id: lsi1, driver: lsi53c895a, process: all}
                          - {id: lsi2, driver: lsi53c895a, disks: [two], in-machine: true}
                        """);
        assertEquals(3, commands.size());
        List<UnixStream> near = new ArrayList<>();
        List<Child> devices = new ArrayList<>();
        try {
            for (String command : commands.subList(0, 2)) {
                UnixStream[] pair = UnixStream.pair();
                near.add(pair[0]);
                devices.add(start("exec " + command, new Fd[] {pair[1].fd()}));
                pair[1].close();
            }
            Fd[] links = near.stream().map(UnixStream::fd).toArray(Fd[]::new);
            String errors = folder.resolve("errors").toString();
            // Says quit once it has asked each device who it is.
            String machine =
                    "echo quit | "
                            + commands.get(2).strip()
                            + " -S -monitor stdio 2>'"
                            + errors
                            + "'";
            try (Child started = start(machine, links)) {
                Child.Exit exit = started.await(TimeUnit.SECONDS.toNanos(Skerry.TIMEOUT_SECONDS));
                assertNotNull(exit, "stock QEMU does not end");
                assertEquals(0, exit.status(), Files.readString(Path.of(errors)));
            }
        } finally {
            near.forEach(UnixStream::close);
            for (Child device : devices) {
                device.close();
            }
        }
    }
}
