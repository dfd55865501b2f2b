/** The host CPU in a child process, the cases it runs, and random ones. */
package dev.skerry.verify.silicon;
