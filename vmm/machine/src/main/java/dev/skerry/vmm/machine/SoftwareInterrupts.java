package dev.skerry.vmm.machine;

import dev.skerry.device.api.InterruptLine;
import dev.skerry.device.pc.ApicMessages;
import dev.skerry.device.pc.IoApic;
import dev.skerry.device.pc.Pic;
import dev.skerry.platform.memory.Container;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The interrupt controllers of a PC as models in this process. */
final class SoftwareInterrupts implements InterruptFabric {
    private static final long IO_APIC = 0xfec0_0000L;
    private static final int TIMER_AT_IO_APIC = 2;

    private final Pic pic;
    private final IoApic ioApic;
    private final List<EndListener> endListeners = new CopyOnWriteArrayList<>();

    /**
     * @param intr the PICs' output
     * @param messages where the I/O APIC's interrupts go
     */
    SoftwareInterrupts(InterruptLine intr, ApicMessages messages) {
        pic = new Pic(intr);
        ioApic = new IoApic(messages);
        pic.setEndListener(this::ended);
        ioApic.setEndListener(input -> ended(input == TIMER_AT_IO_APIC ? 0 : input));
    }

    Pic pic() {
        return pic;
    }

    IoApic ioApic() {
        return ioApic;
    }

    void place(Container memory, Container ports) {
        memory.add(ioApic.registers(), IO_APIC, 1);
        ports.add(pic.firstPorts(), 0x20, 1);
        ports.add(pic.secondPorts(), 0xa0, 1);
        ports.add(pic.triggerPorts(), 0x4d0, 1);
    }

    @Override
    public void set(int gsi, boolean up) {
        if (gsi < Pic.LINES && gsi != Pic.CASCADE) {
            pic.line(gsi).set(up);
        }
        ioApic.line(gsi == 0 ? TIMER_AT_IO_APIC : gsi).set(up);
    }

    @Override
    public void addEndListener(EndListener listener) {
        endListeners.add(listener);
    }

    @Override
    public void removeEndListener(EndListener listener) {
        endListeners.remove(listener);
    }

    private void ended(int gsi) {
        for (EndListener listener : endListeners) {
            listener.ended(gsi);
        }
    }

    void reset() {
        pic.reset();
        ioApic.reset();
    }
}
