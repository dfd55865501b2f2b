/**
 * An x86 assembler for tests: 16-, 32- and 64-bit code in one program, labels, data, and a route by
 * which every instruction can be written in the notation of Intel's manual. Not shipped.
 *
 * <p>It knows nothing of the software CPU, so that the two cannot share a mistake. Enter by {@link
 * dev.skerry.verify.asm.Assembler}.
 */
module dev.skerry.verify.asm {
    exports dev.skerry.verify.asm;
}
