package dev.skerry.device.testdev;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.Timer;
import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The educational device of QEMU (its manual, "EDU device"): a register file, a unit that computes
 * factorials beside the CPU, a DMA engine with a buffer of 4096 bytes, and INTx. University courses
 * have their students write drivers for it.
 *
 * <p>Differences from QEMU's: no MSI (the multi-process protocol cannot carry it); a DMA outside the
 * buffer does nothing but end, where QEMU's aborts the whole machine; a device reset also resets the
 * registers.
 */
public final class Edu implements PciDevice {
    private static final long BAR_BYTES = 1 << 20;
    private static final long DMA_BUFFER_AT = 0x40000;
    private static final long DMA_BUFFER_BYTES = 4096;
    private static final long DMA_TAKES_NS = 100_000_000;

    private static final int STATUS_COMPUTING = 0x01;
    private static final int STATUS_INTERRUPT_WHEN_DONE = 0x80;
    private static final int INTERRUPT_FACTORIAL = 0x001;
    private static final int INTERRUPT_DMA = 0x100;
    private static final long COMMAND_START = 0x1;
    private static final long COMMAND_TO_MEMORY = 0x2;
    private static final long COMMAND_INTERRUPT_WHEN_DONE = 0x4;
    private static final int LOG_BAD_DMA = 0;

    private final DeviceHost host;
    private final Log log;
    private final long dmaMask;
    private final PciFunction function;
    private final Timer dmaTimer;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(DMA_BUFFER_BYTES, 8);

    /** The complement of what was written; 0 before that, as QEMU has it. */
    private int liveness;

    private int factorial;
    private boolean interruptWhenComputed;
    private int interrupts;
    private long dmaSource;
    private long dmaDestination;
    private long dmaCount;
    private long dmaCommand;

    /** The computation in flight; null if none is, so that a reset forgets it by clearing this. */
    private Computation computing;

    /**
     * @param dmaMask the bits of an address the DMA engine drives
     */
    public Edu(DeviceHost host, long dmaMask) {
        this.host = host;
        this.log = host.log();
        this.dmaMask = dmaMask;
        dmaTimer = host.newTimer(this::finishDma);
        function = new PciFunction(new PciIdentity(0x1234, 0x11e8, 0x10, 0x00ff00), log);
        function.setInterruptPin(1);
        function.addBar(
                0,
                Bar.Kind.MEMORY_32,
                new IoRegion("edu-mmio", BAR_BYTES, AccessSizes.between(4, 8), new Registers()));
    }

    @Override
    public PciFunction function() {
        return function;
    }

    private final class Registers implements IoHandler {
        @Override
        public long read(long offset, int size) {
            EduRegister register = EduRegister.TABLE.beginningAt(offset);
            if (register == null || size > register.sizeBytes()) {
                return AccessSizes.ones(size);
            }
            return switch (register) {
                case IDENTIFICATION -> register.resetValue();
                case LIVENESS -> liveness;
                case FACTORIAL -> factorial;
                case STATUS -> status();
                case INTERRUPT_STATUS -> interrupts;
                case INTERRUPT_RAISE, INTERRUPT_ACKNOWLEDGE -> AccessSizes.ones(size);
                case DMA_SOURCE -> dmaSource;
                case DMA_DESTINATION -> dmaDestination;
                case DMA_COUNT -> dmaCount;
                case DMA_COMMAND -> dmaCommand;
            };
        }

        @Override
        public void write(long offset, int size, long value) {
            EduRegister register = EduRegister.TABLE.beginningAt(offset);
            if (register == null || size > register.sizeBytes()) {
                return;
            }
            switch (register) {
                case IDENTIFICATION, INTERRUPT_STATUS -> {}
                case LIVENESS -> liveness = ~(int) value;
                case FACTORIAL -> startFactorial((int) value);
                case STATUS -> interruptWhenComputed = (value & STATUS_INTERRUPT_WHEN_DONE) != 0;
                case INTERRUPT_RAISE -> raise((int) value);
                case INTERRUPT_ACKNOWLEDGE -> acknowledge((int) value);
                case DMA_SOURCE, DMA_DESTINATION, DMA_COUNT, DMA_COMMAND ->
                        writeDma(register, value);
            }
        }
    }

    private int status() {
        return (computing != null ? STATUS_COMPUTING : 0)
                | (interruptWhenComputed ? STATUS_INTERRUPT_WHEN_DONE : 0);
    }

    private void raise(int which) {
        interrupts |= which;
        function.setInterrupt(interrupts != 0);
    }

    private void acknowledge(int which) {
        interrupts &= ~which;
        function.setInterrupt(interrupts != 0);
    }

    /** The factorial unit: a worker computes, the completion takes the result over. */
    private static final class Computation implements Runnable {
        private final int of;
        private int result = 1;

        Computation(int of) {
            this.of = of;
        }

        /** The factorial modulo 2^32; from 34 on it is 0, so a huge argument costs nothing. */
        @Override
        public void run() {
            for (int factor = of; factor != 0 && result != 0; factor--) {
                result *= factor;
            }
        }
    }

    private void startFactorial(int of) {
        factorial = computing == null ? of : factorial;
        if (computing != null) {
            return;
        }
        Computation started = new Computation(of);
        computing = started;
        host.offload(started, failure -> finishFactorial(started));
    }

    private void finishFactorial(Computation finished) {
        if (computing != finished) {
            // A reset came in between.
            return;
        }
        computing = null;
        factorial = finished.result;
        if (interruptWhenComputed) {
            raise(INTERRUPT_FACTORIAL);
        }
    }

    private void writeDma(EduRegister register, long value) {
        if ((dmaCommand & COMMAND_START) != 0) {
            // The engine's registers cannot be changed under it.
            return;
        }
        switch (register) {
            case DMA_SOURCE -> dmaSource = value;
            case DMA_DESTINATION -> dmaDestination = value;
            case DMA_COUNT -> dmaCount = value;
            case DMA_COMMAND -> {
                if ((value & COMMAND_START) != 0) {
                    dmaCommand = value;
                    dmaTimer.arm(host.nowNs() + DMA_TAKES_NS);
                }
            }
            default -> throw new AssertionError(register);
        }
    }

    private void finishDma() {
        boolean toMemory = (dmaCommand & COMMAND_TO_MEMORY) != 0;
        long inDevice = (toMemory ? dmaSource : dmaDestination) - DMA_BUFFER_AT;
        long gpa = (toMemory ? dmaDestination : dmaSource) & dmaMask;
        boolean inBuffer =
                inDevice >= 0
                        && inDevice <= DMA_BUFFER_BYTES
                        && dmaCount >= 0
                        && dmaCount <= DMA_BUFFER_BYTES - inDevice;
        boolean done =
                inBuffer
                        && (toMemory
                                ? function.dma().write(gpa, buffer, inDevice, dmaCount)
                                : function.dma().read(gpa, buffer, inDevice, dmaCount));
        if (!done && log.isDue(Level.DEBUG, LOG_BAD_DMA)) {
            log.limited(
                    Level.DEBUG,
                    LOG_BAD_DMA,
                    String.format(
                            "DMA from 0x%x to 0x%x of 0x%x bytes is outside the buffer or memory",
                            dmaSource, dmaDestination, dmaCount));
        }
        dmaCommand &= ~COMMAND_START;
        if ((dmaCommand & COMMAND_INTERRUPT_WHEN_DONE) != 0) {
            raise(INTERRUPT_DMA);
        }
    }

    @Override
    public void reset() {
        dmaTimer.cancel();
        computing = null;
        liveness = 0;
        factorial = 0;
        interruptWhenComputed = false;
        interrupts = 0;
        dmaSource = 0;
        dmaDestination = 0;
        dmaCount = 0;
        dmaCommand = 0;
        buffer.fill((byte) 0);
        function.reset();
    }

    @Override
    public void close() {
        dmaTimer.cancel();
        computing = null;
        arena.close();
    }
}
