package dev.skerry.device.api;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.Property;
import dev.skerry.platform.options.PropertyValues;

import java.util.List;

/**
 * A kind of device that {@code -device NAME} can make: a service provider, found in every module of
 * the image ({@code provides DeviceModel with …}). Names and properties are QEMU's where QEMU has
 * such a device.
 */
public interface DeviceModel {
    /** What the user writes after {@code -device}. */
    String name();

    /** The kind of bus it plugs into, such as {@code PCI}. */
    String bus();

    /** One line for {@code -device help}; may be empty. */
    String description();

    /** What the user may set, in alphabetical order. */
    List<Property> properties();

    /**
     * Makes one. It takes part in nothing until its bus has attached it.
     *
     * @throws OptionException if the values do not fit together
     */
    Device create(DeviceHost host, PropertyValues values) throws OptionException;
}
