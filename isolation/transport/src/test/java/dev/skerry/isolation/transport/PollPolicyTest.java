package dev.skerry.isolation.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Polling where it pays, and nowhere else. */
class PollPolicyTest {
    private static final long MOST_NS = 100_000;
    private static final int MESSAGES = 1000;

    private long nowNs = 42;
    private final PollPolicy policy = new PollPolicy(MOST_NS, nowNs);

    /** Messages that come after one gap when polled for and another when slept for; how many polls. */
    private int polls(PollPolicy policy, int messages, long polledGapNs, long sleptGapNs) {
        int polls = 0;
        for (int i = 0; i < messages; i++) {
            boolean wanted = policy.isWanted();
            polls += wanted ? 1 : 0;
            nowNs += wanted ? polledGapNs : sleptGapNs;
            policy.messageServed(nowNs);
        }
        return polls;
    }

    @ParameterizedTest
    @CsvSource({"20000, 70000, 0.9, 1", "6100, 5300, 0, 0.1", "1000, 40000, 0.9, 1"})
    void the_way_after_which_messages_come_sooner_is_used(
            long polledGapNs, long sleptGapNs, double least, double most) {
        double part = (double) polls(policy, MESSAGES, polledGapNs, sleptGapNs) / MESSAGES;
        assertTrue(part >= least && part <= most, "polled for " + part);
    }

    @Test
    void a_peer_that_moves_to_another_core_is_noticed() {
        polls(policy, MESSAGES, 6100, 5300);
        int polls = polls(policy, MESSAGES, 20_000, 70_000);
        assertTrue(polls > MESSAGES / 2, polls + " polls");
    }

    @Test
    void slow_messages_are_never_polled_for() {
        assertEquals(0, polls(policy, MESSAGES, MOST_NS, MOST_NS));
    }

    @Test
    void polling_ends_with_its_time() {
        policy.messageServed(++nowNs);
        policy.messageServed(++nowNs);
        assertTrue(policy.isTime(nowNs + MOST_NS - 1));
        assertFalse(policy.isTime(nowNs + MOST_NS));
    }

    @Test
    void a_time_of_zero_is_never() {
        assertEquals(0, polls(new PollPolicy(0, nowNs), MESSAGES, 1, 1));
    }
}
