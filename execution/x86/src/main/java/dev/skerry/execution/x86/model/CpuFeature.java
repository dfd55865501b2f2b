package dev.skerry.execution.x86.model;

import java.util.Locale;
import java.util.Set;

/**
 * What the software CPU can do and says by CPUID, under QEMU's names. Bits: Intel SDM 2A, CPUID.
 * Each is implemented; those not in the model's set are merely not announced, but for those that
 * {@link CpuModel#has} is asked about.
 */
public enum CpuFeature {
    FPU("fpu", Word.LEAF1_EDX, 0),
    DE("de", Word.LEAF1_EDX, 2),
    PSE("pse", Word.LEAF1_EDX, 3),
    TSC("tsc", Word.LEAF1_EDX, 4),
    MSR("msr", Word.LEAF1_EDX, 5),
    PAE("pae", Word.LEAF1_EDX, 6),
    MCE("mce", Word.LEAF1_EDX, 7),
    CX8("cx8", Word.LEAF1_EDX, 8),
    APIC("apic", Word.LEAF1_EDX, 9),
    SEP("sep", Word.LEAF1_EDX, 11),
    MTRR("mtrr", Word.LEAF1_EDX, 12),
    PGE("pge", Word.LEAF1_EDX, 13),
    MCA("mca", Word.LEAF1_EDX, 14),
    CMOV("cmov", Word.LEAF1_EDX, 15),
    PAT("pat", Word.LEAF1_EDX, 16),
    PSE36("pse36", Word.LEAF1_EDX, 17),
    CLFLUSH("clflush", Word.LEAF1_EDX, 19),
    MMX("mmx", Word.LEAF1_EDX, 23),
    FXSR("fxsr", Word.LEAF1_EDX, 24),
    SSE("sse", Word.LEAF1_EDX, 25),
    SSE2("sse2", Word.LEAF1_EDX, 26),

    SSE3("sse3", Word.LEAF1_ECX, 0),
    SSSE3("ssse3", Word.LEAF1_ECX, 9),
    CX16("cx16", Word.LEAF1_ECX, 13),
    PCID("pcid", Word.LEAF1_ECX, 17),
    SSE4_1("sse4.1", Word.LEAF1_ECX, 19),
    SSE4_2("sse4.2", Word.LEAF1_ECX, 20),
    X2APIC("x2apic", Word.LEAF1_ECX, 21),
    MOVBE("movbe", Word.LEAF1_ECX, 22),
    POPCNT("popcnt", Word.LEAF1_ECX, 23),
    TSC_DEADLINE("tsc-deadline", Word.LEAF1_ECX, 24),
    XSAVE("xsave", Word.LEAF1_ECX, 26),
    RDRAND("rdrand", Word.LEAF1_ECX, 30),
    HYPERVISOR("hypervisor", Word.LEAF1_ECX, 31),

    /** The APIC's timer runs in every state of the CPU. */
    ARAT("arat", Word.LEAF6_EAX, 2),

    FSGSBASE("fsgsbase", Word.LEAF7_EBX, 0),
    TSC_ADJUST("tsc-adjust", Word.LEAF7_EBX, 1),
    SMEP("smep", Word.LEAF7_EBX, 7),
    ERMS("erms", Word.LEAF7_EBX, 9),
    INVPCID("invpcid", Word.LEAF7_EBX, 10),
    SMAP("smap", Word.LEAF7_EBX, 20),
    ARCH_CAPABILITIES("arch-capabilities", Word.LEAF7_EDX, 29),

    LAHF_LM("lahf-lm", Word.EXTENDED_ECX, 0),

    /** PREFETCHW, which does nothing. */
    PREFETCHW("3dnowprefetch", Word.EXTENDED_ECX, 8),

    SYSCALL("syscall", Word.EXTENDED_EDX, 11),
    NX("nx", Word.EXTENDED_EDX, 20),
    PDPE1GB("pdpe1gb", Word.EXTENDED_EDX, 26),
    RDTSCP("rdtscp", Word.EXTENDED_EDX, 27),
    LM("lm", Word.EXTENDED_EDX, 29),
    INVTSC("invtsc", Word.POWER_EDX, 8);

    /** Where CPUID says it. */
    enum Word {
        LEAF1_EDX,
        LEAF1_ECX,
        LEAF6_EAX,
        LEAF7_EBX,
        LEAF7_EDX,
        EXTENDED_ECX,
        EXTENDED_EDX,
        POWER_EDX
    }

    /** Names that QEMU knows and this CPU cannot do. Switching one off is therefore no error. */
    private static final Set<String> NOT_IMPLEMENTED =
            Set.of(
                    "abm",
                    "acpi",
                    "adx",
                    "aes",
                    "avx",
                    "avx2",
                    "avx512f",
                    "bmi1",
                    "bmi2",
                    "clflushopt",
                    "clwb",
                    "dca",
                    "ds",
                    "ds-cpl",
                    "dtes64",
                    "est",
                    "f16c",
                    "fma",
                    "fsrm",
                    "ht",
                    "ia64",
                    "la57",
                    "mmxext",
                    "monitor",
                    "mpx",
                    "osxsave",
                    "pbe",
                    "pclmulqdq",
                    "pdcm",
                    "pku",
                    "pn",
                    "rdpid",
                    "rdseed",
                    "rtm",
                    "hle",
                    "sha-ni",
                    "smx",
                    "ss",
                    "svm",
                    "tm",
                    "tm2",
                    "umip",
                    "vaes",
                    "vme",
                    "vmx",
                    "vpclmulqdq",
                    "xgetbv1",
                    "xsavec",
                    "xsaveopt",
                    "xsaves",
                    "xtpr");

    private final String qemuName;
    final Word word;
    final int bit;

    CpuFeature(String qemuName, Word word, int bit) {
        this.qemuName = qemuName;
        this.word = word;
        this.bit = bit;
    }

    /** Its name in a {@code -cpu} option. */
    public String qemuName() {
        return qemuName;
    }

    /** The feature of a name, {@code _} and {@code -} being one; null if there is none. */
    static CpuFeature named(String name) {
        String plain = plain(name);
        for (CpuFeature feature : values()) {
            if (feature.qemuName.equals(plain)) {
                return feature;
            }
        }
        return switch (plain) {
            case "pni" -> SSE3;
            case "sse4-1" -> SSE4_1;
            case "sse4-2" -> SSE4_2;
            case "xd" -> NX;
            case "i64" -> LM;
            default -> null;
        };
    }

    static boolean isKnownElsewhere(String name) {
        return NOT_IMPLEMENTED.contains(plain(name));
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
