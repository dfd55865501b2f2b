package dev.skerry.execution.x86.translator;

import static dev.skerry.verify.asm.Gp.*;
import static dev.skerry.verify.asm.Mem.mem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.execution.x86.decode.Decoder;
import dev.skerry.execution.x86.decode.Insn;
import dev.skerry.execution.x86.mmu.Block;
import dev.skerry.execution.x86.mmu.CodePage;
import dev.skerry.execution.x86.state.Mode;
import dev.skerry.verify.asm.Assembler;
import dev.skerry.verify.asm.Cond;
import dev.skerry.verify.asm.Label;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The bytecode of a few small blocks, as it was when somebody last read it. */
class GoldenTest {
    private static final Path FOLDER =
            Path.of(System.getProperty("skerry.root"))
                    .resolve("execution/x86/src/test/resources/golden");

    @ParameterizedTest
    @ValueSource(strings = {"sum", "loop", "push-call", "read-modify-write"})
    void bytecode_is_what_it_was(String name) throws IOException {
        Assembler a = new Assembler(64, 0x1000);
        write(name, a);
        String text = BytecodeText.of(Compiler.compile(plan(a.bytes()), true).bytes());
        Path file = FOLDER.resolve(name + ".txt");
        if (Boolean.getBoolean("cpu.golden")) {
            Files.createDirectories(FOLDER);
            Files.writeString(file, text);
        }
        assertEquals(
                Files.readString(file),
                text,
                "read the difference; if it is as it should be: mvn -pl execution/x86 test"
                        + " -Dtest=GoldenTest -Dskerry.test.flags=-Dcpu.golden=true");
    }

    private static void write(String name, Assembler a) {
        switch (name) {
            case "sum" -> {
                a.mov(EAX, mem(RDI).plus(4)).add(RAX, RBX);
                a.ret();
            }
            case "loop" -> {
                Label again = a.mark();
                a.add(EAX, EBX).dec(ECX).jcc(Cond.NZ, again);
            }
            case "push-call" -> {
                Label function = a.label();
                a.push(RBP).call(function).bind(function);
            }
            default -> {
                a.add(mem(RSI).dword(), 5);
                a.ret();
            }
        }
    }

    /** One block, alone. */
    private static Plan plan(byte[] code) {
        Decoder decoder = new Decoder();
        List<Insn> instructions = new ArrayList<>();
        int at = 0;
        while (at < code.length) {
            Insn in = decoder.decode(code, at, code.length, Mode.LONG);
            instructions.add(in);
            at += in.length;
        }
        Block block = new Block(null, null, 0, at, Mode.LONG, instructions.toArray(new Insn[0]));
        Plan.Node node = new Plan.Node(block, 0, false);
        return new Plan(List.of(node), 1, new int[0], new CodePage[0]);
    }
}
