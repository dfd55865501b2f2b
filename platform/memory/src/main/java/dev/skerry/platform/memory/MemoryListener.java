package dev.skerry.platform.memory;

/** Hears of every change of an address space, after it has taken effect, on the changing thread. */
@FunctionalInterface
public interface MemoryListener {
    void viewChanged(FlatView before, FlatView after);
}
