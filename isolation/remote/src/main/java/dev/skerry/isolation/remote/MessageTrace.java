package dev.skerry.isolation.remote;

import dev.skerry.isolation.wire.mpqemu.BarAccess;
import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.ConfigAccess;
import dev.skerry.isolation.wire.mpqemu.Header;

import java.lang.foreign.MemorySegment;

/** Messages as text, for the log. */
final class MessageTrace {
    private MessageTrace() {}

    static String describe(MemorySegment buffer, long at) {
        int command = Header.command(buffer, at);
        String name = new Command(command).toString();
        long payload = at + Header.BYTES;
        return switch (command) {
            case Command.BAR_READ, Command.BAR_WRITE ->
                    String.format(
                            "%s %s 0x%x, size %d%s",
                            name,
                            BarAccess.isMemory(buffer, payload) ? "memory" : "port",
                            BarAccess.address(buffer, payload),
                            BarAccess.size(buffer, payload),
                            command == Command.BAR_WRITE
                                    ? String.format(
                                            ", value 0x%x", BarAccess.value(buffer, payload))
                                    : "");
            case Command.PCI_CFGREAD, Command.PCI_CFGWRITE ->
                    String.format(
                            "%s 0x%x, length %d%s",
                            name,
                            ConfigAccess.offset(buffer, payload),
                            ConfigAccess.length(buffer, payload),
                            command == Command.PCI_CFGWRITE
                                    ? String.format(
                                            ", value 0x%x", ConfigAccess.value(buffer, payload))
                                    : "");
            default -> name;
        };
    }
}
