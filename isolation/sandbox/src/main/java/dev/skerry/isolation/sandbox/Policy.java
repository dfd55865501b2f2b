package dev.skerry.isolation.sandbox;

import dev.skerry.platform.linux.Attempt;
import dev.skerry.platform.linux.Errno;
import dev.skerry.platform.linux.Privileges.Limit;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.StringTokenizer;

/**
 * What a role may still do: limits, its control group's too, and system calls, as the text resource {@code ROLE.policy} has
 * them. That text is what is reviewed; its head says how it is written. A rule without a reason is
 * an error.
 */
public record Policy(
        String role,
        List<LimitRule> limits,
        List<GroupRule> groups,
        List<CallRule> calls,
        List<Ability> abilities) {
    /** What the role can do of what others must not, so that it need not fail when it is tried. */
    public record Ability(Attempt attempt, String reason) {}

    /** A resource limit. */
    public record LimitRule(Limit limit, long value, String reason) {}

    /**
     * A limit of the process' control group.
     *
     * @param value processes and threads; or bytes, to which those of guest memory are added
     */
    public record GroupRule(GroupController controller, long value, String reason) {}

    /**
     * A system call that is allowed, or answered with an error.
     *
     * @param error 0 if it is allowed
     */
    public record CallRule(
            String name, int number, List<Condition> conditions, int error, String reason) {}

    /**
     * A condition on an argument's low 32 bits.
     *
     * @param value what they must be after masking; ignored if {@code self}
     * @param self whether they must be this process' id instead
     */
    public record Condition(int argument, int mask, int value, boolean self) {}

    /** The policy of a role: {@code device} or {@code machine}. */
    public static Policy of(String role) throws IOException {
        // An image has it as a file, too: the first resource a process reads takes it 10 ms.
        File file = new File(System.getProperty("java.home"), "lib/" + role + ".policy");
        try (InputStream text =
                file.exists()
                        ? new FileInputStream(file)
                        : Policy.class.getResourceAsStream(role + ".policy")) {
            if (text == null) {
                throw new IOException("there is no sandbox policy for the role '" + role + "'");
            }
            return parse(role, new String(text.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** What must fail in this role when it is tried. */
    public Set<Attempt> forbidden() {
        Set<Attempt> forbidden = EnumSet.allOf(Attempt.class);
        abilities.forEach(ability -> forbidden.remove(ability.attempt()));
        return forbidden;
    }

    /** Reads a policy's text. */
    static Policy parse(String role, String text) throws IOException {
        List<LimitRule> limits = new ArrayList<>();
        List<GroupRule> groups = new ArrayList<>();
        List<CallRule> calls = new ArrayList<>();
        List<Ability> abilities = new ArrayList<>();
        int number = 0;
        for (int at = 0; at < text.length(); ) {
            int end = text.indexOf('\n', at);
            end = end < 0 ? text.length() : end;
            String line = text.substring(at, end).strip();
            at = end + 1;
            number++;
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            try {
                parseRule(line, limits, groups, calls, abilities);
            } catch (IOException | IllegalArgumentException e) {
                throw new IOException(role + ".policy, line " + number + ": " + e.getMessage(), e);
            }
        }
        return new Policy(
                role,
                List.copyOf(limits),
                List.copyOf(groups),
                List.copyOf(calls),
                List.copyOf(abilities));
    }

    private static void parseRule(
            String line,
            List<LimitRule> limits,
            List<GroupRule> groups,
            List<CallRule> calls,
            List<Ability> abilities)
            throws IOException {
        int colon = line.indexOf(" : ");
        if (colon < 0 || line.substring(colon + 3).isBlank()) {
            throw new IOException("a rule gives its reason after ' : '");
        }
        String reason = line.substring(colon + 3).strip();
        StringTokenizer words = new StringTokenizer(line.substring(0, colon));
        if (words.countTokens() < 2) {
            throw new IOException("a rule has a verb and a name");
        }
        String verb = words.nextToken();
        String name = words.nextToken();
        switch (verb) {
            case "limit" ->
                    limits.add(new LimitRule(Limit.valueOf(name), size(last(words)), reason));
            case "group" ->
                    groups.add(
                            new GroupRule(
                                    GroupController.valueOf(name), size(last(words)), reason));
            case "allow" -> {
                List<Condition> conditions = new ArrayList<>();
                while (words.hasMoreTokens()) {
                    conditions.add(condition(words.nextToken()));
                }
                calls.add(
                        new CallRule(
                                name,
                                SystemCalls.number(name),
                                List.copyOf(conditions),
                                0,
                                reason));
            }
            case "refuse" ->
                    calls.add(
                            new CallRule(
                                    name,
                                    SystemCalls.number(name),
                                    List.of(),
                                    error(last(words)),
                                    reason));
            case "can" -> abilities.add(new Ability(Attempt.valueOf(name), reason));
            default ->
                    throw new IOException(
                            "'" + verb + "' is none of limit, group, allow, refuse, can");
        }
    }

    private static String last(StringTokenizer words) throws IOException {
        if (words.countTokens() != 1) {
            throw new IOException("one value is wanted");
        }
        return words.nextToken();
    }

    private static Condition condition(String text) throws IOException {
        int equals = text.indexOf('=');
        int and = text.indexOf('&');
        int argument = text.length() < 2 ? -1 : text.charAt(1) - '0';
        if (equals < 2 || text.charAt(0) != 'a' || and > equals || argument < 0 || argument > 5) {
            throw new IOException("'" + text + "' is not aN[&MASK]=VALUE with N from 0 to 5");
        }
        int mask = and < 0 ? -1 : word(text.substring(and + 1, equals));
        String value = text.substring(equals + 1);
        boolean self = value.equals("self");
        return new Condition(argument, mask, self ? 0 : word(value), self);
    }

    private static int word(String text) {
        long value = Long.decode(text);
        if (value < 0 || value > 0xffff_ffffL) {
            throw new IllegalArgumentException(text + " does not fit in 32 bits");
        }
        return (int) value;
    }

    private static long size(String text) {
        if (text.endsWith("G")) {
            return Long.parseLong(text.substring(0, text.length() - 1)) << 30;
        } else if (text.endsWith("M")) {
            return Long.parseLong(text.substring(0, text.length() - 1)) << 20;
        }
        return Long.parseLong(text);
    }

    private static int error(String name) throws IOException {
        return switch (name) {
            case "EPERM" -> Errno.EPERM.value();
            case "EACCES" -> Errno.EACCES.value();
            case "ENOSYS" -> Errno.ENOSYS.value();
            default -> throw new IOException("'" + name + "' is none of EPERM, EACCES, ENOSYS");
        };
    }
}
