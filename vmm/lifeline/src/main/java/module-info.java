/**
 * The private link between control and a machine process: who lost which device, here is a new
 * socket for it. Lines of text over a socket pair that both inherited.
 *
 * <p>Knows neither side. Enter by {@link dev.skerry.vmm.lifeline.Lifeline}.
 */
module dev.skerry.vmm.lifeline {
    requires transitive dev.skerry.platform.linux;

    exports dev.skerry.vmm.lifeline;
}
