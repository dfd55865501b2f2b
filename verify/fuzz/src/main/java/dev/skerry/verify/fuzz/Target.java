package dev.skerry.verify.fuzz;

import dev.skerry.isolation.remote.MessageHandlerTarget;

import java.io.IOException;
import java.util.Locale;

/** What is fuzzed. Each has a corpus of its name among the tests' resources. */
enum Target {
    /** The codec and the cutting of a stream into messages. */
    FRAMING(FramingTarget.class, FramingTarget::fuzzerTestOneInput),
    /** The server's side of the protocol, with devices behind it. */
    HANDLER(MessageHandlerTarget.class, MessageHandlerTarget::fuzzerTestOneInput),
    /** Address spaces and a PCI function's DMA in them. */
    PCI(PciFunctionTarget.class, PciFunctionTarget::fuzzerTestOneInput),
    /** The machine's side of the protocol, with a hostile device process behind it. */
    PROXY(ProxyTarget.class, ProxyTarget::fuzzerTestOneInput),
    /** A SCSI controller's registers and SCRIPTS, with disks behind it. */
    LSI(LsiTarget.class, LsiTarget::fuzzerTestOneInput);

    /** What Jazzer calls, too. */
    @FunctionalInterface
    interface OneInput {
        void run(byte[] input) throws IOException;
    }

    private final Class<?> type;
    private final OneInput oneInput;

    Target(Class<?> type, OneInput oneInput) {
        this.type = type;
        this.oneInput = oneInput;
    }

    Class<?> type() {
        return type;
    }

    void run(byte[] input) throws IOException {
        oneInput.run(input);
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
