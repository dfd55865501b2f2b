/**
 * Runs user-mode instructions on the host's own CPU, in a child process, and says what they did to
 * registers, flags, floating-point state and memory; and makes up instructions to run. Not shipped.
 *
 * <p>It knows no software CPU: one is plugged in as an {@link dev.skerry.verify.silicon.Executor}.
 * Enter by {@link dev.skerry.verify.silicon.Silicon}.
 */
module dev.skerry.verify.silicon {
    requires transitive dev.skerry.verify.asm;

    exports dev.skerry.verify.silicon;
    exports dev.skerry.verify.silicon.random;
}
