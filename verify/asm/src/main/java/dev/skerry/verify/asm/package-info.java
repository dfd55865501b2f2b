/** The assembler: operands, the notation of forms, instructions by name. */
package dev.skerry.verify.asm;
