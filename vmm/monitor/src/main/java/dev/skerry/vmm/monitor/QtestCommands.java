package dev.skerry.vmm.monitor;

import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.vmm.machine.Machine;
import dev.skerry.vmm.machine.MachineClock;

import java.lang.foreign.MemorySegment;
import java.util.Base64;
import java.util.HexFormat;
import java.util.function.Consumer;

/** The commands of the qtest protocol. Used by one thread. */
final class QtestCommands {
    private static final int MOST_BYTES = 64 << 20;
    private static final String OK = "OK";
    private static final String[] NO_WORDS = {};

    private final Machine machine;
    private final Consumer<String> tell;
    private String intercepted;

    /**
     * @param tell sends a line that answers nothing
     */
    QtestCommands(Machine machine, Consumer<String> tell) {
        this.machine = machine;
        this.tell = tell;
    }

    /** A command that cannot be understood; answered by {@code ERR}. */
    private static final class BadCommandException extends Exception {
        private static final long serialVersionUID = 1L;

        BadCommandException(String message) {
            super(message);
        }
    }

    /** Carries a line out; returns the answer, or null if a line has none. */
    String run(String line) {
        String[] words = line.isEmpty() ? NO_WORDS : line.split(" +");
        if (words.length == 0) {
            return null;
        }
        try {
            return run(words);
        } catch (BadCommandException e) {
            return "ERR " + e.getMessage();
        }
    }

    private String run(String[] words) throws BadCommandException {
        switch (words[0]) {
            case "inb", "inw", "inl" -> {
                int size = size(words[0].charAt(2));
                return String.format("OK 0x%04x", machine.ports().read(port(words), size));
            }
            case "outb", "outw", "outl" -> {
                int size = size(words[0].charAt(3));
                machine.ports().write(port(words), size, number(words, 2));
                return OK;
            }
            case "readb", "readw", "readl", "readq" -> {
                int size = size(words[0].charAt(4));
                return String.format("OK 0x%016x", machine.memory().read(number(words, 1), size));
            }
            case "writeb", "writew", "writel", "writeq" -> {
                int size = size(words[0].charAt(5));
                machine.memory().write(number(words, 1), size, number(words, 2));
                return OK;
            }
            case "read", "b64read", "write", "b64write", "memset" -> {
                return bulk(words);
            }
            case "endianness" -> {
                return "OK little";
            }
            case "clock_step", "clock_set" -> {
                return clock(words);
            }
            case "irq_intercept_in", "irq_intercept_out", "set_irq_in" -> {
                return interrupt(words);
            }
            case "module_load" -> {
                return "FAIL";
            }
            default -> {
                return "FAIL Unknown command '" + words[0] + "'";
            }
        }
    }

    private static int size(char letter) {
        return switch (letter) {
            case 'b' -> 1;
            case 'w' -> 2;
            case 'l' -> 4;
            default -> 8;
        };
    }

    private static long port(String[] words) throws BadCommandException {
        return number(words, 1) & 0xffff;
    }

    /** A number as C reads it: decimal, hexadecimal with 0x, octal with 0; up to 64 bits. */
    private static long number(String[] words, int index) throws BadCommandException {
        if (index >= words.length) {
            throw new BadCommandException(words[0] + ": argument " + index + " is missing");
        }
        String text = words[index];
        try {
            boolean negative = text.startsWith("-");
            String digits = negative ? text.substring(1) : text;
            long value;
            if (digits.startsWith("0x") || digits.startsWith("0X")) {
                value = Long.parseUnsignedLong(digits, 2, digits.length(), 16);
            } else if (digits.startsWith("0") && digits.length() > 1) {
                value = Long.parseUnsignedLong(digits, 8);
            } else {
                value = Long.parseUnsignedLong(digits);
            }
            return negative ? -value : value;
        } catch (NumberFormatException e) {
            throw new BadCommandException(words[0] + ": '" + text + "' is not a number");
        }
    }

    private static int length(String[] words) throws BadCommandException {
        long length = number(words, 2);
        if (length < 0 || length > MOST_BYTES) {
            throw new BadCommandException(words[0] + ": more than 64 MiB at once");
        }
        return (int) length;
    }

    private String bulk(String[] words) throws BadCommandException {
        long gpa = number(words, 1);
        byte[] bytes = new byte[length(words)];
        AddressSpace memory = machine.memory();
        MemorySegment segment = MemorySegment.ofArray(bytes);
        switch (words[0]) {
            case "read" -> {
                memory.read(gpa, segment, 0, bytes.length);
                return "OK 0x" + HexFormat.of().formatHex(bytes);
            }
            case "b64read" -> {
                memory.read(gpa, segment, 0, bytes.length);
                return "OK " + Base64.getEncoder().encodeToString(bytes);
            }
            case "write" -> hexadecimal(words, bytes);
            case "b64write" -> base64(words, bytes);
            default -> segment.fill((byte) number(words, 3));
        }
        memory.write(gpa, segment, 0, bytes.length);
        return OK;
    }

    /** What is missing is zero. */
    private static void hexadecimal(String[] words, byte[] into) throws BadCommandException {
        String text = words.length > 3 ? words[3] : "";
        if (!text.startsWith("0x")) {
            throw new BadCommandException("write: the data do not begin with 0x");
        }
        int count = Math.min(into.length, (text.length() - 2) / 2);
        try {
            byte[] bytes = HexFormat.of().parseHex(text, 2, 2 + 2 * count);
            System.arraycopy(bytes, 0, into, 0, count);
        } catch (IllegalArgumentException e) {
            throw new BadCommandException("write: the data are not hexadecimal");
        }
    }

    private static void base64(String[] words, byte[] into) throws BadCommandException {
        try {
            byte[] bytes = Base64.getDecoder().decode(words.length > 3 ? words[3] : "");
            System.arraycopy(bytes, 0, into, 0, Math.min(bytes.length, into.length));
        } catch (IllegalArgumentException e) {
            throw new BadCommandException("b64write: the data are not base64");
        }
    }

    private String clock(String[] words) throws BadCommandException {
        MachineClock clock = machine.testClock();
        if (clock == null) {
            return "FAIL the clock is a test's with -accel qtest alone";
        }
        long to;
        if (words[0].equals("clock_set")) {
            to = number(words, 1);
        } else if (words.length > 1) {
            to = clock.nowNs() + number(words, 1);
        } else {
            long next = clock.nextDeadlineNs();
            to = next == Long.MAX_VALUE ? clock.nowNs() : next;
        }
        clock.advanceTo(to);
        return "OK " + clock.nowNs();
    }

    private String interrupt(String[] words) throws BadCommandException {
        if (words.length < 2) {
            throw new BadCommandException(words[0] + ": the device is missing");
        }
        // A device by its id, or by its place in the tree of objects.
        String device = words[1].substring(words[1].lastIndexOf('/') + 1);
        if (words[0].equals("set_irq_in")) {
            if (!device.equals("ioapic")) {
                return "FAIL Unknown device";
            }
            machine.setInterrupt((int) number(words, 3) & 0xff, number(words, 4) != 0);
            return OK;
        } else if (intercepted != null) {
            return intercepted.equals(device) ? OK : "FAIL IRQ intercept already enabled";
        }
        if (!machine.interceptInterrupts(device, this::changed)) {
            return "FAIL Unknown device";
        }
        intercepted = device;
        return OK;
    }

    private void changed(int input) {
        tell.accept(input >= 0 ? "IRQ raise " + input : "IRQ lower " + ~input);
    }
}
