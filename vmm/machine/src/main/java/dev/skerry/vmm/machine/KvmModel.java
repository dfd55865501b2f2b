package dev.skerry.vmm.machine;

import dev.skerry.execution.kvm.CpuidEntry;
import dev.skerry.execution.kvm.CpuidTable;
import dev.skerry.execution.kvm.HostModel;
import dev.skerry.execution.x86.model.CpuModel;
import dev.skerry.execution.x86.model.Cpuid;
import dev.skerry.platform.options.OptionException;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code -cpu} under KVM: {@code host}, or the software CPU's {@code skerry64} as far as the host can
 * do it. The latter is the default, so that the accelerator does not change what a guest sees.
 */
final class KvmModel {
    private static final int SITUATION = Cpuid.APIC_ON | Cpuid.IN_64_BITS;

    private static final int LAST_BASIC = 0x16;
    private static final int HYPERVISOR = 0x4000_0000;
    private static final int FREQUENCIES = 0x4000_0010;
    private static final int EXTENDED = 0x8000_0000;
    private static final int LAST_EXTENDED = 0x8000_0008;

    /** Leaves with subleaves, and how many of those say something. */
    private static final int[][] INDEXED = {{4, 5}, {7, 1}, {0xd, 2}};

    private KvmModel() {}

    /**
     * @param text {@code -cpu}'s argument, or null
     * @param supported what the host's KVM offers
     */
    static CpuidTable parse(String text, CpuidTable supported) throws OptionException {
        if (text != null && (text.equals(HostModel.NAME) || text.startsWith("host,"))) {
            return HostModel.parse(text, supported);
        }
        CpuModel model = text == null ? CpuModel.skerry64() : CpuModel.parse(text);
        return table(model).limitedTo(supported);
    }

    private static CpuidTable table(CpuModel model) {
        Cpuid cpuid = new Cpuid(model, 0, 1);
        List<CpuidEntry> entries = new ArrayList<>();
        for (int leaf = 0; leaf <= LAST_BASIC; leaf++) {
            int subleaves = subleaves(leaf);
            for (int i = 0; i < Math.max(1, subleaves); i++) {
                entries.add(entry(cpuid, leaf, i, subleaves > 0));
            }
        }
        entries.add(entry(cpuid, HYPERVISOR, 0, false));
        entries.add(entry(cpuid, FREQUENCIES, 0, false));
        for (int leaf = EXTENDED; leaf <= LAST_EXTENDED; leaf++) {
            entries.add(entry(cpuid, leaf, 0, false));
        }
        return new CpuidTable(entries);
    }

    private static int subleaves(int leaf) {
        for (int[] indexed : INDEXED) {
            if (indexed[0] == leaf) {
                return indexed[1];
            }
        }
        return 0;
    }

    private static CpuidEntry entry(Cpuid cpuid, int leaf, int index, boolean hasIndex) {
        int[] s = new int[4];
        cpuid.answer(leaf, index, SITUATION, s);
        return new CpuidEntry(leaf, index, hasIndex, s[0], s[1], s[2], s[3]);
    }
}
