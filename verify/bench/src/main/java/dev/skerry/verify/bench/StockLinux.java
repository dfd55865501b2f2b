package dev.skerry.verify.bench;

import dev.skerry.verify.boot.DebianFiles;
import dev.skerry.verify.boot.LinuxGuest;
import dev.skerry.verify.testkit.Peer;

import java.io.IOException;
import java.nio.file.Path;

/** Debian's kernel on stock QEMU's TCG, with the command line that the bare machine's gets. */
final class StockLinux {
    private StockLinux() {}

    /** Starts it; its console is the process' output. */
    static Process start(long ramBytes, Path initRamFs) throws IOException {
        return new ProcessBuilder(
                        Peer.STOCK_QEMU.path().toString(),
                        "-accel",
                        "tcg",
                        "-m",
                        Long.toString(ramBytes >> 20),
                        "-nographic",
                        "-no-reboot",
                        "-nodefaults",
                        "-serial",
                        "stdio",
                        "-kernel",
                        DebianFiles.kernel().toString(),
                        "-initrd",
                        initRamFs.toString(),
                        "-append",
                        LinuxGuest.COMMAND_LINE)
                .redirectErrorStream(true)
                .start();
    }
}
