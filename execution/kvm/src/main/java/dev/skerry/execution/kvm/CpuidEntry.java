package dev.skerry.execution.kvm;

/**
 * What CPUID answers for one leaf. Intel SDM 2A, CPUID.
 *
 * @param function the leaf, EAX
 * @param index the subleaf, ECX; 0 where it does not count
 * @param hasIndex whether the subleaf counts
 */
public record CpuidEntry(
        int function, int index, boolean hasIndex, int eax, int ebx, int ecx, int edx) {
    /** The registers an answer is in. */
    public enum Register {
        EAX,
        EBX,
        ECX,
        EDX
    }

    public int get(Register register) {
        return switch (register) {
            case EAX -> eax;
            case EBX -> ebx;
            case ECX -> ecx;
            case EDX -> edx;
        };
    }

    public CpuidEntry with(Register register, int value) {
        return new CpuidEntry(
                function,
                index,
                hasIndex,
                register == Register.EAX ? value : eax,
                register == Register.EBX ? value : ebx,
                register == Register.ECX ? value : ecx,
                register == Register.EDX ? value : edx);
    }

    @Override
    public String toString() {
        return String.format("%08x.%x: %08x %08x %08x %08x", function, index, eax, ebx, ecx, edx);
    }
}
