package dev.skerry.vmm.chardev;

/** Takes everything and gives nothing. */
final class NullChar implements HostChar {
    private volatile boolean connected;

    @Override
    public String description() {
        return "null";
    }

    @Override
    public boolean hasFront() {
        return connected;
    }

    @Override
    public void connect(Front front) {
        connected = true;
        front.opened();
    }

    @Override
    public boolean write(byte value) {
        return true;
    }

    @Override
    public void inputWanted() {
        // There is none.
    }

    @Override
    public void close() {
        // There is nothing to give back.
    }
}
