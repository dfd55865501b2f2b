package dev.skerry.vmm.monitor;

import dev.skerry.vmm.chardev.MuxChar;
import dev.skerry.vmm.machine.CharDevice;

import java.nio.charset.StandardCharsets;

/**
 * A prompt for people, with the least of a line editor: erase a character, a line. One thread carries
 * out what was typed.
 */
public final class HumanMonitor implements CharDevice.Front, MuxChar.Focused {
    private static final int MOST_CHARACTERS = 1024;
    private static final int BACKSPACE = 8;
    private static final int DELETE = 127;
    private static final int ERASE_LINE = 21;

    /** As QEMU's, since programs look for it. */
    private static final String PROMPT = "(qemu) ";

    private final String banner;
    private final HumanCommands commands;
    private final Inbox inbox;
    private final Outbox outbox;
    private final StringBuilder line = new StringBuilder();
    private final boolean shared;
    private boolean greeted;

    /**
     * @param shared whether others use the same terminal: then it says nothing until it has the
     *     keyboard
     */
    public HumanMonitor(MonitoredMachine monitored, CharDevice chars, boolean shared) {
        this.shared = shared;
        banner = "Skerry " + monitored.version() + " monitor - type 'help' for more information\n";
        commands = new HumanCommands(monitored);
        inbox = new Inbox(chars);
        outbox = new Outbox(chars);
        Thread.ofPlatform().daemon().name("monitor").start(this::serve);
        chars.connect(this);
    }

    @Override
    public void opened() {
        if (!shared) {
            say(banner + PROMPT);
        }
    }

    @Override
    public void focus(boolean here) {
        if (here) {
            say(greeted ? "\n" + PROMPT : "\n" + banner + PROMPT);
            greeted = true;
        }
    }

    @Override
    public void closed() {
        outbox.clear();
    }

    @Override
    public int receive(byte[] bytes, int offset, int length) {
        return inbox.add(bytes, offset, length);
    }

    @Override
    public void outputPossible() {
        outbox.pump();
    }

    private void say(String text) {
        outbox.offer(text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    private void serve() {
        try {
            while (true) {
                take(inbox.take() & 0xff);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void take(int key) {
        switch (key) {
            case '\r', '\n' -> {
                String typed = line.toString();
                line.setLength(0);
                say("\n");
                say(commands.run(typed) + PROMPT);
            }
            case BACKSPACE, DELETE -> erase(Math.min(1, line.length()));
            case ERASE_LINE -> erase(line.length());
            default -> {
                if (key >= ' ' && key < DELETE && line.length() < MOST_CHARACTERS) {
                    line.append((char) key);
                    say(String.valueOf((char) key));
                }
            }
        }
    }

    private void erase(int count) {
        line.setLength(line.length() - count);
        say("\b \b".repeat(count));
    }
}
