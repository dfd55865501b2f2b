package dev.skerry.vmm.chardev;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.vmm.machine.EventLoop;

/**
 * A character device on an {@link Endpoint}. Output goes through a buffer that the event loop empties,
 * so that a guest's burst costs a system call, not one for each byte; both directions hold at most a
 * buffer of 4 KiB and then wait for the other side. All reading, and all that is told to the front,
 * happens on the event loop's thread.
 */
class StreamChar implements HostChar {
    private static final int INPUT_BYTES = 4096;

    private final EventLoop loop;
    private final String description;

    private final byte[] input = new byte[INPUT_BYTES];
    private int inputBegin;
    private int inputEnd;
    private final byte[] flushing = new byte[1024];

    // Guarded by the lock; the end is changed by the loop's thread and by close alone.
    private final Object lock = new Object();
    private final OutputBuffer output = new OutputBuffer();
    private Endpoint end;
    private Front front;
    private boolean flushComes;
    private boolean outputRefused;

    private EventLoop.Watch inputWatch;
    private EventLoop.Watch outputWatch;

    /** A plain file: the host never lets it be waited for, it is always ready. */
    private boolean inputIsFile;

    /**
     * @param end null if there is none yet
     */
    StreamChar(EventLoop loop, String description, Endpoint end) {
        this.loop = loop;
        this.description = description;
        this.end = end;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public boolean hasFront() {
        synchronized (lock) {
            return front != null;
        }
    }

    final EventLoop loop() {
        return loop;
    }

    @Override
    public void connect(Front connected) {
        synchronized (lock) {
            front = connected;
        }
        loop.run(this::begin);
    }

    /** The front is there: input may come. On the loop's thread. */
    private void begin() {
        boolean open;
        synchronized (lock) {
            open = end != null;
        }
        if (open) {
            opened();
        }
    }

    /** Goes on with another end. On the loop's thread. */
    final void open(Endpoint next) {
        boolean told;
        synchronized (lock) {
            end = next;
            told = front != null;
        }
        if (told) {
            opened();
        }
    }

    private void opened() {
        Fd fd = end.input();
        if (fd != null) {
            try {
                inputWatch = loop.watch(fd, this::ready);
                inputIsFile = false;
            } catch (LinuxException notWaitable) {
                inputIsFile = true;
                loop.run(this::readInput);
            }
        }
        front.opened();
    }

    private void ready(boolean in, boolean out) {
        if (out) {
            flush();
        }
        if (in) {
            readInput();
        }
    }

    private void readInput() {
        if (end == null) {
            return;
        }
        if (inputBegin == inputEnd) {
            int count;
            try {
                count = end.read(input, 0, input.length);
            } catch (LinuxException e) {
                count = -1;
            }
            if (count < 0) {
                ended();
                return;
            }
            inputBegin = 0;
            inputEnd = count;
        }
        deliver();
    }

    private void deliver() {
        if (inputBegin < inputEnd) {
            inputBegin += front.receive(input, inputBegin, inputEnd - inputBegin);
        }
        boolean all = inputBegin == inputEnd;
        if (inputWatch != null) {
            inputWatch.wantInput(all);
        } else if (all && inputIsFile && end != null) {
            loop.run(this::readInput);
        }
    }

    /** No input comes any more. Output may still be possible, but not for a socket. */
    void ended() {
        if (inputWatch != null) {
            inputWatch.close();
            inputWatch = null;
        }
        inputIsFile = false;
    }

    /** Lets the end go; what was to be sent to it is forgotten. On the loop's thread. */
    final void hangUp() {
        Endpoint gone;
        boolean resume;
        synchronized (lock) {
            gone = end;
            end = null;
            output.clear();
            flushComes = false;
            resume = outputRefused;
            outputRefused = false;
            inputBegin = inputEnd;
        }
        unwatch();
        if (gone != null) {
            gone.close();
            front.closed();
        }
        if (resume) {
            front.outputPossible();
        }
    }

    private void unwatch() {
        for (EventLoop.Watch watch : new EventLoop.Watch[] {inputWatch, outputWatch}) {
            if (watch != null) {
                watch.close();
            }
        }
        inputWatch = null;
        outputWatch = null;
    }

    @Override
    public boolean write(byte value) {
        synchronized (lock) {
            if (end == null) {
                return true;
            } else if (output.isFull()) {
                outputRefused = true;
                return false;
            }
            output.add(value);
            if (flushComes) {
                return true;
            }
            flushComes = true;
        }
        loop.run(this::flush);
        return true;
    }

    /** Writes what can be written now. On the loop's thread. */
    private void flush() {
        boolean resume;
        try {
            boolean all = writeOut();
            wantOutput(!all);
        } catch (LinuxException e) {
            outputFailed();
            return;
        }
        synchronized (lock) {
            resume = outputRefused && !output.isFull();
            outputRefused &= !resume;
        }
        if (resume) {
            front.outputPossible();
        }
    }

    /** Returns whether nothing is left. */
    private boolean writeOut() throws LinuxException {
        while (true) {
            int length;
            synchronized (lock) {
                length = end == null ? 0 : output.peek(flushing);
                if (length == 0) {
                    flushComes = false;
                    return true;
                }
            }
            int written = end.write(flushing, 0, length);
            if (written == 0) {
                return false;
            }
            synchronized (lock) {
                output.remove(written);
            }
        }
    }

    private void wantOutput(boolean wanted) throws LinuxException {
        if (outputWatch == null && wanted) {
            if (inputWatch != null && end.output().equals(end.input())) {
                outputWatch = inputWatch;
            } else {
                outputWatch = loop.watch(end.output(), this::ready);
                outputWatch.wantInput(false);
            }
        }
        if (outputWatch != null) {
            outputWatch.wantOutput(wanted);
        }
    }

    /** Nobody reads any more: the rest is forgotten, and the guest goes on. */
    private void outputFailed() {
        boolean resume;
        synchronized (lock) {
            output.clear();
            flushComes = false;
            resume = outputRefused;
            outputRefused = false;
        }
        if (resume) {
            front.outputPossible();
        }
    }

    @Override
    public void inputWanted() {
        loop.run(this::deliver);
    }

    @Override
    public void close() {
        Endpoint gone;
        unwatch();
        synchronized (lock) {
            gone = end;
            if (gone != null) {
                try {
                    writeOut();
                } catch (LinuxException nobodyReads) {
                    output.clear();
                }
            }
            end = null;
        }
        if (gone != null) {
            gone.close();
        }
    }
}
