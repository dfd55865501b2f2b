package dev.skerry.device.block;

import java.io.IOException;

/**
 * An image that cannot be used, or a part of it that cannot: what is wrong, where, in one line.
 * Whatever an image's bytes are, this and the host's own {@code LinuxException} are all that opening
 * and using it throws.
 */
public final class ImageException extends IOException {
    private static final long serialVersionUID = 1L;

    public ImageException(String message) {
        super(message);
    }
}
