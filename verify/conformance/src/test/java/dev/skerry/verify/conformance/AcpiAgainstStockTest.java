package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.skerry.verify.testkit.DeviceProcess;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.verify.testkit.StockMachine;
import dev.skerry.vmm.qtest.QtestClient;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ACPI tables that our machine and stock's have for firmware: both say the same of interrupt
 * controllers and of the fixed hardware's ports. Stock's tables have the power management block at 0
 * as long as no firmware has placed it; ours say where it is going to be.
 */
class AcpiAgainstStockTest {
    private static final int SELECTOR = 0x510;
    private static final int DATA = 0x511;
    private static final int FOLDER = 0x19;
    private static final int BLOCK = 0x600;
    private static final int HEADER_BYTES = 36;

    @BeforeAll
    static void peersAreThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
        assertNull(Peer.DEVICE_PROCESS.missing());
    }

    /** Tables by signature, as files: pointers are offsets. */
    private static Map<String, ByteBuffer> tables(StockMachine.Setup setup) throws IOException {
        try (StockMachine machine = setup.with("-smp", "3").start()) {
            QtestClient qtest = machine.qtest();
            ByteBuffer root = file(qtest, "etc/acpi/rsdp", HEADER_BYTES);
            ByteBuffer all = file(qtest, "etc/acpi/tables", 1 << 14);
            Map<String, ByteBuffer> tables = new HashMap<>();
            ByteBuffer list = table(all, root.getInt(16));
            for (int at = HEADER_BYTES; at < list.capacity(); at += 4) {
                ByteBuffer table = table(all, list.getInt(at));
                tables.put(text(table, 0, 4), table);
            }
            return tables;
        }
    }

    private static ByteBuffer table(ByteBuffer all, int offset) {
        return all.slice(offset, all.getInt(offset + 4)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String text(ByteBuffer bytes, int offset, int length) {
        byte[] text = new byte[length];
        bytes.get(offset, text);
        return new String(text, StandardCharsets.US_ASCII);
    }

    private static ByteBuffer file(QtestClient qtest, String name, int most) throws IOException {
        int count = bytes(qtest, FOLDER, 4).order(ByteOrder.BIG_ENDIAN).getInt(0);
        ByteBuffer folder = bytes(qtest, FOLDER, 4 + 64 * count).order(ByteOrder.BIG_ENDIAN);
        for (int at = 4; at < folder.capacity(); at += 64) {
            if (text(folder, at + 8, name.length() + 1).equals(name + '\0')) {
                return bytes(qtest, folder.getShort(at + 4), Math.min(most, folder.getInt(at)));
            }
        }
        throw new IOException("no " + name);
    }

    private static ByteBuffer bytes(QtestClient qtest, int item, int length) throws IOException {
        qtest.out(SELECTOR, 2, item);
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.put((byte) qtest.in(DATA, 1));
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void both_machines_tables_say_the_same(String type) throws IOException {
        List<String> program = DeviceProcess.ours();
        Map<String, ByteBuffer> ours = tables(new StockMachine.Setup(type).program(program));
        Map<String, ByteBuffer> stock = tables(new StockMachine.Setup(type));
        assertArrayEquals(body(stock.get("APIC")), body(ours.get("APIC")));
        ByteBuffer theirs = stock.get("FACP");
        ByteBuffer fadt = ours.get("FACP");
        assertEquals(theirs.getShort(46), fadt.getShort(46), "SCI");
        assertEquals(theirs.getInt(48), fadt.getInt(48), "SMI_CMD");
        for (int block : new int[] {56, 64, 76}) {
            assertEquals(BLOCK + theirs.getInt(block), fadt.getInt(block), "offset " + block);
        }
        int base = type.equals("pc") ? 0 : BLOCK;
        assertEquals(base + theirs.getInt(80), fadt.getInt(80), "GPE0_BLK");
        for (int length = 88; length <= 95; length++) {
            assertEquals(theirs.get(length), fadt.get(length), "length at " + length);
        }
        assertEquals(theirs.get(108), fadt.get(108), "CENTURY");
    }

    private static byte[] body(ByteBuffer table) {
        byte[] body = new byte[table.capacity() - HEADER_BYTES];
        table.get(HEADER_BYTES, body);
        return body;
    }
}
