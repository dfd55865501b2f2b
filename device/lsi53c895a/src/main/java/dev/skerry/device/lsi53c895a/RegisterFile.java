package dev.skerry.device.lsi53c895a;

/** The registers' bytes, without their effects. Little-endian. */
final class RegisterFile {
    static final int BYTES = 0x100;

    private final byte[] bytes = new byte[BYTES];

    RegisterFile() {
        reset();
    }

    void reset() {
        java.util.Arrays.fill(bytes, (byte) 0);
        for (LsiRegister register : LsiRegister.TABLE.registers()) {
            for (int i = 0; i < register.sizeBytes(); i++) {
                bytes[register.offset() + i] = (byte) (register.resetValue() >>> (8 * i));
            }
        }
    }

    int at(int offset) {
        return bytes[offset] & 0xff;
    }

    void put(int offset, int value) {
        bytes[offset] = (byte) value;
    }

    /** Zero-extended. */
    int get(LsiRegister register) {
        int at = register.offset();
        return switch (register.sizeBytes()) {
            case 1 -> at(at);
            case 2 -> at(at) | at(at + 1) << 8;
            case 3 -> at(at) | at(at + 1) << 8 | at(at + 2) << 16;
            default -> at(at) | at(at + 1) << 8 | at(at + 2) << 16 | at(at + 3) << 24;
        };
    }

    void set(LsiRegister register, int value) {
        for (int i = 0; i < register.sizeBytes(); i++) {
            bytes[register.offset() + i] = (byte) (value >>> (8 * i));
        }
    }

    boolean has(LsiRegister register, int bits) {
        return (at(register.offset()) & bits) != 0;
    }

    void setBits(LsiRegister register, int bits, boolean on) {
        int before = at(register.offset());
        put(register.offset(), on ? before | bits : before & ~bits);
    }

    /** An address whose upper half is in a selector. */
    long address(LsiRegister selector, int low) {
        return (long) get(selector) << 32 | low & 0xffff_ffffL;
    }
}
