package dev.skerry.vmm.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.vmm.control.config.VmConfig.DeviceConfig;
import dev.skerry.vmm.control.config.VmConfig.OnExit;
import dev.skerry.vmm.control.config.VmConfig.ProcessConfig;
import dev.skerry.vmm.control.config.VmConfig.RestartLimit;
import dev.skerry.vmm.control.config.VmConfig.SandboxMode;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/** Whose a loss is, and how often a process is started again. */
class SupervisedDevicesTest {
    private static final long S = 1_000_000_000L;

    private final SupervisedDevices devices =
            new SupervisedDevices(
                    new ProcessConfig(
                            "p",
                            List.of(
                                    new DeviceConfig("a", "edu", Map.of(), List.of(), 5000),
                                    new DeviceConfig("b", "edu", Map.of(), List.of(), 5000)),
                            OnExit.RESTART,
                            new RestartLimit(4, 10_000, 100, 300),
                            SandboxMode.OFF),
                    line -> {});

    @Test
    void a_loss_is_the_predecessors_until_the_machine_has_taken_the_new_socket() {
        assertFalse(devices.isFreshFor("a"));
        devices.handedOver("a");
        devices.handedOver("b");
        assertTrue(devices.isFreshFor("a"));
        // Told or not, the next one counts.
        devices.taken("a");
        assertFalse(devices.isFreshFor("a"));
        assertTrue(devices.isFreshFor("b"));
    }

    @Test
    void restarts_wait_longer_each_time_and_are_forgotten_after_the_window() {
        assertEquals(0, devices.nextRestartDelayMs(0));
        assertEquals(100, devices.nextRestartDelayMs(S));
        assertEquals(200, devices.nextRestartDelayMs(2 * S));
        assertEquals(300, devices.nextRestartDelayMs(3 * S));
        assertEquals(-1, devices.nextRestartDelayMs(4 * S));
        assertEquals(300, devices.nextRestartDelayMs(11 * S));
        assertEquals(5, devices.restarts());
    }
}
