package dev.skerry.verify.fuzz;

import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.MemFd;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a machine sends to one device: mostly messages an honest machine could send on behalf of a
 * hostile guest, with fields near the values that matter; now and then what breaks the protocol.
 */
public final class MachineScript implements AutoCloseable {
    private static final long FILE_BYTES = 0x10000;
    private static final long[] BASES = {
        0xfe000000L, 0xc000, 0x100000, 0xfff00000L, 0, 0x1000, 0x8_0000_0000L, -0x10_0000
    };
    private static final long[] OFFSETS = {
        0, 4, 8, 0xc, 0x10, 0x20, 0x24, 0x60, 0x64, 0x80, 0x88, 0x90, 0x98, 0x83, 0x84, 0x85, 0xfc,
        0xff, 0x800, 0x801, 0x802, 0xfff, 0x40000, 0x40ffc, 0xffffc, 0xffffe, 0x100000, -1
    };
    private static final long[] VALUES = {
        0, 1, 2, 3, 5, 7, 0x80, 0xfa, 0xce, 0x100, 0x407, 0x1000, 0x40000, 0x40ff8, 0xffffffffL, -1
    };
    private static final int[] CONFIG = {
        0x04, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x30, 0x3c, 0x06, 0x00, 0x2c, 0x34, 0x40, 0xfc,
        0xfd, 0xff, 0x100, -1
    };
    private static final int[] LENGTHS = {4, 2, 1, 3, 0, 8, -1};
    private static final int[] SIZES = {4, 8, 1, 2, 0, 3, 16, -1};

    private final Choices choices;
    private final ScriptedTransport transport;

    /** The machine's own ends of the counters it gave away, by what was given. */
    private final Map<Fd, EventFd> counters = new IdentityHashMap<>();

    /** The machine's end of the interrupt's counter that went with a resample counter. */
    private final Map<Fd, EventFd> irqs = new IdentityHashMap<>();

    private final Fd guestMemory;
    private boolean honest = true;

    public MachineScript(Choices choices, ScriptedTransport transport) throws IOException {
        this.choices = choices;
        this.transport = transport;
        guestMemory = MemFd.resizable("guest", FILE_BYTES);
    }

    /** Whether nothing was sent so far that breaks the protocol. */
    public boolean isHonest() {
        return honest;
    }

    /** The machine's end of a counter; null if that descriptor is none. */
    public EventFd counter(Fd given) {
        return counters.get(given);
    }

    /** The machine's end of the interrupt's counter by the resample descriptor; may be null. */
    public EventFd irqOf(Fd resample) {
        return irqs.get(resample);
    }

    /** Sends something. */
    public void next() throws IOException {
        switch (choices.below(16)) {
            case 0, 1 -> configWrite();
            case 2 -> send(Messages.configRead(configOffset(), length()));
            case 3, 4 -> send(Messages.barRead(address(), size(), !choices.rarely(4)));
            case 5, 6 -> send(Messages.barWrite(address(), value(), size(), !choices.rarely(4)));
            case 7 -> placeBar();
            case 8 -> eduDma();
            case 9 -> syncMemory(true);
            case 10 -> setIrqFd(true);
            case 11 -> send(Messages.reset());
            case 12 -> many();
            case 13 -> drive();
            case 14 -> odd();
            default -> inPieces();
        }
    }

    private void send(byte[] message) {
        transport.push(message, List.of());
    }

    private void configWrite() {
        send(Messages.configWrite(configOffset(), (int) value(), length()));
    }

    private int configOffset() {
        int which = choices.u8();
        return which < 128 ? CONFIG[which % CONFIG.length] : which - 128;
    }

    private int length() {
        return LENGTHS[choices.below(64) % LENGTHS.length];
    }

    private int size() {
        return SIZES[choices.below(64) % SIZES.length];
    }

    private long base(int most) {
        int which = choices.below(most > 0 ? most : BASES.length);
        return BASES[which];
    }

    private long address() {
        return base(0) + choices.pick(OFFSETS);
    }

    private long value() {
        int how = choices.u8();
        if (how < 160) {
            return VALUES[how % VALUES.length];
        }
        return how < 224 ? base(0) + choices.u8() : choices.u64();
    }

    /** What a driver does: an address into a BAR, and decoding on. */
    private void placeBar() {
        int register = 0x10 + 4 * choices.below(6);
        long address = base(0);
        send(Messages.configWrite(register, (int) address, 4));
        if (choices.flag()) {
            send(Messages.configWrite(register + 4, (int) (address >>> 32), 4));
        }
        send(Messages.configWrite(4, choices.rarely(8) ? choices.u8() : 7, 2));
    }

    /** The edu's engine set up and started, at its first BAR if it is where it should be. */
    private void eduDma() {
        long bar = base(4);
        long inside = 0x40000 + choices.pick(0, 8, 0xff8, 0x1000, 0x1001, -1);
        long outside = choices.flag() ? address() : bar + choices.pick(0x60, 0x64, 0x80, 0, 0x98);
        boolean toMemory = choices.flag();
        send(Messages.barWrite(bar + 0x80, toMemory ? inside : outside, 8, true));
        send(Messages.barWrite(bar + 0x88, toMemory ? outside : inside, 8, true));
        send(
                Messages.barWrite(
                        bar + 0x90, choices.pick(4, 8, 16, 0x1000, 1, 0, 0x1001, -1), 8, true));
        send(Messages.barWrite(bar + 0x98, (toMemory ? 3 : 1) | (choices.flag() ? 4 : 0), 8, true));
    }

    /** What a driver does most: a factorial of the edu's, or a test of the pci-testdev's. */
    private void drive() {
        long bar = base(4);
        int what = choices.u8();
        if ((what & 1) != 0) {
            send(Messages.barWrite(bar + 0x20, what & 0x80, 4, true));
            send(Messages.barWrite(bar + 8, what, 4, true));
        } else {
            boolean io = (what & 2) != 0;
            int test = (what >>> 2 & 3) + (io ? 0x83 : 0x800);
            send(Messages.barWrite(bar, what >>> 2 & 3, 1, !io));
            for (int i = what >>> 5; i >= 0; i--) {
                send(Messages.barWrite(bar + test, choices.pick(0xfa, 0xce), 1 << (i & 1), !io));
            }
            send(Messages.barRead(bar + 12, 4, !io));
        }
    }

    private void syncMemory(boolean right) throws IOException {
        int count = choices.below(Messages.MOST_REGIONS + 1);
        long[] gpas = new long[count];
        long[] sizes = new long[count];
        long[] offsets = new long[count];
        List<Fd> fds = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            gpas[i] = choices.rarely(8) ? choices.u64() : base(0) + 0x1000L * choices.below(32);
            sizes[i] = choices.pick(0x1000, 0x2000, FILE_BYTES, 0x800, 1, FILE_BYTES + 1, -1);
            offsets[i] = choices.rarely(4) ? choices.pick(0x1000, 0x800, FILE_BYTES, -1) : 0;
            fds.add(fd(choices.below(8)));
        }
        if (!right) {
            honest = false;
            if (choices.flag()) {
                Arrays.fill(sizes, choices.below(count + 1), count, 0);
            } else {
                fds.add(fd(0));
            }
        }
        transport.push(Messages.syncMemory(gpas, sizes, offsets), fds);
    }

    private Fd fd(int kind) throws IOException {
        return switch (kind) {
            case 5 -> MemFd.resizable("other", FILE_BYTES);
            case 6 -> MemFd.sealed("small", 0x1000);
            case 7 -> counterFd();
            default -> guestMemory.duplicate();
        };
    }

    private Fd counterFd() throws IOException {
        EventFd counter = EventFd.create();
        Fd given = counter.fd().duplicate();
        counters.put(given, counter);
        return given;
    }

    private void setIrqFd(boolean right) throws IOException {
        List<Fd> fds = new ArrayList<>();
        int count = right ? 2 : choices.below(12);
        honest &= count == 2;
        for (int i = 0; i < count; i++) {
            fds.add(choices.rarely(16) ? fd(0) : counterFd());
        }
        if (count == 2) {
            irqs.put(fds.get(1), counters.get(fds.get(0)));
        }
        transport.push(Messages.setIrqFd(), fds);
    }

    /** Several messages in one piece, the last one perhaps cut off. */
    private void many() {
        byte[] one = Messages.barRead(address(), size(), true);
        byte[] other = Messages.configRead(configOffset(), length());
        int count = choices.below(12);
        byte[] all = new byte[count * (one.length + other.length)];
        for (int i = 0; i < count; i++) {
            int at = i * (one.length + other.length);
            System.arraycopy(one, 0, all, at, one.length);
            System.arraycopy(other, 0, all, at + one.length, other.length);
        }
        send(all);
    }

    private void inPieces() {
        byte[] message =
                choices.flag()
                        ? Messages.barRead(address(), size(), true)
                        : Messages.configRead(configOffset(), length());
        int cut = choices.below(message.length);
        send(Arrays.copyOf(message, cut));
        send(Arrays.copyOfRange(message, cut, message.length));
    }

    private void odd() throws IOException {
        switch (choices.below(8)) {
            case 0 -> syncMemory(false);
            case 1 -> setIrqFd(false);
            case 2 -> {
                honest = false;
                long size = choices.pick(0, 8, 12, 24, 192, 193, 1L << 32, -1);
                send(Messages.odd(choices.u8() - 4, size, (byte) choices.u8()));
            }
            case 3 -> {
                honest = false;
                transport.push(Messages.reset(), new ArrayList<>(List.of(fd(choices.below(8)))));
            }
            case 4 -> {
                honest = false;
                send(choices.take(choices.u8()));
            }
            default -> inPieces();
        }
    }

    @Override
    public void close() {
        guestMemory.close();
        counters.values().forEach(EventFd::close);
    }
}
