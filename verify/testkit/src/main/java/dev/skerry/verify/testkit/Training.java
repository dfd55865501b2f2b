package dev.skerry.verify.testkit;

import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap;
import dev.skerry.platform.linux.Child;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;

/**
 * Drives a device process through what one does in its life, so that the JVM can record the classes
 * it needs. Used when the image is built; arguments: the command to start it with.
 */
public final class Training {
    private static final long RAM_BYTES = 1 << 20;
    private static final long DISK_RAM_BYTES = 4 << 20;
    private static final int DISK_ROUNDS = 100;
    private static final int QUEUE_DEPTH = 8;
    private static final int BLOCK = 4096;
    private static final long BAR = 0xfeb00000L;
    private static final int PORTS = 0xc000;

    private Training() {}

    public static void main(String[] command) throws IOException {
        try (DeviceProcess process = DeviceProcess.start(List.of(command), 3, null)) {
            try (MpqemuClient edu = process.client(0);
                    MpqemuClient testdev = process.client(1);
                    LsiPort lsi = new LsiPort(process.client(2), false, DISK_RAM_BYTES)) {
                driveEdu(edu);
                driveTestDevice(testdev);
                driveDisk(new LsiDriver(lsi));
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

    /** What firmware asks first, then reads and writes with many commands under way, then alone. */
    private static void driveDisk(LsiDriver disk) throws IOException {
        for (String cdb :
                List.of(
                        "000000000000",
                        "000000000000",
                        "12000000ff00",
                        "1a003f00ff00",
                        "25000000000000000000",
                        "35000000000000000000",
                        "28000000000000008000",
                        "2a000000000000008000")) {
            disk.run(0, 0, HexFormat.of().parseHex(cdb), LsiDriver.DATA, dataBytes(cdb));
        }
        byte[] read = HexFormat.of().parseHex("28000000000000000800");
        byte[] write = HexFormat.of().parseHex("2a000000000000000800");
        for (int round = 0; round < DISK_ROUNDS; round++) {
            byte[] cdb = round % 2 == 0 ? read : write;
            for (int tag = 0; tag < QUEUE_DEPTH; tag++) {
                disk.submit(tag, 0, 0, cdb, LsiDriver.DATA + tag * BLOCK, BLOCK);
            }
            while (disk.inFlight() > 0) {
                disk.await();
            }
            disk.run(0, 0, cdb, LsiDriver.DATA, BLOCK);
        }
    }

    private static int dataBytes(String cdb) {
        return switch (cdb.substring(0, 2)) {
            case "12", "1a" -> 255;
            case "25" -> 8;
            case "28", "2a" -> 64 << 10;
            default -> 0;
        };
    }
}
