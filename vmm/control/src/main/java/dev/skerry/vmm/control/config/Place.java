package dev.skerry.vmm.control.config;

/** Where in a document something stands, counted from 1. */
record Place(int line, int column) {}
