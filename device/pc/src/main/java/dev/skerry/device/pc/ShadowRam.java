package dev.skerry.device.pc;

import dev.skerry.platform.memory.Alias;
import dev.skerry.platform.memory.Container;
import dev.skerry.platform.memory.Region;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What is read and written at 0xc0000 to 0xfffff, by the programmable attribute map: seven bytes
 * whose nibbles say for a piece of that space whether reads (bit 0) and writes (bit 1) go to RAM
 * instead of PCI (82441FX data sheet 290549-001, 3.2.18; 3 Series Express Chipset 316966-002,
 * 5.1.16 and on). The low nibble of the first byte is reserved.
 *
 * <p>Writes to RAM with reads from PCI are not had: both go to RAM, as in QEMU. Firmware that
 * copies itself reads its ROM below 4 GiB.
 */
final class ShadowRam {
    static final int REGISTERS = 7;

    private static final long BEGIN = 0xc_0000;
    private static final int PIECES = 13;
    private static final int PIECE_BYTES = 0x4000;
    private static final long BIOS = 0xf_0000;
    private static final int BIOS_BYTES = 0x1_0000;

    private static final int TO_PCI = 0;
    private static final int READ = 1;

    private final ChipsetMemory memory;
    private final Region[][] choices = new Region[PIECES][];
    private final int[] chosen = new int[PIECES];
    private final List<Region> leaving = new ArrayList<>();
    private final List<Container.Placement> coming = new ArrayList<>();

    ShadowRam(ChipsetMemory memory) {
        this.memory = memory;
        for (int piece = 0; piece < PIECES; piece++) {
            choices[piece] =
                    new Region[] {
                        alias("pam-pci", memory.pci(), piece),
                        alias("pam-rom", memory.readOnlyRam(), piece),
                        alias("pam-ram", memory.ram(), piece)
                    };
        }
        Arrays.fill(chosen, -1);
    }

    private static Region alias(String name, Region target, int piece) {
        return new Alias(name, target, at(piece), piece == 0 ? BIOS_BYTES : PIECE_BYTES);
    }

    /** Pieces in the order of their nibbles: the BIOS first. */
    private static long at(int piece) {
        return piece == 0 ? BIOS : BEGIN + (piece - 1L) * PIECE_BYTES;
    }

    /**
     * Arranges the space.
     *
     * @param registers the seven bytes
     */
    void apply(byte[] registers) {
        leaving.clear();
        coming.clear();
        for (int piece = 0; piece < PIECES; piece++) {
            int nibble = registers[(piece + 1) / 2] >> (piece % 2 == 0 ? 4 : 0) & 3;
            int choice = nibble == TO_PCI ? 0 : nibble == READ ? 1 : 2;
            if (choice != chosen[piece]) {
                if (chosen[piece] >= 0) {
                    leaving.add(choices[piece][chosen[piece]]);
                }
                Region region = choices[piece][choice];
                coming.add(new Container.Placement(region, at(piece), ChipsetMemory.PRIORITY));
                chosen[piece] = choice;
            }
        }
        if (!coming.isEmpty()) {
            memory.system().replace(leaving, coming);
        }
    }
}
