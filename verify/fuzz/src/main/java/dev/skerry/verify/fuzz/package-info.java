/**
 * Coverage-guided fuzzing: targets that turn any bytes into work for the code that faces a hostile
 * peer or guest, and say what must hold whatever the bytes are. Enter by {@link
 * dev.skerry.verify.fuzz.Target}. Not a JPMS module: on the class path a target may enter the
 * package of what it drives.
 */
package dev.skerry.verify.fuzz;
