package dev.skerry.verify.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.pc.E820Range;
import dev.skerry.device.pc.FwCfg;
import dev.skerry.device.pc.FwCfgItems;
import dev.skerry.device.pc.FwCfgKey;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.verify.testkit.Peer;
import dev.skerry.verify.testkit.StockMachine;
import dev.skerry.vmm.qtest.QtestClient;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * fw_cfg of a stopped stock machine and ours, with what a machine of two CPUs puts in. Stock has
 * more items: firmware tables that its machine makes, which are not this device's business.
 */
class FwCfgAgainstStockTest {
    private static final int STEPS = 2000;
    private static final int SELECTOR = FwCfg.PORT;
    private static final int DATA = FwCfg.PORT + 1;
    private static final int DMA_LOW = FwCfg.DMA_PORT + 4;
    private static final int WINDOW = 0x4000;
    private static final int WINDOW_BYTES = 0x2000;
    private static final int DESCRIPTOR = 0x3000;
    private static final int FILES = 64;
    private static final int[] KEYS = {0, 1, 2, 3, 4, 5, 0xe, 0xf, 0x8002, 0x3333, 0x4003, 0x7777};

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private RamBlock ram;
    private AddressSpace memory;
    private AddressSpace io;
    private StockMachine machine;
    private QtestClient stock;
    private int step;

    @BeforeAll
    static void peerIsThere() {
        Assumptions.assumeTrue(Peer.STOCK_QEMU.missing() == null, Peer.STOCK_QEMU.missing());
    }

    @BeforeEach
    void start() throws IOException {
        machine =
                new StockMachine.Setup("q35,smm=off")
                        .with("-smp", "2,maxcpus=4", "-fw_cfg", "opt/test,string=hello")
                        .start();
        stock = machine.qtest();
        ram = RamBlock.allocate("ram", StockMachine.RAM_BYTES);
        Container system = new Container("system", Long.MAX_VALUE);
        system.add(new RamRegion("ram", ram, false), 0);
        memory = new AddressSpace("memory", system);
        FwCfg fwCfg = new FwCfg(items(), memory, () -> {});
        Container ports = new Container("io", 0x10000);
        ports.add(fwCfg.ports(), FwCfg.PORT);
        ports.add(fwCfg.dmaPorts(), FwCfg.DMA_PORT);
        io = new AddressSpace("io", ports);
    }

    private static FwCfgItems items() {
        FwCfgItems items = new FwCfgItems();
        items.put64(FwCfgKey.RAM_SIZE, StockMachine.RAM_BYTES);
        items.put16(FwCfgKey.NB_CPUS, 2);
        items.put16(FwCfgKey.MAX_CPUS, 4);
        items.put(FwCfgKey.IRQ0_OVERRIDE, new byte[] {1});
        items.putFile("bootorder", new byte[0]);
        items.putFile("etc/boot-fail-wait", new byte[] {-1, -1, -1, -1});
        items.putFile("opt/test", "hello".getBytes(StandardCharsets.US_ASCII));
        items.putFile(
                "etc/e820",
                E820Range.encode(List.of(new E820Range(0, StockMachine.RAM_BYTES, E820Range.RAM))));
        return items;
    }

    @AfterEach
    void stop() throws IOException {
        machine.close();
        ram.release();
    }

    private interface Reader {
        long read() throws IOException;
    }

    private static byte[] bytes(int length, Reader reader) throws IOException {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) reader.read();
        }
        return bytes;
    }

    private byte[] stockItem(int key, int length) throws IOException {
        stock.out(SELECTOR, 2, key);
        return bytes(length, () -> stock.in(DATA, 1));
    }

    private byte[] ourItem(int key, int length) throws IOException {
        io.write(SELECTOR, 2, key);
        return bytes(length, () -> io.read(DATA, 1));
    }

    @Test
    void items_are_stock_s() throws IOException {
        for (int key : KEYS) {
            assertArrayEquals(
                    stockItem(key, 20), ourItem(key, 20), "item 0x" + Integer.toHexString(key));
        }
    }

    private record File(int key, int size) {}

    private static Map<String, File> files(byte[] directory) {
        ByteBuffer bytes = ByteBuffer.wrap(directory);
        Map<String, File> files = new LinkedHashMap<>();
        int count = bytes.getInt();
        for (int i = 0; i < count; i++) {
            int size = bytes.getInt();
            int key = bytes.getShort();
            byte[] name = new byte[56];
            bytes.getShort();
            bytes.get(name);
            files.put(new String(name, StandardCharsets.US_ASCII).trim(), new File(key, size));
        }
        return files;
    }

    @Test
    void files_are_among_stock_s_in_the_same_order() throws IOException {
        Map<String, File> theirs = files(stockItem(0x19, 4 + 64 * FILES));
        Map<String, File> ours = files(ourItem(0x19, 4 + 64 * FILES));
        theirs.keySet().retainAll(ours.keySet());
        assertEquals(List.copyOf(theirs.keySet()), List.copyOf(ours.keySet()));
        for (Map.Entry<String, File> file : ours.entrySet()) {
            if (!file.getKey().equals("etc/e820")) {
                File there = theirs.get(file.getKey());
                assertEquals(there.size(), file.getValue().size(), file.getKey());
                assertArrayEquals(
                        stockItem(there.key(), there.size()),
                        ourItem(file.getValue().key(), there.size()),
                        file.getKey());
            }
        }
    }

    /** Stock also reserves a place at 1 TiB that some processors have. */
    @Test
    void memory_map_has_stock_s_ram() throws IOException {
        File theirs = files(stockItem(0x19, 4 + 64 * FILES)).get("etc/e820");
        File ours = files(ourItem(0x19, 4 + 64 * FILES)).get("etc/e820");
        String map = java.util.HexFormat.of().formatHex(stockItem(theirs.key(), theirs.size()));
        String ram = java.util.HexFormat.of().formatHex(ourItem(ours.key(), ours.size()));
        assertTrue(map.contains(ram), () -> ram + " is not in " + map);
    }

    private void in(int port, int size) throws IOException {
        assertEquals(
                Long.toHexString(stock.in(port, size)),
                Long.toHexString(io.read(port, size)),
                () -> String.format("port 0x%x, step %d, seed %dL", port, step, seed));
    }

    private void out(int port, int size, long value) throws IOException {
        stock.out(port, size, value);
        io.write(port, size, value);
    }

    private void copyIn(long gpa, byte[] bytes) throws IOException {
        stock.writeBytes(gpa, bytes);
        memory.write(gpa, MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    private void sameMemory(long gpa, int length) throws IOException {
        byte[] ours = new byte[length];
        memory.read(gpa, MemorySegment.ofArray(ours), 0, length);
        assertArrayEquals(
                stock.readBytes(gpa, length),
                ours,
                () -> String.format("memory at 0x%x, step %d, seed %dL", gpa, step, seed));
    }

    private int key() {
        return KEYS[random.nextInt(KEYS.length)];
    }

    /** Accesses wider than the two ports are cut by stock in its own way. */
    @Test
    void ports_and_dma_do_what_stock_s_do() throws IOException {
        for (step = 0; step < STEPS; step++) {
            switch (random.nextInt(8)) {
                case 0 -> out(SELECTOR, 2, key());
                case 1 -> out(SELECTOR + random.nextInt(2), 1, random.nextInt(256));
                case 2 -> in(SELECTOR, 2);
                case 3 -> in(FwCfg.DMA_PORT + random.nextInt(8), 1);
                case 4 -> in(FwCfg.DMA_PORT + 4 * random.nextInt(2), 4);
                case 5 -> in(FwCfg.DMA_PORT + 2 * random.nextInt(4), 2);
                case 6 -> in(SELECTOR + random.nextInt(2), 1);
                default -> dma();
            }
        }
    }

    private void dma() throws IOException {
        int control = random.nextInt(32) | key() << 16;
        // Items that differ are never read: an unnamed one stays selected.
        long gpa =
                random.nextInt(8) == 0
                        ? 0x40_0000_0000L + random.nextInt(0x10000)
                        : WINDOW + random.nextInt(WINDOW_BYTES / 2);
        ByteBuffer descriptor = ByteBuffer.allocate(16);
        descriptor.putInt(control).putInt(random.nextInt(WINDOW_BYTES / 2)).putLong(gpa);
        copyIn(DESCRIPTOR, descriptor.array());
        if (random.nextInt(8) == 0) {
            out(FwCfg.DMA_PORT, 4, Integer.reverseBytes(random.nextInt(2)));
        }
        out(DMA_LOW, 4, Integer.toUnsignedLong(Integer.reverseBytes(DESCRIPTOR)));
        sameMemory(DESCRIPTOR, 16);
        sameMemory(WINDOW, WINDOW_BYTES);
        in(DATA, 1);
    }
}
