package dev.skerry.execution.x86.core;

import dev.skerry.execution.x86.Jit;
import dev.skerry.execution.x86.mmu.GuestMemory;
import dev.skerry.execution.x86.translator.Translator;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.log.Log;
import dev.skerry.platform.log.LogSink;

/**
 * How the tests' CPUs run code: {@code -Dcpu.jit=off|on|check}. Translated is then whatever runs
 * {@code -Dcpu.jit.threshold} times, at first twice.
 */
public final class TestJit {
    private TestJit() {}

    public static Jit jit() {
        Jit jit = Jit.named(System.getProperty("cpu.jit", "off"));
        int threshold = Integer.getInteger("cpu.jit.threshold", 2);
        return jit.mode() == Jit.Mode.OFF ? jit : jit.eager(threshold);
    }

    /** Null if code is interpreted. */
    public static Translator translator(GuestMemory memory) {
        Jit jit = jit();
        Log log = Log.of(new LogSink("jit", 0, System.err, Level.WARNING));
        return jit.mode() == Jit.Mode.OFF ? null : new Translator(jit, memory, log);
    }
}
