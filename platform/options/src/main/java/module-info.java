/**
 * The syntax of QEMU-style options: {@code key=value} lists with doubled commas, sizes, booleans,
 * and the typed properties of devices and objects.
 *
 * <p>Knows no option by name. Enter by {@link dev.skerry.platform.options.OptionList}.
 */
module dev.skerry.platform.options {
    exports dev.skerry.platform.options;
}
