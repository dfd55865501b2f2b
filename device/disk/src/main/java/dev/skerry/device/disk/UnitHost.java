package dev.skerry.device.disk;

import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.Timer;
import dev.skerry.platform.log.Log;

/**
 * What a device on a bus below another device may ask for: an id and a log of its own; for the rest
 * it shares its controller's thread or lock.
 */
record UnitHost(String id, Log log, DeviceHost controller) implements DeviceHost {
    @Override
    public long nowNs() {
        return controller.nowNs();
    }

    @Override
    public Timer newTimer(Runnable onExpiry) {
        return controller.newTimer(onExpiry);
    }

    @Override
    public void offload(Runnable work, Completion completion) {
        controller.offload(work, completion);
    }
}
