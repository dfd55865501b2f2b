package dev.skerry.device.lsi53c895a;

import static dev.skerry.device.lsi53c895a.LsiRegister.STIME0;
import static dev.skerry.device.lsi53c895a.LsiRegister.STIME1;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.Timer;

/** The general-purpose and the handshake-to-handshake timer (manual, 4.2, STIME0 and STIME1). */
final class ChipTimers {
    private static final long SHORTEST_NS = 125_000;
    private static final int SCALE = 16;
    private static final int GENSF = 0x20;
    private static final int HTHSF = 0x10;

    private final DeviceHost host;
    private final RegisterFile registers;
    private final Timer general;
    private final Timer handshake;

    ChipTimers(DeviceHost host, RegisterFile registers, Runnable onGeneral, Runnable onHandshake) {
        this.host = host;
        this.registers = registers;
        general = host.newTimer(onGeneral);
        handshake = host.newTimer(onHandshake);
    }

    /** Period code 1 is 125 µs, each further one twice as long. */
    static long periodNs(int code, boolean scaled) {
        return (SHORTEST_NS << code - 1) * (scaled ? SCALE : 1);
    }

    /** STIME1 has been written: 0 stops the timer, anything else starts it. */
    void startGeneral() {
        int code = registers.get(STIME1) & 0x0f;
        if (code == 0) {
            general.cancel();
        } else {
            general.arm(host.nowNs() + periodNs(code, registers.has(STIME1, GENSF)));
        }
    }

    /** Whether a target keeps the bus waiting. */
    void setWaiting(boolean waiting) {
        int code = registers.get(STIME0) >> 4;
        if (!waiting || code == 0) {
            if (handshake.isArmed()) {
                handshake.cancel();
            }
        } else if (!handshake.isArmed()) {
            handshake.arm(host.nowNs() + periodNs(code, registers.has(STIME1, HTHSF)));
        }
    }

    void cancel() {
        general.cancel();
        handshake.cancel();
    }
}
