package dev.skerry.vmm.control;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A process of a machine at a moment, as a line between two {@code skerry}. Times count from when the
 * process, or the first one in its place, was started.
 *
 * @param machine its name and its control's process, by which machines of one name are told apart
 * @param pid -1 if there is none now
 * @param machineMs how long the machine has been there
 * @param runningMs how long the process has been there
 * @param cpuMs its processor time
 * @param traffic null for the machine process, and while the machine does not say
 */
record Sample(
        String machine,
        String process,
        int pid,
        String state,
        long machineMs,
        long runningMs,
        long residentKb,
        long cpuMs,
        int restarts,
        Traffic traffic) {
    private static final int FIELDS = 10;
    private static final String NOTHING = "-";

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return String.join(
                " ",
                machine,
                process,
                Integer.toString(pid),
                state,
                Long.toString(machineMs),
                Long.toString(runningMs),
                Long.toString(residentKb),
                Long.toString(cpuMs),
                Integer.toString(restarts),
                traffic == null ? NOTHING : traffic.toString());
    }

    /** Reads lines. */
    static List<Sample> parse(String text) throws IOException {
        List<Sample> samples = new ArrayList<>();
        for (String line : text.lines().toList()) {
            String[] words = line.split(" ", FIELDS);
            try {
                samples.add(
                        new Sample(
                                words[0],
                                words[1],
                                Integer.parseInt(words[2]),
                                words[3],
                                Long.parseLong(words[4]),
                                Long.parseLong(words[5]),
                                Long.parseLong(words[6]),
                                Long.parseLong(words[7]),
                                Integer.parseInt(words[8]),
                                words[9].equals(NOTHING) ? null : Traffic.parse(words[9])));
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new IOException("a machine of another Skerry answered: " + line, e);
            }
        }
        return samples;
    }
}
