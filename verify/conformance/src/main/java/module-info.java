/**
 * Tests alone: the device process beside stock QEMU, as its peer and as its replacement, and the
 * project's layers. Not shipped.
 *
 * <p>Knows the processes from outside: sockets, command lines, exit statuses, log lines; and a proxy
 * as its bus knows it.
 */
module dev.skerry.verify.conformance {
    requires dev.skerry.device.lsi53c895a;
    requires dev.skerry.device.pc;
    requires dev.skerry.device.testdev;
    requires dev.skerry.isolation.proxy;
    requires dev.skerry.isolation.remote;
    requires dev.skerry.verify.testkit;
    requires dev.skerry.verify.workbench;
}
