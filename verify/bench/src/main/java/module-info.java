/**
 * Measurements side by side with stock QEMU in the same run, as ratios with percentiles. Not
 * shipped. Enter by {@code dev.skerry.verify.bench.Main}.
 */
module dev.skerry.verify.bench {
    requires dev.skerry.isolation.sandbox;
    requires java.management;
    requires dev.skerry.verify.asm;
    requires dev.skerry.verify.boot;
    requires dev.skerry.verify.guests;
    requires dev.skerry.verify.testkit;
    requires dev.skerry.vmm.control;
    requires dev.skerry.vmm.machine;
}
