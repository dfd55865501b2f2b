package dev.skerry.vmm.chardev;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.HostStream;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.Terminal;

/** A descriptor for each direction: a terminal or what stands for it, or a file to write to. */
final class DescriptorEndpoint implements Endpoint {
    private final HostStream in;
    private final HostStream out;
    private final Terminal terminal;

    /**
     * @param in taken over; null if nothing is read
     * @param out taken over
     * @param terminal is restored at the end; null if it is none
     */
    DescriptorEndpoint(Fd in, Fd out, Terminal terminal) {
        this.in = in == null ? null : new HostStream(in);
        this.out = new HostStream(out);
        this.terminal = terminal;
    }

    @Override
    public Fd input() {
        return in == null ? null : in.fd();
    }

    @Override
    public Fd output() {
        return out.fd();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws LinuxException {
        return in == null ? HostStream.END : in.read(into, offset, length);
    }

    @Override
    public int write(byte[] from, int offset, int length) throws LinuxException {
        return out.write(from, offset, length);
    }

    @Override
    public void close() {
        if (terminal != null) {
            terminal.close();
        }
        if (in != null) {
            in.close();
        }
        out.close();
    }
}
