package dev.skerry.isolation.proxy;

import dev.skerry.device.api.Device;
import dev.skerry.device.api.DeviceHost;
import dev.skerry.device.api.DeviceModel;
import dev.skerry.device.pci.PciAddress;
import dev.skerry.device.pci.PciProperties;
import dev.skerry.platform.linux.Fd;
import dev.skerry.platform.linux.LinuxException;
import dev.skerry.platform.linux.UnixStream;
import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.Property;
import dev.skerry.platform.options.PropertyType;
import dev.skerry.platform.options.PropertyValues;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code -device x-pci-proxy-dev}: its host must be a {@link ProxyHost}. */
public final class ProxyModel implements DeviceModel {
    /** What {@code -device} calls it. */
    public static final String NAME = "x-pci-proxy-dev";

    private static final String REPLY_TIMEOUT = "reply-timeout";

    /** The device has a ROM if it says so. */
    private static final Set<String> NOT_FOR_A_PROXY = Set.of("romfile", "rombar");

    /** For the service loader. */
    public ProxyModel() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String bus() {
        return "PCI";
    }

    @Override
    public String description() {
        return "A PCI device in another process";
    }

    @Override
    public List<Property> properties() {
        List<Property> properties =
                new ArrayList<>(
                        PciProperties.with(
                                new Property(
                                        "fd",
                                        PropertyType.STRING,
                                        null,
                                        "Number of the socket to the device process"),
                                new Property(
                                        REPLY_TIMEOUT,
                                        PropertyType.UINT32,
                                        Long.toString(MpqemuLink.REPLY_TIMEOUT_NS / 1_000_000),
                                        "Milliseconds after which an unanswered device is lost")));
        properties.removeIf(property -> NOT_FOR_A_PROXY.contains(property.name()));
        return List.copyOf(properties);
    }

    @Override
    public Device create(DeviceHost host, PropertyValues values) throws OptionException {
        if (!(host instanceof ProxyHost proxyHost)) {
            throw new OptionException(NAME + " is for machines: this process has no guest memory");
        }
        PciAddress.of(values);
        long timeoutMs = values.number(REPLY_TIMEOUT);
        if (timeoutMs == 0) {
            throw new OptionException(REPLY_TIMEOUT + ": 0 ms is too short for any reply");
        }
        UnixStream socket = socket(values.text("fd"));
        long timeoutNs = timeoutMs * 1_000_000;
        ProxyDevice.LinkOpener opener = from -> MpqemuLink.over(from, timeoutNs);
        try {
            ProxyDevice device = new ProxyDevice(proxyHost, opener.open(socket), opener);
            if (values.bool("multifunction")) {
                device.function().setMultifunction();
            }
            return device;
        } catch (LinkException e) {
            throw new OptionException(
                    "fd " + values.text("fd") + ": the device process: " + e.getMessage());
        }
    }

    private static UnixStream socket(String fd) throws OptionException {
        if (fd == null) {
            throw new OptionException("fd parameter not specified for " + NAME);
        }
        try {
            return UnixStream.adopt(Fd.inherited(Integer.parseUnsignedInt(fd)));
        } catch (NumberFormatException e) {
            throw new OptionException("fd: '" + fd + "' is not a descriptor's number");
        } catch (LinuxException e) {
            throw new OptionException(
                    "fd " + fd + " is not a connected unix stream socket: " + e.getMessage());
        }
    }
}
