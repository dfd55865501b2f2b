package dev.skerry.execution.x86.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.options.OptionException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.HashSet;
import java.util.Set;

final class CpuModelTest {
    /** All that the psABI asks of x86-64-v2. */
    @ParameterizedTest
    @EnumSource(
            value = CpuFeature.class,
            names = {
                "CMOV", "CX8", "FPU", "FXSR", "MMX", "SYSCALL", "SSE", "SSE2", "CX16", "LAHF_LM",
                "POPCNT", "SSE3", "SSE4_1", "SSE4_2", "SSSE3"
            })
    void skerry64_is_x86_64_v2(CpuFeature feature) {
        assertTrue(CpuModel.skerry64().has(feature));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "skerry64 | true | true",
                "max | true | true",
                "skerry64,-x2apic | false | true",
                "skerry64,x2apic=off,-nx | false | false",
                "skerry64,-x2apic,+x2apic | true | true",
                "skerry64,-xd | true | false",
                "skerry64,nx=no,nx=on | true | true",
                "skerry64,-avx,avx2=off | true | true",
                "skerry64,x2apic | true | true",
            })
    void features_are_switched_as_in_qemu(String text, boolean x2apic, boolean nx)
            throws OptionException {
        CpuModel model = CpuModel.parse(text);
        assertEquals(x2apic, model.has(CpuFeature.X2APIC));
        assertEquals(nx, model.has(CpuFeature.NX));
    }

    @ParameterizedTest
    @CsvSource({
        "sse4.2, SSE4_2",
        "sse4-2, SSE4_2",
        "sse4_2, SSE4_2",
        "sse4_1, SSE4_1",
        "pni, SSE3",
        "sse3, SSE3",
        "lahf_lm, LAHF_LM",
        "tsc-deadline, TSC_DEADLINE",
        "tsc_adjust, TSC_ADJUST",
        "POPCNT, POPCNT",
    })
    void names_are_qemus_with_their_spellings(String name, CpuFeature feature)
            throws OptionException {
        assertFalse(CpuModel.parse("skerry64,-" + name).has(feature));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "qemu64 | -cpu qemu64: unknown model 'qemu64'; there is skerry64",
                "'' | -cpu : unknown model ''; there is skerry64",
                "skerry64,+sse9 | -cpu skerry64,+sse9: unknown feature 'sse9'",
                "skerry64,-sse9 | -cpu skerry64,-sse9: unknown feature 'sse9'",
                "skerry64, | -cpu skerry64,: unknown feature ''",
                "skerry64,+avx | -cpu skerry64,+avx: the software CPU does not implement 'avx'",
                "skerry64,vmx=on | -cpu skerry64,vmx=on: the software CPU does not implement 'vmx'",
                "skerry64,nx=maybe | -cpu skerry64,nx=maybe: 'nx=maybe' is neither on nor off",
            })
    void what_cannot_be_taken_is_refused_by_name(String text, String message) {
        OptionException refusal = assertThrows(OptionException.class, () -> CpuModel.parse(text));
        assertEquals(message, refusal.getMessage());
    }

    @Test
    void no_two_features_are_one_bit_and_none_is_also_unknown() {
        Set<String> seen = new HashSet<>();
        for (CpuFeature feature : CpuFeature.values()) {
            assertTrue(seen.add(feature.word + " " + feature.bit), feature.name());
            assertTrue(seen.add(feature.qemuName()), feature.name());
            assertFalse(CpuFeature.isKnownElsewhere(feature.qemuName()), feature.name());
            assertEquals(feature, CpuFeature.named(feature.qemuName()));
        }
    }
}
