package dev.skerry.verify.fuzz;

/** What a target says when something does not hold. */
public final class Promise {
    private Promise() {}

    /** Costs nothing while it holds: the arguments are formatted only if it does not. */
    public static void require(boolean holds, String otherwise, Object... arguments) {
        if (!holds) {
            throw new AssertionError(String.format(otherwise, arguments));
        }
    }
}
