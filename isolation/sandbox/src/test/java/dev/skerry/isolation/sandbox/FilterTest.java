package dev.skerry.isolation.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;

/** What the kernel would make of the programs, by an interpreter of the few instructions used. */
class FilterTest {
    private static final int X86_64 = 0xc000003e;
    private static final int ALLOW = 0x7fff0000;
    private static final int KILL = 0x80000000;
    private static final int EPERM = 0x00050001;
    private static final int ENOSYS = 0x00050026;
    private static final int SELF = 4711;

    @Test
    void what_is_listed_passes_and_nothing_else() throws IOException {
        long[] program = program("allow read : r\nallow futex : f\nrefuse clone3 ENOSYS : c");
        assertEquals(ALLOW, run(program, X86_64, 0));
        assertEquals(ALLOW, run(program, X86_64, 202));
        assertEquals(ENOSYS, run(program, X86_64, 435));
        assertEquals(EPERM, run(program, X86_64, 1));
        assertEquals(EPERM, run(program, X86_64, -1 >>> 2));
    }

    @Test
    void calls_of_other_abis_kill() throws IOException {
        long[] program = program("allow read : r");
        assertEquals(KILL, run(program, 0x40000003, 3));
        assertEquals(KILL, run(program, X86_64, 0x40000000));
        assertEquals(KILL, run(program, X86_64, -1));
    }

    @Test
    void conditions_must_all_hold() throws IOException {
        long[] program = program("allow sendto a4=0 a5=7 : s\nallow write : w");
        assertEquals(ALLOW, run(program, X86_64, 44, 9, 9, 9, 9, 0, 7));
        assertEquals(EPERM, run(program, X86_64, 44, 9, 9, 9, 9, 1, 7));
        assertEquals(EPERM, run(program, X86_64, 44, 9, 9, 9, 9, 0, 8));
        assertEquals(ALLOW, run(program, X86_64, 1));
    }

    @Test
    void rules_for_one_call_add_up() throws IOException {
        long[] program = program("allow mmap a2&0x4=0 : d\nallow mmap a4=0xffffffff : j");
        assertEquals(ALLOW, run(program, X86_64, 9, 0, 0, 3, 0, 5));
        assertEquals(ALLOW, run(program, X86_64, 9, 0, 0, 7, 0, -1));
        assertEquals(EPERM, run(program, X86_64, 9, 0, 0, 7, 0, 5));
    }

    @Test
    void self_is_this_process() throws IOException {
        long[] program = program("allow tgkill a0=self : t");
        assertEquals(ALLOW, run(program, X86_64, 234, SELF));
        assertEquals(EPERM, run(program, X86_64, 234, SELF + 1));
    }

    private static long[] program(String text) throws IOException {
        return Filter.of(Policy.parse("role", text), SELF);
    }

    private static int run(long[] program, int architecture, int number, long... arguments) {
        int a = 0;
        for (int at = 0; ; at++) {
            int code = (int) program[at] & 0xffff;
            int ifTrue = (int) (program[at] >>> 16) & 0xff;
            int ifFalse = (int) (program[at] >>> 24) & 0xff;
            int k = (int) (program[at] >>> 32);
            switch (code) {
                case 0x20 -> a = word(k, architecture, number, arguments);
                case 0x54 -> a &= k;
                case 0x15 -> at += a == k ? ifTrue : ifFalse;
                case 0x35 -> at += Integer.compareUnsigned(a, k) >= 0 ? ifTrue : ifFalse;
                case 0x06 -> {
                    return k;
                }
                default -> throw new AssertionError("instruction 0x" + Integer.toHexString(code));
            }
        }
    }

    private static int word(int offset, int architecture, int number, long... arguments) {
        return switch (offset) {
            case 0 -> number;
            case 4 -> architecture;
            default -> {
                int argument = (offset - 16) / 8;
                yield argument < arguments.length ? (int) arguments[argument] : 0;
            }
        };
    }
}
