package dev.skerry.device.pc;

import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.Region;

import java.util.List;

/** A region that a register of the chipset places, moves or takes away. */
final class MovableRegion {
    /** {@link #place}: nowhere. */
    static final long NOWHERE = -1;

    private final Container space;
    private Region region;
    private long at = NOWHERE;

    MovableRegion(Container space, Region region) {
        this.space = space;
        this.region = region;
    }

    /** Changes nothing if it is there already. */
    void place(long base) {
        place(region, base);
    }

    /** The same with another region in its stead. */
    void place(Region instead, long base) {
        if (base == at && instead == region) {
            return;
        }
        List<Region> leaving = at == NOWHERE ? List.of() : List.of(region);
        region = instead;
        at = base;
        space.replace(
                leaving,
                base == NOWHERE
                        ? List.of()
                        : List.of(new Container.Placement(instead, base, ChipsetMemory.PRIORITY)));
    }
}
