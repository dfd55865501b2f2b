package dev.skerry.verify.asm;

/** A place in a program, which may be used before {@link Assembler#bind} says where it is. */
public final class Label implements Operand {
    private final Assembler owner;
    private final String name;
    private long address;
    private boolean bound;

    Label(Assembler owner, String name) {
        this.owner = owner;
        this.name = name;
    }

    void bind(Assembler by, long where) {
        if (by != owner) {
            throw new IllegalArgumentException(name + " belongs to another program");
        }
        if (bound) {
            throw new IllegalStateException(name + " is bound twice");
        }
        address = where;
        bound = true;
    }

    /** Whether its place is known. */
    public boolean isBound() {
        return bound;
    }

    /**
     * The address.
     *
     * @throws IllegalStateException while it is not bound
     */
    public long value() {
        if (!bound) {
            throw new IllegalStateException(name + " is used and nowhere bound");
        }
        return address;
    }

    /** Its address as an immediate. */
    public Imm address() {
        return new Imm(0, this);
    }

    /** Its address and {@code bytes} more, as an immediate. */
    public Imm plus(long bytes) {
        return new Imm(bytes, this);
    }

    @Override
    public String toString() {
        return name;
    }
}
