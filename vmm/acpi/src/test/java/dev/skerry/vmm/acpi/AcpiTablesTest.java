package dev.skerry.vmm.acpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Headers, pointers and fields; offsets are those of the ACPI specification. */
class AcpiTablesTest {
    private static final long TABLES = 0xe_0000;

    static AcpiPlatform platform(String type, int cpus) {
        return type.equals("pc") ? Platforms.pc(cpus) : Platforms.q35(cpus);
    }

    private static int sum(byte[] bytes, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += bytes[i];
        }
        return sum & 0xff;
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] tableAt(byte[] image, long base, long gpa) {
        int offset = (int) (gpa - base);
        int length = little(image).getInt(offset + 4);
        return Arrays.copyOfRange(image, offset, offset + length);
    }

    private static String signature(byte[] table) {
        return new String(table, 0, 4, StandardCharsets.US_ASCII);
    }

    /** Follows all pointers from the root, as a system does; checks what every table has. */
    static Map<String, byte[]> follow(byte[] root, byte[] image, long base) {
        Map<String, byte[]> tables = new LinkedHashMap<>();
        byte[] rsdt = tableAt(image, base, little(root).getInt(16) & 0xffff_ffffL);
        byte[] xsdt = tableAt(image, base, little(root).getLong(24));
        tables.put("RSDT", rsdt);
        tables.put("XSDT", xsdt);
        assertEquals((rsdt.length - 36) / 4, (xsdt.length - 36) / 8);
        for (int i = 0; 36 + 8 * i < xsdt.length; i++) {
            long gpa = little(xsdt).getLong(36 + 8 * i);
            assertEquals(gpa, little(rsdt).getInt(36 + 4 * i) & 0xffff_ffffL);
            byte[] table = tableAt(image, base, gpa);
            tables.put(signature(table), table);
        }
        ByteBuffer fadt = little(tables.get("FACP"));
        assertEquals(fadt.getLong(140), fadt.getInt(40) & 0xffff_ffffL);
        tables.put("DSDT", tableAt(image, base, fadt.getLong(140)));
        tables.forEach(
                (name, table) -> {
                    assertEquals(name, signature(table));
                    assertEquals(0, sum(table, table.length), name);
                });
        long facs = fadt.getInt(36) & 0xffff_ffffL;
        assertEquals(0, facs % 64);
        tables.put("FACS", tableAt(image, base, facs));
        return tables;
    }

    private static Map<String, byte[]> placed(AcpiPlatform platform) {
        AcpiTables tables = new AcpiTables(platform);
        return follow(tables.rootFor(TABLES), tables.tablesAt(TABLES), TABLES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void a_system_finds_every_table_from_the_root(String type) {
        AcpiTables tables = new AcpiTables(platform(type, 2));
        byte[] root = tables.rootFor(TABLES);
        assertEquals("RSD PTR ", new String(root, 0, 8, StandardCharsets.US_ASCII));
        assertEquals(2, root[15]);
        assertEquals(36, little(root).getInt(20));
        assertEquals(0, sum(root, 20));
        assertEquals(0, sum(root, 36));
        Map<String, byte[]> found = placed(platform(type, 2));
        assertEquals("FACS", signature(found.get("FACS")));
        assertEquals(64, found.get("FACS").length);
        assertEquals(type.equals("q35"), found.containsKey("MCFG"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void firmware_that_runs_the_script_gets_the_same_tables(String type) {
        AcpiTables tables = new AcpiTables(platform(type, 3));
        LoaderScript loaded = LoaderScript.run(tables, TABLES);
        assertTrue(Arrays.equals(tables.tablesAt(TABLES), loaded.tables()));
        assertTrue(Arrays.equals(tables.rootFor(TABLES), loaded.root()));
    }

    @Test
    void the_fixed_hardware_is_where_the_description_says() {
        ByteBuffer pc = little(placed(Platforms.pc(1)).get("FACP"));
        assertEquals(244, pc.capacity());
        assertEquals(9, pc.getShort(46));
        assertEquals(0xb2, pc.getInt(48));
        assertEquals((byte) 0xf1, pc.get(52));
        assertEquals((byte) 0xf0, pc.get(53));
        assertEquals(0x600, pc.getInt(56));
        assertEquals(0x604, pc.getInt(64));
        assertEquals(0x608, pc.getInt(76));
        assertEquals(0xafe0, pc.getInt(80));
        assertEquals(4, pc.get(88));
        assertEquals(2, pc.get(89));
        assertEquals(4, pc.get(91));
        assertEquals(4, pc.get(92));
        assertEquals(0xcf9, pc.getLong(120));
        assertEquals(6, pc.get(128));
        assertEquals(0x600, pc.getLong(152));
        assertEquals(0x604, pc.getLong(176));
        assertEquals(0x608, pc.getLong(212));
        assertEquals(0xafe0, pc.getLong(224));
        ByteBuffer q35 = little(placed(Platforms.q35(1)).get("FACP"));
        assertEquals(0x620, q35.getInt(80));
        assertEquals(16, q35.get(92));
        // A fixed power button, no sleep button, a timer of 24 bits, a reset register.
        assertEquals(1 << 5 | 1 << 10, q35.getInt(112) & (1 << 4 | 1 << 5 | 1 << 8 | 1 << 10));
    }

    @Test
    void every_cpu_has_its_local_apic() {
        byte[] table = placed(Platforms.q35(255)).get("APIC");
        ByteBuffer madt = little(table);
        assertEquals(0xfee0_0000, madt.getInt(36));
        for (int cpu = 0; cpu < 255; cpu++) {
            int at = 44 + 8 * cpu;
            assertEquals(0, madt.get(at));
            assertEquals(8, madt.get(at + 1));
            assertEquals((byte) cpu, madt.get(at + 2));
            assertEquals((byte) cpu, madt.get(at + 3));
            assertEquals(1, madt.getInt(at + 4));
        }
        assertEquals(1, madt.get(44 + 8 * 255));
        assertEquals(0xfec0_0000, madt.getInt(44 + 8 * 255 + 4));
    }

    @Test
    void the_configuration_window_is_said_with_its_buses() {
        ByteBuffer mcfg = little(placed(Platforms.q35(1)).get("MCFG"));
        assertEquals(60, mcfg.capacity());
        assertEquals(0xb000_0000L, mcfg.getLong(44));
        assertEquals(0, mcfg.getShort(52));
        assertEquals(0, mcfg.get(54));
        assertEquals((byte) 255, mcfg.get(55));
        assertFalse(placed(Platforms.pc(1)).containsKey("MCFG"));
    }
}
