/**
 * The software CPU: x86-64 in Java. Decoder, semantics, interpreter, MMU and local APIC.
 *
 * <p>Knows guest memory and ports as address spaces, and nothing of devices, machines or
 * processes. Enter by {@link dev.skerry.execution.x86.Processors}.
 */
@SuppressWarnings("module") // The name ends in a digit, as the architecture's does.
module dev.skerry.execution.x86 {
    requires transitive dev.skerry.platform.memory;
    requires transitive dev.skerry.platform.log;
    requires transitive dev.skerry.platform.options;

    exports dev.skerry.execution.x86;
    exports dev.skerry.execution.x86.apic;
    exports dev.skerry.execution.x86.model;
    exports dev.skerry.execution.x86.time;
}
