package dev.skerry.verify.conformance;

import java.io.IOException;
import java.util.Random;

/**
 * Accesses to a pci-testdev that a guest may make and that stock QEMU survives, at random: its BARs
 * move about, each in a range of its own, and are met inside.
 */
final class RandomScript implements Recorder.Script {
    private static final int MEMORY_BYTES = 4096;
    private static final int PORT_COUNT = 256;

    private final long seed;
    private final int steps;

    RandomScript(long seed, int steps) {
        this.seed = seed;
        this.steps = steps;
    }

    @Override
    public void run(Recorder device) throws IOException {
        new Run(device, new Random(seed)).run(steps);
    }

    private static final class Run {
        private final Recorder device;
        private final Random random;
        private long memory;
        private int ports;

        Run(Recorder device, Random random) {
            this.device = device;
            this.random = random;
        }

        void run(int steps) throws IOException {
            place();
            for (int i = 0; i < steps; i++) {
                step();
            }
        }

        private void step() throws IOException {
            switch (random.nextInt(20)) {
                case 0, 1, 2 -> readConfig();
                case 3 -> writeHarmlessConfig();
                case 4 -> place();
                case 5 -> {
                    if (random.nextInt(10) == 0) {
                        reset();
                    }
                }
                case 6, 7 -> device.setMemory(memory, 1, random.nextInt(5));
                case 8 -> device.setPort(ports, 1, random.nextInt(5));
                case 9, 10, 11 -> accessMemory(random.nextInt(MEMORY_BYTES));
                case 12, 13 -> accessMemory(0x7fc + random.nextInt(10));
                case 14, 15 -> accessPorts(random.nextInt(PORT_COUNT));
                case 16, 17 -> accessPorts(0x80 + random.nextInt(10));
                case 18 -> device.memory(memory + random.nextInt(6) * 8, size());
                default -> device.port(ports + random.nextInt(12) * 4, 4);
            }
        }

        private int size() {
            return 1 << random.nextInt(4);
        }

        private long value() {
            return switch (random.nextInt(4)) {
                case 0 -> 0xfa;
                case 1 -> 0xce;
                case 2 -> 0xfafa_fafa_fafa_fafaL;
                default -> random.nextLong();
            };
        }

        private void readConfig() throws IOException {
            int size = 1 << random.nextInt(3);
            device.config(random.nextInt(0xfd) & -size, size);
        }

        /** Anything but the command register and the BARs. */
        private void writeHarmlessConfig() throws IOException {
            int size = 1 << random.nextInt(3);
            int from = random.nextBoolean() ? 0x20 : 0x08;
            int offset = from + random.nextInt(from == 0x08 ? 8 : 0xfd - from) & -size;
            device.setConfig(offset, size, random.nextInt());
        }

        /** Of the configuration space nothing is left to reset: stock QEMU would not. */
        private void reset() throws IOException {
            device.setConfig(0x0c, 4, 0);
            device.setConfig(0x3c, 4, 0);
            for (int offset = 0x40; offset < 0x100; offset += 4) {
                device.setConfig(offset, 4, 0);
            }
            device.reset();
            place();
        }

        private void place() throws IOException {
            memory = 0x8000_0000L + (long) random.nextInt(0x7_0000) * MEMORY_BYTES;
            ports = (1 + random.nextInt(254)) * PORT_COUNT;
            device.setConfig(4, 2, random.nextInt(2) * 4);
            device.setConfig(0x10, 4, memory);
            device.setConfig(0x14, 4, ports);
            device.setConfig(4, 2, 3 | random.nextInt(2) << 2 | random.nextInt(2) << 10);
        }

        private void accessMemory(int wanted) throws IOException {
            int size = size();
            long gpa = memory + Math.min(wanted, MEMORY_BYTES - size);
            if (random.nextBoolean()) {
                device.memory(gpa, size);
            } else {
                device.setMemory(gpa, size, value());
            }
        }

        private void accessPorts(int wanted) throws IOException {
            int size = size();
            long port = ports + Math.min(wanted, PORT_COUNT - size);
            if (random.nextBoolean()) {
                device.port(port, size);
            } else {
                device.setPort(port, size, value());
            }
        }
    }
}
