/**
 * Random programs for two CPUs to agree on: tables of instruction forms, a generator, a comparison
 * that knows what the manual leaves undefined, and a shrinker.
 */
package dev.skerry.verify.silicon.random;
