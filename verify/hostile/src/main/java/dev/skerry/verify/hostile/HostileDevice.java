package dev.skerry.verify.hostile;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.pci.Bar;
import dev.skerry.device.pci.PciDevice;
import dev.skerry.device.pci.PciFunction;
import dev.skerry.device.pci.PciIdentity;
import dev.skerry.platform.memory.AccessSizes;
import dev.skerry.platform.memory.IoHandler;
import dev.skerry.platform.memory.IoRegion;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A BAR to command a taken-over process by. Registers of eight bytes: at 0 the number of a system
 * call, from 8 on its six arguments; a write to {@link #GO} makes it, a read gives its result. {@link
 * #SCRATCH} is where a page of the process' memory is that the upper half of the BAR shows. A write
 * to {@link #DEED} does something by Java's library; the read gives 0 if it could be done.
 */
public final class HostileDevice implements PciDevice {
    /** A write makes the call; a read gives the result. */
    public static final int GO = 0x38;

    /** A read gives the page's address. */
    public static final int SCRATCH = 0x40;

    /** A write does a {@link Deed}; a read gives how it went. */
    public static final int DEED = 0x48;

    /** The page, as part of the BAR. */
    public static final int PAGE = 0x1000;

    private static final long BAR_BYTES = 0x2000;

    /** What Java's own library is asked for; the page holds a path where one is needed. */
    public enum Deed {
        /** Reads a file. */
        READ_FILE,
        /** Overwrites a file. */
        WRITE_FILE,
        /** Runs a program. */
        RUN_PROGRAM,
        /** Connects to a unix socket. */
        CONNECT,
        /** Starts a thread, allocates much, throws and catches: what any model may do. */
        LIVE
    }

    private final PciFunction function;
    private final MemorySegment page = Arena.ofAuto().allocate(4096, 4096);
    private final long[] call = new long[7];
    private long result;
    private long deedResult;

    HostileDevice(DeviceHost host) {
        function = new PciFunction(new PciIdentity(0x1b36, 0x00ff, 0x00, 0xff0000), host.log());
        function.addBar(
                0,
                Bar.Kind.MEMORY_32,
                new IoRegion("hostile", BAR_BYTES, AccessSizes.ANY, new Registers()));
    }

    @Override
    public PciFunction function() {
        return function;
    }

    @Override
    public void reset() {
        function.reset();
    }

    private final class Registers implements IoHandler {
        @Override
        public long read(long offset, int size) {
            if (offset >= PAGE) {
                return page.get(ValueLayout.JAVA_BYTE, offset - PAGE) & 0xff;
            }
            return switch ((int) offset) {
                case GO -> result;
                case SCRATCH -> page.address();
                case DEED -> deedResult;
                default -> 0;
            };
        }

        @Override
        public void write(long offset, int size, long value) {
            if (offset >= PAGE) {
                page.set(ValueLayout.JAVA_BYTE, offset - PAGE, (byte) value);
            } else if (offset < GO) {
                call[(int) offset / 8] = value;
            } else if (offset == GO) {
                result = systemCall();
            } else if (offset == DEED) {
                deedResult = deed(Deed.values()[(int) value]);
            }
        }
    }

    /** Through the door that is closed to models: its module was opened on the command line. */
    private long systemCall() {
        try {
            Class<?> door = Class.forName("dev.skerry.platform.linux.Sys");
            Class<?> l = long.class;
            Method method = door.getDeclaredMethod("call", int.class, l, l, l, l, l, l);
            method.setAccessible(true);
            return (long)
                    method.invoke(
                            null,
                            (int) call[0],
                            call[1],
                            call[2],
                            call[3],
                            call[4],
                            call[5],
                            call[6]);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private long deed(Deed deed) {
        try {
            switch (deed) {
                case READ_FILE -> Files.readAllBytes(path());
                case WRITE_FILE -> Files.write(path(), new byte[] {1, 2, 3});
                case RUN_PROGRAM -> new ProcessBuilder(path().toString()).start();
                case CONNECT ->
                        java.nio.channels.SocketChannel.open(
                                java.net.UnixDomainSocketAddress.of(path()));
                case LIVE -> live();
            }
            return 0;
        } catch (java.io.IOException | InterruptedException e) {
            return 1;
        } catch (LinkageError | InternalError e) {
            // The JDK could not open a file of its own: a native library, its security settings.
            return 2;
        }
    }

    private Path path() {
        int length = 0;
        while (page.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        byte[] text = page.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        return Path.of(new String(text, StandardCharsets.UTF_8));
    }

    private static void live() throws InterruptedException {
        int[] rounds = new int[1];
        Thread thread =
                new Thread(
                        () -> {
                            for (int i = 0; i < 200; i++) {
                                byte[] garbage = new byte[1 << 20];
                                garbage[i] = 1;
                                try {
                                    Object none = garbage[i] == 1 ? null : garbage;
                                    none.hashCode();
                                } catch (NullPointerException e) {
                                    rounds[0]++;
                                }
                            }
                        });
        thread.start();
        thread.join();
        System.gc();
        if (rounds[0] != 200) {
            throw new IllegalStateException("lived " + rounds[0] + " rounds");
        }
    }
}
