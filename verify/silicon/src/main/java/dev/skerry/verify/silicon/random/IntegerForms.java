package dev.skerry.verify.silicon.random;

import java.util.List;

/**
 * Integer instructions (Intel SDM 2; flags: SDM 1, appendix A).
 *
 * <p>Traits: {@code lock} may take LOCK with a memory destination. {@code clobbers=ad}: writes
 * registers that are no operands. {@code shift}, {@code rotate}, {@code double}: flags depend on the
 * count, an immediate or, with {@code cl}, CL. {@code bit}: a register is a bit's number. {@code
 * div}: mostly gets a dividend that fits. {@code ptrD}, {@code ptrS}, {@code ptrB}: RDI, RSI, RBX
 * point into the window. {@code rep}, {@code repne}: may take these. {@code 32}, {@code 64}: in that
 * mode alone. {@code last}: ends its program.
 */
final class IntegerForms {
    private static final String[] ARITHMETIC = {
        "ADD", "OR", "ADC", "SBB", "AND", "SUB", "XOR", "CMP"
    };
    private static final String[] CONDITIONS = {
        "O", "O", "C", "C", "Z", "Z", "CZ", "CZ", "S", "S", "P", "P", "SO", "SO", "ZSO", "ZSO"
    };

    static final List<Template> ALL =
            Template.table(arithmetic() + conditional() + shifts() + rows());

    static final List<Template> MEMORY = Template.table(strings() + stack());

    private IntegerForms() {}

    private static String arithmetic() {
        StringBuilder rows = new StringBuilder();
        for (int n = 0; n < 8; n++) {
            String name = ARITHMETIC[n];
            boolean logic = n == 1 || n == 4 || n == 6;
            String flags = (logic ? "w=OSZPC u=A" : "w=OSZAPC") + (n == 2 || n == 3 ? " r=C" : "");
            String lock = n == 7 ? flags : flags + " lock";
            String[] forms = {
                "rm8,r8 ; %02X /mr ; " + lock,
                "rmv,rv ; os %02X /mr ; " + lock,
                "r8,rm8 ; %02X /r ; " + flags,
                "rv,rmv ; os %02X /r ; " + flags,
                "ib ; %02X ib ; clobbers=a " + flags,
                "iz ; o32 %02X iz ; clobbers=a " + flags,
            };
            for (int i = 0; i < forms.length; i++) {
                rows.append(name).append(' ').append(forms[i].formatted(8 * n + i)).append('\n');
            }
            rows.append("%s rm8,ib ; 80 /%d ib ; %s\n".formatted(name, n, lock));
            rows.append("%s rmv,iz ; os 81 /%d iz ; %s\n".formatted(name, n, lock));
            rows.append("%s rmv,ib ; os 83 /%d ib ; %s\n".formatted(name, n, lock));
        }
        return rows.toString();
    }

    private static String conditional() {
        StringBuilder rows = new StringBuilder();
        for (int n = 0; n < 16; n++) {
            rows.append("CMOV rv,rmv ; os 0F %02X /r ; r=%s\n".formatted(0x40 + n, CONDITIONS[n]));
            rows.append("SET rm8 ; 0F %02X /0 ; r=%s\n".formatted(0x90 + n, CONDITIONS[n]));
        }
        return rows.toString();
    }

    private static String shifts() {
        StringBuilder rows = new StringBuilder();
        String[] names = {"ROL", "ROR", "RCL", "RCR", "SHL", "SHR", "SAL", "SAR"};
        for (int n = 0; n < 8; n++) {
            String traits = n == 2 || n == 3 ? "rotate r=C" : n < 4 ? "rotate" : "shift";
            String row = names[n] + " %s ; %s /" + n + "%s ; " + traits + "%s\n";
            rows.append(row.formatted("rm8", "D0", "", " one"));
            rows.append(row.formatted("rmv", "os D1", "", " one"));
            rows.append(row.formatted("rm8,ib", "C0", " ib", ""));
            rows.append(row.formatted("rmv,ib", "os C1", " ib", ""));
            rows.append(row.formatted("rm8", "D2", "", " cl"));
            rows.append(row.formatted("rmv", "os D3", "", " cl"));
        }
        return rows.toString();
    }

    private static String rows() {
        return """
            MOV rm8,r8 ; 88 /mr
            MOV rmv,rv ; os 89 /mr
            MOV r8,rm8 ; 8A /r
            MOV rv,rmv ; os 8B /r
            MOV r8,ib ; B0+r ib
            MOV rv,iz ; os C7 /0 iz
            MOV rm8,ib ; C6 /0 ib
            MOV rmv,iz ; os C7 /0 iz
            MOVZX rv,r8/m8 ; os 0F B6 /r
            MOVZX rv,r16/m16 ; os 0F B7 /r
            MOVSX rv,r8/m8 ; os 0F BE /r
            MOVSX rv,r16/m16 ; os 0F BF /r
            MOVSXD r64,rm32 ; REX.W 63 /r
            MOVBE rv,mv ; os 0F 38 F0 /r
            MOVBE mv,rv ; os 0F 38 F1 /mr
            MOVNTI m32,r32 ; 0F C3 /mr
            MOVNTI m64,r64 ; REX.W 0F C3 /mr
            LEA rv,mv ; os 8D /r
            XCHG rm8,r8 ; 86 /mr ; lock
            XCHG rmv,rv ; os 87 /mr ; lock
            XCHG rv ; os 90+r ; clobbers=a
            BSWAP r32 ; 0F C8+r
            BSWAP r64 ; REX.W 0F C8+r
            CRC32 r32,r8/m8 ; F2 0F 38 F0 /r
            CRC32 r64,r8/m8 ; REX.W F2 0F 38 F0 /r
            CRC32 r32,r16/m16 ; o16 F2 0F 38 F1 /r
            CRC32 r32,rm32 ; F2 0F 38 F1 /r
            CRC32 r64,rm64 ; REX.W F2 0F 38 F1 /r
            TEST rm8,r8 ; 84 /mr ; w=OSZPC u=A
            TEST rmv,rv ; os 85 /mr ; w=OSZPC u=A
            TEST rm8,ib ; F6 /0 ib ; w=OSZPC u=A
            TEST rmv,iz ; os F7 /0 iz ; w=OSZPC u=A
            TEST ib ; A8 ib ; w=OSZPC u=A
            INC rm8 ; FE /0 ; w=OSZAP lock
            DEC rm8 ; FE /1 ; w=OSZAP lock
            INC rmv ; os FF /0 ; w=OSZAP lock
            DEC rmv ; os FF /1 ; w=OSZAP lock
            INC r32 ; o32 40+r ; w=OSZAP 32
            DEC r32 ; o32 48+r ; w=OSZAP 32
            NOT rm8 ; F6 /2 ; lock
            NOT rmv ; os F7 /2 ; lock
            NEG rm8 ; F6 /3 ; w=OSZAPC lock
            NEG rmv ; os F7 /3 ; w=OSZAPC lock
            MUL rm8 ; F6 /4 ; w=OC u=SZAP clobbers=a
            MUL rmv ; os F7 /4 ; w=OC u=SZAP clobbers=ad
            IMUL rm8 ; F6 /5 ; w=OC u=SZAP clobbers=a
            IMUL rmv ; os F7 /5 ; w=OC u=SZAP clobbers=ad
            DIV rm8 ; F6 /6 ; u=OSZAPC clobbers=a div
            DIV rmv ; os F7 /6 ; u=OSZAPC clobbers=ad div
            IDIV rm8 ; F6 /7 ; u=OSZAPC clobbers=a div
            IDIV rmv ; os F7 /7 ; u=OSZAPC clobbers=ad div
            IMUL rv,rmv ; os 0F AF /r ; w=OC u=SZAP
            IMUL rv,rmv,ib ; os 6B /r ib ; w=OC u=SZAP
            IMUL rv,rmv,iz ; os 69 /r iz ; w=OC u=SZAP
            SHLD rmv,rv,ib ; os 0F A4 /mr ib ; double
            SHLD rmv,rv ; os 0F A5 /mr ; double cl
            SHRD rmv,rv,ib ; os 0F AC /mr ib ; double
            SHRD rmv,rv ; os 0F AD /mr ; double cl
            BT rmv,rv ; os 0F A3 /mr ; w=C u=OSAP bit
            BTS rmv,rv ; os 0F AB /mr ; w=C u=OSAP bit lock
            BTR rmv,rv ; os 0F B3 /mr ; w=C u=OSAP bit lock
            BTC rmv,rv ; os 0F BB /mr ; w=C u=OSAP bit lock
            BT rmv,ib ; os 0F BA /4 ib ; w=C u=OSAP
            BTS rmv,ib ; os 0F BA /5 ib ; w=C u=OSAP lock
            BTR rmv,ib ; os 0F BA /6 ib ; w=C u=OSAP lock
            BTC rmv,ib ; os 0F BA /7 ib ; w=C u=OSAP lock
            BSF rv,rmv ; os 0F BC /r ; w=Z u=OSAPC
            BSR rv,rmv ; os 0F BD /r ; w=Z u=OSAPC
            POPCNT rv,rmv ; os F3 0F B8 /r ; w=OSZAPC
            XADD rm8,r8 ; 0F C0 /mr ; w=OSZAPC lock
            XADD rmv,rv ; os 0F C1 /mr ; w=OSZAPC lock
            CMPXCHG rm8,r8 ; 0F B0 /mr ; w=OSZAPC lock clobbers=a
            CMPXCHG rmv,rv ; os 0F B1 /mr ; w=OSZAPC lock clobbers=a
            CMPXCHG8B m64 ; 0F C7 /1 ; w=Z lock clobbers=ad
            CMPXCHG16B m128 ; REX.W 0F C7 /1 ; w=Z lock clobbers=ad
            CBW ; o16 98 ; clobbers=a
            CWDE ; o32 98 ; clobbers=a
            CDQE ; o64 98 ; clobbers=a
            CWD ; o16 99 ; clobbers=d
            CDQ ; o32 99 ; clobbers=d
            CQO ; o64 99 ; clobbers=d
            CLC ; F8 ; w=C
            STC ; F9 ; w=C
            CMC ; F5 ; w=C r=C
            CLD ; FC
            STD ; FD
            LAHF ; 9F ; r=SZAPC clobbers=a
            SAHF ; 9E ; w=SZAPC
            NOP rmv ; os 0F 1F /0
            PAUSE ; F3 90
            LFENCE ; 0F AE E8
            PREFETCHT0 m8 ; 0F 18 /1
            XLAT ; D7 ; ptrB clobbers=a
            DAA ; 27 ; w=SZAPC u=O r=AC 32 clobbers=a
            DAS ; 2F ; w=SZAPC u=O r=AC 32 clobbers=a
            AAA ; 37 ; w=AC u=OSZP r=A 32 clobbers=a
            AAS ; 3F ; w=AC u=OSZP r=A 32 clobbers=a
            AAM ib ; D4 ib ; w=SZP u=OAC 32 clobbers=a
            AAD ib ; D5 ib ; w=SZP u=OAC 32 clobbers=a
            """;
    }

    private static String strings() {
        StringBuilder rows = new StringBuilder();
        String[] sizes = {"%02X ;", "o16 %02X ;", "o32 %02X ;", "o64 %02X ;"};
        for (int i = 0; i < 4; i++) {
            int add = i == 0 ? 0 : 1;
            String form = " ; " + sizes[i];
            rows.append(("MOVS" + form + " ptrD ptrS rep\n").formatted(0xa4 + add));
            rows.append(("CMPS" + form + " ptrD ptrS rep repne w=OSZAPC\n").formatted(0xa6 + add));
            rows.append(("STOS" + form + " ptrD rep\n").formatted(0xaa + add));
            rows.append(("LODS" + form + " ptrS rep clobbers=a\n").formatted(0xac + add));
            rows.append(("SCAS" + form + " ptrD rep repne w=OSZAPC\n").formatted(0xae + add));
        }
        return rows.toString();
    }

    private static String stack() {
        return """
            PUSH rs ; os d64 50+r
            PUSH rms ; os d64 FF /6
            POP rs ; os d64 58+r
            POP rms ; os d64 8F /0
            PUSH ib ; 6A ib
            PUSH iz ; o16 68 iz ; wordImmediate
            PUSHF ; 9C ; r=OSZAPC
            PUSHFW ; o16 9C ; r=OSZAPC
            ENTER iw,ib ; C8 iw ib ; frame ptrP
            LEAVE ; C9 ; ptrP
            POPF ; 9D ; w=OSZAPC flagsOnStack
            PUSHA ; o32 60 ; 32
            PUSHAW ; o16 60 ; 32
            """;
    }
}
