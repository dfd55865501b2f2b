package dev.skerry.execution.x86.mmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.skerry.execution.x86.core.CpuRig;
import dev.skerry.execution.x86.state.Control;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.Eflags;
import dev.skerry.execution.x86.state.GuestFault;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Intel SDM 3A, chapter 4: tables 4-4 to 4-20 and sections 4.6 and 4.7. */
class PageWalkTest {
    /** Index 1 at each of four levels. */
    private static final long GVA = 1L << 39 | 1 << 30 | 1 << 21 | 1 << 12 | 0x128;

    private static final long VALUE = 0x1122_3344_5566_7788L;
    private static final long PML4 = 0x1000;
    private static final long PDPT = 0x2000;
    private static final long PD = 0x3000;
    private static final long PT = 0x4000;
    private static final long FRAME = 0x5000;

    /** Present, writable, user. */
    private static final long ALL = 7;

    private static final String OK = "ok";

    private final CpuRig rig = new CpuRig();
    private final CpuState s = rig.state;
    private final Mmu mmu = rig.core.mmu;

    @AfterEach
    void close() {
        rig.close();
    }

    /** Where a level's entry for {@link #GVA} is: 3 is the root. */
    private static long entryAt(int level) {
        return PML4 + (3 - level) * 0x1000 + 8;
    }

    private void paging(long cr4, long efer) {
        s.cr0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_WP;
        s.cr4 = cr4;
        s.efer = efer;
    }

    private void fourLevels() {
        paging(Control.CR4_PAE, Control.EFER_LMA | Control.EFER_LME | Control.EFER_NXE);
        s.cr3 = PML4;
        rig.put64(entryAt(3), PDPT | ALL);
        rig.put64(entryAt(2), PD | ALL);
        rig.put64(entryAt(1), PT | ALL);
        rig.put64(entryAt(0), FRAME | ALL);
        rig.put64(FRAME + 0x128, VALUE);
    }

    private void features(String names) {
        for (String name : names.split(" ")) {
            switch (name) {
                case "smep" -> s.cr4 |= Control.CR4_SMEP;
                case "smap" -> s.cr4 |= Control.CR4_SMAP;
                case "nowp" -> s.cr0 &= ~Control.CR0_WP;
                case "nonx" -> s.efer &= ~Control.EFER_NXE;
                case "ac" -> s.systemFlags |= Eflags.AC;
                case "pse" -> s.cr4 |= Control.CR4_PSE;
                default -> assertEquals("none", name);
            }
        }
    }

    private void access(String how, long gva, boolean user) {
        s.cpl = user ? 3 : 0;
        mmu.updatePrivilege();
        switch (how) {
            case "read" -> mmu.read64(gva);
            case "write" -> mmu.write64(gva, VALUE);
            case "fetch" -> mmu.codePage(gva);
            case "system" -> mmu.readSystem(gva, 8);
            default -> throw new AssertionError(how);
        }
    }

    private void expect(String how, long gva, boolean user, String error) {
        if (error.equals(OK)) {
            access(how, gva, user);
            return;
        }
        s.cr2 = 0;
        GuestFault fault = assertThrows(GuestFault.class, () -> access(how, gva, user));
        assertEquals(GuestFault.PF, fault.vector());
        assertEquals(Integer.parseInt(error, 16), fault.errorCode(), "error code");
        assertEquals(gva, s.cr2);
    }

    @ParameterizedTest(name = "level {0} ^ {1}, {2} by {3}, {4}: {5}")
    @CsvSource({
        // Not present, at each level: bit 0 of the code is clear.
        "0, 1, read, user, none, 4",
        "1, 1, read, kernel, none, 0",
        "2, 1, write, user, none, 6",
        "3, 1, write, kernel, none, 2",
        "0, 1, fetch, user, none, 14",
        // User/supervisor: every level must allow the user.
        "0, 4, read, user, none, 5",
        "1, 4, read, user, none, 5",
        "2, 4, write, user, none, 7",
        "3, 4, fetch, user, none, 15",
        "3, 4, read, kernel, none, ok",
        "0, 4, system, user, none, ok",
        // Writable at every level; the kernel only with CR0.WP.
        "0, 2, write, user, none, 7",
        "1, 2, write, user, nowp, 7",
        "2, 2, write, kernel, none, 3",
        "3, 2, write, kernel, nowp, ok",
        "0, 2, read, user, none, ok",
        // No execution, at any level; reserved without EFER.NXE.
        "0, 8000000000000000, fetch, user, none, 15",
        "1, 8000000000000000, fetch, user, none, 15",
        "2, 8000000000000000, fetch, user, none, 15",
        "3, 8000000000000000, fetch, user, none, 15",
        "3, 8000000000000000, read, user, none, ok",
        "0, 8000000000000000, read, user, nonx, d",
        "3, 8000000000000000, fetch, user, nonx, d",
        // Reserved: address bits from 40 to 51; PS in the root; 52 to 62 are ignored.
        "0, 0000010000000000, read, user, none, d",
        "1, 0008000000000000, read, kernel, none, 9",
        "2, 0000010000000000, write, user, none, f",
        "3, 0008000000000000, fetch, user, none, 1d",
        "3, 80, read, user, none, d",
        "0, 7ff0000000000000, read, user, none, ok",
        "3, 7ff0000000000000, read, user, none, ok",
        // Not present comes before reserved.
        "0, 0000010000000001, read, user, none, 4",
        // SMEP and SMAP concern the kernel on user pages; RFLAGS.AC opens for it.
        "0, 0, fetch, kernel, none, ok",
        "0, 0, fetch, kernel, smep, 11",
        "0, 4, fetch, kernel, smep, ok",
        "0, 0, fetch, user, smep, ok",
        "0, 0, read, kernel, smap, 1",
        "0, 0, write, kernel, smap, 3",
        "0, 0, read, kernel, smap ac, ok",
        "0, 0, write, kernel, smap ac, ok",
        "0, 4, read, kernel, smap, ok",
        "0, 0, read, user, smap, ok",
        "0, 0, fetch, kernel, smap, ok",
        // Implicit accesses heed SMAP whatever AC says.
        "0, 0, system, kernel, smap ac, 1",
        "0, 0, system, user, smap ac, 1"
    })
    void four_levels(
            int level, String bits, String how, String who, String features, String error) {
        fourLevels();
        features(features);
        long entry = rig.get64(entryAt(level));
        rig.put64(entryAt(level), entry ^ Long.parseUnsignedLong(bits, 16));
        expect(how, GVA, who.equals("user"), error);
    }

    @ParameterizedTest
    @CsvSource({
        // Level, address and flags, the frame's address expected or an error.
        "1, 800087, 800000, ok",
        "1, 802087, 0, d",
        "1, 900087, 0, d",
        "2, 87, 0, ok",
        "2, 2087, 0, d",
        "2, 20000087, 0, d"
    })
    void large_pages(int level, String entry, String frame, String error) {
        fourLevels();
        rig.put64(entryAt(level), Long.parseLong(entry, 16));
        if (error.equals(OK)) {
            long within = GVA & (level == 1 ? 0x1f_ffff : 0x3fff_ffff);
            long gpa = Long.parseLong(frame, 16) + within;
            rig.put64(gpa, VALUE + 1);
            assertEquals(VALUE + 1, mmu.read64(GVA));
        } else {
            expect("read", GVA, true, error);
        }
    }

    @Test
    void the_pat_bit_of_a_large_page_is_no_address_bit() {
        fourLevels();
        rig.put64(entryAt(1), 0x80_0000 | 1 << 12 | 0x87);
        rig.put64(0x80_1128, VALUE + 2);
        assertEquals(VALUE + 2, mmu.read64(GVA));
    }

    @Test
    void accessed_and_dirty_bits_are_set_where_and_when_they_should() {
        fourLevels();
        access("read", GVA, true);
        assertEquals(PDPT | 0x27, rig.get64(entryAt(3)));
        assertEquals(PD | 0x27, rig.get64(entryAt(2)));
        assertEquals(PT | 0x27, rig.get64(entryAt(1)));
        assertEquals(FRAME | 0x27, rig.get64(entryAt(0)));
        access("write", GVA, true);
        assertEquals(FRAME | 0x67, rig.get64(entryAt(0)));
        assertEquals(PT | 0x27, rig.get64(entryAt(1)), "dirty is a leaf's");
    }

    @Test
    void a_write_that_is_refused_leaves_the_dirty_bit() {
        fourLevels();
        rig.put64(entryAt(0), FRAME | 5);
        expect("write", GVA, true, "7");
        assertEquals(0, rig.get64(entryAt(0)) & 0x40);
    }

    @Test
    void a_page_read_first_is_marked_dirty_by_the_first_write() {
        fourLevels();
        access("read", GVA, false);
        access("read", GVA, false);
        assertEquals(0x20, rig.get64(entryAt(0)) & 0x60);
        access("write", GVA, false);
        assertEquals(0x60, rig.get64(entryAt(0)) & 0x60);
    }

    @ParameterizedTest
    @CsvSource({"800000000000", "ffff7fffffffffff", "7ffffffffff9"})
    void an_address_that_is_not_canonical_is_a_general_protection_fault(String gva) {
        fourLevels();
        long pt = 0x9000;
        // The last page below the hole is mapped, so that the access reaches across its end.
        rig.put64(PML4 + 8 * 255, PDPT | ALL);
        rig.put64(PDPT + 8 * 511, PD | ALL);
        rig.put64(PD + 8 * 511, pt | ALL);
        rig.put64(pt + 8 * 511, FRAME | ALL);
        GuestFault fault =
                assertThrows(GuestFault.class, () -> mmu.read64(Long.parseUnsignedLong(gva, 16)));
        assertEquals(GuestFault.GP, fault.vector());
        assertEquals(0, fault.errorCode());
    }

    @Test
    void global_pages_outlive_a_load_of_cr3_if_cr4_says_so() {
        for (boolean enabled : new boolean[] {false, true}) {
            fourLevels();
            s.cr4 |= enabled ? Control.CR4_PGE : 0;
            mmu.flush();
            rig.put64(entryAt(0), FRAME | ALL | 0x100);
            access("read", GVA, false);
            rig.put64(entryAt(0), 0);
            mmu.flushLocal();
            expect("read", GVA, false, enabled ? OK : "0");
        }
    }

    @Test
    void invalidation_of_one_address_drops_all_of_its_large_page() {
        fourLevels();
        rig.put64(entryAt(1), 0x80_0087);
        rig.put64(0x80_0000, 1);
        rig.put64(0x9f_f000, 2);
        long first = GVA & -(1 << 21);
        assertEquals(1, mmu.read64(first));
        assertEquals(2, mmu.read64(first + 0x1f_f000));
        rig.put64(entryAt(1), 0xa0_0087);
        assertEquals(2, mmu.read64(first + 0x1f_f000), "still in the TLB");
        mmu.flushPage(first + 0x5_0123);
        assertEquals(0, mmu.read64(first));
        assertEquals(0, mmu.read64(first + 0x1f_f000));
    }

    @Test
    void a_page_of_the_kernel_is_not_reached_by_the_user_through_the_tlb() {
        fourLevels();
        rig.put64(entryAt(0), FRAME | 3);
        access("read", GVA, false);
        expect("read", GVA, true, "5");
        s.cr4 |= Control.CR4_SMAP;
        mmu.flush();
        rig.put64(entryAt(0), FRAME | ALL);
        s.systemFlags |= Eflags.AC;
        access("read", GVA, false);
        s.systemFlags &= ~Eflags.AC;
        expect("read", GVA, false, "1");
    }

    @ParameterizedTest
    @CsvSource({
        // Directory entry, table entry, how, who, features, error.
        "4007, 5007, read, user, none, ok",
        "4006, 5007, read, user, none, 4",
        "4007, 5006, write, kernel, none, 2",
        "4003, 5007, read, user, none, 5",
        "4005, 5007, write, user, none, 7",
        "4007, 5005, write, kernel, none, 3",
        "4007, 5005, write, kernel, nowp, ok",
        // Without PSE, PS is ignored: a table.
        "4087, 5007, read, user, none, ok",
        "800087, 0, read, user, pse, ok",
        "a00087, 0, read, user, pse, d",
        // Fetches are told from reads only with SMEP here.
        "4006, 5007, fetch, user, none, 4",
        "4006, 5007, fetch, user, smep, 14",
        "4007, 5007, fetch, kernel, smep, 11"
    })
    void thirty_two_bits(
            String directory, String table, String how, String who, String features, String error) {
        paging(0, 0);
        features(features);
        s.cr3 = 0x3000;
        long gva = 1 << 22 | 1 << 12;
        rig.put32(0x3004, Integer.parseInt(directory, 16));
        rig.put32(0x4004, Integer.parseInt(table, 16));
        expect(how, gva, who.equals("user"), error);
    }

    @Test
    void bits_13_to_20_of_a_4_mib_page_are_address_bits_32_to_39() {
        paging(Control.CR4_PSE, 0);
        s.cr3 = 0x3000;
        rig.put32(0x3004, 0x2087);
        assertEquals(-1L, mmu.read64(1 << 22), "4 GiB and up is nobody's");
        mmu.flush();
        rig.put32(0x3004, 0x80_0087);
        rig.put64(0x80_5000, VALUE);
        assertEquals(VALUE, mmu.read64(1 << 22 | 0x5000));
    }

    @ParameterizedTest
    @CsvSource({
        "3001, 4007, 5007, read, user, ok",
        "3000, 4007, 5007, read, user, 4",
        "3001, 4003, 5007, read, user, 5",
        "3001, 800087, 0, read, user, ok",
        "3001, 802087, 0, read, user, d",
        "3001, 4007, 10000000005007, read, user, d",
        "3001, 10000000004007, 5007, read, user, d",
        "3001, 4007, 8000000000005007, fetch, user, 15",
        "3001, 4007, 8000000000005007, read, user, ok"
    })
    void pae(String top, String directory, String table, String how, String who, String error) {
        paging(Control.CR4_PAE, Control.EFER_NXE);
        long gva = 1 << 30 | 1 << 21 | 1 << 12;
        s.pdpte[1] = Long.parseUnsignedLong(top, 16);
        rig.put64(0x3008, Long.parseUnsignedLong(directory, 16));
        rig.put64(0x4008, Long.parseUnsignedLong(table, 16));
        expect(how, gva, who.equals("user"), error);
    }

    @Test
    void the_a20_gate_clears_bit_20_of_tables_and_frames() {
        rig.put64(0x128, 1);
        rig.put64(0x10_0128, 2);
        assertEquals(2, mmu.read64(0x10_0128));
        rig.memory.setA20(false);
        mmu.flush();
        assertEquals(1, mmu.read64(0x10_0128));
        rig.memory.setA20(true);
        mmu.flush();
        assertEquals(2, mmu.read64(0x10_0128));
    }

    @Test
    void tables_where_nobody_answers_read_as_reserved_bits() {
        fourLevels();
        rig.put64(entryAt(1), 0x7000_0000L | ALL);
        expect("read", GVA, true, "d");
    }

    @Test
    void an_entry_taken_away_during_the_walk_gets_no_bits() throws InterruptedException {
        fourLevels();
        long last = entryAt(0);
        int rounds = 20_000;
        Thread other =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    for (int i = 0; i < rounds; i++) {
                                        setRelease(last, 0);
                                        setRelease(last, FRAME | ALL);
                                    }
                                    setRelease(last, 0);
                                });
        while (other.isAlive()) {
            mmu.flush();
            try {
                mmu.write64(GVA, VALUE);
            } catch (GuestFault absent) {
                assertEquals(GuestFault.PF, absent.vector());
            }
        }
        other.join();
        assertEquals(0, rig.get64(last));
    }

    private void setRelease(long gpa, long value) {
        java.lang.foreign.ValueLayout.JAVA_LONG.varHandle().setRelease(rig.ram(), gpa, value);
    }
}
