/**
 * What the tests of device models share: a host whose clock and workers the test moves. Not shipped.
 *
 * <p>It knows no model. Enter by {@link dev.skerry.verify.workbench.ManualHost}.
 */
module dev.skerry.verify.workbench {
    requires transitive dev.skerry.device.api;

    exports dev.skerry.verify.workbench;
}
