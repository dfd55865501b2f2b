package dev.skerry.execution.x86.interpreter;

/** Why the interpreter came back. */
public enum Exit {
    /** Somebody asked for it. */
    STOPPED,
    /** A triple fault: the CPU stands until it is reset. */
    SHUTDOWN
}
