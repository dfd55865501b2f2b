/**
 * Tests alone: the device process beside stock QEMU, as its peer and as its replacement, and the
 * project's layers. Not shipped.
 *
 * <p>Knows the processes from outside: sockets, command lines, exit statuses, log lines.
 */
module dev.skerry.verify.conformance {
    requires dev.skerry.verify.testkit;
}
