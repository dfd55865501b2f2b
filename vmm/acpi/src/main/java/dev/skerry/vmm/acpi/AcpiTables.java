package dev.skerry.vmm.acpi;

import dev.skerry.device.pc.TableLoader;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A PC's ACPI tables: FACS, DSDT, FADT, MADT, with a configuration window MCFG, RSDT and XSDT in one
 * piece, and the root pointer that systems search between 0xe0000 and 0xfffff (ACPI specification
 * 6.5, chapter 5). Immutable.
 */
public final class AcpiTables {
    /** The files' names in fw_cfg. */
    public static final String TABLES_FILE = "etc/acpi/tables";

    public static final String ROOT_FILE = "etc/acpi/rsdp";
    public static final String LOADER_FILE = "etc/table-loader";

    /** What the tables' address must be a multiple of. */
    public static final int ALIGNMENT = 64;

    /** What the root pointer's address must be a multiple of. */
    public static final int ROOT_ALIGNMENT = 16;

    private static final int HEADER_BYTES = 36;
    private static final int CHECKSUM = 9;
    private static final int FACS_BYTES = 64;
    private static final int ROOT_BYTES = 36;
    private static final int ROOT_OLD_BYTES = 20;
    private static final int ROOT_CHECKSUM = 8;
    private static final int ROOT_RSDT = 16;
    private static final int ROOT_XSDT = 24;
    private static final int ROOT_NEW_CHECKSUM = 32;
    private static final int TABLE_ALIGNMENT = 16;
    private static final int DSDT_REVISION = 2;
    private static final byte[] OWNER = "SKERRYSKERRYPC".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CREATOR = "SKRY".getBytes(StandardCharsets.US_ASCII);

    /** A field with the offset of what it points at. */
    private record Pointer(int offset, int bytes) {}

    private record Range(int begin, int length) {}

    private final ByteArrayOutputStream image = new ByteArrayOutputStream();
    private final List<Pointer> pointers = new ArrayList<>();
    private final List<Range> tables = new ArrayList<>();
    private final byte[] bytes;
    private final byte[] root;

    public AcpiTables(AcpiPlatform platform) {
        image.writeBytes(facs());
        int dsdt = add("DSDT", DSDT_REVISION, headed(Dsdt.block(platform)));
        List<Integer> listed = new ArrayList<>();
        listed.add(addFadt(platform, dsdt));
        listed.add(add("APIC", Madt.REVISION, Madt.table(platform.cpus())));
        if (platform.pci().configWindow() != AcpiPlatform.PciRoot.NO_CONFIG_WINDOW) {
            listed.add(add("MCFG", 1, mcfg(platform.pci())));
        }
        int rsdt = addRoot("RSDT", 4, listed);
        int xsdt = addRoot("XSDT", 8, listed);
        bytes = image.toByteArray();
        root = root(rsdt, xsdt);
    }

    /** The tables as a file, whose pointers are offsets in it and whose checksums are 0. */
    public byte[] tablesFile() {
        return bytes.clone();
    }

    /** The root pointer as a file, its pointers offsets in the tables' file. */
    public byte[] rootFile() {
        return root.clone();
    }

    /** The script that places both, for {@link #LOADER_FILE}. */
    public byte[] loaderFile() {
        TableLoader script = new TableLoader();
        script.allocate(ROOT_FILE, ROOT_ALIGNMENT, TableLoader.Zone.SEGMENT_F);
        script.allocate(TABLES_FILE, ALIGNMENT, TableLoader.Zone.HIGH);
        for (Pointer pointer : pointers) {
            script.addPointer(TABLES_FILE, pointer.offset, pointer.bytes, TABLES_FILE);
        }
        for (Range table : tables) {
            script.addChecksum(TABLES_FILE, table.begin + CHECKSUM, table.begin, table.length);
        }
        script.addPointer(ROOT_FILE, ROOT_RSDT, 4, TABLES_FILE);
        script.addPointer(ROOT_FILE, ROOT_XSDT, 8, TABLES_FILE);
        script.addChecksum(ROOT_FILE, ROOT_CHECKSUM, 0, ROOT_OLD_BYTES);
        script.addChecksum(ROOT_FILE, ROOT_NEW_CHECKSUM, 0, ROOT_BYTES);
        return script.script();
    }

    /**
     * The tables as they are to be in memory.
     *
     * @param gpa where, below 4 GiB, a multiple of {@link #ALIGNMENT}
     */
    public byte[] tablesAt(long gpa) {
        ByteBuffer placed = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
        for (Pointer pointer : pointers) {
            move(placed, pointer, gpa);
        }
        for (Range table : tables) {
            sum(placed, table.begin + CHECKSUM, table.begin, table.length);
        }
        return placed.array();
    }

    /**
     * The root pointer for tables in memory; it belongs at a multiple of {@link #ROOT_ALIGNMENT}
     * from 0xe0000 to 0xfffff.
     *
     * @param tablesGpa where the tables are
     */
    public byte[] rootFor(long tablesGpa) {
        ByteBuffer placed = ByteBuffer.wrap(root.clone()).order(ByteOrder.LITTLE_ENDIAN);
        move(placed, new Pointer(ROOT_RSDT, 4), tablesGpa);
        move(placed, new Pointer(ROOT_XSDT, 8), tablesGpa);
        sum(placed, ROOT_CHECKSUM, 0, ROOT_OLD_BYTES);
        sum(placed, ROOT_NEW_CHECKSUM, 0, ROOT_BYTES);
        return placed.array();
    }

    private static void move(ByteBuffer placed, Pointer pointer, long gpa) {
        if (pointer.bytes == 4) {
            placed.putInt(pointer.offset, (int) (placed.getInt(pointer.offset) + gpa));
        } else {
            placed.putLong(pointer.offset, placed.getLong(pointer.offset) + gpa);
        }
    }

    private static void sum(ByteBuffer placed, int checksum, int begin, int length) {
        int sum = 0;
        for (int i = begin; i < begin + length; i++) {
            sum += placed.get(i);
        }
        placed.put(checksum, (byte) -sum);
    }

    private static byte[] headed(byte[] content) {
        return Aml.join(new byte[HEADER_BYTES], content);
    }

    /** Appends a table whose first 36 bytes are free for the header (5.2.6), and says where it is. */
    private int add(String signature, int revision, byte[] content) {
        while (image.size() % TABLE_ALIGNMENT != 0) {
            image.write(0);
        }
        int begin = image.size();
        ByteBuffer table = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        table.put(signature.getBytes(StandardCharsets.US_ASCII)).putInt(content.length);
        table.put((byte) revision).put((byte) 0).put(OWNER).putInt(1).put(CREATOR).putInt(1);
        image.writeBytes(content);
        tables.add(new Range(begin, content.length));
        return begin;
    }

    /** 5.2.10; it has no checksum. */
    private static byte[] facs() {
        ByteBuffer facs = ByteBuffer.allocate(FACS_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        facs.put("FACS".getBytes(StandardCharsets.US_ASCII)).putInt(FACS_BYTES);
        return facs.put(32, (byte) 1).array();
    }

    private int addFadt(AcpiPlatform platform, int dsdt) {
        byte[] content = Fadt.table(platform);
        ByteBuffer table = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        // The FACS is at offset 0.
        table.putInt(Fadt.DSDT, dsdt).putLong(Fadt.DSDT_64, dsdt);
        int begin = add("FACP", Fadt.REVISION, content);
        pointers.add(new Pointer(begin + Fadt.FACS, 4));
        pointers.add(new Pointer(begin + Fadt.DSDT, 4));
        pointers.add(new Pointer(begin + Fadt.DSDT_64, 8));
        return begin;
    }

    /** PCI firmware specification 3.0, 4.1.2: segment 0, buses from 0 on. */
    private static byte[] mcfg(AcpiPlatform.PciRoot pci) {
        ByteBuffer table = ByteBuffer.allocate(60).order(ByteOrder.LITTLE_ENDIAN);
        table.putLong(44, pci.configWindow());
        table.put(55, (byte) (pci.configBuses() - 1));
        return table.array();
    }

    private int addRoot(String signature, int pointerBytes, List<Integer> listed) {
        ByteBuffer table =
                ByteBuffer.allocate(HEADER_BYTES + pointerBytes * listed.size())
                        .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < listed.size(); i++) {
            table.putInt(HEADER_BYTES + pointerBytes * i, listed.get(i));
        }
        int begin = add(signature, 1, table.array());
        for (int i = 0; i < listed.size(); i++) {
            pointers.add(new Pointer(begin + HEADER_BYTES + pointerBytes * i, pointerBytes));
        }
        return begin;
    }

    /** 5.2.5.3. */
    private static byte[] root(int rsdt, int xsdt) {
        ByteBuffer root = ByteBuffer.allocate(ROOT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        root.put("RSD PTR ".getBytes(StandardCharsets.US_ASCII));
        root.put(9, OWNER, 0, 6).put(15, (byte) 2);
        root.putInt(ROOT_RSDT, rsdt).putInt(20, ROOT_BYTES).putLong(ROOT_XSDT, xsdt);
        return root.array();
    }
}
