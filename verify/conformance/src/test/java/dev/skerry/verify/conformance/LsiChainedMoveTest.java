package dev.skerry.verify.conformance;

import static dev.skerry.verify.conformance.LsiRecorder.assertDiffers;
import static dev.skerry.verify.conformance.LsiRecorder.assertSame;

import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.verify.testkit.LsiScript;
import dev.skerry.verify.testkit.Peer;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;

/**
 * Odd numbers of bytes on the wide bus (LSI53C895A manual, 2.2.18). Stock QEMU has no half words: to
 * it a chained move is a move. Programs that chain as the manual says see no difference.
 */
class LsiChainedMoveTest {
    /** Eight bytes that stock QEMU has at once: it disconnects even where it may not. */
    private static final String READ_CAPACITY = "25 00 00 00 00 00 00 00 00 00";

    private static final int ANSWER_BYTES = 8;
    private static final String WRITE = "2a 00 00 00 00 01 00 00 01 00";
    private static final int SCNTL2 = 0x02;
    private static final int SCNTL3 = 0x03;
    private static final int WIDE = 0x08;
    private static final int BLOCK = 512;
    private static final int SCNTL2_SEEN = 0x3000;

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    @ParameterizedTest(name = "{0} bytes, then the rest")
    @CsvSource({"1", "2", "3", "5", "7"})
    void chained_moves_bring_every_byte(int first) throws IOException {
        assertSame(
                chip -> {
                    chip.clearAttention();
                    chip.port().write(SCNTL3, WIDE);
                    chip.run(
                            LsiRecorder.end(
                                    chip.begin(READ_CAPACITY)
                                            .chainedMove(
                                                    LsiScript.DATA_IN, first, LsiRecorder.BUFFER)
                                            .chainedMove(
                                                    LsiScript.DATA_IN,
                                                    ANSWER_BYTES - first,
                                                    LsiRecorder.BUFFER + first)));
                    chip.noteMemory(LsiRecorder.BUFFER, ANSWER_BYTES);
                });
    }

    @ParameterizedTest(name = "{0} bytes, then the rest")
    @CsvSource({"1", "5", "6", "255", "511"})
    void chained_moves_send_every_byte(int first) throws IOException {
        assertSame(
                chip -> {
                    chip.clearAttention();
                    chip.port().write(SCNTL3, WIDE);
                    for (int i = 0; i < BLOCK; i++) {
                        chip.port().poke(LsiRecorder.BUFFER + i, String.format("%02x", i & 0xff));
                    }
                    chip.run(
                            LsiRecorder.end(
                                    chip.begin(WRITE)
                                            .chainedMove(
                                                    LsiScript.DATA_OUT, first, LsiRecorder.BUFFER)
                                            .chainedMove(
                                                    LsiScript.DATA_OUT,
                                                    BLOCK - first,
                                                    LsiRecorder.BUFFER + first)));
                    chip.noteImage();
                });
    }

    /** SDU, CHM and WSR, none of which stock QEMU has. */
    @Test
    void chaining_shows_in_scntl2() throws IOException {
        assertDiffers(
                "memory 3000: 00",
                "memory 3000: c1",
                chip -> {
                    chip.clearAttention();
                    chip.port().write(SCNTL3, WIDE);
                    chip.port().poke(SCNTL2_SEEN, "ee");
                    LsiScript script =
                            chip.begin(READ_CAPACITY)
                                    .chainedMove(LsiScript.DATA_IN, 5, LsiRecorder.BUFFER)
                                    .store(SCNTL2, 1, SCNTL2_SEEN)
                                    .label("end")
                                    .interrupt(1);
                    chip.port().place(LsiRecorder.PROGRAM, script);
                    chip.port().start(LsiRecorder.PROGRAM);
                    chip.port().pollStatus(1_000_000_000L);
                    chip.noteMemory(SCNTL2_SEEN, 1);
                });
    }

    /** The half word that the first move left behind is lost, as on the chip. */
    @Test
    void a_move_that_is_not_chained_does_not_take_the_half_word() throws IOException {
        // 00003fff 00000200: three bytes, and the first of what is left.
        assertDiffers(
                "memory 400000: 00003fff",
                "memory 400000: 00003f00",
                chip -> {
                    chip.clearAttention();
                    chip.port().write(SCNTL3, WIDE);
                    LsiScript script =
                            chip.begin(READ_CAPACITY)
                                    .move(LsiScript.DATA_IN, 3, LsiRecorder.BUFFER)
                                    .move(LsiScript.DATA_IN, 1, LsiRecorder.BUFFER + 3)
                                    .label("end")
                                    .interrupt(1);
                    chip.port().place(LsiRecorder.PROGRAM, script);
                    chip.port().start(LsiRecorder.PROGRAM);
                    chip.port().pollStatus(1_000_000_000L);
                    chip.noteMemory(LsiRecorder.BUFFER, 4);
                });
    }
}
