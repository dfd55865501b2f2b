package dev.skerry.vmm.monitor;

import dev.skerry.vmm.machine.Cause;
import dev.skerry.vmm.machine.CharDevice;
import dev.skerry.vmm.machine.MachineListener;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A conversation in QMP (QEMU's "QMP Protocol Specification"): a greeting, a negotiation, then commands
 * and their answers, with events in between. One thread carries out what the peer says; it may wait
 * for the machine.
 */
public final class QmpSession implements CharDevice.Front, MachineListener {
    private final boolean pretty;
    private final QmpQueries queries;
    private final QmpCommands commands;
    private final Inbox inbox;
    private final Outbox outbox;
    private final JsonSplitter splitter = new JsonSplitter();

    private volatile boolean negotiated;

    /** A peer came or went since the last byte. */
    private volatile boolean changedPeer;

    /**
     * Begins to listen to a peer.
     *
     * @param pretty whether answers are laid out for people
     */
    public QmpSession(MonitoredMachine monitored, CharDevice chars, boolean pretty) {
        this.pretty = pretty;
        queries = new QmpQueries(monitored);
        commands = new QmpCommands(monitored);
        inbox = new Inbox(chars);
        outbox = new Outbox(chars);
        Thread.ofPlatform().daemon().name("qmp").start(this::serve);
        monitored.machine().addListener(this);
        chars.connect(this);
    }

    @Override
    public void opened() {
        negotiated = false;
        changedPeer = true;
        Map<String, Object> greeting = new LinkedHashMap<>();
        greeting.put("version", queries.version());
        greeting.put("capabilities", List.of());
        outbox.offer(encode(Map.of("QMP", greeting)));
    }

    @Override
    public void closed() {
        negotiated = false;
        changedPeer = true;
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

    private byte[] encode(Map<String, Object> message) {
        return (JsonWriter.write(message, pretty) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private void serve() {
        try {
            while (true) {
                byte next = inbox.take();
                if (changedPeer) {
                    changedPeer = false;
                    splitter.clear();
                }
                String text = splitter.add(next);
                if (text != null) {
                    outbox.put(encode(answer(text)));
                    commands.answered();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Map<String, Object> answer(String text) {
        Map<String, Object> answer = new LinkedHashMap<>();
        Object id = null;
        boolean hasId = false;
        try {
            Object value;
            try {
                value = JsonParser.parse(text);
            } catch (JsonException e) {
                throw new QmpException("JSON parse error, " + e.getMessage());
            }
            if (!(value instanceof Map<?, ?> command)) {
                throw new QmpException("QMP input must be a JSON object");
            }
            hasId = command.containsKey("id");
            id = command.get("id");
            answer.put("return", run(command));
        } catch (QmpException e) {
            Map<String, Object> error = new LinkedHashMap<>();
            error.put("class", e.kind().label());
            error.put("desc", e.getMessage());
            answer.put("error", error);
        }
        if (hasId) {
            answer.put("id", id);
        }
        return answer;
    }

    private Object run(Map<?, ?> command) throws QmpException {
        for (Object key : command.keySet()) {
            if (!List.of("execute", "arguments", "id").contains(key)) {
                throw new QmpException("QMP input member '" + key + "' is unexpected");
            }
        }
        Object name = command.get("execute");
        if (name == null) {
            throw new QmpException("QMP input lacks member 'execute'");
        } else if (!(name instanceof String)) {
            throw new QmpException("QMP input member 'execute' must be a string");
        }
        Object arguments = command.containsKey("arguments") ? command.get("arguments") : Map.of();
        if (!(arguments instanceof Map<?, ?> named)) {
            throw new QmpException("QMP input member 'arguments' must be an object");
        }
        if (name.equals("qmp_capabilities")) {
            return negotiate(named);
        } else if (!negotiated) {
            throw new QmpException(
                    QmpException.Kind.COMMAND_NOT_FOUND,
                    "Expecting capabilities negotiation with 'qmp_capabilities'");
        }
        return commands.run((String) name, new QmpArguments(named));
    }

    private Object negotiate(Map<?, ?> arguments) throws QmpException {
        if (negotiated) {
            throw new QmpException(
                    QmpException.Kind.COMMAND_NOT_FOUND,
                    "Capabilities negotiation is already complete, command ignored");
        }
        if (arguments.get("enable") instanceof List<?> wanted && !wanted.isEmpty()) {
            throw new QmpException("Capability " + wanted.getFirst() + " not available");
        }
        negotiated = true;
        return QmpCommands.NOTHING;
    }

    private void event(String name, Map<String, Object> data) {
        if (!negotiated) {
            return;
        }
        Instant now = Instant.now();
        Map<String, Object> event = new LinkedHashMap<>();
        event.put(
                "timestamp",
                Map.of("seconds", now.getEpochSecond(), "microseconds", now.getNano() / 1000));
        event.put("event", name);
        if (data != null) {
            event.put("data", data);
        }
        // A peer that does not read misses events; the machine does not wait for it.
        outbox.offer(encode(event));
    }

    private static Map<String, Object> reason(Cause cause) {
        return Map.of("guest", cause.isGuest(), "reason", cause.label());
    }

    @Override
    public void shutdown(Cause cause) {
        event("SHUTDOWN", reason(cause));
    }

    @Override
    public void reset(Cause cause) {
        event("RESET", reason(cause));
    }

    @Override
    public void stopped() {
        event("STOP", null);
    }

    @Override
    public void resumed() {
        event("RESUME", null);
    }

    @Override
    public void powerdown() {
        event("POWERDOWN", null);
    }
}
