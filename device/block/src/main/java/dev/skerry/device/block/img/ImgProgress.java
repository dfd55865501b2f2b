package dev.skerry.device.block.img;

import java.io.PrintStream;
import java.util.Locale;

/** The progress line of {@code -p}: rewritten as per cents pass. */
final class ImgProgress {
    private final PrintStream out;
    private final long total;
    private double shown = -1;

    /**
     * @param out where to show it, or null for nowhere
     * @param total of bytes
     */
    ImgProgress(PrintStream out, long total) {
        this.out = out;
        this.total = total;
        show(0);
    }

    void show(long done) {
        double percent = total == 0 ? 100 : 100.0 * done / total;
        if (out != null && (percent >= shown + 1 || (percent >= 100 && shown < 100))) {
            shown = percent;
            out.printf(Locale.ROOT, "    (%3.2f/100%%)\r", percent);
            out.flush();
        }
    }

    void end() {
        show(total);
        if (out != null) {
            out.println();
        }
    }
}
