package dev.skerry.verify.silicon.random;

import dev.skerry.verify.silicon.Flags;
import dev.skerry.verify.silicon.random.Step.FlagEffect;

/** What shifts do with the flags, which depends on the count (Intel SDM 2, each instruction). */
final class Counts {
    private static final int SZP = Flags.SF | Flags.ZF | Flags.PF;

    private Counts() {}

    /**
     * The effect of a shift, rotation or double shift.
     *
     * @param size bits of the operand
     * @param count as written, before the CPU masks it
     */
    static FlagEffect effect(Template template, int size, int count) {
        int masked = count & (size == 64 ? 63 : 31);
        if (masked == 0) {
            return new FlagEffect(template.reads(), 0, 0);
        }
        int overflow = masked == 1 ? Flags.OF : 0;
        int open = Flags.OF & ~overflow;
        if (template.is("rotate")) {
            return new FlagEffect(template.reads(), overflow | Flags.CF, open);
        }
        if (template.is("double")) {
            return masked > size
                    ? new FlagEffect(0, 0, Flags.STATUS)
                    : new FlagEffect(0, overflow | SZP | Flags.CF, open | Flags.AF);
        }
        boolean arithmeticRight = template.name().equals("SAR");
        int carry = masked < size || arithmeticRight ? Flags.CF : 0;
        return new FlagEffect(0, overflow | SZP | carry, open | Flags.AF | Flags.CF & ~carry);
    }
}
