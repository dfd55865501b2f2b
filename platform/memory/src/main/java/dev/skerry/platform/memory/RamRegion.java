package dev.skerry.platform.memory;

/** Memory in the guest's map: part of a block, for reading and writing or, as a ROM, for reading. */
public final class RamRegion extends Region {
    private final RamBlock block;
    private final boolean readOnly;

    /**
     * @param readOnly whether writes are ignored
     */
    public RamRegion(String name, RamBlock block, boolean readOnly) {
        super(name, block.sizeBytes());
        this.block = block;
        this.readOnly = readOnly;
    }

    public RamBlock block() {
        return block;
    }

    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    void render(FlatView.Builder view, long base, long clipStart, long clipEnd) {
        view.add(this, base, clipStart, clipEnd);
    }
}
