package dev.skerry.verify.silicon.random;

import java.util.List;

/**
 * x87 instructions (Intel SDM 2). Memory operands of 32 and 64 bits are floating-point unless {@code
 * int} says otherwise, of 80 bits extended ones unless {@code bcd}.
 */
final class X87Forms {
    static final List<Template> ALL = Template.table(arithmetic() + rows());

    /** Results differ in the last places between makers of CPUs (SDM 1, 8.3.10). */
    static final List<Template> APPROXIMATE =
            Template.table(
                    """
                    F2XM1 ; D9 F0 ; last x87
                    FYL2X ; D9 F1 ; last x87
                    FPTAN ; D9 F2 ; last x87
                    FPATAN ; D9 F3 ; last x87
                    FYL2XP1 ; D9 F9 ; last x87
                    FSINCOS ; D9 FB ; last x87
                    FSIN ; D9 FE ; last x87
                    FCOS ; D9 FF ; last x87
                    RSQRTPS x,x/m128 ; 0F 52 /r ; last f32 relative
                    RSQRTSS x,x/m32 ; F3 0F 52 /r ; last f32 relative
                    RCPPS x,x/m128 ; 0F 53 /r ; last f32 relative
                    RCPSS x,x/m32 ; F3 0F 53 /r ; last f32 relative
                    """);

    private X87Forms() {}

    private static String arithmetic() {
        StringBuilder rows = new StringBuilder();
        String[] names = {"FADD", "FMUL", "FCOM", "FCOMP", "FSUB", "FSUBR", "FDIV", "FDIVR"};
        for (int n = 0; n < 8; n++) {
            rows.append("%s m32 ; D8 /%d ; f32\n".formatted(names[n], n));
            rows.append("%s m64 ; DC /%d ; f64\n".formatted(names[n], n));
            rows.append("%sI m16 ; DE /%d ; int\n".formatted(names[n], n));
            rows.append("%sI m32 ; DA /%d ; int\n".formatted(names[n], n));
            rows.append("%s st ; D8 %02X+i\n".formatted(names[n], 0xc0 + 8 * n));
            if (n != 2 && n != 3) {
                rows.append("%sto st ; DC %02X+i\n".formatted(names[n], 0xc0 + 8 * n));
                rows.append("%sP st ; DE %02X+i\n".formatted(names[n], 0xc0 + 8 * n));
            }
        }
        for (int n = 0xe8; n <= 0xee; n++) {
            rows.append("FLDconst ; D9 %02X\n".formatted(n));
        }
        return rows.toString();
    }

    private static String rows() {
        return """
            FLD m32 ; D9 /0 ; f32
            FLD m64 ; DD /0 ; f64
            FLD m80 ; DB /5 ; f80
            FLD st ; D9 C0+i
            FST m32 ; D9 /2
            FST m64 ; DD /2
            FST st ; DD D0+i
            FSTP m32 ; D9 /3
            FSTP m64 ; DD /3
            FSTP m80 ; DB /7
            FSTP st ; DD D8+i
            FILD m16 ; DF /0 ; int
            FILD m32 ; DB /0 ; int
            FILD m64 ; DF /5 ; int
            FIST m16 ; DF /2
            FIST m32 ; DB /2
            FISTP m16 ; DF /3
            FISTP m32 ; DB /3
            FISTP m64 ; DF /7
            FISTTP m16 ; DF /1
            FISTTP m32 ; DB /1
            FISTTP m64 ; DD /1
            FBLD m80 ; DF /4 ; bcd
            FBSTP m80 ; DF /6
            FXCH st ; D9 C8+i
            FCHS ; D9 E0
            FABS ; D9 E1
            FTST ; D9 E4
            FXAM ; D9 E5
            FXTRACT ; D9 F4
            FPREM1 ; D9 F5
            FPREM ; D9 F8
            FDECSTP ; D9 F6
            FINCSTP ; D9 F7
            FSQRT ; D9 FA
            FRNDINT ; D9 FC
            FSCALE ; D9 FD
            FUCOM st ; DD E0+i
            FUCOMP st ; DD E8+i
            FUCOMPP ; DA E9
            FCOMPP ; DE D9
            FUCOMI st ; DB E8+i ; w=ZPC
            FCOMI st ; DB F0+i ; w=ZPC
            FUCOMIP st ; DF E8+i ; w=ZPC
            FCOMIP st ; DF F0+i ; w=ZPC
            FCMOVB st ; DA C0+i ; r=C
            FCMOVE st ; DA C8+i ; r=Z
            FCMOVBE st ; DA D0+i ; r=CZ
            FCMOVU st ; DA D8+i ; r=P
            FCMOVNB st ; DB C0+i ; r=C
            FCMOVNE st ; DB C8+i ; r=Z
            FCMOVNBE st ; DB D0+i ; r=CZ
            FCMOVNU st ; DB D8+i ; r=P
            FFREE st ; DD C0+i
            FNOP ; D9 D0
            FWAIT ; 9B
            FNSTSW ; DF E0 ; clobbers=a
            FNSTSW m16 ; DD /7
            FNSTCW m16 ; D9 /7
            FLDCW m16 ; D9 /5 ; control
            FNCLEX ; DB E2
            FNINIT ; DB E3
            FLDENV m224 ; D9 /4 ; rare
            FRSTOR m864 ; DD /4 ; rare
            FNSTENV m224 ; D9 /6 ; last rare pointers
            FNSAVE m864 ; DD /6 ; last rare pointers
            """;
    }
}
