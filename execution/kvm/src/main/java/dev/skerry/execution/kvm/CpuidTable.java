package dev.skerry.execution.kvm;

import dev.skerry.execution.kvm.CpuidEntry.Register;
import dev.skerry.execution.kvm.Structures.Cpuid;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What CPUID answers on one CPU. Immutable: what changes it makes another one.
 *
 * @param entries one for each leaf, or leaf and subleaf
 */
public record CpuidTable(List<CpuidEntry> entries) {
    private static final int SIGNIFICANT_INDEX = 1;
    private static final int MOST = 256;
    private static final int HYPERVISOR = 0x4000_0000;

    // Leaf 1, EDX: HTT. ECX: OSXSAVE, which follows CR4.
    private static final int HTT = 1 << 28;
    private static final int OSXSAVE = 1 << 27;

    public CpuidTable {
        entries = List.copyOf(entries);
    }

    /** What the host's KVM can offer, as the boot processor of a machine with one CPU. */
    static CpuidTable supported(Fd system) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment table =
                    arena.allocate(
                            Cpuid.BYTES + (long) MOST * Structures.CpuidEntry.BYTES, Long.BYTES);
            Words.put32(table, Cpuid.COUNT, MOST);
            Request.GET_SUPPORTED_CPUID.call(system, table);
            int count = Words.i32(table, Cpuid.COUNT);
            List<CpuidEntry> entries = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                entries.add(read(table, at(i)));
            }
            return new CpuidTable(entries);
        }
    }

    private static long at(int entry) {
        return Cpuid.BYTES + (long) entry * Structures.CpuidEntry.BYTES;
    }

    private static CpuidEntry read(MemorySegment s, long at) {
        return new CpuidEntry(
                Words.i32(s, at + Structures.CpuidEntry.FUNCTION),
                Words.i32(s, at + Structures.CpuidEntry.INDEX),
                (Words.i32(s, at + Structures.CpuidEntry.FLAGS) & SIGNIFICANT_INDEX) != 0,
                Words.i32(s, at + Structures.CpuidEntry.EAX),
                Words.i32(s, at + Structures.CpuidEntry.EBX),
                Words.i32(s, at + Structures.CpuidEntry.ECX),
                Words.i32(s, at + Structures.CpuidEntry.EDX));
    }

    /** As {@code kvm_cpuid2}. */
    MemorySegment toKernel(Arena arena) {
        int bytes = Cpuid.BYTES + entries.size() * Structures.CpuidEntry.BYTES;
        MemorySegment s = arena.allocate(bytes, Long.BYTES);
        Words.put32(s, Cpuid.COUNT, entries.size());
        for (int i = 0; i < entries.size(); i++) {
            CpuidEntry entry = entries.get(i);
            long at = at(i);
            Words.put32(s, at + Structures.CpuidEntry.FUNCTION, entry.function());
            Words.put32(s, at + Structures.CpuidEntry.INDEX, entry.index());
            int flags = entry.hasIndex() ? SIGNIFICANT_INDEX : 0;
            Words.put32(s, at + Structures.CpuidEntry.FLAGS, flags);
            Words.put32(s, at + Structures.CpuidEntry.EAX, entry.eax());
            Words.put32(s, at + Structures.CpuidEntry.EBX, entry.ebx());
            Words.put32(s, at + Structures.CpuidEntry.ECX, entry.ecx());
            Words.put32(s, at + Structures.CpuidEntry.EDX, entry.edx());
        }
        return s;
    }

    /** The answer for a leaf and subleaf, or null. */
    public CpuidEntry find(int function, int index) {
        for (CpuidEntry entry : entries) {
            if (entry.function() == function && (!entry.hasIndex() || entry.index() == index)) {
                return entry;
            }
        }
        return null;
    }

    public boolean has(CpuidFeature feature) {
        CpuidEntry entry = find(feature.word().function(), feature.word().index());
        return entry != null && (entry.get(feature.word().register()) & feature.mask()) != 0;
    }

    /** The table with a feature announced or not. */
    public CpuidTable with(CpuidFeature feature, boolean on) {
        CpuidFeature.Word word = feature.word();
        List<CpuidEntry> changed = new ArrayList<>();
        for (CpuidEntry entry : entries) {
            boolean isIt = entry.function() == word.function() && entry.index() == word.index();
            if (isIt) {
                int value = entry.get(word.register()) & ~feature.mask();
                changed.add(entry.with(word.register(), value | (on ? feature.mask() : 0)));
            } else {
                changed.add(entry);
            }
        }
        return new CpuidTable(changed);
    }

    /** The table without the features that another one lacks; all other data stays. */
    public CpuidTable limitedTo(CpuidTable supported) {
        List<CpuidEntry> changed = new ArrayList<>();
        for (CpuidEntry entry : entries) {
            CpuidEntry limited = entry;
            for (CpuidFeature.Word word : CpuidFeature.Word.values()) {
                if (entry.function() == word.function() && entry.index() == word.index()) {
                    CpuidEntry other = supported.find(word.function(), word.index());
                    int most = other == null ? 0 : other.get(word.register());
                    limited = limited.with(word.register(), limited.get(word.register()) & most);
                }
            }
            changed.add(limited);
        }
        return new CpuidTable(changed);
    }

    /**
     * The table for one of a machine's CPUs, which are the cores of one package.
     *
     * @param apicId its number
     */
    public CpuidTable forCpu(int apicId, int count) {
        int idBits = 32 - Integer.numberOfLeadingZeros(count - 1);
        List<CpuidEntry> changed = new ArrayList<>();
        for (CpuidEntry entry : entries) {
            switch (entry.function()) {
                case 1 -> changed.add(identity(entry, apicId, count, idBits));
                case 4 -> changed.add(cache(entry, idBits));
                case 0xb, 0x1f -> {
                    // Made anew below: the host's own topology is not the guest's.
                }
                default -> changed.add(entry);
            }
        }
        changed.add(new CpuidEntry(0xb, 0, true, 0, 1, 1 << 8, apicId));
        changed.add(new CpuidEntry(0xb, 1, true, idBits, count, 2 << 8 | 1, apicId));
        changed.add(new CpuidEntry(0xb, 2, true, 0, 0, 2, apicId));
        return new CpuidTable(changed);
    }

    private static CpuidEntry identity(CpuidEntry entry, int apicId, int count, int idBits) {
        int ids = Math.min(1 << idBits, 255);
        int ebx = entry.ebx() & 0xff00 | ids << 16 | apicId << 24;
        int edx = count > 1 ? entry.edx() | HTT : entry.edx() & ~HTT;
        return entry.with(Register.EBX, ebx)
                .with(Register.ECX, entry.ecx() & ~OSXSAVE)
                .with(Register.EDX, edx);
    }

    /** Levels 1 and 2 belong to a core, level 3 to all. */
    private static CpuidEntry cache(CpuidEntry entry, int idBits) {
        if ((entry.eax() & 0x1f) == 0) {
            return entry;
        }
        int level = entry.eax() >>> 5 & 7;
        int sharing = level >= 3 ? (1 << idBits) - 1 : 0;
        int cores = Math.min((1 << idBits) - 1, 63);
        return entry.with(Register.EAX, entry.eax() & 0x3fff | sharing << 14 | cores << 26);
    }

    /**
     * The table with the frequencies a virtual CPU has here: its time stamp's, and the 1 GHz of
     * KVM's APIC timer. Leaves 0x15 and 0x16, and the hypervisor's 0x40000010 where there is one.
     *
     * @param tscKhz 0 if unknown: the leaves then say nothing
     */
    public CpuidTable withFrequencies(int tscKhz) {
        List<CpuidEntry> changed = new ArrayList<>();
        for (CpuidEntry entry : entries) {
            switch (entry.function()) {
                case 0x15 ->
                        changed.add(
                                tscKhz == 0
                                        ? new CpuidEntry(0x15, 0, false, 0, 0, 0, 0)
                                        : new CpuidEntry(
                                                0x15,
                                                0,
                                                false,
                                                1_000_000,
                                                tscKhz,
                                                1_000_000_000,
                                                0));
                case 0x16 -> {
                    int mhz = tscKhz / 1000;
                    changed.add(new CpuidEntry(0x16, 0, false, mhz, mhz, tscKhz == 0 ? 0 : 100, 0));
                }
                case HYPERVISOR | 0x10 ->
                        changed.add(entry.with(Register.EAX, tscKhz).with(Register.EBX, 1_000_000));
                default -> changed.add(entry);
            }
        }
        return new CpuidTable(changed);
    }
}
