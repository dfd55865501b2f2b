/**
 * Debian Linux as the guest of whole machines: the processes as users start them, the guest's scripts
 * as files, the console as what is seen of it.
 *
 * <p>Not shipped. Enter by {@link dev.skerry.verify.guests.Guest}.
 */
module dev.skerry.verify.guests {
    requires transitive dev.skerry.platform.linux;
    requires transitive dev.skerry.verify.boot;
    requires dev.skerry.verify.testkit;
    requires dev.skerry.vmm.guest;

    exports dev.skerry.verify.guests;
}
