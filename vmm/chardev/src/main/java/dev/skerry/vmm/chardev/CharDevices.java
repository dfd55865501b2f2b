package dev.skerry.vmm.chardev;

import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.Terminal;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.Values;
import dev.skerry.vmm.machine.CharDevice;
import dev.skerry.vmm.machine.EventLoop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A machine's character devices by id, made as {@code -chardev}, and as {@code -serial} and its like
 * say in short. Used by one thread; what it makes, by many.
 */
public final class CharDevices implements AutoCloseable {
    /** For {@code -chardev help}. */
    public static final Set<String> BACKENDS =
            java.util.Collections.unmodifiableSet(
                    new java.util.TreeSet<>(Set.of("file", "null", "socket", "stdio")));

    private static final Set<String> COMMON = Set.of("backend", "id", "mux");

    private final EventLoop loop;
    private final boolean terminalSignals;
    private final int escape;
    private final Runnable onExit;
    private final Map<String, HostChar> devices = new LinkedHashMap<>();
    private final Map<String, MuxChar> muxes = new LinkedHashMap<>();
    private final Set<String> used = new java.util.HashSet<>();
    private boolean stdioTaken;

    /**
     * @param terminalSignals whether by default Ctrl-C at the terminal is a signal and not a key
     * @param escape the key of multiplexers
     * @param onExit what their key to leave does
     */
    public CharDevices(EventLoop loop, boolean terminalSignals, int escape, Runnable onExit) {
        this.loop = loop;
        this.terminalSignals = terminalSignals;
        this.escape = escape;
        this.onExit = onExit;
    }

    /** Adds what {@code -chardev} says; its first element is {@code backend}. */
    public void add(OptionList options) throws OptionException {
        String id = options.require("id");
        if (devices.containsKey(id)) {
            throw options.error("Duplicate ID '" + id + "' for chardev");
        }
        boolean mux = flag(options, "mux", false);
        HostChar device =
                switch (options.require("backend")) {
                    case "null" -> {
                        requireKeys(options, Set.of());
                        yield new NullChar();
                    }
                    case "stdio" -> {
                        requireKeys(options, Set.of("signal"));
                        yield stdio(options, flag(options, "signal", terminalSignals && !mux));
                    }
                    case "file" -> {
                        requireKeys(options, Set.of("path", "append"));
                        yield file(
                                options, options.require("path"), flag(options, "append", false));
                    }
                    case "socket" -> socket(options);
                    default ->
                            throw options.error(
                                    "'"
                                            + options.get("backend")
                                            + "' is not a supported char driver; there are "
                                            + String.join(", ", BACKENDS));
                };
        put(id, device, mux);
    }

    private void put(String id, HostChar device, boolean mux) {
        devices.put(id, device);
        if (mux) {
            muxes.put(id, new MuxChar(device, escape, onExit));
        }
    }

    /**
     * Makes what {@code -serial}, {@code -monitor} and their like say.
     *
     * @param option as the user wrote it, for messages
     * @param id for what is made
     * @return null for {@code none}
     */
    public CharDevice ofText(String option, String text, String id) throws OptionException {
        if (text.equals("none")) {
            return null;
        } else if (text.startsWith("chardev:")) {
            return find(option + " " + text, text.substring("chardev:".length()));
        } else if (text.startsWith("mon:")) {
            String plain = text.substring("mon:".length());
            put(id, make(option, plain, false), true);
        } else {
            put(id, make(option, text, terminalSignals), false);
        }
        return use(id);
    }

    private HostChar make(String option, String text, boolean signals) throws OptionException {
        int colon = text.indexOf(':');
        String kind = colon < 0 ? text : text.substring(0, colon);
        String rest = text.substring(colon + 1);
        switch (kind) {
            case "null" -> {
                return new NullChar();
            }
            case "stdio" -> {
                return stdio(OptionList.parse(option, text, "backend"), signals);
            }
            case "file" -> {
                return file(OptionList.parse(option, text, "backend"), rest, false);
            }
            case "unix" -> {
                return socket(OptionList.parse(option + " unix:", rest, "path"));
            }
            default ->
                    throw new OptionException(
                            option
                                    + " "
                                    + text
                                    + ": not supported; only none, null, stdio, mon:stdio,"
                                    + " file:PATH, unix:PATH[,server=on[,wait=off]] and chardev:ID"
                                    + " are");
        }
    }

    /** One by its id, for something in the machine to connect to. */
    public CharDevice find(String where, String id) throws OptionException {
        HostChar device = devices.get(id);
        if (device == null) {
            throw new OptionException(where + ": chardev '" + id + "' not found");
        }
        if (muxes.containsKey(id) ? muxes.get(id).isFull() : used.contains(id)) {
            throw new OptionException(where + ": chardev '" + id + "' is already in use");
        }
        return use(id);
    }

    private CharDevice use(String id) {
        used.add(id);
        MuxChar mux = muxes.get(id);
        return mux == null ? devices.get(id) : mux.newPort();
    }

    /** Whether one of them is the terminal. */
    public boolean hasStdio() {
        return stdioTaken;
    }

    /** Whether one is a multiplexer. */
    public boolean isShared(String id) {
        return muxes.containsKey(id);
    }

    /** Another place at a multiplexer that was made with {@code mon:}, or null if it is none. */
    public CharDevice portBeside(String id) {
        MuxChar mux = muxes.get(id);
        return mux == null || mux.isFull() ? null : mux.newPort();
    }

    /** What a device of the machine that names an id gets: a multiplexer has places for several. */
    public Map<String, CharDevice> offered() {
        Map<String, CharDevice> offered = new LinkedHashMap<>();
        for (String id : devices.keySet()) {
            CharDevice place = muxes.containsKey(id) ? portBeside(id) : devices.get(id);
            if (place != null && (muxes.containsKey(id) || !used.contains(id))) {
                offered.put(id, place);
            }
        }
        return offered;
    }

    /** All by id. */
    public Map<String, HostChar> devices() {
        return java.util.Collections.unmodifiableMap(devices);
    }

    private HostChar stdio(OptionList options, boolean signals) throws OptionException {
        if (stdioTaken) {
            throw options.error("cannot use stdio by multiple character devices");
        }
        stdioTaken = true;
        try {
            Fd in = Fd.inherited(0).duplicate();
            Fd out = Fd.inherited(1).duplicate();
            Endpoint end = new DescriptorEndpoint(in, out, Terminal.takeOver(in, signals));
            return new StreamChar(loop, "stdio", end);
        } catch (LinuxException e) {
            throw options.error("standard input or output: " + e.getMessage());
        }
    }

    private HostChar file(OptionList options, String path, boolean append) throws OptionException {
        try {
            Path file = Path.of(path);
            if (!append && Files.isRegularFile(file)) {
                Files.newOutputStream(file, TRUNCATE).close();
            }
            Fd fd = Fd.openForAppending(path);
            return new StreamChar(loop, "file:" + path, new DescriptorEndpoint(null, fd, null));
        } catch (IOException | java.nio.file.InvalidPathException e) {
            throw options.error("could not open '" + path + "': " + reason(e));
        }
    }

    private static final OpenOption[] TRUNCATE = {
        StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING
    };

    private HostChar socket(OptionList options) throws OptionException {
        requireKeys(options, Set.of("path", "server", "wait", "fd", "reconnect", "delay"));
        if (options.has("reconnect") && !options.get("reconnect").equals("0")) {
            throw options.error("'reconnect' is not supported");
        }
        boolean server = flag(options, "server", false);
        try {
            if (options.has("fd")) {
                Fd fd = Fd.inherited((int) Values.number(options.get("fd"), 0, 0xffff));
                return SocketChar.connected(loop, UnixStream.adopt(fd));
            }
            if (options.has("host") || options.has("port")) {
                throw options.error("only unix sockets are supported; say path=");
            }
            String path = options.require("path");
            return server
                    ? SocketChar.server(loop, path, flag(options, "wait", true))
                    : SocketChar.client(loop, path);
        } catch (IOException | java.nio.file.InvalidPathException e) {
            throw options.error(
                    "Failed to "
                            + (server ? "listen at '" : "connect to '")
                            + options.get("path")
                            + "': "
                            + reason(e));
        }
    }

    private static String reason(Exception e) {
        return e instanceof LinuxException linux ? linux.errno().toString() : e.toString();
    }

    private static boolean flag(OptionList options, String key, boolean absent)
            throws OptionException {
        try {
            return options.has(key) ? Values.bool(options.get(key)) : absent;
        } catch (OptionException e) {
            throw options.error("Parameter '" + key + "': " + e.getMessage());
        }
    }

    private static void requireKeys(OptionList options, Set<String> known) throws OptionException {
        for (String key : options.values().keySet()) {
            if (!COMMON.contains(key) && !known.contains(key)) {
                throw options.error("Invalid parameter '" + key + "'");
            }
        }
    }

    /** Lets all go; the terminal is as it was. */
    @Override
    public void close() {
        devices.values().forEach(HostChar::close);
    }
}
