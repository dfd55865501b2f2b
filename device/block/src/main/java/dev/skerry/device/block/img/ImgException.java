package dev.skerry.device.block.img;

/** What ends a command: a message for a person and the process' exit status. */
final class ImgException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    ImgException(String message, int status) {
        super(message);
        this.status = status;
    }

    static ImgException usage(String message) {
        return new ImgException(message + "\nTry 'qemu-img --help' for more information", 1);
    }

    int status() {
        return status;
    }
}
