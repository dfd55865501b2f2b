package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.Structures.IrqChip;
import dev.skerry.execution.kvm.Structures.IrqFd;
import dev.skerry.execution.kvm.Structures.IrqLevel;
import dev.skerry.execution.kvm.Structures.Message;
import dev.skerry.execution.kvm.Structures.PitConfig;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The interrupt controllers of a PC in the kernel: two 8259s, an I/O APIC, and the 8254 timer with
 * port 0x61. They answer at a PC's usual addresses; the ports and the page never leave the guest.
 * Lines are named by GSI: 0 to 15 the ISA bus', 16 to 23 the I/O APIC's own, from {@link
 * GsiRouting#FIRST_MESSAGE} on messages.
 *
 * <p>Safe for use by many threads; nothing is allocated for a change of a line or a message.
 */
public final class InterruptChips {
    /** Intel's processors run real mode in three pages and an identity map that KVM wants to own. */
    private static final long IDENTITY_MAP = 0xfeff_c000L;

    private static final long TSS = 0xfeff_d000L;

    private final Fd vm;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment level = arena.allocate(IrqLevel.BYTES, 8);
    private final MemorySegment message = arena.allocate(Message.BYTES, 8);
    private final GsiRouting routing;
    private byte[] powerOn;

    private InterruptChips(Fd vm) {
        this.vm = vm;
        routing = new GsiRouting(vm);
    }

    /** Before the first virtual CPU. */
    static InterruptChips create(Fd vm) throws LinuxException {
        InterruptChips chips = new InterruptChips(vm);
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment address = scratch.allocate(8, 8);
            Words.put64(address, 0, IDENTITY_MAP);
            Request.SET_IDENTITY_MAP_ADDR.call(vm, address);
            Request.SET_TSS_ADDR.call(vm, TSS);
            Request.CREATE_IRQCHIP.call(vm, 0);
            MemorySegment pit = scratch.allocate(PitConfig.BYTES, 8);
            Words.put32(pit, PitConfig.FLAGS, PitConfig.SPEAKER_PORT);
            Request.CREATE_PIT2.call(vm, pit);
        }
        chips.routing.commit();
        chips.powerOn = chips.save();
        return chips;
    }

    public GsiRouting routing() {
        return routing;
    }

    /** Raises or lowers a line. */
    public void setLine(int gsi, boolean up) {
        synchronized (level) {
            Words.put32(level, IrqLevel.GSI, gsi);
            Words.put32(level, IrqLevel.LEVEL, up ? 1 : 0);
            must("KVM_IRQ_LINE", Request.IRQ_LINE.tryCall(vm, level));
        }
    }

    /**
     * Delivers a message-signalled interrupt.
     *
     * @return whether a CPU took it
     */
    public boolean send(long address, int data) {
        synchronized (message) {
            Words.put32(message, Message.ADDRESS_LOW, (int) address);
            Words.put32(message, Message.ADDRESS_HIGH, (int) (address >>> 32));
            Words.put32(message, Message.DATA, data);
            // What a guest wrote there may be anything; then nobody takes it.
            return Request.SIGNAL_MSI.tryCall(vm, message) > 0;
        }
    }

    private static void must(String call, long result) {
        if (result < 0) {
            throw new IllegalStateException(
                    new LinuxException(call, (int) -result, "interrupt line"));
        }
    }

    /**
     * Has an event counter raise a line: an edge, or a message where the GSI is one.
     *
     * @return closes the connection
     */
    public Connection connect(int gsi, EventFd trigger) throws LinuxException {
        return connect(gsi, trigger, null);
    }

    /**
     * Has an event counter raise a line that stays up until the guest ends the interrupt. Then the
     * line is lowered and the second counter signalled; whoever still wants it up signals the first
     * again. No thread of this process takes part.
     *
     * @param resample null for an edge
     */
    public Connection connect(int gsi, EventFd trigger, EventFd resample) throws LinuxException {
        request(gsi, trigger, resample, 0);
        return () -> request(gsi, trigger, null, IrqFd.DEASSIGN);
    }

    /** Something connected to the kernel, until it is closed. Before its event counters are. */
    public interface Connection extends AutoCloseable {
        @Override
        void close() throws LinuxException;
    }

    private void request(int gsi, EventFd trigger, EventFd resample, int flags)
            throws LinuxException {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment s = scratch.allocate(IrqFd.BYTES, 8);
            Words.put32(s, IrqFd.FD, trigger.fd().number());
            Words.put32(s, IrqFd.GSI, gsi);
            if (resample != null) {
                Words.put32(s, IrqFd.FLAGS, flags | IrqFd.RESAMPLE);
                Words.put32(s, IrqFd.RESAMPLE_FD, resample.fd().number());
            } else {
                Words.put32(s, IrqFd.FLAGS, flags);
            }
            Request.IRQFD.call(vm, s);
        }
    }

    /** Puts the chips into the state they have after power-on. */
    public void reset() {
        try {
            restore(powerOn);
        } catch (IOException e) {
            throw new IllegalStateException("interrupt controllers cannot be reset", e);
        }
    }

    /** The state of all chips, as the kernel gives it. CPUs stand meanwhile. */
    public byte[] save() throws LinuxException {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment all = scratch.allocate(IMAGE_BYTES, 8);
            for (int chip = 0; chip < IrqChip.COUNT; chip++) {
                MemorySegment s = all.asSlice((long) chip * IrqChip.BYTES, IrqChip.BYTES);
                Words.put32(s, IrqChip.CHIP, chip);
                Request.GET_IRQCHIP.call(vm, s);
            }
            Request.GET_PIT2.call(vm, all.asSlice(PIT_AT, StateKind.PIT_BYTES));
            return all.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static final int PIT_AT = IrqChip.COUNT * IrqChip.BYTES;
    private static final int IMAGE_BYTES = PIT_AT + StateKind.PIT_BYTES;

    /**
     * Puts a saved state back.
     *
     * @throws IOException if the bytes are not such a state
     */
    public void restore(byte[] state) throws IOException {
        if (state.length != IMAGE_BYTES) {
            throw new IOException("not the state of interrupt controllers: " + state.length);
        }
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment all = scratch.allocate(IMAGE_BYTES, 8);
            MemorySegment.copy(state, 0, all, ValueLayout.JAVA_BYTE, 0, IMAGE_BYTES);
            for (int chip = 0; chip < IrqChip.COUNT; chip++) {
                MemorySegment s = all.asSlice((long) chip * IrqChip.BYTES, IrqChip.BYTES);
                if (Words.i32(s, IrqChip.CHIP) != chip) {
                    throw new IOException("not the state of interrupt controller " + chip);
                }
                Request.SET_IRQCHIP.call(vm, s);
            }
            Request.SET_PIT2.call(vm, all.asSlice(PIT_AT, StateKind.PIT_BYTES));
        }
    }
}
