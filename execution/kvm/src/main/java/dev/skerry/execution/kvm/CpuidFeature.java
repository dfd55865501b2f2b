package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.CpuidEntry.Register;

import java.util.Locale;

/**
 * A feature that CPUID announces with one bit, by the name QEMU's {@code -cpu} has for it.
 *
 * @param word where
 * @param bit which, 0 to 31
 */
public record CpuidFeature(Word word, int bit) {
    /**
     * The words that hold features. Intel SDM 2A and AMD APM 3 (24594), CPUID. A bit that is not a
     * feature, or has no name, is a dash.
     */
    public enum Word {
        LEAF1_EDX(
                1,
                0,
                Register.EDX,
                "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov"
                        + " pat pse36 pn clflush - ds acpi mmx fxsr sse sse2 ss ht tm ia64 pbe"),
        LEAF1_ECX(
                1,
                0,
                Register.ECX,
                "sse3 pclmulqdq dtes64 monitor ds-cpl vmx smx est tm2 ssse3 cid - fma cx16 xtpr"
                        + " pdcm - pcid dca sse4.1 sse4.2 x2apic movbe popcnt tsc-deadline aes"
                        + " xsave osxsave avx f16c rdrand hypervisor"),
        LEAF6_EAX(6, 0, Register.EAX, "- - arat"),
        LEAF7_EBX(
                7,
                0,
                Register.EBX,
                "fsgsbase tsc-adjust sgx bmi1 hle avx2 - smep bmi2 erms invpcid rtm - - mpx -"
                        + " avx512f avx512dq rdseed adx smap avx512ifma pcommit clflushopt clwb"
                        + " intel-pt avx512pf avx512er avx512cd sha-ni avx512bw avx512vl"),
        LEAF7_ECX(
                7,
                0,
                Register.ECX,
                "- avx512vbmi umip pku ospke waitpkg avx512vbmi2 - gfni vaes vpclmulqdq avx512vnni"
                        + " avx512bitalg - avx512-vpopcntdq - la57 - - - - - rdpid -"
                        + " bus-lock-detect cldemote - movdiri movdir64b - sgxlc pks"),
        LEAF7_EDX(
                7,
                0,
                Register.EDX,
                "- - avx512-4vnniw avx512-4fmaps fsrm - - - avx512-vp2intersect - md-clear - - -"
                        + " serialize - tsx-ldtrk - - arch-lbr - - amx-bf16 avx512-fp16 amx-tile"
                        + " amx-int8 spec-ctrl stibp - arch-capabilities core-capability ssbd"),
        LEAF7_1_EAX(7, 1, Register.EAX, "- - - - avx-vnni avx512-bf16"),
        LEAFD_1_EAX(0xd, 1, Register.EAX, "xsaveopt xsavec xgetbv1 xsaves xfd"),
        EXTENDED_ECX(
                0x8000_0001,
                0,
                Register.ECX,
                "lahf-lm cmp-legacy svm extapic cr8legacy abm sse4a misalignsse 3dnowprefetch osvw"
                        + " ibs xop skinit wdt - lwp fma4 tce - nodeid-msr - tbm topoext"
                        + " perfctr-core perfctr-nb"),
        EXTENDED_EDX(
                0x8000_0001,
                0,
                Register.EDX,
                "- - - - - - - - - - - syscall - - - - - - - - nx - mmxext - - fxsr-opt pdpe1gb"
                        + " rdtscp - lm 3dnowext 3dnow"),
        POWER_EDX(0x8000_0007, 0, Register.EDX, "- - - - - - - - invtsc"),
        EXTENDED8_EBX(
                0x8000_0008,
                0,
                Register.EBX,
                "clzero - xsaveerptr - - - - - - wbnoinvd - - ibpb - ibrs amd-stibp - - - - - - -"
                        + " - amd-ssbd virt-ssbd amd-no-ssb");

        private final int function;
        private final int index;
        private final Register register;
        private final String[] names;

        Word(int function, int index, Register register, String names) {
            this.function = function;
            this.index = index;
            this.register = register;
            this.names = names.split(" ");
        }

        int function() {
            return function;
        }

        int index() {
            return index;
        }

        Register register() {
            return register;
        }
    }

    /** The feature of a name, {@code _} and {@code -} being one; null if there is none. */
    public static CpuidFeature named(String name) {
        String plain = plain(name);
        for (Word word : Word.values()) {
            for (int bit = 0; bit < word.names.length; bit++) {
                if (!plain.equals("-") && word.names[bit].equals(plain)) {
                    return new CpuidFeature(word, bit);
                }
            }
        }
        return null;
    }

    private static String plain(String name) {
        String plain = name.toLowerCase(Locale.ROOT).replace('_', '-');
        return switch (plain) {
            case "pni" -> "sse3";
            case "sse4-1" -> "sse4.1";
            case "sse4-2" -> "sse4.2";
            case "xd" -> "nx";
            case "i64" -> "lm";
            case "ffxsr" -> "fxsr-opt";
            default -> plain;
        };
    }

    int mask() {
        return 1 << bit;
    }

    @Override
    public String toString() {
        return word.names[bit];
    }
}
