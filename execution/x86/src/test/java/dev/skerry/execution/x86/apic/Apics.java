package dev.skerry.execution.x86.apic;

import dev.skerry.execution.x86.time.ManualClock;
import dev.skerry.execution.x86.time.TimeStamp;

import java.util.ArrayList;
import java.util.List;

/** A few APICs on a bus, a clock that stands, and a record of what they told their CPUs. */
final class Apics {
    /** Masked, fixed, vector 0. */
    static final int LVT_RESET = 0x1_0000;

    final ManualClock clock = new ManualClock(1_000_000);
    final ApicBus bus = new ApicBus();
    final List<Cpu> cpus = new ArrayList<>();
    final List<Integer> ended = new ArrayList<>();
    int controllerVector = -1;

    /** One of them. */
    final class Cpu implements ApicListener {
        final TimeStamp timeStamp = new TimeStamp(clock);
        final LocalApic apic;
        final List<String> events = new ArrayList<>();

        Cpu(int id, boolean tscDeadline) {
            LocalApic.Features features = new LocalApic.Features(true, tscDeadline, 40);
            apic =
                    new LocalApic(
                            id,
                            id == 0,
                            features,
                            bus,
                            this,
                            () -> controllerVector,
                            clock,
                            timeStamp);
        }

        @Override
        public void interruptReady() {
            events.add("interrupt");
        }

        @Override
        public void nmi() {
            events.add("nmi");
        }

        @Override
        public void init() {
            events.add("init");
        }

        @Override
        public void startup() {
            events.add("startup " + apic.startupVector());
        }

        /** Switches the APIC on by software, with spurious vector 0xff. */
        Cpu on() {
            apic.write(0xf0, 0x1ff);
            return this;
        }

        /** On, and to x2APIC mode. */
        Cpu onX2() {
            on();
            if (!apic.setBase(apic.base() | LocalApic.BASE_X2APIC)) {
                throw new AssertionError("x2APIC refused");
            }
            return this;
        }

        void eoi() {
            apic.write(0xb0, 0);
        }

        void interrupt(int vector) {
            bus.deliver(apic.id(), false, ApicBus.FIXED, vector, false);
        }

        /** All vectors that can be had now, each ended before the next is taken. */
        List<Integer> drain() {
            List<Integer> taken = new ArrayList<>();
            for (int v = apic.acknowledge(); v >= 0; v = apic.acknowledge()) {
                taken.add(v);
                if (apic.isX2apic()) {
                    apic.writeMsr(0x80b, 0);
                } else {
                    eoi();
                }
            }
            return taken;
        }
    }

    Apics(int count) {
        this(count, true);
    }

    Apics(int count, boolean tscDeadline) {
        for (int i = 0; i < count; i++) {
            cpus.add(new Cpu(i, tscDeadline));
        }
        bus.addEoiListener(ended::add);
    }

    Cpu cpu(int i) {
        return cpus.get(i);
    }
}
