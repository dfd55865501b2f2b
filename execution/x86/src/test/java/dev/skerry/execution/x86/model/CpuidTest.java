package dev.skerry.execution.x86.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.platform.options.OptionException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A guest sees these numbers: a change is a change of the model. */
final class CpuidTest {
    private static final int USUAL = Cpuid.APIC_ON | Cpuid.XSAVE_ON | Cpuid.IN_64_BITS;

    private static int[] answer(Cpuid cpuid, int situation, int leaf, int subleaf) {
        int[] registers = new int[4];
        cpuid.answer(leaf, subleaf, situation, registers);
        return registers;
    }

    private static String hex(int[] registers) {
        StringBuilder text = new StringBuilder();
        for (int register : registers) {
            text.append(String.format("%08x ", register));
        }
        return text.toString().trim();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 00000016 756e6547 6c65746e 49656e69",
        "1, 0, 000106ca 00010800 cdfa2201 078bfbfd",
        "2, 0, 0000ff01 00000000 00000000 00000000",
        "3, 0, 00000000 00000000 00000000 00000000",
        "4, 0, 00000121 01c0003f 0000003f 00000000",
        "4, 1, 00000122 01c0003f 0000003f 00000000",
        "4, 2, 00000143 01c0003f 000003ff 00000000",
        "4, 3, 00000163 03c0003f 00001fff 00000000",
        "4, 4, 00000000 00000000 00000000 00000000",
        "5, 0, 00000000 00000000 00000000 00000000",
        "6, 0, 00000004 00000000 00000000 00000000",
        "7, 0, 00000000 00100683 00000000 20000000",
        "7, 1, 00000000 00000000 00000000 00000000",
        "a, 0, 00000000 00000000 00000000 00000000",
        "b, 0, 00000000 00000001 00000100 00000000",
        "b, 1, 00000000 00000001 00000201 00000000",
        "b, 2, 00000000 00000000 00000002 00000000",
        "d, 0, 00000003 00000240 00000240 00000000",
        "d, 1, 00000000 00000000 00000000 00000000",
        "15, 0, 00000001 00000001 3b9aca00 00000000",
        "16, 0, 000003e8 000003e8 00000064 00000000",
        "17, 0, 000003e8 000003e8 00000064 00000000",
        "3fffffff, 0, 000003e8 000003e8 00000064 00000000",
        "40000000, 0, 40000010 72656b53 6b537972 79727265",
        "40000001, 0, 00000000 00000000 00000000 00000000",
        "40000010, 0, 000f4240 000f4240 00000000 00000000",
        "80000000, 0, 80000008 00000000 00000000 00000000",
        "80000001, 0, 00000000 00000000 00000001 2c100800",
        "80000006, 0, 00000000 00000000 02006040 00000000",
        "80000007, 0, 00000000 00000000 00000000 00000100",
        "80000008, 0, 00003028 00000000 00000000 00000000",
        "80000009, 0, 00000000 00000000 00000000 00000000",
        "ffffffff, 0, 00000000 00000000 00000000 00000000",
    })
    void each_leaf_of_a_single_cpu(String leaf, int subleaf, String registers) {
        Cpuid cpuid = new Cpuid(CpuModel.skerry64(), 0, 1);
        int number = Integer.parseUnsignedInt(leaf, 16);
        assertEquals(registers, hex(answer(cpuid, USUAL, number, subleaf)));
    }

    @ParameterizedTest
    @CsvSource({
        // CPUs, id, leaf 1 EBX, HTT, leaf 4/0 EAX, leaf 4/3 EAX, leaf b/1: bits, CPUs, id
        "1, 0, 00010800, 0, 00000121, 00000163, 0 1 0",
        "2, 1, 01020800, 1, 04000121, 04004163, 1 2 1",
        "3, 2, 02040800, 1, 0c000121, 0c00c163, 2 3 2",
        "8, 7, 07080800, 1, 1c000121, 1c01c163, 3 8 7",
        "255, 254, feff0800, 1, fc000121, fc3fc163, 8 255 254",
    })
    void the_topology_is_one_package_of_cores(
            int count, int id, String ebx, int htt, String first, String third, String levels) {
        Cpuid cpuid = new Cpuid(CpuModel.skerry64(), id, count);
        int[] one = answer(cpuid, USUAL, 1, 0);
        assertEquals(ebx, String.format("%08x", one[1]));
        assertEquals(htt, one[3] >>> 28 & 1);
        assertEquals(first, String.format("%08x", answer(cpuid, USUAL, 4, 0)[0]));
        assertEquals(third, String.format("%08x", answer(cpuid, USUAL, 4, 3)[0]));
        int[] cores = answer(cpuid, USUAL, 0xb, 1);
        assertEquals(levels, cores[0] + " " + cores[1] + " " + cores[3]);
    }

    @Test
    void some_bits_follow_the_cpus_situation() {
        Cpuid cpuid = new Cpuid(CpuModel.skerry64(), 0, 1);
        assertEquals(1, answer(cpuid, USUAL, 1, 0)[3] >>> 9 & 1);
        assertEquals(0, answer(cpuid, USUAL & ~Cpuid.APIC_ON, 1, 0)[3] >>> 9 & 1);
        assertEquals(1, answer(cpuid, USUAL, 1, 0)[2] >>> 27 & 1);
        assertEquals(0, answer(cpuid, USUAL & ~Cpuid.XSAVE_ON, 1, 0)[2] >>> 27 & 1);
        assertEquals(1, answer(cpuid, USUAL, 0x8000_0001, 0)[3] >>> 11 & 1);
        assertEquals(0, answer(cpuid, USUAL & ~Cpuid.IN_64_BITS, 0x8000_0001, 0)[3] >>> 11 & 1);
        assertEquals(2, answer(cpuid, USUAL | Cpuid.LIMITED, 0, 0)[0]);
        assertArrayEquals(answer(cpuid, USUAL, 2, 0), answer(cpuid, USUAL | Cpuid.LIMITED, 7, 0));
    }

    @Test
    void the_brand_says_who_it_is() {
        Cpuid cpuid = new Cpuid(CpuModel.skerry64(), 0, 1);
        byte[] brand = new byte[48];
        for (int i = 0; i < 12; i++) {
            int word = answer(cpuid, USUAL, 0x8000_0002 + i / 4, 0)[i % 4];
            for (int j = 0; j < 4; j++) {
                brand[4 * i + j] = (byte) (word >>> 8 * j);
            }
        }
        byte[] text = "Skerry software CPU (skerry64)".getBytes(StandardCharsets.US_ASCII);
        assertArrayEquals(Arrays.copyOf(text, 48), brand);
    }

    @Test
    void a_feature_that_is_off_is_not_announced() throws OptionException {
        Cpuid all = new Cpuid(CpuModel.skerry64(), 0, 1);
        CpuModel model = CpuModel.parse("skerry64,-hypervisor,-xsave,-smep,-lm,-invtsc,-arat");
        Cpuid less = new Cpuid(model, 0, 1);
        int dark = USUAL & ~Cpuid.XSAVE_ON;
        assertEquals(1 << 31 | 1 << 26, answer(all, dark, 1, 0)[2] ^ answer(less, dark, 1, 0)[2]);
        assertEquals(1 << 7, answer(all, USUAL, 7, 0)[1] ^ answer(less, USUAL, 7, 0)[1]);
        assertEquals(0, answer(less, USUAL, 0x8000_0007, 0)[3]);
        assertEquals(0, answer(less, USUAL, 6, 0)[0]);
        assertEquals(0, answer(less, USUAL, 0xd, 0)[0]);
        assertArrayEquals(
                answer(less, USUAL, 0x16, 0),
                answer(less, USUAL, 0x4000_0000, 0),
                "without a hypervisor its leaves are beyond the highest");
    }

    @Test
    void prefetchw_is_off_unless_asked_for() throws OptionException {
        Cpuid cpuid = new Cpuid(CpuModel.parse("skerry64,+3dnowprefetch"), 0, 1);
        assertEquals(0x101, answer(cpuid, USUAL, 0x8000_0001, 0)[2]);
    }
}
