package dev.skerry.vmm.machine;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.Workers;
import dev.skerry.device.pc.CmosLayout;
import dev.skerry.device.pc.DebugConsole;
import dev.skerry.device.pc.DebugExit;
import dev.skerry.device.pc.I8042;
import dev.skerry.device.pc.MachinePower;
import dev.skerry.device.pc.Pit;
import dev.skerry.device.pc.Rtc;
import dev.skerry.platform.log.Log;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/** What every PC has at the ports it has had since 1984, and what is put beside it. */
final class LegacyDevices {
    private static final int[] SERIAL_PORTS = {0x3f8, 0x2f8, 0x3e8, 0x2e8};
    private static final int[] SERIAL_IRQS = {4, 3, 4, 3};
    private static final int BOOT_DISK = 2;
    private static final int BOOT_CD = 3;

    private record Owned(LockedHost host, Device device) {}

    private final Spaces spaces;
    private final Accelerator accelerator;
    private final Gsis gsis;
    private final Workers workers;
    private final Log log;
    private final List<Owned> devices = new ArrayList<>();
    private final List<SerialPort> serials = new ArrayList<>();

    LegacyDevices(Spaces spaces, Accelerator accelerator, Gsis gsis, Workers workers, Log log) {
        this.spaces = spaces;
        this.accelerator = accelerator;
        this.gsis = gsis;
        this.workers = workers;
        this.log = log;
    }

    /** A host for a device with a name of the machine's own. */
    LockedHost host(String id) {
        return new LockedHost(id, accelerator.clock(), workers, log);
    }

    private <D extends Device> D own(LockedHost host, D device) {
        devices.add(new Owned(host, device));
        return device;
    }

    void addTimer() {
        if (accelerator.hasTimer()) {
            return;
        }
        LockedHost host = host("pit");
        Pit pit = own(host, new Pit(host, gsis.source(0)));
        host.place(spaces.ports(), pit.ports(), 0x40);
        host.place(spaces.ports(), pit.portB(), 0x61);
    }

    void addClock(GuestRam ram, int cpus) {
        LockedHost host = host("rtc");
        Rtc rtc = own(host, new Rtc(host, InstantSource.system(), gsis.source(8)));
        CmosLayout.setMemory(rtc, ram.belowBytes(), ram.aboveBytes());
        CmosLayout.setEquipment(rtc, cpus, false);
        CmosLayout.setBootOrder(rtc, BOOT_DISK, BOOT_CD, 0);
        host.place(spaces.ports(), rtc.ports(), 0x70);
    }

    void addKeyboard(MachinePower power) {
        LockedHost host = host("i8042");
        I8042 controller = own(host, new I8042(power, gsis.source(1), accelerator::setA20));
        host.place(spaces.ports(), controller.data(), 0x60);
        host.place(spaces.ports(), controller.command(), 0x64);
        host.place(spaces.ports(), controller.fastPort(), 0x92);
    }

    /**
     * @param number 0 to 3, COM1 to COM4
     */
    void addSerial(int number, CharDevice chars) {
        addSerial("serial" + number, SERIAL_PORTS[number], SERIAL_IRQS[number], chars);
    }

    void addSerial(String id, int port, int irq, CharDevice chars) {
        LockedHost host = host(id);
        SerialPort serial = new SerialPort(host, chars, gsis.source(irq));
        own(host, serial.uart());
        serials.add(serial);
        host.place(spaces.ports(), serial.uart().registers(), port);
    }

    /** Where COM1 to COM4 (0 to 3) have their registers. */
    static int serialPort(int index) {
        return SERIAL_PORTS[index];
    }

    /** The ISA interrupts of COM1 to COM4 (0 to 3). */
    static int serialIrq(int index) {
        return SERIAL_IRQS[index];
    }

    /** How many serial ports there are already. */
    int serials() {
        return serials.size();
    }

    void addDebugConsole(String id, int port, int readback, CharDevice chars) {
        LockedHost host = host(id);
        DebugConsole console = own(host, new DebugConsole(readback, chars::write));
        host.place(spaces.ports(), console.port(), port);
    }

    void addDebugExit(String id, int port, int ports, IntConsumer exit) {
        LockedHost host = host(id);
        DebugExit device = own(host, new DebugExit(ports, exit));
        host.place(spaces.ports(), device.ports(), port);
    }

    /** Another device at fixed ports, reset and closed with the others. */
    void add(LockedHost host, Device device) {
        own(host, device);
    }

    /** Input from outside may come from now on. */
    void connect() {
        serials.forEach(SerialPort::connect);
    }

    void reset() {
        for (Owned owned : devices) {
            owned.host.lock().run(owned.device::reset);
        }
    }

    void close() {
        for (Owned owned : devices) {
            owned.host.lock().run(owned.device::close);
        }
    }
}
