package dev.skerry.verify.guests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.platform.linux.Child;
import dev.skerry.verify.boot.Console;
import dev.skerry.verify.boot.DebianFiles;
import dev.skerry.verify.testkit.DeviceProcess;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * QEMU's own acceptance test of its multi-process mode with the options it gives both processes, in
 * its order; the kernel is Debian's and the accelerator the software one.
 */
class MultiprocessReplayTest {
    @TempDir Path folder;

    @BeforeAll
    static void everything_is_there() {
        Peers.areThere();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void qemus_own_test_passes_with_both_processes_ours(String type) throws Exception {
        Path consolePath = folder.resolve("console.sock");
        try (DeviceProcess remote = DeviceProcess.start(remote(), 1, null);
                ConsoleSocket console = new ConsoleSocket(consolePath);
                Child machine =
                        new dev.skerry.platform.linux.Spawn(machine(type, consolePath))
                                .with(3, remote.link(0).fd())
                                .start()) {
            remote.link(0).close();
            console.connect(machine);
            awaitLine(console, "as init process");
            console.type("mount -t sysfs sysfs /sys\n");
            console.type("cat /sys/bus/pci/devices/*/uevent\n");
            awaitLine(console, "PCI_ID=1000:0012");
            machine.terminate();
            assertEquals(new Child.Exit(0, -1), machine.await(DeviceProcess.TIMEOUT_NS));
            assertEquals(new Child.Exit(0, -1), remote.child().await(DeviceProcess.TIMEOUT_NS));
        }
    }

    private static Console.Line awaitLine(ConsoleSocket console, String wanted) throws Exception {
        return console.console()
                .await(line -> line.contains(wanted), Guest.TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private List<String> qemu(String monitor) {
        List<String> command = new ArrayList<>(DeviceProcess.ours());
        command.addAll(List.of("-display", "none", "-vga", "none", "-chardev"));
        command.add("socket,id=mon,server=on,wait=off,path=" + folder.resolve(monitor));
        command.addAll(List.of("-mon", "chardev=mon,mode=control"));
        return command;
    }

    private List<String> remote() {
        List<String> command = new ArrayList<>(DeviceProcess.ours());
        command.addAll(List.of("-machine", "x-remote", "-nodefaults"));
        command.addAll(List.of("-device", "lsi53c895a,id=lsi1"));
        command.addAll(List.of("-object", "x-remote-object,id=robj1,devid=lsi1,fd=3"));
        return command;
    }

    private List<String> machine(String type, Path console) throws Exception {
        List<String> command = qemu("monitor.sock");
        command.add("-chardev");
        command.add("socket,id=console,path=" + console + ",server=on,wait=off");
        command.addAll(List.of("-serial", "chardev:console"));
        command.addAll(List.of("-machine", type, "-accel", "tcg"));
        command.addAll(List.of("-object", "memory-backend-memfd,id=sysmem-file,size=2G"));
        command.addAll(List.of("--numa", "node,memdev=sysmem-file", "-m", "2048"));
        command.addAll(List.of("-kernel", DebianFiles.kernel().toString()));
        command.addAll(List.of("-initrd", GuestFiles.archive().toString()));
        command.add("-append");
        command.add("printk.time=0 console=ttyS0 rdinit=/bin/bash");
        command.addAll(List.of("-device", "x-pci-proxy-dev,id=lsi1,fd=3"));
        return command;
    }
}
