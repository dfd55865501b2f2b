/**
 * Tests alone: the accelerators beside each other, with guests of a few instructions and with whole
 * machines. Not shipped.
 */
module dev.skerry.verify.accelerators {
    requires dev.skerry.execution.kvm;
    requires dev.skerry.execution.x86;
    requires dev.skerry.verify.asm;
    requires dev.skerry.verify.boot;
    requires dev.skerry.verify.testkit;
    requires dev.skerry.vmm.machine;
}
