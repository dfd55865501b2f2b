package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.Structures.IrqChip;
import dev.skerry.execution.kvm.Structures.Routing;
import dev.skerry.execution.kvm.Structures.RoutingEntry;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where global system interrupts lead. Those below 16 lead to the 8259s and to the I/O APIC, those
 * below 24 to the I/O APIC; line 0, the timer's, is its pin 2, as PCs have it and the firmware's
 * tables say. From {@link #FIRST_MESSAGE} on each is a message, so that an event counter can send it.
 *
 * <p>Safe for use by many threads.
 */
public final class GsiRouting {
    /** The first GSI that is a message. */
    public static final int FIRST_MESSAGE = 24;

    /** The most KVM has taken since its first versions with routing. */
    private static final int MOST = 1024;

    private static final int ISA_LINES = 16;
    private static final int TIMER_PIN = 2;

    private record Msi(long address, int data) {}

    private final Fd vm;
    private final Map<Integer, Msi> messages = new TreeMap<>();

    GsiRouting(Fd vm) {
        this.vm = vm;
    }

    /**
     * Makes a GSI of a message.
     *
     * @return its number; see {@link #remove}
     * @throws LinuxException if there are too many, or the message cannot be one
     */
    public synchronized int add(long address, int data) throws LinuxException {
        int gsi = FIRST_MESSAGE;
        while (messages.containsKey(gsi)) {
            gsi++;
        }
        if (gsi >= MOST) {
            throw new LinuxException("KVM_SET_GSI_ROUTING", 28, "message " + gsi);
        }
        messages.put(gsi, new Msi(address, data));
        try {
            commit();
        } catch (LinuxException e) {
            messages.remove(gsi);
            throw e;
        }
        return gsi;
    }

    /** Changes a message: the guest wrote another one into its device. */
    public synchronized void change(int gsi, long address, int data) throws LinuxException {
        Msi before = messages.put(gsi, new Msi(address, data));
        try {
            commit();
        } catch (LinuxException e) {
            messages.put(gsi, before);
            throw e;
        }
    }

    /** Gives a message's GSI back. */
    public synchronized void remove(int gsi) throws LinuxException {
        if (messages.remove(gsi) != null) {
            commit();
        }
    }

    synchronized void commit() throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            int most = 2 * FIRST_MESSAGE + messages.size();
            MemorySegment table =
                    arena.allocate(Routing.BYTES + (long) most * RoutingEntry.BYTES, 8);
            int count = 0;
            for (int gsi = 0; gsi < FIRST_MESSAGE; gsi++) {
                if (gsi < ISA_LINES) {
                    int chip = gsi < 8 ? IrqChip.FIRST_PIC : IrqChip.SECOND_PIC;
                    pin(entry(table, count++, gsi), chip, gsi & 7);
                }
                if (gsi != TIMER_PIN) {
                    pin(entry(table, count++, gsi), IrqChip.IOAPIC, gsi == 0 ? TIMER_PIN : gsi);
                }
            }
            for (Map.Entry<Integer, Msi> message : messages.entrySet()) {
                MemorySegment s = entry(table, count++, message.getKey());
                Words.put32(s, RoutingEntry.TYPE, RoutingEntry.MESSAGE);
                long address = message.getValue().address;
                Words.put32(s, RoutingEntry.FIRST, (int) address);
                Words.put32(s, RoutingEntry.SECOND, (int) (address >>> 32));
                Words.put32(s, RoutingEntry.THIRD, message.getValue().data);
            }
            Words.put32(table, Routing.COUNT, count);
            Request.SET_GSI_ROUTING.call(vm, table);
        }
    }

    private static MemorySegment entry(MemorySegment table, int index, int gsi) {
        long at = Routing.BYTES + (long) index * RoutingEntry.BYTES;
        MemorySegment s = table.asSlice(at, RoutingEntry.BYTES);
        Words.put32(s, RoutingEntry.GSI, gsi);
        return s;
    }

    private static void pin(MemorySegment s, int chip, int pin) {
        Words.put32(s, RoutingEntry.TYPE, RoutingEntry.PIN);
        Words.put32(s, RoutingEntry.FIRST, chip);
        Words.put32(s, RoutingEntry.SECOND, pin);
    }
}
