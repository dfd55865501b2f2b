/**
 * Log lines: one line an event, with the process id and the device's id, on standard error or in a file.
 *
 * <p>Knows nothing of devices or protocols. Enter by {@link dev.skerry.platform.log.Log}.
 */
module dev.skerry.platform.log {
    exports dev.skerry.platform.log;
}
