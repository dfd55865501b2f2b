package dev.skerry.isolation.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.platform.linux.Attempt;
import dev.skerry.platform.linux.Privileges.Limit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

class PolicyTest {
    private static final Path HEADER = Path.of("/usr/include/x86_64-linux-gnu/asm/unistd_64.h");

    /** What no role has: each would undo the rest. */
    private static final Set<String> NEVER =
            Set.of("execve", "ptrace", "fork", "connect", "kill", "prlimit64", "socket");

    @ParameterizedTest
    @ValueSource(strings = {"device", "machine"})
    void every_rule_has_a_reason_and_none_undoes_the_rest(String role) throws IOException {
        Policy policy = Policy.of(role);
        assertFalse(policy.calls().isEmpty());
        for (Policy.CallRule rule : policy.calls()) {
            assertFalse(rule.reason().isBlank(), rule.name());
            assertFalse(NEVER.contains(rule.name()), rule.name());
        }
        for (Policy.LimitRule rule : policy.limits()) {
            assertFalse(rule.reason().isBlank(), rule.limit().name());
        }
        for (Policy.GroupRule rule : policy.groups()) {
            assertFalse(rule.reason().isBlank(), rule.controller().name());
        }
    }

    /** A group that is tighter than what the process may do by itself would end it in mid-work. */
    @ParameterizedTest
    @ValueSource(strings = {"device", "machine"})
    void a_group_has_room_for_what_the_process_may_do(String role) throws IOException {
        Policy policy = Policy.of(role);
        Map<GroupController, Limit> own =
                Map.of(GroupController.MEMORY, Limit.DATA, GroupController.PIDS, Limit.NPROC);
        assertEquals(own.size(), policy.groups().size());
        for (Policy.GroupRule rule : policy.groups()) {
            long least =
                    policy.limits().stream()
                            .filter(each -> each.limit() == own.get(rule.controller()))
                            .findFirst()
                            .orElseThrow()
                            .value();
            assertTrue(rule.value() >= least, rule.controller() + " below " + least);
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "allow read, gives its reason",
                "allow read : , gives its reason",
                "permit read : why, none of limit",
                "allow raed : why, no system call 'raed'",
                "allow mmap a9=1 : why, N from 0 to 5",
                "allow mmap prot=1 : why, is not aN",
                "allow mmap a1=0x1ffffffff : why, does not fit",
                "refuse read EDOM : why, none of EPERM",
                "limit CORE : why, one value",
                "limit SPEED 1 : why, SPEED",
                "group SPEED 1 : why, SPEED",
                "group PIDS : why, one value",
                "can FLY : why, FLY",
                "can EXECUTE, gives its reason",
            })
    void a_mistake_is_told_with_its_line(String line, String reason) {
        IOException e =
                assertThrows(IOException.class, () -> Policy.parse("role", "# a role\n" + line));
        assertTrue(e.getMessage().startsWith("role.policy, line 2: "), e.getMessage());
        assertTrue(e.getMessage().contains(reason), e.getMessage());
    }

    @Test
    void a_role_fails_at_all_but_what_it_says_it_can() throws IOException {
        assertEquals(EnumSet.allOf(Attempt.class), Policy.of("device").forbidden());
        assertEquals(
                EnumSet.complementOf(EnumSet.of(Attempt.SEND_DESCRIPTORS)),
                Policy.of("machine").forbidden());
    }

    @Test
    void sizes_have_units() throws IOException {
        Policy policy =
                Policy.parse("role", "limit DATA 2G : a\nlimit AS 3M : b\nlimit CORE 0 : c");
        assertEquals(2L << 30, policy.limits().get(0).value());
        assertEquals(3L << 20, policy.limits().get(1).value());
        assertEquals(0, policy.limits().get(2).value());
    }

    @Test
    void numbers_are_the_kernels() throws IOException {
        assumeTrue(Files.exists(HEADER), HEADER + " is missing (Debian package linux-libc-dev)");
        Map<String, Integer> kernels = new TreeMap<>();
        for (String line : Files.readAllLines(HEADER)) {
            String[] words = line.split("\\s+");
            if (words.length == 3 && words[1].startsWith("__NR_")) {
                kernels.put(words[1].substring(5), Integer.valueOf(words[2]));
            }
        }
        SystemCalls.all().forEach((name, number) -> assertEquals(kernels.get(name), number, name));
    }
}
