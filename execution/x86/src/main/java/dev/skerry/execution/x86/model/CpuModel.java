package dev.skerry.execution.x86.model;

import dev.skerry.platform.options.OptionException;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a CPU says it is and can do. There is one model, {@code skerry64}: the x86-64-v2 level of the
 * psABI without AVX, which does not change with the host or from version to version; {@code max} is
 * another name for it. Features can be switched as in QEMU: {@code skerry64,+x,-y,z=off}.
 *
 * <p>Family 6, model 0x1c, stepping 10 is an in-order part. Systems take such a CPU for one that does
 * not speculate, which is true of an interpreter, and leave out costly protection against it.
 *
 * <p>Immutable.
 */
public final class CpuModel {
    /** The width of physical addresses. */
    public static final int PHYSICAL_BITS = 40;

    /** The width of linear addresses. */
    public static final int LINEAR_BITS = 48;

    private final Set<CpuFeature> features;
    private final int[] words = new int[CpuFeature.Word.values().length];

    private CpuModel(EnumSet<CpuFeature> features) {
        this.features = features;
        for (CpuFeature feature : features) {
            words[feature.word.ordinal()] |= 1 << feature.bit;
        }
    }

    /** The model without any switches. */
    public static CpuModel skerry64() {
        return new CpuModel(defaults());
    }

    private static EnumSet<CpuFeature> defaults() {
        return EnumSet.complementOf(EnumSet.of(CpuFeature.PREFETCHW));
    }

    /**
     * Reads the argument of {@code -cpu}.
     *
     * @throws OptionException for an unknown model or feature, or one that is not implemented
     */
    public static CpuModel parse(String text) throws OptionException {
        String[] elements = text.split(",", -1);
        if (!elements[0].equals("skerry64") && !elements[0].equals("max")) {
            throw new OptionException(
                    "-cpu " + text + ": unknown model '" + elements[0] + "'; there is skerry64");
        }
        EnumSet<CpuFeature> features = defaults();
        for (int i = 1; i < elements.length; i++) {
            change(features, elements[i], "-cpu " + text);
        }
        return new CpuModel(features);
    }

    private static void change(EnumSet<CpuFeature> features, String element, String where)
            throws OptionException {
        boolean on;
        String name;
        int equals = element.indexOf('=');
        if (element.startsWith("+") || element.startsWith("-")) {
            on = element.startsWith("+");
            name = element.substring(1);
        } else if (equals < 0) {
            on = true;
            name = element;
        } else {
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
        CpuFeature feature = CpuFeature.named(name);
        if (feature == null && !CpuFeature.isKnownElsewhere(name)) {
            throw new OptionException(where + ": unknown feature '" + name + "'");
        } else if (feature == null && on) {
            throw new OptionException(
                    where + ": the software CPU does not implement '" + name + "'");
        } else if (feature != null && on) {
            features.add(feature);
        } else if (feature != null) {
            features.remove(feature);
        }
    }

    public boolean has(CpuFeature feature) {
        return features.contains(feature);
    }

    int word(CpuFeature.Word word) {
        return words[word.ordinal()];
    }
}
