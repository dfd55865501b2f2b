package dev.skerry.vmm.system;

/** The version of this image. */
final class Version {
    /** As in the project's pom.xml; a test compares them. */
    static final String TEXT = "0.1.0";

    private Version() {}
}
