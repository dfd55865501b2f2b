package dev.skerry.device.block.img;

import dev.skerry.device.block.ImageTools;

import java.io.IOException;
import java.io.PrintStream;

/** {@code resize [--shrink] [-f FMT] [-q] FILE [+|-]SIZE}. */
final class ImgResize {
    private ImgResize() {}

    static int run(String[] args, PrintStream out, PrintStream err)
            throws ImgException, IOException {
        // The size comes last and may begin with a minus sign, which is no option.
        if (args.length < 3) {
            throw ImgException.usage("Expecting image file name and size");
        }
        String text = args[args.length - 1];
        String[] rest = java.util.Arrays.copyOf(args, args.length - 1);
        ImgArguments arguments = new ImgArguments(rest, 1, "q:f");
        if (arguments.names().size() != 1) {
            throw ImgException.usage("Expecting image file name and size");
        }
        String file = arguments.names().get(0);
        ImageTools.Info info;
        try {
            info = ImageTools.info(file, arguments.format("f"), true);
        } catch (IOException e) {
            throw ImgCommand.notOpened(file, e, 1);
        }
        char sign = text.charAt(0);
        boolean relative = sign == '+' || sign == '-';
        long number = ImgArguments.size(relative ? text.substring(1) : text);
        long now = info.shape().sizeBytes();
        long size = !relative ? number : sign == '+' ? now + number : now - number;
        if (size <= 0) {
            throw new ImgException("New image size must be positive", 1);
        }
        if (size < now && !arguments.has("shrink")) {
            err.println(
                    ImgCommand.PROGRAM
                            + ": warning: Shrinking an image will delete all data beyond the shrunken"
                            + " image's end. Before performing such an operation, make sure there"
                            + " is no important data there.");
            throw new ImgException("Use the --shrink option to perform a shrink operation.", 1);
        }
        ImageTools.resize(file, info.shape().format(), size);
        if (!arguments.has("q")) {
            out.println("Image resized.");
        }
        return 0;
    }
}
