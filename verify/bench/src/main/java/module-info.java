/**
 * Measurements side by side with stock QEMU in the same run, as ratios with percentiles. Not
 * shipped. Enter by {@code dev.skerry.verify.bench.Main}.
 */
module dev.skerry.verify.bench {
    requires dev.skerry.verify.testkit;
}
