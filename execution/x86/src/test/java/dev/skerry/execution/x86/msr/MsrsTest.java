package dev.skerry.execution.x86.msr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.execution.x86.apic.ApicBus;
import dev.skerry.execution.x86.apic.ApicListener;
import dev.skerry.execution.x86.apic.InterruptController;
import dev.skerry.execution.x86.apic.LocalApic;
import dev.skerry.execution.x86.core.Core;
import dev.skerry.execution.x86.mmu.CodeCache;
import dev.skerry.execution.x86.mmu.GuestMemory;
import dev.skerry.execution.x86.mmu.Mmu;
import dev.skerry.execution.x86.model.CpuModel;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;
import dev.skerry.execution.x86.time.ManualClock;
import dev.skerry.execution.x86.time.TimeStamp;
import dev.skerry.platform.memory.AddressSpace;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.RamBlock;
import dev.skerry.platform.options.OptionException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** Values typed from the manual: Intel SDM 4, chapter 2; 3A, sections 13.11 and 13.12. */
final class MsrsTest implements ApicListener {
    private final ManualClock clock = new ManualClock(5000);
    private final TimeStamp stamp = new TimeStamp(clock);
    private final RamBlock ram;
    private final CpuState s = new CpuState();
    private final LocalApic apic;
    private final Core core;
    private Msrs msrs;

    MsrsTest() throws IOException {
        ram = RamBlock.allocate("ram", 4096);
        AddressSpace space = new AddressSpace("memory", new Container("memory", 1L << 40));
        GuestMemory memory = new GuestMemory(space, ram, 1);
        core = new Core(s, new Mmu(s, memory, new CodeCache(memory)), space, null);
        apic =
                new LocalApic(
                        0,
                        true,
                        new LocalApic.Features(true, true, 40),
                        new ApicBus(),
                        this,
                        InterruptController.NONE,
                        clock,
                        stamp);
        msrs = new Msrs(CpuModel.skerry64(), apic, stamp);
    }

    @AfterEach
    void unmap() {
        ram.release();
    }

    @Override
    public void interruptReady() {}

    @Override
    public void nmi() {}

    @Override
    public void init() {}

    @Override
    public void startup() {}

    private static long hex(String text) {
        return Long.parseUnsignedLong(text, 16);
    }

    private long read(int number) {
        return msrs.read(core, number);
    }

    private void write(int number, long value) {
        msrs.write(core, number, value);
    }

    private void assertRefused(Runnable access) {
        GuestFault fault = assertThrows(GuestFault.class, access::run);
        assertEquals(GuestFault.GP, fault.vector());
        assertEquals(0, fault.errorCode());
    }

    @ParameterizedTest
    @CsvSource({
        // number, after reset, a value that is taken ("-": read-only), one that is not ("-": none)
        "10, 1388, 123456, -",
        "17, 0, -, 0",
        "1b, fee00900, fee00d00, fee00901",
        "3a, 1, -, 1",
        "3b, 0, ffffffffffffff00, -",
        "8b, 100000000, -, -",
        "ce, a00, -, 0",
        "fe, 508, -, 0",
        "10a, 179, -, 0",
        "174, 0, 10, 100000000",
        "175, 0, ffff800000000000, 800000000000",
        "176, 0, 7fffffffffff, ffff7fffffffffff",
        "179, 0, -, 0",
        "17a, 0, 4, 8",
        "198, a00, -, 0",
        "1a0, 1801, 1800, -",
        "1d9, 0, 3, 4",
        "200, 0, ff00000006, 10000000000",
        "200, 0, 4000000000, 2",
        "201, 0, fffff00800, 1",
        "20f, 0, ff80000800, 400",
        "250, 0, 0605040100060606, 0700000000000000",
        "258, 0, 0606060606060606, 0200000000000000",
        "259, 0, 0, 3",
        "268, 0, 0101010101010101, 8",
        "26f, 0, 0505050505050505, 0000020000000000",
        "277, 0007040600070406, 0007010600070106, 0007040600070402",
        "277, 0007040600070406, 0706050401000706, 8007040600070406",
        "2ff, 0, c06, 1006",
        "2ff, 0, 800, 2",
        "c0000080, 0, d01, 2",
        "c0000081, 0, 23001000000000, -",
        "c0000082, 0, ffffffff81000000, 8000000000000000",
        "c0000083, 0, ffffffff81000000, 1000000000000000",
        "c0000084, 0, 47700, 100000000",
        "c0000100, 0, 7f0000000000, 0000800000000000",
        "c0000101, 0, ffff888000000000, fff7888000000000",
        "c0000102, 0, ffff888000000000, fff7888000000000",
        "c0000103, 0, ffffffff, 100000000",
    })
    void each_register_has_its_reset_value_and_takes_what_it_may(
            String number, String reset, String good, String bad) {
        int msr = (int) hex(number);
        assertEquals(hex(reset), read(msr));
        if (!good.equals("-")) {
            write(msr, hex(good));
            // EFER's LMA is not software's to set.
            assertEquals(msr == 0xc000_0080 ? 0x901 : hex(good), read(msr));
        }
        if (!bad.equals("-")) {
            long before = read(msr);
            assertRefused(() -> write(msr, hex(bad)));
            assertEquals(before, read(msr));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0",
        "1",
        "2",
        "11",
        "48",
        "e1",
        "140",
        "199",
        "19c",
        "210",
        "24f",
        "25a",
        "270",
        "276",
        "300",
        "38f",
        "400",
        "480",
        "6ff",
        "700",
        "7ff",
        "802",
        "900",
        "4b564d00",
        "40000000",
        "c0000000",
        "c000007f",
        "c0000085",
        "c00000e7",
        "c0000104",
        "c0010015",
        "ffffffff"
    })
    void a_register_that_does_not_exist_is_refused(String number) {
        int msr = (int) hex(number);
        assertRefused(() -> read(msr));
        assertRefused(() -> write(msr, 0));
    }

    @Test
    void the_update_trigger_is_write_only() {
        write(0x79, 0x1234_5678_9000L);
        assertRefused(() -> read(0x79));
    }

    @Test
    void the_microcodes_revision_survives_the_write_before_reading() {
        write(0x8b, 0);
        assertEquals(1L << 32, read(0x8b));
    }

    @Test
    void x2apic_registers_are_there_in_x2apic_mode() {
        write(0x1b, 0xfee0_0d00L);
        assertEquals(0, read(0x802));
        assertEquals(0x0005_0014, read(0x803));
        write(0x808, 0x20);
        assertEquals(0x20, read(0x808));
        assertRefused(() -> read(0x80b));
        assertRefused(() -> write(0x802, 1));
        assertRefused(() -> write(0x1b, 0xfee0_0900L));
    }

    @Test
    void time_stamp_and_adjustment_move_together() {
        write(0x3b, 100);
        assertEquals(5100, read(0x10));
        write(0x10, 6000);
        assertEquals(1000, read(0x3b));
        clock.advance(1);
        assertEquals(6001, read(0x10));
    }

    @Test
    void a_deadline_is_kept_in_deadline_mode_alone() {
        write(0x6e0, 9000);
        assertEquals(0, read(0x6e0));
        apic.write(0xf0, 0x1ff);
        apic.write(0x320, 2 << 17 | 0x40);
        write(0x6e0, 9000);
        assertEquals(9000, read(0x6e0));
        write(0x10, 9000);
        assertEquals(0, read(0x6e0));
        assertEquals(0x40, apic.acknowledge());
    }

    @Test
    void long_mode_is_not_switched_while_paging_is_on() {
        s.cr0 = Control.CR0_PG | Control.CR0_PE;
        assertRefused(() -> write(0xc000_0080, 0x100));
        write(0xc000_0080, 0x801);
        s.cr0 = Control.CR0_PE;
        write(0xc000_0080, 0x901);
        s.efer |= Control.EFER_LMA;
        s.cr0 |= Control.CR0_PG;
        write(0xc000_0080, 0x901);
        assertEquals(0xd01, read(0xc000_0080), "LMA stays");
        assertRefused(() -> write(0xc000_0080, 0));
    }

    @Test
    void a_feature_that_is_off_takes_its_registers_along() throws OptionException {
        CpuModel model =
                CpuModel.parse(
                        "skerry64,-nx,-syscall,-mtrr,-rdtscp,-tsc-adjust,-tsc-deadline,"
                                + "-arch-capabilities");
        msrs = new Msrs(model, apic, stamp);
        assertRefused(() -> write(0xc000_0080, 0x800));
        assertRefused(() -> write(0xc000_0080, 0x001));
        write(0xc000_0080, 0x100);
        for (int msr : new int[] {0xfe, 0x200, 0x250, 0x2ff, 0xc000_0103, 0x3b, 0x6e0, 0x10a}) {
            assertRefused(() -> read(msr));
        }
    }

    @Test
    void the_limit_of_cpuid_is_switched_here_and_other_bits_stay() {
        assertFalse(msrs.limitsCpuid());
        write(0x1a0, 1 << 22 | 1L << 34 | 1 << 3);
        assertTrue(msrs.limitsCpuid());
        assertEquals(1 << 22 | 0x1800, read(0x1a0));
    }

    @Test
    void values_survive_being_saved() throws IOException {
        write(0x2ff, 0xc06);
        write(0x26f, 0x0606);
        write(0x277, 0);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        msrs.save(new DataOutputStream(bytes));
        msrs.reset();
        assertEquals(0, read(0x2ff));
        msrs.restore(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        assertEquals(0xc06, read(0x2ff));
        assertEquals(0x0606, read(0x26f));
        assertEquals(0, read(0x277));
    }
}
