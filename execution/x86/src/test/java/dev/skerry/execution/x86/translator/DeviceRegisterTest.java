package dev.skerry.execution.x86.translator;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.execution.x86.Jit;
import dev.skerry.execution.x86.core.CpuRig;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Label;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Instructions on a device register, which is not in a TLB and has effects when it is read. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeviceRegisterTest {
    private static final long PLACE = 0x1000_0000;
    private static final long LINEAR = LoopGuest.MAPPED_END;
    private static final int ROUNDS = 10;

    /** Differs with every read. */
    private static final class Counter implements IoHandler {
        long reads;
        long writes;
        long last;

        @Override
        public long read(long offset, int size) {
            return ++reads;
        }

        @Override
        public void write(long offset, int size, long value) {
            writes++;
            last = value;
        }
    }

    private static Counter run(boolean translated, Assembler a, Label again) {
        a.dec(R15D).jcc(Cond.NZ, again);
        a.out(CpuRig.STOP_PORT, AL).hlt();
        Counter counter = new Counter();
        try (LoopGuest guest = new LoopGuest(translated ? Jit.ON.eager(2) : null)) {
            guest.rig.root.add(new IoRegion("counter", 4096, AccessSizes.ANY, counter), PLACE);
            guest.rig.put64(0x3000 + 8 * (LINEAR >>> 21), PLACE | 0x87);
            guest.run(a.bytes(), new long[16], false);
            assertEquals(translated, guest.translated() > 0);
        }
        return counter;
    }

    private static Assembler begin() {
        Assembler a = new Assembler(64, LoopGuest.CODE);
        return a.mov(R15D, ROUNDS).mov(RBX, LINEAR);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_locked_change_reads_once_and_writes_once(boolean translated) {
        Assembler a = begin();
        Label again = a.mark();
        a.lock().add(mem(RBX).dword(), 100);
        Counter counter = run(translated, a, again);
        assertEquals(ROUNDS, counter.reads);
        assertEquals(ROUNDS, counter.writes);
        assertEquals(ROUNDS + 100, counter.last);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void exchanges_read_once_and_write_once(boolean translated) {
        Assembler a = begin();
        Label again = a.mark();
        a.mov(EAX, 7).xchg(mem(RBX).dword(), EAX).lock().xadd(mem(RBX).dword(), EAX);
        Counter counter = run(translated, a, again);
        assertEquals(2 * ROUNDS, counter.reads);
        assertEquals(2 * ROUNDS, counter.writes);
        // What XCHG has read, and what XADD has read then.
        assertEquals(2 * ROUNDS - 1 + 2 * ROUNDS, counter.last);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void loads_and_stores_happen_once(boolean translated) {
        Assembler a = begin();
        Label again = a.mark();
        a.inc(RCX).cmp(mem(RBX).dword(), 3).mov(mem(RBX).dword(), R15D).add(mem(RBX).dword(), 1);
        Counter counter = run(translated, a, again);
        assertEquals(2 * ROUNDS, counter.reads);
        assertEquals(2 * ROUNDS, counter.writes);
        assertTrue(counter.last == 2 * ROUNDS + 1, "last " + counter.last);
    }
}
