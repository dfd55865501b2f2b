/**
 * A minimal machine around the software CPU: RAM, a serial port, timers and interrupt controllers.
 * It shows that the CPU runs an unmodified kernel, and how fast.
 *
 * <p>Not shipped. Enter by {@link dev.skerry.verify.boot.BareMachine}.
 */
module dev.skerry.verify.boot {
    requires transitive dev.skerry.execution.x86;
    requires transitive dev.skerry.platform.log;
    requires transitive dev.skerry.vmm.boot;
    requires transitive dev.skerry.vmm.guest;
    requires dev.skerry.device.pc;
    requires dev.skerry.verify.testkit;

    exports dev.skerry.verify.boot;
}
