package dev.skerry.vmm.boot;

/**
 * A segment register's contents; its base is 0.
 *
 * @param limit in bytes, the last offset
 * @param attributes bits 8 to 23 of a descriptor's second word, shifted down by 8, the limit's bits
 *     among them zero (Intel SDM 3A, section 3.4.5)
 */
public record FlatSegment(int selector, long limit, int attributes) {}
