package dev.skerry.execution.x86.model;

import dev.skerry.execution.x86.time.TimeStamp;

import java.nio.charset.StandardCharsets;

/**
 * The CPUID instruction of one CPU. Intel SDM 2A, CPUID; leaves from 0x40000000 on are a
 * hypervisor's: signature and, in 0x40000010, the frequencies of time stamp and APIC timer in kHz
 * as VMware proposed and QEMU has them.
 *
 * <p>Frequencies are in leaf 0x15 too (core crystal 1 GHz, ratio 1), which Linux takes from a CPU
 * by Intel for both timers, so that it calibrates neither.
 */
public final class Cpuid {
    /** The local APIC is enabled by IA32_APIC_BASE. */
    public static final int APIC_ON = 1;

    /** CR4.OSXSAVE is set. */
    public static final int XSAVE_ON = 1 << 1;

    /** The CPU is in 64-bit mode. */
    public static final int IN_64_BITS = 1 << 2;

    /** IA32_MISC_ENABLE limits the leaves to 2. */
    public static final int LIMITED = 1 << 3;

    private static final int HIGHEST = 0x16;
    private static final int HIGHEST_HYPERVISOR = 0x4000_0010;
    private static final int HIGHEST_EXTENDED = 0x8000_0008;

    /** Family 6, model 0x1c, stepping 10: EAX of leaf 1, and EDX after a reset. */
    public static final int SIGNATURE = 0x0001_06ca;

    private static final int OSXSAVE = 1 << 27;
    private static final int HTT = 1 << 28;
    private static final int FREQUENCY_KHZ = (int) (TimeStamp.FREQUENCY_HZ / 1000);

    /** Bytes of the XSAVE area: legacy region and header. */
    private static final int XSAVE_SIZE = 512 + 64;

    private static final int[] VENDOR = words("GenuineIntel");
    private static final int[] HYPERVISOR = words("SkerrySkerry");
    private static final int[] BRAND = words(padded("Skerry software CPU (skerry64)", 48));

    private final CpuModel model;
    private final int apicId;
    private final int count;

    /** How many bits of an APIC id tell CPUs of the package apart. */
    private final int idBits;

    /**
     * @param apicId this CPU's
     * @param count of the machine's CPUs, which are the cores of one package
     */
    public Cpuid(CpuModel model, int apicId, int count) {
        this.model = model;
        this.apicId = apicId;
        this.count = count;
        idBits = 32 - Integer.numberOfLeadingZeros(count - 1);
    }

    private static int[] words(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        int[] words = new int[bytes.length / 4];
        for (int i = 0; i < bytes.length; i++) {
            words[i / 4] |= (bytes[i] & 0xff) << 8 * (i % 4);
        }
        return words;
    }

    private static String padded(String text, int length) {
        return text + "\0".repeat(length - text.length());
    }

    /**
     * Answers for a leaf.
     *
     * @param situation what the answer depends on besides: {@link #APIC_ON} and so on
     * @param s where to put EAX, EBX, ECX and EDX
     */
    public void answer(int leaf, int subleaf, int situation, int[] s) {
        if (leaf >>> 31 != 0) {
            extended(s, leaf, situation);
        } else if (leaf >>> 28 == 4 && model.has(CpuFeature.HYPERVISOR)) {
            hypervisor(s, leaf);
        } else {
            int highest = (situation & LIMITED) != 0 ? 2 : HIGHEST;
            // Beyond the highest leaf the CPU answers with the highest one's data.
            basic(s, Math.min(leaf, highest), subleaf, situation, highest);
        }
    }

    private static void set(int[] s, int eax, int ebx, int ecx, int edx) {
        s[0] = eax;
        s[1] = ebx;
        s[2] = ecx;
        s[3] = edx;
    }

    private void basic(int[] s, int leaf, int subleaf, int situation, int highest) {
        switch (leaf) {
            case 0x00 -> set(s, highest, VENDOR[0], VENDOR[2], VENDOR[1]);
            case 0x01 -> features(s, situation);
            // Descriptor 0xff: caches are in leaf 4.
            case 0x02 -> set(s, 0x0000_ff01, 0, 0, 0);
            case 0x04 -> cache(s, subleaf);
            case 0x06 -> set(s, model.word(CpuFeature.Word.LEAF6_EAX), 0, 0, 0);
            case 0x07 -> structured(s, subleaf);
            case 0x0b -> topology(s, subleaf);
            case 0x0d -> xsave(s, subleaf);
            case 0x15 -> set(s, 1, 1, (int) TimeStamp.FREQUENCY_HZ, 0);
            case 0x16 -> set(s, FREQUENCY_KHZ / 1000, FREQUENCY_KHZ / 1000, 100, 0);
            default -> set(s, 0, 0, 0, 0);
        }
    }

    private void features(int[] s, int situation) {
        int ecx = model.word(CpuFeature.Word.LEAF1_ECX);
        int edx = model.word(CpuFeature.Word.LEAF1_EDX);
        if ((situation & XSAVE_ON) != 0) {
            ecx |= OSXSAVE;
        }
        if ((situation & APIC_ON) == 0) {
            edx &= ~(1 << CpuFeature.APIC.bit);
        }
        if (count > 1) {
            edx |= HTT;
        }
        int ids = count > 1 ? 1 << idBits : 1;
        set(s, SIGNATURE, apicId << 24 | Math.min(ids, 255) << 16 | 8 << 8, ecx, edx);
    }

    private void cache(int[] s, int subleaf) {
        switch (subleaf) {
            case 0 -> cache(s, 1, 1, 8, 64, false); // data, 32 KiB
            case 1 -> cache(s, 2, 1, 8, 64, false); // instructions, 32 KiB
            case 2 -> cache(s, 3, 2, 8, 1024, false); // 512 KiB
            case 3 -> cache(s, 3, 3, 16, 8192, true); // 8 MiB
            default -> set(s, 0, 0, 0, 0);
        }
    }

    private void cache(int[] s, int type, int level, int ways, int sets, boolean shared) {
        int sharing = shared ? (1 << idBits) - 1 : 0;
        int cores = Math.min((1 << idBits) - 1, 63);
        int eax = type | level << 5 | 1 << 8 | sharing << 14 | cores << 26;
        set(s, eax, 63 | ways - 1 << 22, sets - 1, 0);
    }

    private void structured(int[] s, int subleaf) {
        if (subleaf == 0) {
            int ebx = model.word(CpuFeature.Word.LEAF7_EBX);
            set(s, 0, ebx, 0, model.word(CpuFeature.Word.LEAF7_EDX));
        } else {
            set(s, 0, 0, 0, 0);
        }
    }

    /** Level 0: threads of a core, one. Level 1: cores of the package. */
    private void topology(int[] s, int subleaf) {
        switch (subleaf) {
            case 0 -> set(s, 0, 1, 1 << 8, apicId);
            case 1 -> set(s, idBits, count, 2 << 8 | 1, apicId);
            default -> set(s, 0, 0, subleaf & 0xff, apicId);
        }
    }

    private void xsave(int[] s, int subleaf) {
        if (subleaf == 0 && model.has(CpuFeature.XSAVE)) {
            set(s, 3, XSAVE_SIZE, XSAVE_SIZE, 0);
        } else {
            set(s, 0, 0, 0, 0);
        }
    }

    private static void hypervisor(int[] s, int leaf) {
        switch (leaf) {
            case 0x4000_0000 ->
                    set(s, HIGHEST_HYPERVISOR, HYPERVISOR[0], HYPERVISOR[1], HYPERVISOR[2]);
            case 0x4000_0010 -> set(s, FREQUENCY_KHZ, FREQUENCY_KHZ, 0, 0);
            default -> set(s, 0, 0, 0, 0);
        }
    }

    private void extended(int[] s, int leaf, int situation) {
        switch (leaf) {
            case 0x8000_0000 -> set(s, HIGHEST_EXTENDED, 0, 0, 0);
            case 0x8000_0001 -> {
                int edx = model.word(CpuFeature.Word.EXTENDED_EDX);
                if ((situation & IN_64_BITS) == 0) {
                    // Intel's CPUs have SYSCALL in 64-bit mode alone, and say so there alone.
                    edx &= ~(1 << CpuFeature.SYSCALL.bit);
                }
                set(s, 0, 0, model.word(CpuFeature.Word.EXTENDED_ECX), edx);
            }
            case 0x8000_0002, 0x8000_0003, 0x8000_0004 -> {
                int at = (leaf - 0x8000_0002) * 4;
                set(s, BRAND[at], BRAND[at + 1], BRAND[at + 2], BRAND[at + 3]);
            }
            // The second-level cache: KiB, 8 ways, bytes a line.
            case 0x8000_0006 -> set(s, 0, 0, 512 << 16 | 6 << 12 | 64, 0);
            case 0x8000_0007 -> set(s, 0, 0, 0, model.word(CpuFeature.Word.POWER_EDX));
            case 0x8000_0008 -> set(s, CpuModel.PHYSICAL_BITS | CpuModel.LINEAR_BITS << 8, 0, 0, 0);
            default -> set(s, 0, 0, 0, 0);
        }
    }
}
