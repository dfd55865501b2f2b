package dev.skerry.isolation.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.isolation.wire.ProtocolException;
import dev.skerry.isolation.wire.mpqemu.Command;
import dev.skerry.isolation.wire.mpqemu.Reply;
import dev.skerry.platform.linux.EventFd;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One message at a time, over a loopback. */
class MessageHandlerTest {
    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void config_reads_and_writes_reach_the_function() throws Exception {
        assertEquals(0x1234L, bench.config(Command.PCI_CFGREAD, 0, 0, 2));
        assertEquals(0x56781234L, bench.config(Command.PCI_CFGREAD, 0, 0, 4));
        assertEquals(0L, bench.config(Command.PCI_CFGWRITE, 0x3c, 0x0b, 1));
        assertEquals(0x0bL, bench.config(Command.PCI_CFGREAD, 0x3c, 0, 1));
    }

    @ParameterizedTest
    @CsvSource({"0xfd,1", "0xfd,2", "0xfe,1", "0xfe,2", "0xff,1", "0xfc,4"})
    void the_last_bytes_of_config_space_are_there(String offset, int length) throws Exception {
        assertEquals(0L, bench.config(Command.PCI_CFGREAD, Integer.decode(offset), 0, length));
        assertEquals(0L, bench.config(Command.PCI_CFGWRITE, Integer.decode(offset), -1, length));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "0,3",
        "0,5",
        "0,8",
        "0,-1",
        "0,-2147483648",
        "0xff,2",
        "0xfd,4",
        "0x100,1",
        "-1,1",
        "-4,4"
    })
    void a_config_access_that_cannot_be_is_an_error_and_the_link_lives(String offset, int length)
            throws Exception {
        assertEquals(
                Reply.ERROR, bench.config(Command.PCI_CFGREAD, Integer.decode(offset), 0, length));
        assertEquals(
                Reply.ERROR,
                bench.config(Command.PCI_CFGWRITE, Integer.decode(offset), -1, length));
        assertEquals(0x1234L, bench.config(Command.PCI_CFGREAD, 0, 0, 2));
        assertTrue(bench.log().contains("no such place in configuration space"), bench.log());
    }

    @Test
    void bar_accesses_reach_the_device_by_address() throws Exception {
        bench.enableBar();
        assertEquals(0L, bench.bar(Command.BAR_WRITE, Bench.BAR, 0x1122334455667788L, 8, true));
        assertEquals(0x1122334455667788L, bench.device.value);
        assertEquals(0x55667788L, bench.bar(Command.BAR_READ, Bench.BAR, 0, 4, true));
        assertEquals(0x40L, bench.bar(Command.BAR_READ, Bench.BAR + 0x40, 0, 4, true));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0,true",
        "0,3,true",
        "0,16,true",
        "0,-1,true",
        "0,1,true",
        "0,2,true",
        "2,4,true",
        "-4,4,true",
        "0x100,4,true",
        "0xfc,8,true",
        "-1,4,true",
        "0,4,false",
        "0x7fffffff,4,true"
    })
    void a_bar_access_that_cannot_be_is_an_error_and_the_link_lives(
            String offset, int size, boolean isMemory) throws Exception {
        bench.enableBar();
        long address = Bench.BAR + Long.decode(offset);
        assertEquals(Reply.ERROR, bench.bar(Command.BAR_READ, address, 0, size, isMemory));
        assertEquals(Reply.ERROR, bench.bar(Command.BAR_WRITE, address, 5, size, isMemory));
        assertEquals(0, bench.device.value);
        assertEquals(0L, bench.bar(Command.BAR_READ, Bench.BAR, 0, 4, true));
        assertTrue(bench.log().contains("dev0: warning: "), bench.log());
    }

    @Test
    void a_bar_that_is_not_enabled_is_not_there() throws Exception {
        bench.config(Command.PCI_CFGWRITE, 0x10, (int) Bench.BAR, 4);
        assertEquals(Reply.ERROR, bench.bar(Command.BAR_READ, Bench.BAR, 0, 4, true));
    }

    @Test
    void a_guest_cannot_fill_the_log() throws Exception {
        for (int i = 0; i < 10_000; i++) {
            bench.bar(Command.BAR_READ, 0, 0, 4, true);
        }
        long lines = bench.log().lines().count();
        assertTrue(lines < 30, lines + " lines");
        assertTrue(bench.log().contains("8192 of this kind so far"), bench.log());
    }

    @Test
    void a_reset_is_answered_without_a_value() throws Exception {
        bench.enableBar();
        assertEquals(0, bench.askForReplySize(Command.DEVICE_RESET));
        assertEquals(1, bench.device.resets);
        assertEquals(0L, bench.config(Command.PCI_CFGREAD, 4, 0, 2));
    }

    @Test
    void a_reply_is_no_request() {
        assertThrows(ProtocolException.class, () -> bench.ask(Command.RET, 8));
    }

    @Test
    void descriptors_on_a_message_that_carries_none_are_refused() throws Exception {
        try (EventFd fd = EventFd.create()) {
            ProtocolException refusal =
                    assertThrows(
                            ProtocolException.class,
                            () -> bench.ask(Command.DEVICE_RESET, 0, fd.fd()));
            assertTrue(refusal.getMessage().contains("DEVICE_RESET with 1 descriptors"));
            assertEquals(0, bench.device.resets);
        }
    }
}
