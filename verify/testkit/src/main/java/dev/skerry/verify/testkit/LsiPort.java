package dev.skerry.verify.testkit;

import dev.skerry.isolation.wire.mpqemu.SystemMemoryMap;
import dev.skerry.platform.linux.Epoll;
import dev.skerry.platform.linux.EventFd;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.Mapping;
import dev.skerry.platform.linux.MemFd;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * An {@code lsi53c895a} behind a link, as firmware sets it up: BARs placed, bus master, guest RAM
 * from 0 on shared with it, its interrupt as an event. Used by one thread.
 */
public final class LsiPort implements AutoCloseable {
    public static final long REGISTERS = 0xfebf_0000L;
    public static final long SCRIPT_RAM = 0xfebf_2000L;
    public static final int PORTS = 0xc000;

    /** Registers' offsets. */
    public static final int SCID = 0x04;

    public static final int SFBR = 0x08;
    public static final int DSTAT = 0x0c;
    public static final int DSA = 0x10;
    public static final int ISTAT0 = 0x14;
    public static final int CTEST2 = 0x1a;
    public static final int TEMP = 0x1c;
    public static final int DBC = 0x24;
    public static final int DSP = 0x2c;
    public static final int DSPS = 0x30;
    public static final int SCRATCHA = 0x34;
    public static final int DIEN = 0x39;
    public static final int SIEN0 = 0x40;
    public static final int SIEN1 = 0x41;
    public static final int SIST0 = 0x42;
    public static final int SIST1 = 0x43;
    public static final int SCRATCHB = 0x5c;

    /** Bits of ISTAT0. */
    public static final int ABORT = 0x80;

    public static final int SOFT_RESET = 0x40;
    public static final int SIGNAL = 0x20;
    public static final int ON_THE_FLY = 0x04;
    public static final int SCSI_PENDING = 0x02;
    public static final int DMA_PENDING = 0x01;

    private static final int COMMAND = 0x04;
    private static final int INTERRUPT_LINE = 0x3c;
    private static final int MARK = 0x5a;

    /** Much longer than stock QEMU takes from its first answer to the end of its start. */
    private static final long RESET_NS = 3_000_000_000L;

    private final MpqemuClient client;
    private final Fd file;
    private final Mapping mapping;
    private final EventFd irq = EventFd.create();
    private final EventFd resample = EventFd.create();
    private final Epoll epoll = new Epoll(1);

    /**
     * @param client is closed with this object
     * @param resetsLate whether the peer resets its devices some time after it has begun to answer,
     *     as stock QEMU does; then this waits for it
     * @param ramBytes a multiple of the page size
     */
    public LsiPort(MpqemuClient client, boolean resetsLate, long ramBytes) throws IOException {
        this.client = client;
        if (resetsLate) {
            awaitReset();
        }
        file = MemFd.sealed("lsi-ram", ramBytes);
        mapping = Mapping.of(file, 0, ramBytes, Mapping.Access.READ_WRITE);
        client.syncMemory(List.of(new SystemMemoryMap.Entry(0, ramBytes, 0)), file);
        client.setIrqFd(irq.fd(), resample.fd());
        epoll.add(irq.fd(), 0);
        setUp();
    }

    /**
     * Writes a mark and reads it until it is gone. A reset that came before the mark leaves it; then
     * there is no other, and nothing more to tell it by than that none comes.
     */
    private void awaitReset() throws IOException {
        client.writeConfig(INTERRUPT_LINE, 1, MARK);
        long deadlineNs = System.nanoTime() + RESET_NS;
        while (client.readConfig(INTERRUPT_LINE, 1) == MARK && System.nanoTime() - deadlineNs < 0) {
            // Stock QEMU answers without looking up while there is something to answer.
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** What firmware does, again after a reset. */
    public void setUp() throws IOException {
        client.writeConfig(0x10, 4, PORTS);
        client.writeConfig(0x14, 4, REGISTERS);
        client.writeConfig(0x18, 4, SCRIPT_RAM);
        client.writeConfig(COMMAND, 2, 7);
    }

    public MpqemuClient client() {
        return client;
    }

    /** Guest RAM; offsets are guest-physical addresses. */
    public MemorySegment ram() {
        return mapping.segment();
    }

    /** A byte of a register. */
    public int read(int register) throws IOException {
        return (int) client.readMemory(REGISTERS + register, 1);
    }

    public void write(int register, int value) throws IOException {
        client.writeMemory(REGISTERS + register, 1, value);
    }

    public int read32(int register) throws IOException {
        return (int) client.readMemory(REGISTERS + register, 4);
    }

    public void write32(int register, int value) throws IOException {
        client.writeMemory(REGISTERS + register, 4, value);
    }

    /** SIST0 and, above it, SIST1, which takes the interrupt. */
    public int takeScsi() throws IOException {
        return read(SIST0) | read(SIST1) << 8;
    }

    /** Puts a program into RAM or into the chip's own. */
    public void place(long gpa, LsiScript script) throws IOException {
        int[] words = script.at(gpa);
        for (int i = 0; i < words.length; i++) {
            if (gpa < ram().byteSize()) {
                ram().set(ValueLayout.JAVA_INT_UNALIGNED, gpa + 4L * i, words[i]);
            } else {
                client.writeMemory(gpa + 4L * i, 4, words[i] & 0xffff_ffffL);
            }
        }
    }

    /** Has the chip begin at an address. */
    public void start(long gpa) throws IOException {
        write32(DSP, (int) gpa);
    }

    public void poke(long gpa, String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        MemorySegment.copy(bytes, 0, ram(), ValueLayout.JAVA_BYTE, gpa, bytes.length);
    }

    public String peek(long gpa, int lengthBytes) {
        byte[] bytes = ram().asSlice(gpa, lengthBytes).toArray(ValueLayout.JAVA_BYTE);
        return HexFormat.of().formatHex(bytes);
    }

    /**
     * Waits until the interrupt line has risen since the last time.
     *
     * @return false if the time is over
     */
    public boolean awaitInterrupt(long timeoutNs) throws IOException {
        if (epoll.await(timeoutNs) == 0) {
            return false;
        }
        irq.drain();
        return true;
    }

    /**
     * Polls ISTAT0 until there is an interrupt of any kind, or the time is over.
     *
     * @return ISTAT0
     */
    public int pollStatus(long timeoutNs) throws IOException {
        long deadlineNs = System.nanoTime() + timeoutNs;
        int status = read(ISTAT0);
        while ((status & (DMA_PENDING | SCSI_PENDING | ON_THE_FLY)) == 0
                && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(20_000);
            status = read(ISTAT0);
        }
        return status;
    }

    @Override
    public void close() throws IOException {
        client.close();
        epoll.close();
        irq.close();
        resample.close();
        mapping.close();
        file.close();
    }
}
