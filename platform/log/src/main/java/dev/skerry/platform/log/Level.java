package dev.skerry.platform.log;

/** How much a line matters, most urgent first. A log shows its own level and everything more urgent. */
public enum Level {
    /** Something asked for was not done. */
    ERROR,
    /** Something odd was done; the process goes on. */
    WARNING,
    /** The life of the process: starts, links, ends. */
    INFO,
    /** What a guest or a peer did that hardware would not like; off by default. */
    DEBUG,
    /** Every message and register access; off by default and slow. */
    TRACE;

    final String label = name().toLowerCase(java.util.Locale.ROOT);
}
