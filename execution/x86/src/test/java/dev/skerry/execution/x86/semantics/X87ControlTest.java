package dev.skerry.execution.x86.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.skerry.execution.x86.core.CpuRig;
import dev.skerry.execution.x86.decode.Decoder;
import dev.skerry.execution.x86.state.CpuState;
import dev.skerry.execution.x86.state.GuestFault;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;
import java.util.List;

/** What CR0 makes of x87 instructions, and the environment's layouts in real mode, by the manual. */
class X87ControlTest {
    /** Runs one instruction in real mode: nothing, the vector of its fault, or what was reported. */
    private static String run(CpuRig rig, String code) {
        byte[] bytes = HexFormat.of().parseHex(code + "00".repeat(Decoder.MOST));
        try {
            Dispatch.execute(rig.core, new Decoder().decode(bytes, 0, bytes.length, 0));
        } catch (GuestFault fault) {
            return "vector " + fault.vector();
        }
        return rig.written.equals(List.of()) ? "none" : rig.written.getFirst();
    }

    // Intel SDM 3A, table 2-2, and 2, the instructions named.
    @ParameterizedTest
    @CsvSource({
        "00, 9b, none",
        "02, 9b, none",
        "08, 9b, none",
        "0a, 9b, vector 7",
        "04, 9b, none",
        "00, d9e8, none",
        "02, d9e8, none",
        "08, d9e8, vector 7",
        "04, d9e8, vector 7",
        "08, dbe3, vector 7",
        "04, dfe0, vector 7"
    })
    void cr0_decides_whether_there_is_a_unit(String cr0, String code, String outcome) {
        try (CpuRig rig = new CpuRig()) {
            rig.state.cr0 |= Integer.parseInt(cr0, 16);
            assertEquals(outcome, run(rig, code));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "20, 9b, vector 16", "20, d9e8, vector 16", "20, dbe2, none", "20, dbe3, none",
        "20, dfe0, none", "00, 9b, fp error", "00, d9e8, fp error", "00, dbe2, none"
    })
    void a_pending_exception_is_told_to_what_waits(String cr0, String code, String outcome) {
        try (CpuRig rig = new CpuRig()) {
            rig.state.cr0 |= Integer.parseInt(cr0, 16);
            X87Semantics.setControl(rig.state, 0x37e);
            X87Semantics.setStatus(rig.state, 1);
            assertEquals(outcome, run(rig, code));
        }
    }

    // Intel SDM 1, figures 8-10 and 8-12: 5410:2345 is 56445 and 6402:6789 is 6a7a9, the opcode
    // 211.
    @ParameterizedTest
    @CsvSource({
        "d936004000, 7f030038ffff" + "45641152" + "a9a70060",
        "66d936004000, 7f03ffff0038ffffffffffff" + "4564ffff" + "11520000" + "a9a7ffff" + "00600000"
    })
    void the_environment_of_real_mode_has_linear_pointers(String code, String expected) {
        try (CpuRig rig = new CpuRig()) {
            CpuState s = rig.state;
            X87Semantics.initialise(s);
            X87Semantics.setStatus(s, 0x3800);
            s.fpInstruction = 0x2345;
            s.fpInstructionSelector = 0x5410;
            s.fpOperand = 0x6789;
            s.fpOperandSelector = 0x6402;
            s.fpOpcode = 0x211;
            run(rig, code);
            byte[] image = new byte[expected.length() / 2];
            for (int i = 0; i < image.length; i++) {
                image[i] = (byte) rig.core.mmu.read8(0x4000 + i);
            }
            assertEquals(expected, HexFormat.of().formatHex(image));
        }
    }
}
