package dev.skerry.vmm.control;

/**
 * What a machine's control answers to another {@code skerry}.
 *
 * @param good whether what was asked for was done
 * @param text lines, or why not in one line without an end
 */
public record Answer(boolean good, String text) {
    static Answer of(String text) {
        return new Answer(true, text);
    }

    static Answer refused(String why) {
        return new Answer(false, why);
    }

    /** As {@link #read} reads it. */
    String write() {
        return (good ? '+' : '-') + text;
    }

    static Answer read(String written) {
        return written.isEmpty()
                ? refused("the machine is ending")
                : new Answer(written.charAt(0) == '+', written.substring(1));
    }
}
