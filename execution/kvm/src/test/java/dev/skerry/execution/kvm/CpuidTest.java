package dev.skerry.execution.kvm;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.options.OptionException;
import dev.skerry.verify.asm.Assembler;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/** What a guest is told of its CPU. */
final class CpuidTest {
    private static final CpuidTable HOST =
            new CpuidTable(
                    List.of(
                            new CpuidEntry(0, 0, false, 0x16, 0, 0, 0),
                            new CpuidEntry(
                                    1, 0, false, 0x50657, 0x1020800, 0x9fa8_0203, 0x0f8b_fbff),
                            new CpuidEntry(4, 0, true, 0x0400_0121, 0x01c0_003f, 0x3f, 0),
                            new CpuidEntry(4, 3, true, 0x0400_4163, 0x0280_003f, 0xcfff, 4),
                            new CpuidEntry(4, 4, true, 0, 0, 0, 0),
                            new CpuidEntry(7, 0, true, 0, 0xd19f_47ab, 0x818, 0xac00_0400),
                            new CpuidEntry(0xb, 0, true, 1, 2, 0x100, 1),
                            new CpuidEntry(0xd, 0, true, 0x2ff, 0xa88, 0xa88, 0),
                            new CpuidEntry(0xd, 1, true, 0xf, 0, 0, 0),
                            new CpuidEntry(0xd, 2, true, 0x100, 0x240, 0, 0),
                            new CpuidEntry(0xd, 5, true, 0x40, 0x440, 0, 0),
                            new CpuidEntry(0x15, 0, false, 0, 0, 0, 0)));

    @ParameterizedTest
    @CsvSource({
        "fpu, LEAF1_EDX, 0",
        "sse2, LEAF1_EDX, 26",
        "pni, LEAF1_ECX, 0",
        "sse4_1, LEAF1_ECX, 19",
        "x2apic, LEAF1_ECX, 21",
        "tsc-deadline, LEAF1_ECX, 24",
        "avx, LEAF1_ECX, 28",
        "hypervisor, LEAF1_ECX, 31",
        "arat, LEAF6_EAX, 2",
        "avx2, LEAF7_EBX, 5",
        "smap, LEAF7_EBX, 20",
        "avx512vl, LEAF7_EBX, 31",
        "umip, LEAF7_ECX, 2",
        "la57, LEAF7_ECX, 16",
        "rdpid, LEAF7_ECX, 22",
        "pks, LEAF7_ECX, 31",
        "md-clear, LEAF7_EDX, 10",
        "spec-ctrl, LEAF7_EDX, 26",
        "arch-capabilities, LEAF7_EDX, 29",
        "ssbd, LEAF7_EDX, 31",
        "xsaves, LEAFD_1_EAX, 3",
        "abm, EXTENDED_ECX, 5",
        "topoext, EXTENDED_ECX, 22",
        "syscall, EXTENDED_EDX, 11",
        "NX, EXTENDED_EDX, 20",
        "pdpe1gb, EXTENDED_EDX, 26",
        "lm, EXTENDED_EDX, 29",
        "invtsc, POWER_EDX, 8",
        "ibpb, EXTENDED8_EBX, 12",
        "amd-ssbd, EXTENDED8_EBX, 24"
    })
    void features_are_where_the_manual_has_them(String name, CpuidFeature.Word word, int bit) {
        assertEquals(new CpuidFeature(word, bit), CpuidFeature.named(name));
    }

    @Test
    void a_host_model_takes_features_away() throws Exception {
        CpuidTable table = HostModel.parse("host,-avx512f,avx2=off,+aes", HOST);
        assertFalse(table.has(CpuidFeature.named("avx512f")));
        assertFalse(table.has(CpuidFeature.named("avx2")));
        assertTrue(table.has(CpuidFeature.named("aes")));
        assertTrue(table.has(CpuidFeature.named("avx")));
        assertEquals(0x207 | 0x18, table.find(0xd, 0).eax(), "no AVX-512 state");
        assertNull(table.find(0xd, 5));
        assertNull(HostModel.parse("host,-xsave", HOST).find(0xd, 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "host,+vmx | this host's KVM does not offer 'vmx'",
                "host,+nonsense | unknown feature 'nonsense'",
                "host,avx=maybe | 'avx=maybe' is neither on nor off",
                "pentium | unknown model 'pentium'",
            })
    void what_cannot_be_is_refused_in_one_line(String text, String reason) {
        OptionException e = assertThrows(OptionException.class, () -> HostModel.parse(text, HOST));
        assertEquals("-cpu " + text + ": " + reason, e.getMessage());
    }

    @Test
    void a_table_is_limited_to_what_the_host_can_do() {
        CpuidTable wanted =
                new CpuidTable(
                        List.of(
                                new CpuidEntry(0, 0, false, 0x16, 1, 2, 3),
                                new CpuidEntry(1, 0, false, 0x106ca, 0x800, -1, -1),
                                new CpuidEntry(6, 0, false, 4, 1, 1, 1)));
        CpuidTable limited = wanted.limitedTo(HOST);
        assertEquals(new CpuidEntry(0, 0, false, 0x16, 1, 2, 3), limited.find(0, 0));
        assertEquals(0x9fa8_0203, limited.find(1, 0).ecx());
        assertEquals(0x0f8b_fbff, limited.find(1, 0).edx());
        assertEquals(new CpuidEntry(6, 0, false, 0, 1, 1, 1), limited.find(6, 0));
    }

    @Test
    void each_cpu_knows_its_number_and_its_fellows() {
        CpuidEntry identity = HOST.forCpu(2, 3).find(1, 0);
        assertEquals(0x0204_0800, identity.ebx());
        assertTrue((identity.edx() & 1 << 28) != 0, "there is more than one");
        assertEquals(0, HOST.forCpu(0, 1).find(1, 0).edx() & 1 << 28);
        assertEquals(new CpuidEntry(0xb, 0, true, 0, 1, 0x100, 2), HOST.forCpu(2, 3).find(0xb, 0));
        assertEquals(new CpuidEntry(0xb, 1, true, 2, 3, 0x201, 2), HOST.forCpu(2, 3).find(0xb, 1));
        assertEquals(3 << 26 | 0x121, HOST.forCpu(0, 4).find(4, 0).eax());
        assertEquals(3 << 26 | 3 << 14 | 0x163, HOST.forCpu(0, 4).find(4, 3).eax());
    }

    @Test
    void the_time_stamps_frequency_is_the_hosts() {
        CpuidEntry frequency = HOST.withFrequencies(2_500_000).find(0x15, 0);
        // Crystal of 1 GHz, the APIC timer's, times 2.5.
        assertEquals(1_000_000_000L, frequency.ecx());
        assertEquals(2_500_000_000L, 1_000_000_000L * frequency.ebx() / frequency.eax());
    }

    @Test
    void a_guest_reads_the_table_it_was_given() throws Exception {
        Assumptions.assumeTrue(
                KvmSystem.kind().equals("hardware"),
                "this KVM is " + KvmSystem.kind() + "; such a one answers CPUID with the host's");
        int data = 0x6000;
        Assembler a = new Assembler(64, 0x8000).mov(EAX, 1).xor(ECX, ECX).cpuid();
        a.mov(mem(data).dword(), EBX).mov(mem(data + 4).dword(), ECX);
        a.mov(mem(data + 8).dword(), EDX);
        AccessTest.stop(a);
        try (Board board = new Board(2)) {
            CpuidEntry wanted = board.system.supportedCpuid().forCpu(0, 2).find(1, 0);
            board.load(a, 0x8000);
            board.longMode(0, 0x8000);
            assertEquals(KvmCpu.Stop.STOPPED, board.run(0), () -> "" + board.cpu(0).failure());
            assertEquals(wanted.ebx(), board.get32(data));
            assertEquals(wanted.ecx(), board.get32(data + 4));
            assertEquals(wanted.edx(), board.get32(data + 8));
        }
    }
}
