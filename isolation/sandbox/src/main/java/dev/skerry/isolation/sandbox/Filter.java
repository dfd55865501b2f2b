package dev.skerry.isolation.sandbox;

import dev.skerry.platform.linux.Errno;

import java.util.ArrayList;
import java.util.List;

/**
 * A policy's calls as a program of classic BPF over {@code struct seccomp_data} (seccomp(2)): number
 * at 0, architecture at 4, arguments of eight bytes from 16 on, low half first.
 */
final class Filter {
    private static final int LOAD = 0x20;
    private static final int AND = 0x54;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int JUMP_IF_NOT_BELOW = 0x35;
    private static final int RETURN = 0x06;

    private static final int ALLOW = 0x7fff0000;
    private static final int ERROR = 0x00050000;
    private static final int KILL_PROCESS = 0x80000000;

    private static final int NUMBER = 0;
    private static final int ARCHITECTURE = 4;
    private static final int ARGUMENTS = 16;
    private static final int X86_64 = 0xc000003e;

    /** From here on numbers are the x32 ABI's. */
    private static final int FIRST_X32 = 0x40000000;

    private final List<Long> program = new ArrayList<>();

    private Filter() {}

    /**
     * The program for a policy.
     *
     * @param self this process' id, as it sees it itself
     */
    static long[] of(Policy policy, int self) {
        Filter filter = new Filter();
        filter.add(LOAD, 0, 0, ARCHITECTURE);
        filter.add(JUMP_IF_EQUAL, 1, 0, X86_64);
        filter.add(RETURN, 0, 0, KILL_PROCESS);
        filter.add(LOAD, 0, 0, NUMBER);
        filter.add(JUMP_IF_NOT_BELOW, 0, 1, FIRST_X32);
        filter.add(RETURN, 0, 0, KILL_PROCESS);
        for (Policy.CallRule rule : policy.calls()) {
            filter.addRule(rule, self);
        }
        filter.add(RETURN, 0, 0, ERROR | Errno.EPERM.value());
        long[] result = new long[filter.program.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = filter.program.get(i);
        }
        return result;
    }

    private void addRule(Policy.CallRule rule, int self) {
        int verdict = rule.error() == 0 ? ALLOW : ERROR | rule.error();
        List<Policy.Condition> conditions = rule.conditions();
        if (conditions.isEmpty()) {
            add(JUMP_IF_EQUAL, 0, 1, rule.number());
            add(RETURN, 0, 0, verdict);
            return;
        }
        // Three instructions a condition, the verdict, and the number again for the next rule.
        int left = 3 * conditions.size() + 2;
        add(JUMP_IF_EQUAL, 0, left, rule.number());
        for (Policy.Condition condition : conditions) {
            left -= 3;
            add(LOAD, 0, 0, ARGUMENTS + 8 * condition.argument());
            add(AND, 0, 0, condition.mask());
            add(JUMP_IF_EQUAL, 0, left - 1, condition.self() ? self : condition.value());
        }
        add(RETURN, 0, 0, verdict);
        add(LOAD, 0, 0, NUMBER);
    }

    private void add(int code, int ifTrue, int ifFalse, int operand) {
        program.add(code | (long) ifTrue << 16 | (long) ifFalse << 24 | (long) operand << 32);
    }
}
