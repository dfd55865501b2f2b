package dev.skerry.execution.x86.decode;

/** Which class of the semantics package knows an operation. */
public enum Family {
    INTEGER,
    SHIFT,
    BIT,
    DATA,
    STRING,
    DECIMAL,
    CONTROL,
    FAR,
    SYSTEM,
    X87,
    SSE,
    NONE
}
