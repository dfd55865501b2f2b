package dev.skerry.verify.conformance;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.api.Timer;
import dev.skerry.device.pc.I8042;
import dev.skerry.device.pc.IoApic;
import dev.skerry.device.pc.MachinePower;
import dev.skerry.device.pc.Pic;
import dev.skerry.device.pc.Pit;
import dev.skerry.device.pc.PowerManagement;
import dev.skerry.device.pc.Rtc;
import dev.skerry.device.pc.SerialBackend;
import dev.skerry.device.pc.Uart16550;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;

import java.io.OutputStream;
import java.time.Instant;

/** Our legacy devices where a PC has them, in a moment that does not pass. */
final class LegacyBoard {
    static final Instant NOW = Instant.parse("2024-02-29T23:59:50Z");
    static final int PM_AT = 0x600;
    static final long IO_APIC_AT = 0xfec0_0000L;

    final AddressSpace io;
    final AddressSpace memory;

    LegacyBoard() {
        DeviceHost host = new StandingHost();
        InterruptLine nowhere = up -> {};
        MachinePower power = new RefusedPower();
        Pic pic = new Pic(nowhere);
        IoApic ioApic = new IoApic((destination, logical, mode, vector, level) -> {});
        InterruptLine toPic = pic.line(4);
        InterruptLine toIoApic = ioApic.line(4);
        Uart16550 uart =
                new Uart16550(
                        host,
                        new NullBackend(),
                        up -> {
                            toPic.set(up);
                            toIoApic.set(up);
                        });
        Pit pit = new Pit(host, pic.line(0));
        Rtc rtc = new Rtc(host, () -> NOW, pic.line(8));
        I8042 i8042 = new I8042(power, pic.line(1), nowhere);
        PowerManagement pm = new PowerManagement(host, power, pic.line(9));
        Container ports = new Container("io", 0x10000);
        ports.add(pic.firstPorts(), 0x20);
        ports.add(pit.ports(), 0x40);
        ports.add(i8042.data(), 0x60);
        ports.add(pit.portB(), 0x61);
        ports.add(i8042.command(), 0x64);
        ports.add(rtc.ports(), 0x70);
        ports.add(i8042.fastPort(), 0x92);
        ports.add(pic.secondPorts(), 0xa0);
        ports.add(pm.mode(), 0xb2);
        ports.add(uart.registers(), 0x3f8);
        ports.add(pic.triggerPorts(), 0x4d0);
        ports.add(pm.events(), PM_AT);
        ports.add(pm.control(), PM_AT + 4);
        ports.add(pm.timer(), PM_AT + 8);
        ports.add(pm.resetControl(), 0xcf9);
        io = new AddressSpace("io", ports);
        Container space = new Container("memory", Long.MAX_VALUE);
        space.add(ioApic.registers(), IO_APIC_AT);
        memory = new AddressSpace("memory", space);
    }

    /** Takes everything, as {@code -serial null}. */
    private static final class NullBackend implements SerialBackend {
        @Override
        public boolean write(byte value) {
            return true;
        }

        @Override
        public void inputWanted() {
            throw new AssertionError("nothing was offered");
        }
    }

    /** The scripts ask for neither. */
    static final class RefusedPower implements MachinePower {
        @Override
        public void reset() {
            throw new AssertionError("reset");
        }

        @Override
        public void powerOff() {
            throw new AssertionError("power off");
        }
    }

    /** Its clock stands, as that of a stopped machine; no timer ever expires. */
    static final class StandingHost implements DeviceHost {
        private final Log log =
                Log.of(new LogSink("test", 1, OutputStream.nullOutputStream(), Level.ERROR));

        @Override
        public String id() {
            return "legacy";
        }

        @Override
        public Log log() {
            return log;
        }

        @Override
        public long nowNs() {
            return 0;
        }

        @Override
        public Timer newTimer(Runnable onExpiry) {
            return new Timer() {
                private boolean armed;

                @Override
                public void arm(long deadlineNs) {
                    armed = true;
                }

                @Override
                public void cancel() {
                    armed = false;
                }

                @Override
                public boolean isArmed() {
                    return armed;
                }
            };
        }

        @Override
        public void offload(Runnable work, Completion completion) {
            throw new AssertionError("the legacy devices have no slow work");
        }
    }
}
