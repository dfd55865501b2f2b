package dev.skerry.execution.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.linux.Ioctl;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Whether there is a KVM to use, and that we speak to it as its documentation says. */
final class KvmSystemTest {
    @TempDir Path folder;

    private static String missing(String path) {
        return assertThrows(KvmMissingException.class, () -> KvmSystem.open(path)).getMessage();
    }

    @Test
    void without_the_device_the_message_says_what_to_do() {
        Path nowhere = folder.resolve("kvm");
        assertEquals(
                "cannot use KVM: "
                        + nowhere
                        + " is not there; enable virtualisation in the host's firmware and load"
                        + " kvm_intel or kvm_amd, or choose -accel tcg",
                missing(nowhere.toString()));
    }

    @Test
    void what_is_not_kvm_is_told_so() throws Exception {
        Path file = Files.createFile(folder.resolve("kvm"));
        assertEquals(
                "cannot use KVM: " + file + " is not KVM's device; or choose -accel tcg",
                missing(file.toString()));
    }

    @ParameterizedTest
    @CsvSource({
        "13, may not be opened by this user; add the user to the group that owns it",
        "1, may not be opened by this user",
        "19, has no driver behind it; load kvm_intel or kvm_amd",
        "24, EMFILE"
    })
    void each_reason_has_its_advice(int errno, String part) {
        String message = KvmSystem.whyNotOpen("/dev/kvm", errno);
        assertTrue(message.startsWith("cannot use KVM: /dev/kvm"), message);
        assertTrue(message.contains(part), message);
        assertTrue(message.endsWith("or choose -accel tcg"), message);
        assertEquals(1, message.lines().count());
    }

    /** Numbers as strace(1) shows them. */
    @Test
    void requests_have_the_kernels_numbers() {
        Map<Ioctl, Integer> numbers =
                Map.of(
                        Request.CREATE_VM, 0xae01,
                        Request.GET_SUPPORTED_CPUID, 0xc008_ae05,
                        Request.SET_USER_MEMORY_REGION, 0x4020_ae46,
                        Request.SET_IRQCHIP, 0x8208_ae63,
                        Request.IRQFD, 0x4020_ae76,
                        Request.IOEVENTFD, 0x4040_ae79,
                        Request.RUN, 0xae80,
                        Request.SET_REGS, 0x4090_ae82,
                        Request.SET_SREGS, 0x4138_ae84,
                        Request.SET_CPUID2, 0x4008_ae90);
        numbers.forEach((request, number) -> assertEquals(number, request.number(), request::name));
        assertEquals(0x8040_ae9f, StateKind.EVENTS.get.number());
        assertEquals(0x5000_aea5, StateKind.XSAVE.set.number());
        assertEquals(0x8188_aea6, StateKind.XCRS.get.number());
        assertEquals(0x8080_aea1, StateKind.DEBUGREGS.get.number());
        assertEquals(0x8070_ae9f, Request.GET_PIT2.number());
    }

    @Test
    void the_host_says_what_kind_of_kvm_it_has() {
        Board.openOrSkip().close();
        String kind = KvmSystem.kind();
        assertTrue(
                kind.equals("hardware") || kind.startsWith("emulated: "), "a KVM that is " + kind);
    }
}
