/**
 * Taking from a process everything its role does not need. The inner layer is what a process takes
 * from itself once it holds what it needs (limits, Landlock, a system call filter on all threads);
 * the outer one is what a launcher takes before the program starts (namespaces, an empty root, a
 * control group). What a role needs is data: one policy a role, each rule with its reason.
 *
 * <p>Knows no device, protocol or machine. Enter by {@link dev.skerry.isolation.sandbox.Sandbox}
 * from inside, by {@link dev.skerry.isolation.sandbox.Enclosure} and {@link
 * dev.skerry.isolation.sandbox.ControlGroups} from outside.
 */
module dev.skerry.isolation.sandbox {
    requires transitive dev.skerry.platform.linux;
    requires transitive dev.skerry.platform.log;
    requires transitive dev.skerry.platform.options;

    exports dev.skerry.isolation.sandbox;
}
