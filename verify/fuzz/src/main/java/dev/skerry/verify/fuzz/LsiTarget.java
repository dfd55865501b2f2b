package dev.skerry.verify.fuzz;

import static dev.skerry.verify.fuzz.Promise.require;

import dev.skerry.device.lsi53c895a.Lsi53c895a;
import dev.skerry.device.pci.PciBus;
import dev.skerry.device.scsi.ScsiCdModel;
import dev.skerry.device.scsi.ScsiDevice;
import dev.skerry.device.scsi.ScsiHdModel;
import dev.skerry.device.scsi.ScsiLun;
import dev.skerry.platform.log.Level;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.memory.RamRegion;
import dev.skerry.platform.memory.Region;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.PropertyValues;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * A hostile guest's driver of an lsi53c895a with two disks and a CD behind it: registers, SCRIPTS
 * that lie anywhere and aim anywhere, the chip's own BARs included, resets at any time, memory that
 * comes and goes, a storage that takes its time or fails. The line is what the configuration space
 * says; the storage is asked as promised; after whatever came, the chip does an honest driver's
 * commands and no task is left.
 */
public final class LsiTarget {
    private static final int MOST_STEPS = 96;
    private static final long REGISTERS = 0xe000_0000L;
    private static final long SCRIPT_RAM = 0xe000_2000L;
    private static final long PORTS = 0xc000;
    private static final int RAM_BYTES = 0x1_0000;
    private static final long DATA = 0x1000;
    private static final long PROGRAM = 0x8000;
    private static final long MORE_RAM = 0x2_0000;
    private static final int RESERVED_UNTIL = 0x400;
    private static final int DSP = 0x2c;
    private static final int ISTAT0 = 0x14;
    private static final int SOFT_RESET = 0x40;
    private static final int PENDING = 0x07;
    private static final int DONE = 0x42;

    /** Registers that decide what happens; those of scripts are written by scripts. */
    private static final int[] WORTH_WRITING = {
        0x14, 0x01, 0x39, 0x40, 0x41, 0x56, 0x57, 0x3b, 0x38, 0x03, 0x11, 0x12, 0xc1, 0xc5, 0x04,
        0x48, 0x49, 0x02, 0x15, 0x1a, 0x2f, 0x4e
    };

    private final Choices choices;
    private final ManualHost host = new ManualHost(Level.TRACE, 0);
    private final Container memoryRoot = new Container("memory", Long.MAX_VALUE);
    private final AddressSpace memory = new AddressSpace("memory", memoryRoot);
    private final Container ioRoot = new Container("io", 0x10000);
    private final Lsi53c895a chip = new Lsi53c895a(host);
    private final FuzzedStorage disk = new FuzzedStorage();
    private final FuzzedStorage other = new FuzzedStorage();
    private final RamBlock ram = RamBlock.allocate("fuzz-ram", RAM_BYTES);
    private final ScriptWriter script;
    private RamRegion more;
    private boolean lineUp;

    private LsiTarget(Choices choices) throws IOException {
        this.choices = choices;
        memoryRoot.add(new RamRegion("ram", ram, false), 0);
        attach("scsi-hd,scsi-id=0,lun=0", disk);
        attach("scsi-hd,scsi-id=0,lun=1", other);
        attach("scsi-cd,scsi-id=1,lun=0", new FuzzedStorage());
        chip.function()
                .attach(
                        new PciBus(memoryRoot, ioRoot, memory),
                        level -> {
                            require(level != lineUp, "the line was set to what it is");
                            lineUp = level;
                        });
        setUp();
        long[] bases = {
            DATA, PROGRAM, REGISTERS, SCRIPT_RAM, MORE_RAM, RAM_BYTES, 0xdead_0000L, 0, -1L << 12
        };
        script = new ScriptWriter(choices, memory, PROGRAM, DATA, bases);
    }

    private void attach(String options, FuzzedStorage storage) {
        var model = options.startsWith("scsi-cd") ? new ScsiCdModel() : new ScsiHdModel();
        try {
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

    private void setUp() {
        chip.function().writeConfig(0x10, 4, PORTS);
        chip.function().writeConfig(0x14, 4, REGISTERS);
        chip.function().writeConfig(0x18, 4, SCRIPT_RAM);
        chip.function().writeConfig(0x04, 2, 0x7);
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        LsiTarget target = new LsiTarget(new Choices(input));
        try {
            target.run();
            target.requireUsable();
        } finally {
            target.close();
        }
    }

    private void run() throws IOException {
        for (int step = 0; step < MOST_STEPS && !choices.isEmpty(); step++) {
            step();
            boolean pin = (chip.function().readConfig(0x06, 2) & 0x8) != 0;
            boolean disabled = (chip.function().readConfig(0x04, 2) & 0x400) != 0;
            require(lineUp == (pin && !disabled), "the line is %s, the pin %s", lineUp, pin);
            require(!pin || (readDirectly(ISTAT0) & PENDING) != 0, "the pin without a reason");
        }
    }

    /** What a CPU would read, were the BAR where it is or not. */
    private int readDirectly(int register) {
        return (int) chip.function().bars().get(1).region().read(register, 1);
    }

    private void step() throws IOException {
        switch (choices.below(16)) {
            case 0, 1, 2 -> script.any();
            case 3, 4, 5 -> script.command();
            case 6, 7 -> {
                script.begin();
                memory.write(REGISTERS + DSP, 4, PROGRAM);
            }
            case 8 -> memory.write(REGISTERS + DSP, 4, script.address() & 0xffff_ffffL);
            case 9, 10 -> writeRegister();
            case 11 -> readRegisters();
            case 12 -> changeBus();
            case 13 -> host.advance(choices.pick(1_000, 20_000, 200_000, 3_000_000_000L));
            case 14 -> (choices.flag() ? other : disk).complete(choices.u8());
            default -> changeWorld();
        }
    }

    private void writeRegister() {
        int register =
                choices.rarely(4)
                        ? choices.u8()
                        : WORTH_WRITING[choices.below(WORTH_WRITING.length)];
        long value = choices.pick(0, 0x80, 0x40, 0x20, 0x08, 0xff, 0x04, 0x10, 0x01, 0xc0, 0x47);
        memory.write(REGISTERS + register, 1 << choices.below(3), value);
    }

    private void readRegisters() {
        if (choices.flag()) {
            memory.read(REGISTERS + choices.u8(), 1 << choices.below(3));
            return;
        }
        for (int register : new int[] {0x42, 0x43, 0x0c}) {
            memory.read(REGISTERS + register, 1);
        }
    }

    private void changeBus() throws IOException {
        switch (choices.below(4)) {
            case 0 -> chip.function().writeConfig(0x04, 2, choices.pick(7, 3, 0, 0x407, 6));
            case 1 -> setUp();
            case 2 ->
                    chip.function()
                            .writeConfig(
                                    (int) choices.pick(0x14, 0x18),
                                    4,
                                    choices.pick(0, REGISTERS, SCRIPT_RAM, PROGRAM, 0xf000_0000L));
            default -> {
                if (more == null) {
                    addMemory();
                } else {
                    removeMemory();
                }
            }
        }
    }

    private void addMemory() throws IOException {
        more = new RamRegion("more", RamBlock.allocate("fuzz-more", RAM_BYTES), false);
        memoryRoot.add(more, MORE_RAM);
    }

    private void removeMemory() {
        memoryRoot.replace(List.<Region>of(more), List.of());
        more.block().release();
        more = null;
    }

    private void changeWorld() {
        switch (choices.below(8)) {
            case 0, 1 -> disk.defers = !disk.defers;
            case 2 -> other.defers = !other.defers;
            case 3 -> disk.failure = disk.failure == null ? new IOException("fuzzed") : null;
            case 4 -> memory.write(REGISTERS + ISTAT0, 1, SOFT_RESET);
            case 5 -> chip.reset();
            case 6 -> memory.write(PROGRAM + choices.below(RESERVED_UNTIL), 4, choices.number(4));
            default -> host.step(choices.u8());
        }
    }

    /** An honest driver after all that. */
    private void requireUsable() {
        disk.failure = null;
        other.failure = null;
        setUp();
        memory.write(REGISTERS + ISTAT0, 1, SOFT_RESET);
        settle(disk);
        settle(other);
        disk.defers = false;
        for (int i = 0; i < 4; i++) {
            // As many unit attentions as there may be.
            command("000000000000", 0);
        }
        require(command("120000002400", 36) == 0, "INQUIRY failed");
        require(memory.read(DATA + 0x1008, 4) == 0x554d_4551L, "INQUIRY gave something else");
        require(command("28000000000500000100", 512) == 0, "READ failed");
        for (int i = 0; i < 512; i++) {
            int read = (int) memory.read(DATA + 0x1000 + i, 1);
            require(read == (disk.bytes()[5 * 512 + i] & 0xff), "byte %d differs", i);
        }
        for (int id = 0; id < 2; id++) {
            for (ScsiLun lun : chip.scsiBus().target(id).luns()) {
                require(lun.outstanding() == 0, "%d tasks left", lun.outstanding());
            }
        }
    }

    private static void settle(FuzzedStorage storage) {
        while (storage.pending() > 0) {
            storage.complete(0);
        }
    }

    /** Does one; returns its status. */
    private int command(String cdb, int dataBytes) {
        byte[] bytes = java.util.HexFormat.of().parseHex(cdb);
        memory.write(DATA, 1, 0x80);
        for (int i = 0; i < bytes.length; i++) {
            memory.write(DATA + 0x10 + i, 1, bytes[i] & 0xff);
        }
        script.begin();
        script.instruction(0x4100_0000, 0);
        script.move(ScriptWriter.MESSAGE_OUT, 1, DATA);
        script.move(ScriptWriter.COMMAND, bytes.length, DATA + 0x10);
        if (dataBytes > 0) {
            // Unless it comes to a status at once.
            script.instruction(0x830a_0000, (int) PROGRAM + 0x30);
            script.move(ScriptWriter.DATA_IN, dataBytes, DATA + 0x1000);
            script.instruction(0x8008_0000, (int) PROGRAM + 0x30);
        }
        script.move(ScriptWriter.STATUS, 1, DATA + 0x20);
        script.move(ScriptWriter.MESSAGE_IN, 1, DATA + 0x21);
        script.instruction(0x6000_0040, 0);
        script.instruction(0x4800_0000, 0);
        script.interrupt(DONE);
        memory.write(REGISTERS + DSP, 4, PROGRAM);
        int dstat = readDirectly(0x0c);
        int vector = (int) memory.read(REGISTERS + 0x30, 4);
        require(
                dstat == 0x84 && vector == DONE,
                "%s: DSTAT 0x%x, DSPS 0x%x, DSP 0x%x, SIST 0x%x",
                cdb,
                dstat,
                vector,
                memory.read(REGISTERS + DSP, 4),
                readDirectly(0x42) | readDirectly(0x43) << 8);
        return (int) memory.read(DATA + 0x20, 1);
    }

    private void close() {
        chip.close();
        if (more != null) {
            removeMemory();
        }
        settle(disk);
        settle(other);
        ram.release();
    }
}
