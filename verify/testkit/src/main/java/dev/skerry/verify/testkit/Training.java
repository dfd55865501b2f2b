package dev.skerry.verify.testkit;

import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;

import java.io.IOException;
import java.util.List;

/**
 * Drives a device process through what one does in its life, so that the JVM can record the classes
 * it needs. Used when the image is built; arguments: the command to start it with.
 */
public final class Training {
    private static final long RAM_BYTES = 1 << 20;
    private static final long BAR = 0xfeb00000L;
    private static final int PORTS = 0xc000;

    private Training() {}

    public static void main(String[] command) throws IOException {
        try (DeviceProcess process = DeviceProcess.start(List.of(command), 2, null)) {
            try (MpqemuClient edu = process.client(0);
                    MpqemuClient testdev = process.client(1)) {
                driveEdu(edu);
                driveTestDevice(testdev);
            }
            Child.Exit exit = process.child().await(DeviceProcess.TIMEOUT_NS);
            if (exit == null || exit.status() != 0) {
                throw new IOException("the training run ended with " + exit);
            }
        }
    }

    private static void driveEdu(MpqemuClient client) throws IOException {
        try (Fd ram = MemFd.sealed("training", RAM_BYTES);
                EventFd irq = EventFd.create();
                EventFd resample = EventFd.create()) {
            client.syncMemory(List.of(new SystemMemoryMap.Entry(0, RAM_BYTES, 0)), ram);
            client.setIrqFd(irq.fd(), resample.fd());
            client.readConfig(0, 2);
            client.writeConfig(0x10, 4, BAR);
            client.writeConfig(4, 2, 7);
            for (int i = 0; i < 200; i++) {
                client.writeMemory(BAR + 4, 4, i);
                client.readMemory(BAR + 4, 4);
            }
            client.writeMemory(BAR + 0x60, 4, 1);
            resample.signal();
            client.writeMemory(BAR + 0x64, 4, 1);
            client.writeMemory(BAR + 8, 4, 5);
            client.writeMemory(BAR + 0x80, 8, 0);
            client.writeMemory(BAR + 0x88, 8, 0x40000);
            client.writeMemory(BAR + 0x90, 8, 64);
            client.writeMemory(BAR + 0x98, 8, 1);
            while ((client.readMemory(BAR + 0x98, 4) & 1) != 0) {
                Thread.onSpinWait();
            }
            client.reset();
        }
    }

    private static void driveTestDevice(MpqemuClient client) throws IOException {
        client.writeConfig(0x14, 4, PORTS);
        client.writeConfig(4, 2, 7);
        client.writePort(PORTS, 1, 0);
        client.readPort(PORTS, 4);
        client.readPort(PORTS + 0x200, 4);
        client.reset();
    }
}
