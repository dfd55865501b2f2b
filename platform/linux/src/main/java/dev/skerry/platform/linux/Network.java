package dev.skerry.platform.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The network as this process' namespace has it. */
public final class Network {
    private static final int SOCKET = 41;
    private static final int CONNECT = 42;
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM_CLOEXEC = 0x80002;

    /** 192.0.2.1, an address of documentation (RFC 5737), in network order. */
    private static final int DOCUMENTATION_ADDRESS = 0x010200c0;

    private static final int DISCARD_PORT = 0x0900;

    private Network() {}

    /** Whether there is a route to the outside. Nothing is sent: connecting UDP is looking it up. */
    public static boolean hasRoute() {
        long fd = Sys.call(SOCKET, AF_INET, SOCK_DGRAM_CLOEXEC, 0);
        if (fd < 0) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(16, 8);
            address.set(ValueLayout.JAVA_INT_UNALIGNED, 0, AF_INET | DISCARD_PORT << 16);
            address.set(ValueLayout.JAVA_INT_UNALIGNED, 4, DOCUMENTATION_ADDRESS);
            return Sys.call(CONNECT, fd, address.address(), 16) == 0;
        } finally {
            Sys.call(Sys.CLOSE, fd);
        }
    }
}
