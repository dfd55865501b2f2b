package dev.skerry.device.lsi53c895a;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.device.pci.PciBus;
import dev.skerry.device.scsi.ScsiCdModel;
import dev.skerry.device.scsi.ScsiDevice;
import dev.skerry.device.scsi.ScsiHdModel;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.PropertyValues;
import dev.skerry.verify.workbench.ManualHost;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * The chip on a bus as firmware sets it up, with one disk at target 0: RAM from 0 on, the registers
 * at {@link #REGISTERS}, its RAM at {@link #SCRIPT_RAM}.
 */
final class Bench implements AutoCloseable {
    static final long REGISTERS = 0xe000_0000L;
    static final long SCRIPT_RAM = 0xe000_2000L;
    static final long PORTS = 0xc000;
    static final int RAM_BYTES = 4 << 20;
    static final int DISK_BYTES = 8 << 20;

    /** Where tests put their script. */
    static final long SCRIPT = 0x10_2000;

    final ManualHost host = new ManualHost();
    final Lsi53c895a chip = new Lsi53c895a(host);
    final MemoryStorage disk = new MemoryStorage(DISK_BYTES);
    final AddressSpace memory;
    final AddressSpace io;
    boolean lineIsUp;
    int lineRaised;
    private final RamBlock ram = allocate();
    private final List<RamBlock> more = new ArrayList<>();

    Bench() {
        Container memoryRoot = new Container("memory", Long.MAX_VALUE);
        Container ioRoot = new Container("io", 0x10000);
        memoryRoot.add(new RamRegion("ram", ram, false), 0);
        memory = new AddressSpace("memory", memoryRoot);
        io = new AddressSpace("io", ioRoot);
        attach("scsi-hd,scsi-id=0,lun=0,serial=ABC123", disk);
        chip.function().attach(new PciBus(memoryRoot, ioRoot, memory), this::line);
        setUp();
    }

    private void line(boolean up) {
        lineRaised += up && !lineIsUp ? 1 : 0;
        lineIsUp = up;
    }

    private static RamBlock allocate() {
        try {
            return RamBlock.allocate("test-ram", RAM_BYTES);
        } catch (LinuxException e) {
            throw new AssertionError(e);
        }
    }

    void attach(String options, MemoryStorage storage) {
        try {
            var model = options.startsWith("scsi-cd") ? new ScsiCdModel() : new ScsiHdModel();
            OptionList list = OptionList.parse("-device", options, "driver");
            PropertyValues values =
                    new PropertyValues(model.name(), model.properties(), list, Set.of("driver"));
            ScsiDevice device = (ScsiDevice) model.create(host, values);
            device.insert(storage);
            chip.scsiBus().attach(device);
        } catch (OptionException e) {
            throw new AssertionError(e);
        }
    }

    /** What firmware does, again after a reset. */
    void setUp() {
        chip.function().writeConfig(0x10, 4, PORTS);
        chip.function().writeConfig(0x14, 4, REGISTERS);
        chip.function().writeConfig(0x18, 4, SCRIPT_RAM);
        chip.function().writeConfig(0x04, 2, 0x7);
    }

    int read(LsiRegister register) {
        int size = register.sizeBytes() == 3 ? 4 : register.sizeBytes();
        int value = (int) memory.read(REGISTERS + register.offset(), size);
        return register.sizeBytes() == 3 ? value & 0xffffff : value;
    }

    void write(LsiRegister register, int value) {
        memory.write(REGISTERS + register.offset(), register.sizeBytes(), value);
    }

    void place(long gpa, Script script) {
        int[] words = script.at(gpa);
        for (int i = 0; i < words.length; i++) {
            memory.write(gpa + 4L * i, 4, words[i]);
        }
    }

    /** Runs a script at {@link #SCRIPT}. */
    void run(Script script) {
        place(SCRIPT, script);
        start(SCRIPT);
    }

    void start(long gpa) {
        write(LsiRegister.DSP, (int) gpa);
    }

    void poke(long gpa, String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        for (int i = 0; i < bytes.length; i++) {
            memory.write(gpa + i, 1, bytes[i]);
        }
    }

    String peek(long gpa, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(String.format("%02x", memory.read(gpa + i, 1)));
        }
        return text.toString();
    }

    /** More RAM, at a page. */
    void addRam(long gpa, int sizeBytes) {
        try {
            RamBlock block = RamBlock.allocate("more-ram", sizeBytes);
            more.add(block);
            memory.root().add(new RamRegion("ram-" + Long.toHexString(gpa), block, false), gpa);
        } catch (LinuxException e) {
            throw new AssertionError(e);
        }
    }

    /** Whatever came before: after a soft reset the chip carries out an INQUIRY. */
    void expectUsable(String story) {
        setUp();
        write(LsiRegister.ISTAT0, 0x40);
        disk.failure = null;
        while (disk.complete()) {
            continue;
        }
        disk.defers = false;
        poke(0x1000, "80");
        poke(0x1010, "120000002400");
        poke(0x2000, "00".repeat(40));
        run(
                new Script()
                        .select(0, true, "end")
                        .move(Script.MSG_OUT, 1, 0x1000)
                        .move(Script.COMMAND, 6, 0x1010)
                        .move(Script.DATA_IN, 36, 0x2000)
                        .move(Script.STATUS, 1, 0x1020)
                        .move(Script.MSG_IN, 1, 0x1021)
                        .clear(0x40)
                        .waitDisconnect()
                        .label("end")
                        .interrupt(0x42));
        assertEquals("51454d55", peek(0x2008, 4), story);
        expectInterrupt(0x42);
    }

    /** Has the disk tell that it was switched on, which it does instead of a command's work. */
    void takeAttention() {
        poke(0x1000, "80");
        poke(0x1010, "000000000000");
        run(
                new Script()
                        .select(0, true, "end")
                        .move(Script.MSG_OUT, 1, 0x1000)
                        .move(Script.COMMAND, 6, 0x1010)
                        .move(Script.STATUS, 1, 0x1020)
                        .move(Script.MSG_IN, 1, 0x1021)
                        .clear(0x40)
                        .waitDisconnect()
                        .label("end")
                        .interrupt(0x41));
        expectInterrupt(0x41);
        assertEquals("02", peek(0x1020, 1));
    }

    /** Expects an INT instruction's interrupt with a vector, and takes it. */
    void expectInterrupt(int vector) {
        int istat = read(LsiRegister.ISTAT0);
        int sist = read(LsiRegister.SIST0) | read(LsiRegister.SIST1) << 8;
        assertEquals(
                "sist 0, dstat 84, vector " + Integer.toHexString(vector),
                String.format(
                        "sist %x, dstat %x, vector %x",
                        sist, read(LsiRegister.DSTAT), read(LsiRegister.DSPS)),
                () -> String.format("istat %x, dsp %x", istat, read(LsiRegister.DSP)));
        assertTrue((istat & 1) != 0);
    }

    /** Expects a SCSI interrupt, and takes it. */
    void expectScsi(int causes) {
        assertEquals(
                Integer.toHexString(causes),
                Integer.toHexString(read(LsiRegister.SIST0) | read(LsiRegister.SIST1) << 8));
    }

    @Override
    public void close() {
        chip.close();
        ram.release();
        more.forEach(RamBlock::release);
    }
}
