package dev.skerry.device.pc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.device.api.Device;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.verify.workbench.ManualHost;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Random;

/** Whatever a guest reads and writes, and whenever: every device answers and none throws. */
class AnyAccessTest {
    private static final int STEPS = 100_000;

    private final ManualHost host = new ManualHost();
    private final CountedPower power = new CountedPower();
    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final Pic pic = new Pic(up -> {});
    private final IoApic ioApic = new IoApic((to, logical, mode, vector, level) -> {});
    private final Uart16550 uart = new Uart16550(host, new MoodyBackend(), pic.line(4));
    private final Pit pit = new Pit(host, pic.line(0));
    private final Rtc rtc = new Rtc(host, this::wallClock, pic.line(8));
    private final I8042 i8042 = new I8042(power, pic.line(1), up -> {});
    private final PowerManagement pm = new PowerManagement(host, power, ioApic.line(9));
    private final List<Device> devices = List.of(pic, ioApic, uart, pit, rtc, i8042, pm);
    private final List<IoRegion> regions =
            List.of(
                    pic.firstPorts(),
                    pic.secondPorts(),
                    pic.triggerPorts(),
                    ioApic.registers(),
                    uart.registers(),
                    pit.ports(),
                    pit.portB(),
                    rtc.ports(),
                    i8042.data(),
                    i8042.command(),
                    i8042.fastPort(),
                    pm.events(),
                    pm.control(),
                    pm.timer(),
                    pm.mode(),
                    pm.resetControl());

    private Instant wallClock() {
        return Instant.ofEpochSecond(1_700_000_000).plusNanos(host.nowNs());
    }

    /** Takes some bytes and refuses others, and always has more to say. */
    private final class MoodyBackend implements SerialBackend {
        @Override
        public boolean write(byte value) {
            return random.nextBoolean();
        }

        @Override
        public void inputWanted() {
            uart.receive(new byte[20], 0, random.nextInt(20));
        }
    }

    @Test
    void no_access_at_no_time_throws() {
        for (int step = 0; step < STEPS; step++) {
            try {
                step();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("step " + step + ", seed " + seed + "L", e);
            }
        }
    }

    private void step() {
        IoRegion region = regions.get(random.nextInt(regions.size()));
        int size = 1 << random.nextInt(4);
        long offset = random.nextInt((int) Math.min(region.sizeBytes(), 0x60));
        if (random.nextBoolean()) {
            long value = random.nextInt(8) == 0 ? random.nextLong() : random.nextInt(256);
            region.write(offset, size, value);
        } else {
            long value = region.read(offset, size);
            assertEquals(value & AccessSizes.ones(size), value, region.name());
        }
        switch (random.nextInt(64)) {
            case 0, 1, 2, 3 -> host.advance(random.nextInt(1_000_000));
            case 4 -> host.advance(random.nextInt(2_000_000_000));
            case 5, 6, 7 -> pic.acknowledge();
            case 8 -> ioApic.endOfInterrupt(random.nextInt(256));
            case 9 -> uart.resumeOutput();
            case 10 -> uart.receive(new byte[20], 0, random.nextInt(20));
            case 11 -> uart.receiveBreak();
            case 12 -> pm.pressPowerButton();
            case 13, 14 -> pic.line(3 + random.nextInt(13)).set(random.nextBoolean());
            case 15, 16 -> ioApic.line(random.nextInt(24)).set(random.nextBoolean());
            case 17 -> {
                if (random.nextInt(20) == 0) {
                    devices.get(random.nextInt(devices.size())).reset();
                }
            }
            default -> {}
        }
    }
}
