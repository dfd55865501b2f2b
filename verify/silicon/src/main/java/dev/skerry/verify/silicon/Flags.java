package dev.skerry.verify.silicon;

/** RFLAGS' bits that a case may set or see (Intel SDM 1, 3.4.3). */
public final class Flags {
    public static final int CF = 1;
    public static final int PF = 1 << 2;
    public static final int AF = 1 << 4;
    public static final int ZF = 1 << 6;
    public static final int SF = 1 << 7;
    public static final int TF = 1 << 8;
    public static final int DF = 1 << 10;
    public static final int OF = 1 << 11;
    public static final int NT = 1 << 14;
    public static final int AC = 1 << 18;
    public static final int ID = 1 << 21;

    /** The six that arithmetic sets. */
    public static final int STATUS = CF | PF | AF | ZF | SF | OF;

    /** What a case may begin with. */
    public static final int SETTABLE = STATUS | DF | AC | ID;

    /** What a result shows; IF, IOPL, RF and bit 1 are the operating system's. */
    public static final int VISIBLE = SETTABLE | TF | NT;

    private Flags() {}

    /** Their names, highest first, such as {@code OF ZF}. */
    public static String text(long rflags) {
        StringBuilder text = new StringBuilder();
        int[] bits = {ID, AC, NT, OF, DF, TF, SF, ZF, AF, PF, CF};
        String[] names = {"ID", "AC", "NT", "OF", "DF", "TF", "SF", "ZF", "AF", "PF", "CF"};
        for (int i = 0; i < bits.length; i++) {
            if ((rflags & bits[i]) != 0) {
                text.append(text.isEmpty() ? "" : " ").append(names[i]);
            }
        }
        return text.isEmpty() ? "none" : text.toString();
    }
}
