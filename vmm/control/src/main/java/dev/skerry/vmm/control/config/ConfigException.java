package dev.skerry.vmm.control.config;

/** A {@code vm.yaml} that cannot be: one line for each mistake, {@code FILE:LINE:COLUMN: what}. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
