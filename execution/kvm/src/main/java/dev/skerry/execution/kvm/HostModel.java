package dev.skerry.execution.kvm;

import dev.skerry.platform.options.OptionException;

import java.util.ArrayList;
import java.util.List;

/** {@code -cpu host,±feature,feature=on|off}: what the host's KVM can do, less or more. */
public final class HostModel {
    /** The model's name. */
    public static final String NAME = "host";

    /** What XCR0 may have, by feature; x87 and SSE always. Intel SDM 1, section 13.1. */
    private enum ExtendedState {
        AVX("avx", 1 << 2),
        MPX("mpx", 3 << 3),
        AVX512("avx512f", 7 << 5),
        PROTECTION_KEYS("pku", 1 << 9);

        private final String feature;
        private final int mask;

        ExtendedState(String feature, int mask) {
            this.feature = feature;
            this.mask = mask;
        }
    }

    private static final int LEGACY_STATE = 3;

    private HostModel() {}

    /**
     * Reads the argument of {@code -cpu}.
     *
     * @param supported what the host can do
     * @return what the guest is to see; {@link CpuidTable#forCpu} makes each CPU's of it
     * @throws OptionException for another model, an unknown feature, or one the host cannot do
     */
    public static CpuidTable parse(String text, CpuidTable supported) throws OptionException {
        String[] elements = text.split(",", -1);
        if (!elements[0].equals(NAME)) {
            throw new OptionException("-cpu " + text + ": unknown model '" + elements[0] + "'");
        }
        CpuidTable table = supported;
        for (int i = 1; i < elements.length; i++) {
            table = change(table, supported, elements[i], "-cpu " + text);
        }
        return withFittingStates(table);
    }

    private static CpuidTable change(
            CpuidTable table, CpuidTable supported, String element, String where)
            throws OptionException {
        String name = element;
        boolean on = true;
        int equals = element.indexOf('=');
        if (element.startsWith("+") || element.startsWith("-")) {
            name = element.substring(1);
            on = element.startsWith("+");
        } else if (equals >= 0) {
            name = element.substring(0, equals);
            on =
                    switch (element.substring(equals + 1)) {
                        case "on", "yes", "true", "y" -> true;
                        case "off", "no", "false", "n" -> false;
                        default ->
                                throw new OptionException(
                                        where + ": '" + element + "' is neither on nor off");
                    };
        }
        CpuidFeature feature = CpuidFeature.named(name);
        if (feature == null) {
            throw new OptionException(where + ": unknown feature '" + name + "'");
        }
        if (on && !supported.has(feature)) {
            throw new OptionException(where + ": this host's KVM does not offer '" + name + "'");
        }
        return table.with(feature, on);
    }

    /** Leaf 0xd offers the state of features that are there, and no other. */
    private static CpuidTable withFittingStates(CpuidTable table) {
        int mask = LEGACY_STATE;
        for (ExtendedState state : ExtendedState.values()) {
            if (table.has(CpuidFeature.named(state.feature))) {
                mask |= state.mask;
            }
        }
        boolean any = table.has(CpuidFeature.named("xsave"));
        List<CpuidEntry> changed = new ArrayList<>();
        for (CpuidEntry entry : table.entries()) {
            if (entry.function() != 0xd) {
                changed.add(entry);
            } else if (any && entry.index() == 0) {
                changed.add(
                        entry.with(CpuidEntry.Register.EAX, entry.eax() & mask)
                                .with(CpuidEntry.Register.EDX, 0));
            } else if (any && (entry.index() == 1 || (mask >>> entry.index() & 1) != 0)) {
                changed.add(entry);
            }
        }
        return new CpuidTable(changed);
    }
}
